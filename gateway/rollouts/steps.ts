import { versionOf } from "#wire/versions.ts";
import type { DomainEvent, EventOf, RolloutPhase } from "../events.ts";
import { isLive, liveWith, type Rollout, type RolloutDevice, type RolloutsState } from "./rollouts.ts";

/** What the house knows of a device now. */
export type DeviceNow = {
  isOnline(deviceId: string): boolean;
  /** No request to it is open. */
  isFree(deviceId: string): boolean;
  bootOf(deviceId: string): number | undefined;
};
/** Silence counts from `awakeSince`: before that, nobody listened. Epoch ms. */
export type Tick = { now: number; awakeSince: number };

type Changed = EventOf<"rollout-device-changed">;
type More = Partial<Pick<Changed, "detail" | "boot" | "firmware" | "restarts" | "blamed">>;

/** One start without being asked may be a pulled plug; a second one is the new version's doing. */
const restartsAtMost = 1;

export function decideRolloutsTick(state: RolloutsState, tick: Tick, devices: DeviceNow): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const rollout of state.rollouts.values()) {
    if (!isLive(rollout)) continue;
    const changes = decideDeadlines(rollout, tick, devices);
    for (const event of changes) events.push(event);
    // what has just failed is weighed before anyone else is asked
    if (changes.some(({ phase }) => phase === "failed")) continue;
    if (rollout.state === "running") for (const event of decideStage(rollout, tick, devices)) events.push(event);
    if (rollout.state === "rolling-back")
      for (const event of decideReturn(rollout, tick.now, devices)) events.push(event);
  }
  return events;
}

function decideDeadlines(rollout: Rollout, tick: Tick, { isOnline }: DeviceNow): Changed[] {
  const events: Changed[] = [];
  for (const device of rollout.devices.values()) {
    const end = whatTimeSays(rollout, device, tick, isOnline(device.id));
    if (end) events.push(changed(rollout, device, tick.now, end.phase, end.more));
  }
  return events;
}

/** Silence may end a phase, and so may health. */
function whatTimeSays(
  { pace: { soakMs, backMs }, state }: Rollout,
  { phase, since, awayAt }: RolloutDevice,
  { now, awakeSince }: Tick,
  isOnline: boolean,
): { phase: RolloutPhase; more: More } | undefined {
  const forMs = now - Math.max(since, awakeSince);
  const fail = (detail: string, blamed: boolean) => ({ phase: "failed" as const, more: { detail, blamed } });
  switch (phase) {
    case "installed":
      return forMs > backMs ? fail(neverBack, true) : undefined;
    case "soaking":
      if (awayAt !== undefined && now - Math.max(awayAt, awakeSince) > backMs) {
        return fail("It fell silent with the new version.", true);
      }
      if (forMs < soakMs || state === "rolling-back") return undefined;
      if (isOnline) return { phase: "healthy", more: {} };
      // retired meanwhile, or flapping without end
      return forMs > soakMs + backMs + settlesWithinMs ? fail("It is not there any more.", false) : undefined;
    case "reverting":
      return forMs > 2 * backMs ? fail("It did not go back. Someone has to look at it.", true) : undefined;
    default:
      return undefined;
  }
}

/** A device that went away and came back counts as online again within this time. */
const settlesWithinMs = 120_000;
const neverBack = "It never came back. Someone has to look at it.";

function decideStage(rollout: Rollout, tick: Tick, devices: DeviceNow): DomainEvent[] {
  const why = whyHalt(rollout);
  if (why !== undefined) return [next(rollout, tick.now, "rolling-back", rollout.stage, why)];
  const members = [...rollout.devices.values()].filter(({ stage }) => stage === rollout.stage);
  if (members.every(({ phase }) => phase === "healthy" || phase === "failed")) {
    const last = rollout.stage + 1 >= rollout.stages.length;
    return [last ? finished(rollout, tick.now) : next(rollout, tick.now, "running", rollout.stage + 1)];
  }
  const events: DomainEvent[] = [];
  let busy = members.filter(({ phase }) => phase === "asked" || phase === "installed").length;
  for (const device of members) {
    if (device.phase !== "waiting") continue;
    if (devices.isOnline(device.id) && devices.isFree(device.id)) {
      if (busy++ < rollout.pace.atOnce) events.push(ask(rollout, device, tick.now, devices, "asked"));
    } else if (tick.now - Math.max(rollout.at, tick.awakeSince) > rollout.pace.patienceMs) {
      const detail = devices.isOnline(device.id) ? "It was busy all the time." : "It was offline all the time.";
      events.push(changed(rollout, device, tick.now, "failed", { detail, blamed: false }));
    }
  }
  return events;
}

/** In any stage so far: one device, or a tenth of the stage where that is more. */
function whyHalt(rollout: Rollout): string | undefined {
  for (let stage = 0; stage <= rollout.stage; stage++) {
    const members = [...rollout.devices.values()].filter((device) => device.stage === stage);
    const failed = members.filter(({ phase, blamed }) => phase === "failed" && blamed);
    if (failed.length === 0 || failed.length < members.length / 10) continue;
    const [first] = failed;
    const others = failed.length === 1 ? "" : ` and ${failed.length - 1} more of ${members.length}`;
    return `${first?.id}${others} failed in stage ${stage + 1}. ${first?.detail ?? ""}`.trim();
  }
  return undefined;
}

