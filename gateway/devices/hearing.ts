import type { Decoded } from "#wire/decoded.ts";
import { isDeviceId } from "#wire/topics.ts";
import type { DomainEvent } from "../events.ts";
import { changeBoot, type DeviceState, type DevicesState, noteDown } from "./devices.ts";
import { noteHeard, noteSeq, noteValue, silentAfterMs } from "./health.ts";

/** So many devices may wait at once. Further ones are counted, and lie in the inbox only. */
export const pendingLimit = 200;
/** Of them, sensors that a Bluetooth gateway passes on: a street may be full of those. */
export const relayedLimit = 50;
export const pendingKeptMs = 24 * 3_600_000;
/** Whoever was dismissed is not offered again for so long. */
const dismissedForMs = 24 * 3_600_000;
/** Power-ons that follow each other faster are noted together: a device that starts over and over fills no disk. */
const bootsNotedEveryMs = 5_000;
const seqsKept = 64;
/** A device that went away so often within so long flaps: it counts as back when it has stayed for a while. */
const flapsFromDowns = 3;
const flapsWithinMs = 10 * 60_000;
const steadyMs = 60_000;
/** A broker that ends speaks for everybody. So long after its return a device that is there will have spoken for itself. */
const backAfterRestartMs = 30_000;
/** A broker of the shop's own says first that all are gone, and goes then. */
const brokerEndsWithinMs = 5_000;
const clockSetBackMs = 10 * 60_000;
const telemetryKept = 32;
const topicKept = 256;

type Stranger = Pick<Decoded, "deviceId" | "kind" | "format"> & { topic: string; relayed?: true };

/** Somebody speaks whom nobody knows. `reason` where it may not wait to be adopted. */
export function decideDiscovery(
  state: DevicesState,
  { deviceId, kind, format, topic, relayed }: Stranger,
  now: number,
): { events: DomainEvent[]; reason?: string } {
  // a name that is safe as a topic level, as a key and in a URL
  if (!isDeviceId(deviceId)) return { events: [], reason: `"${deviceId.slice(0, 40)}" cannot be a device id` };
  const gone = state.gone.get(deviceId);
  if (gone?.dismissed && now - gone.at < dismissedForMs && now >= gone.at)
    return { events: [], reason: `device ${deviceId} was dismissed` };
  if (state.pending.size >= (relayed ? relayedLimit : pendingLimit)) {
    state.turnedAway++;
    return { events: [], reason: `nobody knows device ${deviceId}, and ${state.pending.size} others wait already` };
  }
  return {
    events: [
      {
        ...{ type: "device-discovered", at: now, deviceId, kind, format, topic: topic.slice(0, topicKept) },
        ...(relayed ? { relayed } : {}),
      },
    ],
  };
}

/** The first word of a device, ever or since it was said to be offline; and a new power-on. */
export function decideSeen(
  state: DevicesState,
  { deviceId, format, boot }: { deviceId: string; format: string; boot?: number },
  now: number,
): DomainEvent[] {
  const device = state.devices.get(deviceId);
  if (!device) return [];
  const { kind } = device;
  const isNewBoot = boot !== undefined && boot !== device.notedBoot && !device.oldBoots.includes(boot);
  if (device.state === "unseen")
    return [{ type: "device-seen", at: now, deviceId, kind, format, ...(isNewBoot ? { boot } : {}) }];
  const events = device.state === "offline" ? decideBack(deviceId, device, now) : [];
  if (isNewBoot && Math.abs(now - (device.notedBootAt ?? Number.NEGATIVE_INFINITY)) >= bootsNotedEveryMs)
    events.push({ type: "device-restarted", at: now, deviceId, kind, boot });
  return events;
}

/** A device that flaps stays offline until it has been there for a while: one alert, and not a storm of them. */
function decideBack(deviceId: string, device: DeviceState, now: number): DomainEvent[] {
  const flaps = device.downAt.filter((at) => Math.abs(now - at) < flapsWithinMs).length >= flapsFromDowns;
  if (flaps) {
    device.backSince ??= now;
    if (now - device.backSince < steadyMs) return [];
  }
  return [{ type: "device-status-changed", at: now, deviceId, state: "online" }];
}

/** `isOutside`: by a broker of the shop's own, which may be ending just now. */
type StatusWord = {
  deviceId: string;
  status: "online" | "offline";
  format: string;
  firmware?: string;
  isOutside?: boolean;
};

