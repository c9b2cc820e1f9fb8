import type { Message, PoweredDevice } from "./device.ts";
import { createRandom } from "./random.ts";
import { createRubbish } from "./rubbish.ts";
import type { TellTruth } from "./truth.ts";
import type { CutPoint } from "./updater.ts";

/** What can go wrong, and how often: shares are of messages, the rest as their names say. */
export const faultKinds = {
  duplicate: "share sent twice, the second up to 5 s later (0.2)",
  reorder: "share held back up to 3 s, so that later ones overtake (0.2)",
  drop: "share that never leaves (0.1)",
  delay: "ms at most that everything is late, in its order (2000)",
  skew: "ms its clock is ahead (300000)",
  drift: "ppm its clock runs fast (500)",
  jump: "ms its clock jumps after one minute, there and back each minute (86400000, a day; -86400000 a day back)",
  reboot: "s between power cuts of two seconds (60)",
  flap: "s between losses of the network, each of three seconds; the will speaks (20)",
  battery: "% an hour that its battery loses (200)",
  rubbish: "share of broken, cut off, absurd or huge messages besides its own (0.1)",
  vanish: "s between times when a plate says nothing for twenty seconds (60)",
  freeze: "s between times when a plate goes on saying the same for half a minute (60)",
  saturate: "s between times when a plate shows all it can, 20 kg, for ten seconds (60)",
  negative: "s between times when a plate weighs the wrong way for a quarter of a minute (60)",
  wander: "g a minute by which the zero of its plates moves away (20)",
  "power-cut": "at=download, verify, write or boot, once",
} as const;
export type FaultKind = keyof typeof faultKinds;
/** `device`: its id, or * for all. */
export type Fault = { device: string; kind: FaultKind; amount?: number; at?: CutPoint };

const defaults: Record<Exclude<FaultKind, "power-cut">, number> = {
  ...{ duplicate: 0.2, reorder: 0.2, drop: 0.1, delay: 2_000, skew: 300_000, drift: 500, jump: 86_400_000 },
  ...{ reboot: 60, flap: 20, battery: 200, rubbish: 0.1 },
  ...{ vanish: 60, freeze: 60, saturate: 60, negative: 60, wander: 20 },
};
const [duplicateWithinMs, reorderWithinMs, darkMs, awayMs, jumpEveryMs] = [5_000, 3_000, 2_000, 3_000, 60_000];

/** "A1=duplicate:0.2" and "A1=power-cut:at=verify". */
export function readFault(text: string): { ok: true; value: Fault } | { ok: false; reason: string } {
  const match = /^([^=]+)=([a-z-]+)(?::(.+))?$/.exec(text);
  const [, device = "", name = "", args] = match ?? [];
  const kind = Object.keys(faultKinds).find((known): known is FaultKind => known === name);
  if (!match || !kind) return { ok: false, reason: `"${text}" is not device=kind[:amount]` };
  if (kind === "power-cut") {
    const at = (["download", "verify", "write", "boot"] as const).find((point) => args === `at=${point}`);
    return at ? { ok: true, value: { device, kind, at } } : { ok: false, reason: `${text}: ${faultKinds[kind]}` };
  }
  const amount = args === undefined ? defaults[kind] : Number(args);
  if (!Number.isFinite(amount)) return { ok: false, reason: `${text}: ${faultKinds[kind]}` };
  return { ok: true, value: { device, kind, amount } };
}

export const faultsOf = (faults: readonly Fault[], deviceId: string) =>
  faults.filter(({ device }) => device === deviceId || device === "*");