/** Also to those that seem to be away: who starts over and over hears it in a moment between two starts. */
function decideReturn(rollout: Rollout, now: number, devices: DeviceNow): DomainEvent[] {
  const events: DomainEvent[] = [];
  let busy = 0;
  let waitedFor = 0;
  for (const { phase } of rollout.devices.values()) {
    if (phase === "reverting") busy++;
    if (phase === "asked" || phase === "installed" || phase === "reverting") waitedFor++;
  }
  for (const device of rollout.devices.values()) {
    if (!mustReturn(rollout, device)) continue;
    waitedFor++;
    if (devices.isFree(device.id) && busy++ < rollout.pace.atOnce)
      events.push(ask(rollout, device, now, devices, "reverting"));
  }
  return waitedFor === 0 ? [returned(rollout, now)] : events;
}

/** It runs the version that is being taken back. */
function mustReturn(rollout: Rollout, device: RolloutDevice): boolean {
  const { phase, sentBack } = device;
  if (phase === "soaking" || phase === "healthy") return true;
  return phase === "failed" && !sentBack && runsIt(rollout, device);
}

function runsIt({ version }: Rollout, { firmware }: RolloutDevice): boolean {
  return firmware !== undefined && versionOf(firmware) === version;
}

/** A device says that it is there, and with what. */
export function decideRolloutHello(
  state: RolloutsState,
  hello: { deviceId: string; boot?: number; firmware?: string },
  now: number,
): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [rollout, device] of liveWith(state, hello.deviceId)) {
    const event = decideOneHello(rollout, device, hello, now);
    if (event) events.push(event);
  }
  return events;
}

function decideOneHello(
  rollout: Rollout,
  device: RolloutDevice,
  { boot, firmware }: { boot?: number; firmware?: string },
  now: number,
): Changed | undefined {
  if (firmware === undefined) return undefined;
  const isNew = versionOf(firmware) === rollout.version;
  const restarted = boot !== undefined && device.boot !== undefined && boot !== device.boot;
  const heard = { firmware, ...(boot === undefined ? {} : { boot }) };
  const say = (phase: RolloutPhase, more: More = {}) => changed(rollout, device, now, phase, { ...heard, ...more });
  switch (device.phase) {
    case "asked":
      return isNew ? say("soaking", { restarts: 0 }) : undefined;
    case "installed":
      if (isNew) return say("soaking", { restarts: 0 });
      return restarted || device.boot === undefined
        ? say("failed", { detail: `It came back with ${versionOf(firmware)}.`, blamed: true })
        : undefined;
    case "soaking":
    case "healthy": {
      if (!isNew) return say("failed", { detail: `It went back to ${versionOf(firmware)} by itself.`, blamed: true });
      if (!restarted) return undefined;
      const restarts = device.restarts + 1;
      if (restarts > restartsAtMost)
        return say("failed", { detail: "It starts again and again.", restarts, blamed: true });
      return say(device.phase, { restarts, ...(device.detail === undefined ? {} : { detail: device.detail }) });
    }
    case "failed":
      if (device.firmware === firmware && !restarted) return undefined;
      if (!isNew && runsIt(rollout, device) && rollout.state === "rolling-back") return say("reverted");
      return say("failed", device.detail === undefined ? {} : { detail: device.detail });
    case "reverting":
      return isNew ? undefined : say("reverted");
    case "waiting":
    case "reverted":
      return undefined;
  }
}

/** How the roll-out's own request to a device ended. */
export function decideRolloutAnswer(
  state: RolloutsState,
  answer: { rolloutId: string; deviceId: string; state: "done" | "refused" | "unanswered"; detail?: string },
  now: number,
): DomainEvent[] {
  const rollout = state.rollouts.get(answer.rolloutId);
  const device = rollout?.devices.get(answer.deviceId);
  if (!rollout || !device) return [];
  const detail = answer.state === "unanswered" ? "It did not answer." : (answer.detail ?? "It refused.");
  if (device.phase === "asked") {
    if (answer.state === "done") return [changed(rollout, device, now, "installed", {})];
    return [changed(rollout, device, now, "failed", { detail, blamed: true })];
  }
  if (device.phase === "reverting" && answer.state !== "done") {
    const why = answer.state === "unanswered" ? neverBack : `It did not go back: ${detail}`;
    return [changed(rollout, device, now, "failed", { detail: why })];
  }
  return [];
}

function ask(rollout: Rollout, device: RolloutDevice, now: number, devices: DeviceNow, phase: "asked" | "reverting") {
  const boot = devices.bootOf(device.id);
  const detail =
    phase === "asked" ? {} : { detail: `Going back${device.from === undefined ? "" : ` to ${device.from}`}.` };
  return changed(rollout, device, now, phase, { ...detail, ...(boot === undefined ? {} : { boot }) });
}

function changed(rollout: Rollout, device: RolloutDevice, at: number, phase: RolloutPhase, more: More): Changed {
  return { type: "rollout-device-changed", at, rolloutId: rollout.id, deviceId: device.id, phase, ...more };
}

function next(rollout: Rollout, at: number, state: Rollout["state"], stage: number, why?: string): DomainEvent {
  const reason = why === undefined ? {} : { why };
  return { type: "rollout-changed", at, rolloutId: rollout.id, state, stage, ...reason };
}

function finished(rollout: Rollout, now: number): DomainEvent {
  const without = [...rollout.devices.values()].filter(({ phase }) => phase === "failed").map(({ id }) => id);
  return next(rollout, now, "done", rollout.stage, without.length === 0 ? undefined : `Without ${names(without)}.`);
}

function returned(rollout: Rollout, now: number): DomainEvent {
  const lost = [...rollout.devices.values()].filter(
    (device) => device.phase === "failed" && (runsIt(rollout, device) || device.awayAt !== undefined),
  );
  const left = lost.length === 0 ? "" : ` Not back: ${names(lost.map(({ id }) => id))}.`;
  return next(rollout, now, "rolled-back", rollout.stage, `${rollout.why ?? ""}${left}`.trim());
}

function names(ids: string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
}
