import type { DeviceMapping, DevicePlace } from "#wire/views.ts";
import type { DeviceKind } from "../events.ts";
import type { Room } from "../room.ts";
import { type ClockMemory, unknownClock } from "./event-time.ts";
import { type Health, lastingHealth, unknownHealth } from "./health.ts";
import { type DevicesPlan, noSeats, placeExists, type Seats, seatsOf } from "./seats.ts";

export type DeviceState = {
  kind: DeviceKind;
  format: string;
  /** "pending": it speaks, and nobody has said yet where it belongs. */
  state: "online" | "offline" | "unseen" | "pending" | "retired";
  /** It is named in the configuration. */
  configured: boolean;
  name?: string;
  /** Kept while it is pending, should the configuration bring the place back. */
  place?: DevicePlace;
  /** Its own plate number -> the plate of the planogram. */
  plates?: Record<string, number>;
  mapping?: DeviceMapping;
  /** Where it was first heard, if nobody expected it. */
  topic?: string;
  /** A sensor that other devices pass on: its kind is what an engineer says. */
  relayed?: true;
  /** When an engineer last said where it belongs; left out where only the configuration says so. */
  adoptedAt?: number;
  /** The device of the configuration whose place it has; its own id unless it replaced one. */
  seat: string;
  replacedBy?: string;
  /** Why it is pending again, in words. */
  note?: string;
  firmware?: string;
  /** It is offline because nothing was heard of it, not because its will said so. */
  silent?: true;
  /** When it went away, the last few times, epoch ms. */
  downAt: number[];
  /** The newest power-on in the journal. */
  notedBoot?: number;
  notedBootAt?: number;
  /** From here on memory, not journaled. When it last spoke, epoch ms of arrival. */
  lastSeenAt?: number;
  telemetry?: Record<string, number>;
  /** It has a will, or says by itself that it is there. */
  tellsItsEnd?: true;
  /** When its will came, epoch ms, and it is not known yet whether that was only its broker's end. */
  saidGoneAt?: number;
  /** Since when a flapping device has been back without going away again. */
  backSince?: number;
  boot?: number;
  /** Power-ons that a newer one has replaced, newest last: what they say is late. */
  oldBoots: number[];
  /** The last sequence numbers of this power-on, newest last. */
  recentSeqs: number[];
  clock: ClockMemory;
  health: Health;
};

export type DevicesState = {
  devices: Map<string, DeviceState>;
  /** Those of `devices` that are pending. */
  pending: Set<string>;
  /** No device any more: dismissed, or pending and silent for long. The last ones, so that pages can be told. */
  gone: Map<string, { at: number; kind: DeviceKind; format: string; dismissed: boolean }>;
  seats: Seats;
  /** Memory: silence is judged from here on at the earliest, epoch ms. */
  listeningSince: number | undefined;
  /** Memory: strangers for whom no place was left, since the start. */
  turnedAway: number;
};

const bootsKept = 16;
const goneKept = 200;
const downsKept = 5;

export function blankDevice(id: string, kind: DeviceKind): DeviceState {
  const memory = { oldBoots: [], recentSeqs: [], clock: unknownClock(), health: unknownHealth() };
  return { kind, format: "native", state: "unseen", configured: false, seat: id, downAt: [], ...memory };
}