/** What a device or its will says of itself. */
export function decideStatus(
  state: DevicesState,
  { deviceId, status, format, firmware, isOutside }: StatusWord,
  now: number,
): DomainEvent[] {
  const device = state.devices.get(deviceId);
  if (!device) return [];
  device.tellsItsEnd = true;
  const isFirst = device.state === "unseen" && format !== device.format;
  const about = {
    ...(firmware === undefined || firmware === device.firmware ? {} : { firmware }),
    ...(isFirst ? { format } : {}),
  };
  if (status === "offline" && device.state === "offline" && device.backSince !== undefined) {
    // gone again before it counted as back
    delete device.backSince;
    noteDown(device, now);
  }
  if (status === "offline" && device.state === "online") {
    const dueAt = goneAt(device, { saidAt: now, listeningSince: state.listeningSince, isOutside });
    if (dueAt > now) {
      device.saidGoneAt ??= now;
      return [];
    }
  }
  // a broker repeats the last status of a device that hangs: only its own word ends a silence
  const told = status === "online" && device.silent ? "offline" : status;
  if (device.state === told && about.firmware === undefined) return [];
  if (told === "online" && device.state === "offline") {
    return decideBack(deviceId, device, now).map((event) => ({ ...event, ...about }));
  }
  const why = device.silent && told === "offline" ? { why: "silent" as const } : {};
  return [{ type: "device-status-changed", at: now, deviceId, state: told, ...about, ...why }];
}

/** When a device may be called gone, of which its will said so: at once, unless that may have been its broker's end. */
function goneAt(
  { health }: DeviceState,
  will: { saidAt: number; listeningSince: number | undefined; isOutside: boolean | undefined },
): number {
  const { saidAt, listeningSince, isOutside } = will;
  const soon = isOutside ? saidAt + brokerEndsWithinMs : saidAt;
  if (listeningSince === undefined || saidAt >= listeningSince + backAfterRestartMs) return soon;
  return (health.heardAt ?? 0) < listeningSince ? Math.max(soon, listeningSince + backAfterRestartMs) : soon;
}

/** Who has been silent for too long, who has stayed after flapping, and whom nobody adopted. */
export function decideDevicesTick(state: DevicesState, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  // far ahead: the machine's clock was set back; a little: this second is made up for after a time without ears
  if (state.listeningSince === undefined || state.listeningSince - now > clockSetBackMs) state.listeningSince = now;
  const listening = state.listeningSince;
  for (const [deviceId, device] of state.devices) {
    if ((device.health.heardAt ?? 0) > now) device.health.heardAt = now;
    if (device.state === "online") {
      const silentMs = now - Math.max(device.health.heardAt ?? listening, listening);
      if (silentMs > silentAfterMs(device.health, device.tellsItsEnd ?? false)) {
        events.push({ type: "device-status-changed", at: now, deviceId, state: "offline", why: "silent" });
      } else if (
        device.saidGoneAt !== undefined &&
        now >= goneAt(device, { saidAt: device.saidGoneAt, listeningSince: listening, isOutside: true })
      ) {
        events.push({ type: "device-status-changed", at: now, deviceId, state: "offline" });
      }
    } else if (device.state === "offline" && device.backSince !== undefined) {
      for (const event of decideBack(deviceId, device, now)) events.push(event);
    } else if (device.state === "pending" && device.adoptedAt === undefined) {
      if (now - Math.max(device.lastSeenAt ?? listening, listening) >= pendingKeptMs)
        events.push({ type: "device-forgotten", at: now, deviceId });
    }
  }
  return events;
}

/**
 * Nobody could be heard until now: the gateway stood still, or its broker was away. Silence is judged from here on.
 */
export function listenAgain(state: DevicesState, now: number) {
  state.listeningSince = now;
}

/**
 * True when this message was heard before: same power-on, and a `seq` among the last ones or older than all of them; or a
 * power-on that a newer one has replaced.
 */
export function isRepeat(device: DeviceState, boot: number | undefined, seq: number | undefined): boolean {
  if (boot === undefined || seq === undefined) return false;
  if (device.boot !== boot) return device.oldBoots.includes(boot);
  const oldest = device.recentSeqs[0];
  if (oldest !== undefined && device.recentSeqs.length >= seqsKept && seq < oldest) return true;
  return device.recentSeqs.includes(seq);
}

/** Memory of what was heard, for `isRepeat`, for silence and for health. */
export function remember(
  device: DeviceState,
  heard: { boot: number | undefined; seq: number | undefined; now: number; listeningSince?: number | undefined },
) {
  const { boot, seq, now, listeningSince = 0 } = heard;
  const { health } = device;
  device.lastSeenAt = now;
  if (device.saidGoneAt !== undefined) delete device.saidGoneAt;
  // an absence that was announced, and a time in which nobody listened, are no gaps of its own
  const learns = (device.state !== "offline" || device.silent === true) && (health.heardAt ?? 0) >= listeningSince;
  noteHeard(health, now, learns);
  if (boot === undefined || seq === undefined) return;
  const isNewBoot = device.boot !== boot;
  if (isNewBoot) {
    if (device.boot !== undefined) health.restarts++;
    changeBoot(device, boot);
  }
  noteSeq(health, seq, isNewBoot);
  device.recentSeqs.push(seq);
  if (device.recentSeqs.length > seqsKept) device.recentSeqs.shift();
}

/** What a device measures about itself. The first names stay; a device cannot make up new ones for ever. */
export function rememberValue(device: DeviceState, name: string, value: number) {
  device.telemetry ??= {};
  const { telemetry } = device;
  if (!Object.hasOwn(telemetry, name) && Object.keys(telemetry).length >= telemetryKept) return;
  telemetry[name] = value;
  noteValue(device.health, name, value);
}
