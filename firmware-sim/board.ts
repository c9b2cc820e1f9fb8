import {
  type DeviceReply,
  type DeviceRequest,
  decodeDeviceRequest,
  decodeRequestId,
  encodeDeviceReply,
} from "#wire/requests.ts";
import { deviceTopic } from "#wire/topics.ts";
import {
  type Air,
  type Device,
  type DeviceIdentity,
  factoryFirmware,
  type Message,
  type PoweredDevice,
} from "./device.ts";
import { createFlash, type Flash, keepAnswer, otherSlot } from "./flash.ts";
import { type CutPoint, installUpdate } from "./updater.ts";

/** How patient the boot loader is, ms of the device's time. */
export type BoardTiming = {
  /** How long it is dark when it restarts. */
  dark: number;
  /** A new version that runs this long, with the broker reached, is kept. */
  confirmAfter: number;
  /** A version that has not proved itself by then is restarted by the watchdog. */
  watchdog: number;
};
const defaultTiming: BoardTiming = { dark: 1_000, confirmAfter: 5_000, watchdog: 15_000 };

export type BoardOptions = {
  identity: DeviceIdentity;
  /** The firmware's own part: what this kind of device measures. */
  program(identity: DeviceIdentity, flash: Flash): Device;
  /** Ed25519 public keys (32 bytes, base64url) built in at the factory. Without one no update is accepted. */
  trustedKeys?: readonly string[];
  timing?: Partial<BoardTiming>;
  /** Told what somebody standing next to it would see. */
  show?(text: string): void;
  /** The power fails once at each of these points. */
  powerCuts?: readonly CutPoint[];
};

/** What the engineer next to it could see. */
export type BoardState = { firmware: string; slot: 0 | 1; running: boolean; starts: number; blinking: boolean };
export type Board = PoweredDevice & { state(): BoardState };

/** How long RAM and the running program live: from power on to power off. */
type Run = { device: Device; sinceMs: number; hung: boolean; power: AbortController; reached: boolean };