/** Who is known, whether they are there, and where their word counts. Bounded by the configuration and by `adoption.ts`. */
export function createDevicesRoom(plan: DevicesPlan): Room<DevicesState> {
  const resettle = (state: DevicesState) => {
    state.seats = seatsOf(state.devices, plan);
  };
  return {
    name: "devices",
    initial() {
      const state: DevicesState = {
        devices: new Map(plan.devices.map((known): [string, DeviceState] => [known.id, configuredDevice(known)])),
        pending: new Set(),
        gone: new Map(),
        seats: noSeats(),
        listeningSince: undefined,
        turnedAway: 0,
      };
      resettle(state);
      return state;
    },
    evolve: {
      "device-seen": (state, { deviceId, format, at, boot }) => {
        const device = state.devices.get(deviceId);
        if (!device) return;
        device.format = format;
        device.state = "online";
        device.lastSeenAt = Math.max(device.lastSeenAt ?? 0, at);
        if (boot !== undefined) noteBoot(device, boot, at);
      },
      "device-restarted": (state, { deviceId, boot, at }) => {
        const device = state.devices.get(deviceId);
        if (device) noteBoot(device, boot, at);
      },
      "device-status-changed": (state, { deviceId, state: next, firmware, why, at }) => {
        const device = state.devices.get(deviceId);
        if (!device || device.state === "pending" || device.state === "retired") return;
        if (next === "offline" && device.state !== "offline") noteDown(device, at);
        device.state = next;
        if (why === "silent") device.silent = true;
        else delete device.silent;
        if (firmware !== undefined) device.firmware = firmware;
        delete device.backSince;
        delete device.saidGoneAt;
      },
      "device-discovered": (state, { deviceId, kind, format, topic, at, relayed }) => {
        const device: DeviceState = { ...blankDevice(deviceId, kind), state: "pending", format, topic, lastSeenAt: at };
        device.health.received = 1;
        if (relayed) device.relayed = relayed;
        state.devices.set(deviceId, device);
        state.pending.add(deviceId);
        state.gone.delete(deviceId);
      },
      "device-adopted": (state, { deviceId, kind, name, place, plates, mapping, at }) => {
        const device = state.devices.get(deviceId) ?? blankDevice(deviceId, kind);
        const { topic, seat, ...rest } = device;
        // whoever moves leaves the place that another one handed over
        const isSamePlace = device.place?.at === place.at && device.place.id === place.id;
        state.devices.set(deviceId, {
          // what was shown of a stranger is not what it measures about itself
          ...without(rest, [
            "note",
            "replacedBy",
            "plates",
            "mapping",
            ...(rest.state === "pending" ? (["telemetry"] as const) : []),
          ]),
          ...(topic === undefined ? {} : { topic }),
          ...(plates === undefined ? {} : { plates }),
          ...(mapping === undefined ? {} : { mapping, format: "mapped" }),
          kind,
          name,
          place,
          state: stateOnceAdopted(device.state),
          adoptedAt: at,
          seat: isSamePlace ? seat : deviceId,
        });
        leaveQueue(state, deviceId);
        settlePlace(state, deviceId, plan);
        resettle(state);
      },
      "device-replaced": (state, { deviceId, successor, at }) => {
        const old = state.devices.get(deviceId);
        const next = state.devices.get(successor);
        if (!old || !next) return;
        const { name, place, plates, seat } = old;
        state.devices.set(successor, {
          ...without(next, ["note", "replacedBy", "plates"]),
          ...(name === undefined ? {} : { name }),
          ...(place === undefined ? {} : { place }),
          ...(plates === undefined ? {} : { plates }),
          state: stateOnceAdopted(next.state),
          adoptedAt: at,
          seat,
        });
        old.state = "retired";
        old.replacedBy = successor;
        leaveQueue(state, deviceId);
        leaveQueue(state, successor);
        settlePlace(state, successor, plan);
        resettle(state);
      },
      "device-retired": (state, { deviceId }) => {
        const device = state.devices.get(deviceId);
        if (!device) return;
        device.state = "retired";
        delete device.note;
        leaveQueue(state, deviceId);
        resettle(state);
      },
      "device-dismissed": (state, { deviceId, at }) => forget(state, deviceId, { at, dismissed: true }),
      "device-forgotten": (state, { deviceId, at }) => forget(state, deviceId, { at, dismissed: false }),
    },
  };
}

function configuredDevice({ id, kind, name, place }: DevicesPlan["devices"][number]): DeviceState {
  return {
    ...blankDevice(id, kind),
    configured: true,
    ...(name === undefined ? {} : { name }),
    ...(place === undefined ? {} : { place }),
  };
}

/** A device that waited has spoken already; one that comes back from the drawer has not yet. */
function stateOnceAdopted(before: DeviceState["state"]): DeviceState["state"] {
  if (before === "pending") return "online";
  return before === "retired" ? "unseen" : before;
}

