import type { Command } from "#wire/commands.ts";
import type { DevicePlace } from "#wire/views.ts";
import type { DeviceKind, DomainEvent } from "../events.ts";
import type { Context, Decision } from "../room.ts";
import type { DeviceState, DevicesState } from "./devices.ts";
import { claimOf, type DevicesPlan, isActive, placeExists, withNewPlates } from "./seats.ts";

type AdoptCommand = Extract<Command, { command: "device.adopt" }>;
type Mapping = NonNullable<AdoptCommand["mapping"]>;

/** Configured ones, adopted ones and retired ones together: more than the largest configuration. */
export const registryLimit = 1_000;

const placeOf: Record<DeviceKind, DevicePlace["at"]> = {
  shelf: "shelf",
  mirror: "mirror",
  rfid: "zone",
  ble: "zone",
  camera: "zone",
};

type Refusal = Extract<Decision, { ok: false }>;

/** A name and a place for a device, new or moved. `value.deviceId` is the device. */
export function decideAdopt(state: DevicesState, command: AdoptCommand, file: DevicesPlan, ctx: Context): Decision {
  const plan = withNewPlates(state, file);
  const { deviceId, kind, place, plates, by } = command;
  const name = command.name.trim();
  if (name === "") return refuse(400, "no-name", "Give the device a name.", "A name tells people which one is meant.");
  const device = state.devices.get(deviceId);
  // who moves is read as before
  const mapping = command.mapping ?? device?.mapping;
  const refusal =
    whyUnknown(state, { deviceId, device, mapping, kind }) ??
    whyNotThere(place, kind, plan) ??
    whyNotThesePlates(place, plates, plan) ??
    whyTaken(state, { deviceId, place, plates }, plan) ??
    whyNotMapped(state, { deviceId }, mapping);
  if (refusal) return refusal;
  const known = { ...(plates === undefined ? {} : { plates }), ...(mapping === undefined ? {} : { mapping }) };
  const events: DomainEvent[] = [{ type: "device-adopted", at: ctx.now, deviceId, kind, name, place, ...known, by }];
  return { ok: true, events, value: {} };
}

function whyUnknown(
  state: DevicesState,
  about: { deviceId: string; device: DeviceState | undefined; mapping: Mapping | undefined; kind: DeviceKind },
): Refusal | undefined {
  const { deviceId, device, mapping, kind } = about;
  if (mapping && mapping.kind !== kind) {
    const detail = `The mapping reads a ${mapping.kind} device, and it is to be adopted as a ${kind} device.`;
    return refuse(400, "wrong-kind", "The mapping is for another kind of device.", detail);
  }
  if (device && device.kind !== kind && !device.relayed && !(mapping && !device.configured)) {
    const detail = `${deviceId} speaks as a ${device.kind} device. Adopt it as that.`;
    return refuse(409, "wrong-kind", "That device is of another kind.", detail);
  }
  if (device) return undefined;
  if (!mapping && !state.gone.get(deviceId)?.dismissed) return unknownDevice(deviceId);
  if (state.devices.size - state.pending.size < registryLimit) return undefined;
  const detail = `There are ${registryLimit} already. Dismiss retired ones that you do not need any more.`;
  return refuse(409, "too-many-devices", "No more devices can be adopted.", detail);
}

function whyNotThere(place: DevicePlace, kind: DeviceKind, plan: DevicesPlan): Refusal | undefined {
  if (place.at !== placeOf[kind]) {
    const detail = `A ${kind} device belongs to a ${placeOf[kind]}, not to a ${place.at}.`;
    return refuse(400, "wrong-place", "This kind of device does not belong there.", detail);
  }
  if (placeExists(plan, place)) return undefined;
  const detail = `The configuration has no ${place.at} ${place.id}. Choose another one, or add it to config/store.yaml.`;
  return refuse(404, "unknown-place", "There is no such place.", detail);
}