/** What the device itself suffers: its clock and its battery. */
export function ailments(faults: readonly Fault[], startMs: number) {
  const amount = (kind: FaultKind) => faults.find((fault) => fault.kind === kind)?.amount;
  const [skew = 0, drift = 0, jump, drain] = [amount("skew"), amount("drift"), amount("jump"), amount("battery")];
  const clock = (nowMs: number) => {
    const ran = nowMs - startMs;
    const jumped = jump !== undefined && Math.floor(ran / jumpEveryMs) % 2 === 1 ? jump : 0;
    return Math.max(0, Math.round(nowMs + skew + (ran * drift) / 1e6 + jumped));
  };
  return {
    ...(skew || drift || jump !== undefined ? { clock } : {}),
    ...(drain === undefined
      ? {}
      : { battery: (nowMs: number) => Math.max(0, 100 - (drain * (nowMs - startMs)) / 3_600_000) }),
  };
}

/** The same device behind a bad link, with bad power. Seeded: the same faults at the same simulated moments. */
export function withFaults(
  device: PoweredDevice,
  faults: readonly Fault[],
  world: { seed: string; startMs: number; tell: TellTruth },
): PoweredDevice {
  if (faults.length === 0) return device;
  const { startMs, tell } = world;
  const random = createRandom(world.seed, `faults/${device.deviceId}`);
  const amountOf = (kind: FaultKind) => faults.find((fault) => fault.kind === kind)?.amount ?? 0;
  const [reboot, flap] = [amountOf("reboot"), amountOf("flap")].map((seconds) => seconds * 1_000);
  const rubbish = createRubbish(random);
  const held: { dueMs: number; message: Message }[] = [];
  let nextRebootMs = reboot ? startMs + reboot * random.between(0.5, 1.5) : Number.POSITIVE_INFINITY;
  let nextFlapMs = flap ? startMs + flap * random.between(0.5, 1.5) : Number.POSITIVE_INFINITY;
  let awayUntilMs = 0;
  let lateUntilMs = 0;
  let lastMs = startMs;

  const note = (fault: FaultKind) => tell({ at: lastMs, kind: "fault", device: device.deviceId, fault });
  function hold(message: Message, ms: number) {
    held.push({ dueMs: lastMs + ms, message });
  }
  /** What becomes of one message: now, later, twice, or never. */
  function send(message: Message): Message[] {
    // The birth of a connection is its first packet: it cannot be overtaken.
    if (message.greeting) return [message];
    const junk = random.chance(amountOf("rubbish")) ? [rubbish(message)] : [];
    if (junk.length > 0) note("rubbish");
    if (random.chance(amountOf("drop"))) {
      note("drop");
      return junk;
    }
    if (random.chance(amountOf("duplicate"))) {
      note("duplicate");
      hold(message, random.between(0, duplicateWithinMs));
    }
    if (random.chance(amountOf("reorder"))) {
      note("reorder");
      hold(message, random.between(0, reorderWithinMs));
      return junk;
    }
    const most = amountOf("delay");
    if (most > 0) {
      lateUntilMs = Math.max(lateUntilMs, lastMs + random.between(0, most));
      hold(message, lateUntilMs - lastMs);
      return junk;
    }
    return [message, ...junk];
  }
  function power() {
    if (lastMs >= nextRebootMs) {
      nextRebootMs = lastMs + (reboot ?? 0) * random.between(0.5, 1.5);
      note("reboot");
      device.restart(lastMs, darkMs, "cut");
    }
    if (lastMs >= nextFlapMs) {
      nextFlapMs = lastMs + awayMs + (flap ?? 0) * random.between(0.5, 1.5);
      awayUntilMs = lastMs + awayMs;
      note("flap");
    }
  }

  return {
    ...device,
    air: () => (device.air() === "up" && lastMs < awayUntilMs ? "away" : device.air()),
    step(nowMs) {
      lastMs = nowMs;
      power();
      const sent = device.step(nowMs).flatMap(send);
      // What is late comes by the next connection when this one has gone, from a power-on that is over.
      if (device.air() !== "up") return sent;
      const due = held.filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
      if (due.length === 0) return sent;
      for (const entry of due) held.splice(held.indexOf(entry), 1);
      return [...due.map(({ message }) => message), ...sent];
    },
  };
}

export const cutPoints = (faults: readonly Fault[]): CutPoint[] => faults.flatMap(({ at }) => (at ? [at] : []));