/** A native device around its program: power, two firmware slots with a watchdog, and the requests it answers. */
export function createBoard(options: BoardOptions): Board {
  const { identity, trustedKeys = [] } = options;
  const { storeId, kind, deviceId } = identity;
  const timing = { ...defaultTiming, ...options.timing };
  const cuts = new Set<CutPoint>(options.powerCuts);
  const flash = createFlash(factoryFirmware);
  const commandTopic = deviceTopic(storeId, { kind, deviceId, channel: "command" });
  const replyTopic = deviceTopic(storeId, { kind, deviceId, channel: "reply" });
  const replies: DeviceReply[] = [];
  let nowMs = identity.startMs;
  let starts = 0;
  let air: Air = "up";
  let darkUntilMs = 0;
  let blinkUntilMs = 0;
  let restartAsked: "resting" | "cut" | undefined;
  let run = powerOn();

  function powerOn(): Run {
    starts += 1;
    air = "up";
    const { trial } = flash;
    if (trial && trial.starts > 0) fallBack(trial.requestId);
    else if (trial) trial.starts += 1;
    const slot = flash.slots[flash.active];
    const old = flash.slots[otherSlot(flash.active)];
    const version = slot?.behaviour === "reports-old" && old ? old.version : (slot?.version ?? factoryFirmware);
    const device = options.program({ ...identity, startMs: nowMs, firmware: `vitrine-sim ${version}` }, flash);
    const hung = slot?.behaviour === "never-boots";
    const started = { device, sinceMs: nowMs, hung, power: new AbortController(), reached: false };
    if (hung) air = "cut";
    else if (flash.update) void update(flash.update.request.id, started.power);
    return started;
  }
  function powerOff(darkMs: number, how: "resting" | "cut") {
    run.power.abort();
    replies.length = 0;
    air = how;
    darkUntilMs = nowMs + darkMs;
  }
  /** The other slot holds what ran before. */
  function fallBack(requestId: string) {
    const failed = flash.slots[flash.active]?.version;
    flash.active = otherSlot(flash.active);
    delete flash.trial;
    const detail = `${failed} did not prove itself; back on ${flash.slots[flash.active]?.version}`;
    answer({ id: requestId, ok: false, state: "failed", detail });
  }
  /** True when the power just failed. */
  function cutAt(point: CutPoint): boolean {
    if (!cuts.delete(point)) return false;
    powerOff(timing.dark, "cut");
    return true;
  }
  function watch() {
    // what still runs is the old version: it must not prove the new one
    if (restartAsked) return;
    const slot = flash.slots[flash.active];
    const ranMs = nowMs - run.sinceMs;
    if (flash.trial && cutAt("boot")) return;
    if (slot?.behaviour === "crash-after-ms" && ranMs >= slot.crashAfterMs) powerOff(timing.dark, "cut");
    else if (!flash.trial) return;
    else if (!run.hung && run.reached && ranMs >= timing.confirmAfter) delete flash.trial;
    else if (ranMs >= timing.watchdog) powerOff(timing.dark, "cut");
  }

  function answer(reply: DeviceReply) {
    keepAnswer(flash, reply);
    replies.push(reply);
  }
  async function update(id: string, power: AbortController) {
    const outcome = await installUpdate({
      flash,
      kind,
      trustedKeys,
      say: (reply) => answer({ id, ...reply }),
      cutAt,
      power: power.signal,
    });
    if (!outcome || power.signal.aborted) return;
    delete flash.update;
    if (!outcome.ok) return answer({ id, ok: false, state: "failed", detail: outcome.reason });
    answer({ id, ok: true, state: "installed", progress: 1, detail: "starting into it" });
    restartAsked = "resting";
  }
  function carryOut(request: DeviceRequest) {
    const { id } = request;
    switch (request.command) {
      case "identify":
        blinkUntilMs = nowMs + request.seconds * 1_000;
        options.show?.(`${deviceId} blinks for ${request.seconds} s`);
        return answer({ id, ok: true, detail: `blinking for ${request.seconds} s` });
      case "tare":
        return answer({ id, ...tare(flash, request.plates) });
      case "configure":
        return answer({ id, ...configure(request.settings) });
      case "reboot":
        restartAsked = "resting";
        return answer({ id, ok: true, detail: "restarting" });
      case "rollback":
        return rollBack(id);
      case "update":
        if (flash.update) return answer({ id, ok: false, detail: "another update is under way" });
        flash.update = { request, received: new Uint8Array() };
        answer({ id, ok: true, state: "downloading", progress: 0 });
        return void update(id, run.power);
    }
  }
  function rollBack(id: string) {
    const other = flash.slots[otherSlot(flash.active)];
    if (!other) return answer({ id, ok: false, detail: "there is no other version to go back to" });
    flash.active = otherSlot(flash.active);
    delete flash.trial;
    delete flash.update;
    answer({ id, ok: true, detail: `starting ${other.version}` });
    restartAsked = "resting";
  }
  function configure(settings: Record<string, unknown>): Omit<DeviceReply, "id"> {
    const unknown = Object.keys(settings).find((name) => name !== "reportMs" || kind !== "shelf");
    if (unknown !== undefined) return { ok: false, detail: `a ${kind} device has no setting called ${unknown}` };
    Object.assign(flash.settings, settings);
    return { ok: true };
  }

  return {
    kind,
    deviceId,
    listensTo: [commandTopic],
    air: () => air,
    will: () => run.device.will(),
    greet() {
      run.reached = true;
      return run.device.greet();
    },
    restart(at, darkMs, how) {
      nowMs = at;
      if (air === "up" || run.hung) powerOff(darkMs, how);
    },
    hear(_topic, payload) {
      if (air !== "up") return;
      const request = decodeDeviceRequest(payload);
      const id = request.ok ? request.value.id : decodeRequestId(payload);
      if (id === undefined) return;
      const before = flash.answered.get(id);
      // said again with a fresh address: the gateway started anew, or the old one has run out
      if (request.ok && request.value.command === "update" && flash.update?.request.id === id)
        flash.update.request = request.value;
      if (before) replies.push(before);
      else if (request.ok) carryOut(request.value);
      else answer({ id, ok: false, detail: request.reason });
    },
    step(now) {
      nowMs = now;
      if (darkUntilMs > 0) {
        if (now < darkUntilMs) return [];
        darkUntilMs = 0;
        run = powerOn();
      }
      watch();
      if (run.hung || darkUntilMs > 0) return [];
      const said = replies.splice(0).map((reply): Message => {
        const payload = encodeDeviceReply(reply);
        return { at: now, kind, deviceId, topic: replyTopic, payload, retain: false };
      });
      const messages = [...run.device.step(now), ...said];
      if (restartAsked) powerOff(timing.dark, restartAsked);
      restartAsked = undefined;
      return messages;
    },
    state: () => {
      const version = flash.slots[flash.active]?.version ?? factoryFirmware;
      return {
        firmware: version,
        slot: flash.active,
        running: darkUntilMs === 0 && !run.hung,
        starts,
        blinking: nowMs < blinkUntilMs,
      };
    },
  };
}

/** What lies on the plates now is their new zero. */
function tare({ scale }: Flash, plates?: readonly number[]): Omit<DeviceReply, "id"> {
  const wanted = plates ?? [...scale.rawGrams.keys()];
  const missing = wanted.find((plate) => !scale.rawGrams.has(plate));
  if (missing !== undefined) return { ok: false, detail: `there is no plate ${missing}` };
  if (wanted.length === 0) return { ok: false, detail: "this device has no plates" };
  for (const plate of wanted) scale.tareGrams.set(plate, scale.rawGrams.get(plate) ?? 0);
  return { ok: true };
}