function whyNotThesePlates(
  { at, id }: DevicePlace,
  plates: Record<string, number> | undefined,
  plan: DevicesPlan,
): Refusal | undefined {
  if (plates === undefined) return undefined;
  const numbers = Object.values(plates);
  if (at !== "shelf") return refuse(400, "wrong-plates", "Only scales have plates.", "Leave the plates out.");
  if (numbers.length === 0)
    return refuse(400, "wrong-plates", "No plate is named.", "Name the plates it feeds, or leave them out for all.");
  const odd = Object.keys(plates).find((own) => String(Number(own)) !== own);
  if (odd !== undefined) return refuse(400, "wrong-plates", `A plate is not called ${odd}.`, "Number them 1, 2, 3, …");
  const here = new Set(plan.plates.filter(({ shelf }) => shelf === id).map(({ plate }) => plate));
  const missing = numbers.find((plate) => !here.has(plate));
  if (missing !== undefined) {
    const detail = `Shelf ${id} has the plates ${[...here].join(", ")}.`;
    return refuse(400, "wrong-plates", `Shelf ${id} has no plate ${missing}.`, detail);
  }
  if (new Set(numbers).size === numbers.length) return undefined;
  const detail = "Two cells of the scale cannot feed the same plate of the shelf.";
  return refuse(400, "wrong-plates", "A plate is named twice.", detail);
}

/** Somebody has the place already. A device that was only ever a line of the configuration gives way. */
function whyTaken(
  state: DevicesState,
  { deviceId, place, plates }: { deviceId: string; place: DevicePlace; plates: AdoptCommand["plates"] | undefined },
  plan: DevicesPlan,
): Refusal | undefined {
  const stays = (owner: string | undefined) =>
    owner !== undefined && owner !== deviceId && !givesWay(state.devices.get(owner));
  if (place.at === "shelf") {
    for (const [, plate] of claimOf(plan, place.id, plates)) {
      const owner = state.seats.feeders.get(`${place.id}/${plate}`);
      if (!stays(owner) || owner === undefined) continue;
      const who = nameOf(state, owner);
      const detail = `Plate ${plate} of shelf ${place.id} is fed by ${who}. Replace that device with this one, or name other plates.`;
      return refuse(409, "plate-taken", `Plate ${plate} is taken by ${who}.`, detail);
    }
  }
  if (place.at === "mirror") {
    for (const [owner, mirror] of state.seats.mirrors) {
      if (mirror !== place.id || !stays(owner)) continue;
      const who = nameOf(state, owner);
      const detail = `Mirror ${place.id} is run by ${who}. Replace that device with this one.`;
      return refuse(409, "mirror-taken", `That mirror is taken by ${who}.`, detail);
    }
  }
  return undefined;
}

/** Only a line of the configuration, so far. */
export const givesWay = (device: DeviceState | undefined) =>
  device === undefined || (device.configured && device.state === "unseen" && device.adoptedAt === undefined);

/** `leaves`: the device that is retired in the same step, whose topic becomes free. */
function whyNotMapped(
  state: DevicesState,
  { deviceId, leaves }: { deviceId: string; leaves?: string },
  mapping: Mapping | undefined,
): Refusal | undefined {
  if (!mapping) return undefined;
  const other = state.seats.mappings.find(
    (one) => one.deviceId !== deviceId && one.deviceId !== leaves && one.mapping.topic === mapping.topic,
  );
  if (!other) return undefined;
  const who = nameOf(state, other.deviceId);
  const detail = `${mapping.topic} is read as ${who} already. Change that device, or name the topic more narrowly.`;
  return refuse(409, "topic-taken", `That topic belongs to ${who}.`, detail);
}

/**
 * `successor` takes the place, the name and the plates of a device that breaks or is exchanged. One that no format speaks
 * for brings its mapping, and is adopted in the same step.
 */
