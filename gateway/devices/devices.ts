import type { DeviceMapping, DevicePlace } from "#wire/views.ts";
import type { DeviceKind, EventOf } from "../events.ts";
import type { Room } from "../room.ts";
import { type ClockMemory, unknownClock } from "./event-time.ts";
import { type Health, unknownHealth } from "./health.ts";
import { type DevicesPlan, noSeats, platesBeside, type Seats, seatsOf, withNewPlates } from "./seats.ts";
import { settlePlace } from "./settling.ts";

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

/** `stranger`: a sensor that others passed on and nobody ever adopted; it may well be a neighbour's. */
type Gone = { at: number; kind: DeviceKind; format: string; dismissed: boolean; stranger?: true };

export type DevicesState = {
  devices: Map<string, DeviceState>;
  /** Those of `devices` that are pending. */
  pending: Set<string>;
  /** No device any more: dismissed, or pending and silent for long. The last ones, so that pages can be told. */
  gone: Map<string, Gone>;
  seats: Seats;
  /** Plates that the planogram has beside those of the configuration file. */
  newPlates: DevicesPlan["plates"][number][];
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
    state.seats = seatsOf(state.devices, withNewPlates(state, plan));
  };
  return {
    name: "devices",
    initial() {
      const state: DevicesState = {
        devices: new Map(plan.devices.map((known): [string, DeviceState] => [known.id, configuredDevice(known)])),
        pending: new Set(),
        gone: new Map(),
        seats: noSeats(),
        newPlates: [],
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
      "device-status-changed": (state, { deviceId, state: next, firmware, format, why, at }) => {
        const device = state.devices.get(deviceId);
        if (!device || device.state === "pending" || device.state === "retired") return;
        if (next === "offline" && device.state !== "offline") noteDown(device, at);
        device.state = next;
        if (why === "silent") device.silent = true;
        else delete device.silent;
        if (firmware !== undefined) device.firmware = firmware;
        if (format !== undefined) device.format = format;
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
      "device-adopted": (state, event) => {
        adopted(state, event);
        settlePlace(state, event.deviceId, plan);
        resettle(state);
      },
      "device-replaced": (state, event) => {
        replaced(state, event);
        settlePlace(state, event.successor, plan);
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
      "planogram-changed": (state, { shelves }) => {
        state.newPlates = platesBeside(shelves, plan);
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

function adopted(state: DevicesState, { deviceId, kind, name, place, plates, mapping, at }: EventOf<"device-adopted">) {
  const { seat, ...before } = state.devices.get(deviceId) ?? blankDevice(deviceId, kind);
  const isSamePlace = before.place?.at === place.at && before.place.id === place.id;
  // what was shown of a stranger is not what it measures about itself
  if (before.state === "pending") delete before.telemetry;
  state.devices.set(deviceId, {
    ...without(before, ["note", "replacedBy", "plates", "mapping"]),
    ...(plates === undefined ? {} : { plates }),
    ...(mapping === undefined ? {} : { mapping, format: "mapped" }),
    kind,
    name,
    place,
    state: stateOnceAdopted(before.state),
    adoptedAt: at,
    // whoever moves leaves the place that another one handed over
    seat: isSamePlace ? seat : deviceId,
  });
  leaveQueue(state, deviceId);
}

function replaced(state: DevicesState, { deviceId, successor, mapping, at }: EventOf<"device-replaced">) {
  const old = state.devices.get(deviceId);
  const known = state.devices.get(successor);
  if (!old || (!known && !mapping)) return;
  const next = known ?? blankDevice(successor, old.kind);
  const { name, place, plates, seat } = old;
  if (next.state === "pending") delete next.telemetry;
  state.devices.set(successor, {
    ...without(next, ["note", "replacedBy", "plates"]),
    ...(name === undefined ? {} : { name }),
    ...(place === undefined ? {} : { place }),
    ...(plates === undefined ? {} : { plates }),
    ...(mapping === undefined ? {} : { mapping, format: "mapped" }),
    kind: old.kind,
    state: stateOnceAdopted(next.state),
    adoptedAt: at,
    seat,
  });
  old.state = "retired";
  old.replacedBy = successor;
  leaveQueue(state, deviceId);
  leaveQueue(state, successor);
}

/** A device that waited has spoken already; one that comes back from the drawer has not yet. */
function stateOnceAdopted(before: DeviceState["state"]): DeviceState["state"] {
  if (before === "pending") return "online";
  return before === "retired" ? "unseen" : before;
}

function forget(state: DevicesState, deviceId: string, { at, dismissed }: { at: number; dismissed: boolean }) {
  const device = state.devices.get(deviceId);
  if (!device || device.configured) return;
  state.devices.delete(deviceId);
  state.pending.delete(deviceId);
  state.gone.delete(deviceId);
  const isStranger = device.relayed === true && device.adoptedAt === undefined;
  const { kind, format } = device;
  state.gone.set(deviceId, { at, kind, format, dismissed, ...(isStranger ? { stranger: true } : {}) });
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