/** Its place went with the configuration: it waits for a new one. */
export function settlePlace(state: DevicesState, deviceId: string, plan: DevicesPlan) {
  const device = state.devices.get(deviceId);
  if (!device?.place || device.state === "retired") return;
  const isThere = placeExists(plan, device.place);
  if (isThere && device.state === "pending") {
    device.state = "unseen";
    delete device.note;
  }
  if (isThere) return void state.pending.delete(deviceId);
  device.state = "pending";
  device.note = `The ${device.place.at} ${device.place.id} is no longer in the configuration.`;
  state.pending.add(deviceId);
}

/** The registry under today's configuration; what was saved of it wins. */
export function adoptDevices(state: DevicesState, saved: Partial<DevicesState>, plan: DevicesPlan) {
  const { devices, ...rest } = saved;
  Object.assign(state, rest);
  state.pending = new Set();
  for (const [id, before] of devices ?? []) {
    const today = state.devices.get(id);
    const isOnlyConfigured = before.adoptedAt === undefined && before.state !== "pending" && !before.replacedBy;
    // not in the configuration any more, and nobody ever said more of it
    if (!today && isOnlyConfigured && before.configured !== false) continue;
    const { name, place, ...known } = before;
    const own = isOnlyConfigured && today ? {} : { ...(name ? { name } : {}), ...(place ? { place } : {}) };
    const kind = today?.kind ?? before.kind;
    state.devices.set(id, {
      ...(today ?? blankDevice(id, kind)),
      ...known,
      ...own,
      kind,
      configured: today !== undefined,
    });
    if (before.state === "pending") state.pending.add(id);
    settlePlace(state, id, plan);
  }
  state.seats = seatsOf(state.devices, plan);
}

/** What happened, with what is remembered of how devices do; nothing of what makes a repetition recognisable. */
export function withHealth(happened: DevicesState, remembered: DevicesState): DevicesState {
  const devices = new Map(happened.devices);
  for (const [id, device] of devices) {
    const memory = remembered.devices.get(id);
    if (!memory) continue;
    const { lastSeenAt, telemetry, tellsItsEnd, health } = memory;
    devices.set(id, {
      ...device,
      ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
      ...(telemetry === undefined ? {} : { telemetry }),
      ...(tellsItsEnd === undefined ? {} : { tellsItsEnd }),
      health: lastingHealth(health),
    });
  }
  return { ...happened, devices };
}

function forget(state: DevicesState, deviceId: string, { at, dismissed }: { at: number; dismissed: boolean }) {
  const device = state.devices.get(deviceId);
  if (!device || device.configured) return;
  state.devices.delete(deviceId);
  state.pending.delete(deviceId);
  state.gone.delete(deviceId);
  state.gone.set(deviceId, { at, kind: device.kind, format: device.format, dismissed });
  const oldest = state.gone.keys().next();
  if (state.gone.size > goneKept && !oldest.done) state.gone.delete(oldest.value);
}

function leaveQueue(state: DevicesState, deviceId: string) {
  state.pending.delete(deviceId);
  state.gone.delete(deviceId);
}

/** Also for what the journal tells of a power-on that this run has not heard itself. */
function noteBoot(device: DeviceState, boot: number, at: number) {
  device.notedBoot = boot;
  device.notedBootAt = at;
  if (device.boot !== boot && !device.oldBoots.includes(boot)) changeBoot(device, boot);
}

/** What the former power-on still says is late from now on. */
export function changeBoot(device: DeviceState, boot: number) {
  if (device.boot !== undefined) device.oldBoots.push(device.boot);
  if (device.oldBoots.length > bootsKept) device.oldBoots.shift();
  device.boot = boot;
  device.recentSeqs.length = 0;
}

/** It went away; how often of late says whether it flaps. */
export function noteDown(device: DeviceState, at: number) {
  device.downAt.push(at);
  if (device.downAt.length > downsKept) device.downAt.shift();
}

function without<T extends object, K extends keyof T>(from: T, keys: K[]): Omit<T, K> {
  const copy = { ...from };
  for (const key of keys) delete copy[key];
  return copy;
}