export function decideReplace(
  state: DevicesState,
  { deviceId, successor, mapping, by }: Extract<Command, { command: "device.replace" }>,
  ctx: Context,
): Decision {
  const old = state.devices.get(deviceId);
  const next = state.devices.get(successor);
  if (!old) return unknownDevice(deviceId);
  if (old.replacedBy === successor && next && isActive(next)) return done([]);
  if (!isActive(old)) {
    const detail = `${deviceId} has no place that ${successor} could take. Adopt ${successor} instead.`;
    return refuse(409, "no-place", "That device has no place.", detail);
  }
  if (next && isActive(next)) {
    const detail = `${nameOf(state, successor)} is in use itself. Retire it first, or choose hardware that waits.`;
    return refuse(409, "in-use", "That hardware is in use.", detail);
  }
  const read = mapping ?? next?.mapping;
  if (!next && !mapping) return unknownDevice(successor);
  const refusal =
    whyUnknown(state, { deviceId: successor, device: next, mapping: read, kind: old.kind }) ??
    whyNotMapped(state, { deviceId: successor, leaves: deviceId }, read) ??
    whyNoneOfThese(old.plates, mapping);
  if (refusal) return refusal;
  const known = mapping === undefined ? {} : { mapping };
  return done([{ type: "device-replaced", at: ctx.now, deviceId, successor, ...known, by }]);
}

/** A scale keeps the numbers of the one before it; a mapping may have been written for others. */
function whyNoneOfThese(plates: Record<string, number> | undefined, mapping: Mapping | undefined): Refusal | undefined {
  if (!plates || !mapping) return undefined;
  const read = mapping.fields.flatMap(({ yields }) => (yields.reading === "weight" ? [yields.plate] : []));
  if (read.length === 0 || read.some((plate) => Object.hasOwn(plates, plate))) return undefined;
  const detail = `The mapping reads plate ${read.join(", ")}; the scale before it called them ${Object.keys(plates).join(", ")}. Number them alike in the mapping.`;
  return refuse(409, "wrong-plates", "None of its plates would count.", detail);
}

/** Its word counts no more; its place is free. */
export function decideRetire(
  state: DevicesState,
  { deviceId, by }: Extract<Command, { command: "device.retire" }>,
  ctx: Context,
): Decision {
  const device = state.devices.get(deviceId);
  if (!device) return unknownDevice(deviceId);
  if (device.state === "retired") return done([]);
  if (device.state === "pending" && device.adoptedAt === undefined) {
    const detail = `${deviceId} was never adopted. Dismiss it instead.`;
    return refuse(409, "still-pending", "That device still waits.", detail);
  }
  return done([{ type: "device-retired", at: ctx.now, deviceId, by }]);
}

/** A device that waits, or lies in the drawer, is forgotten. */
export function decideDismiss(
  state: DevicesState,
  { deviceId, by }: Extract<Command, { command: "device.dismiss" }>,
  ctx: Context,
): Decision {
  const device = state.devices.get(deviceId);
  if (!device) return state.gone.has(deviceId) ? done([]) : unknownDevice(deviceId);
  if (device.configured) {
    const detail = `${deviceId} is named in config/store.yaml. Take it out there, or retire it.`;
    return refuse(409, "configured", "That device belongs to the configuration.", detail);
  }
  if (isActive(device)) {
    const detail = `${nameOf(state, deviceId)} is in use. Retire it first.`;
    return refuse(409, "in-use", "That device is in use.", detail);
  }
  return done([{ type: "device-dismissed", at: ctx.now, deviceId, by }]);
}

/** "Scale two (scale-2)", or the id alone. */
function nameOf(state: DevicesState, deviceId: string): string {
  const name = state.devices.get(deviceId)?.name;
  return name === undefined || name === deviceId ? deviceId : `${name} (${deviceId})`;
}

function unknownDevice(deviceId: string): Refusal {
  const detail = `Nothing was heard of ${deviceId} yet. Switch it on and let it speak, then it waits here.`;
  return refuse(404, "unknown-device", "There is no such device.", detail);
}

const done = (events: DomainEvent[]): Decision => ({ ok: true, events, value: {} });
const refuse = (status: number, type: string, title: string, detail: string): Refusal => ({
  ok: false,
  problem: { status, type, title, detail },
});
