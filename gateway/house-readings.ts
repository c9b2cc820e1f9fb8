import type { Decoded, Reading } from "#wire/decoded.ts";
import type { StoreConfig } from "#wire/store-config.ts";
import type { DeviceState, DevicesState } from "./devices/devices.ts";
import { eventTime } from "./devices/event-time.ts";
import { noteClock } from "./devices/health.ts";
import { decideDiscovery, decideSeen, decideStatus, isRepeat, remember, rememberValue } from "./devices/hearing.ts";
import { whyNowhere } from "./devices/seats.ts";
import type { DomainEvent, Source } from "./events.ts";
import type { EvidenceState } from "./evidence/evidence.ts";
import type { Witnesses } from "./house-evidence.ts";
import type { housePlan } from "./house-plan.ts";
import { decideGreeting, decideReply } from "./house-requests.ts";
import type { MirrorsState } from "./mirrors/mirrors.ts";
import { decideLookTry } from "./mirrors/sharing.ts";
import type { PlanogramState } from "./planogram/planogram.ts";
import type { PresenceRoom, PresenceState } from "./presence/presence-room.ts";
import { isTaring, type RequestsState } from "./requests/requests.ts";
import type { RolloutsState } from "./rollouts/rollouts.ts";
import type { Context } from "./room.ts";
import { decideCount } from "./shelves/counting.ts";
import type { ShelvesState } from "./shelves/shelves-state.ts";
import type { StockState } from "./stock/goods.ts";
import { decideTags, type TagsState } from "./stock/tags.ts";

/** What came of a message. `reason` says why nothing could be made of it; `repeated`: it was heard before. */
export type ReadingDecision = { events: DomainEvent[]; reason?: string; repeated?: boolean };

/** The rooms that hear devices. */
type HeardState = {
  devices: DevicesState;
  shelves: ShelvesState;
  tags: TagsState;
  stock: StockState;
  planogram: PlanogramState;
  evidence: EvidenceState;
  presence: PresenceState;
  mirrors: MirrorsState;
  requests: RequestsState;
  rollouts: RolloutsState;
};
/** `outside`: by a broker of the shop's own, "kept" from before we asked, so that its device need not be there. */
export type Arrival = { topic: string; outside?: "said" | "kept" };
type From = {
  source: Source;
  at: number;
  decoded: Decoded;
  device: DeviceState;
  context: Context;
  topic: string;
  isOutside: boolean;
  /** Why something of the message is not believed. */
  doubt(reason: string): void;
};

/** Which device's word counts where, and which room hears it. */
export function createReadings({
  plan,
  presence,
  counting,
  witnesses,
}: {
  plan: ReturnType<typeof housePlan>;
  presence: PresenceRoom;
  counting: StoreConfig["counting"];
  witnesses: Witnesses;
}) {
  function decideOneReading(state: HeardState, reading: Reading, from: From): DomainEvent[] {
    const { source, at, decoded, device, context, isOutside } = from;
    const { deviceId } = decoded;
    const { now } = context;
    const { seats } = state.devices;
    switch (reading.kind) {
      case "plates": {
        // neither the old zero nor the new one: the next reading tells
        if (isTaring(state.requests, deviceId)) return [];
        const seat = seats.scales.get(deviceId);
        return seat ? decideCount(state.shelves, { source, plates: reading.plates, seat }, { at, now }, counting) : [];
      }
      case "tags": {
        const antennas = seats.antennas.get(deviceId);
        const zone = seats.zones.get(deviceId);
        const seat = antennas === undefined ? { ...(zone === undefined ? {} : { zone }) } : { antennas };
        return decideTags(state.tags, { source, reads: reading.reads, seat }, now, plan.tags);
      }
      case "sightings": {
        const zone = seats.zones.get(deviceId);
        const batch = { deviceId, sightings: reading.sightings, ...(zone === undefined ? {} : { zone }) };
        presence.observe(state.presence, batch, now);
        return presence.decideSightings(state.presence, batch, now, seats.cameraZones).events;
      }
      case "people": {
        // a foreign camera calls its zones as it likes; then it speaks for where it hangs
        const isOurs = seats.cameraZones.has(reading.zone);
        const zone = isOurs ? reading.zone : (seats.zones.get(deviceId) ?? reading.zone);
        return presence.decidePeople(state.presence, { zone, people: reading.people }, now, seats.cameraZones);
      }
      case "status": {
        const { firmware, state: status } = reading;
        const { format } = decoded;
        const about = { deviceId, status, format, isOutside, ...(firmware === undefined ? {} : { firmware }) };
        const hello = { ...about, ...(decoded.boot === undefined ? {} : { boot: decoded.boot }) };
        const greeting = status === "online" ? decideGreeting(state, hello, now) : [];
        return [...decideStatus(state.devices, about, now), ...greeting];
      }
      case "telemetry": {
        const values = Object.entries(reading.values).map(([name, value]) => ({ name, value }));
        for (const { name, value } of values) rememberValue(device, name, value);
        return believe(witnesses.decideDistances(state, values, { deviceId, device, at, now }), from);
      }
      case "sensor":
        return decideSensor(state, reading, from);
      case "mirror": {
        if (reading.event !== "look" || reading.sku === undefined || !plan.skus.has(reading.sku)) return [];
        const mirrorId = seats.mirrors.get(deviceId);
        if (mirrorId === undefined) return [];
        const command = { command: "look.try" as const, mirrorId, sku: reading.sku };
        const look = decideLookTry(state.mirrors, command, context, plan.mirrors);
        return look.ok ? look.events : [];
      }
      case "reply":
        return decideReply(state, deviceId, reading.reply, now);
      case "facings":
        return believe(witnesses.decideFacings(state, reading, { deviceId, device, at, now }), from);
    }
  }

  /** Values of the device itself, or of a sensor that it passes on: then that one has spoken. */
  function decideSensor(
    state: HeardState,
    { mac, values }: Extract<Reading, { kind: "sensor" }>,
    from: From,
  ): DomainEvent[] {
    const { decoded, device, context, topic, at } = from;
    const { now } = context;
    const isOwn = mac === decoded.deviceId;
    const sensor = isOwn ? device : state.devices.devices.get(mac);
    const grams = isOwn ? undefined : massOf(values);
    const { format } = decoded;
    if (!sensor) {
      const kind = grams === undefined ? "ble" : "shelf";
      const stranger = { deviceId: mac, kind, format, topic, relayed: true } as const;
      return decideDiscovery(state.devices, stranger, now).events;
    }
    if (sensor.state === "retired") return [];
    for (const { property, value } of values) rememberValue(sensor, property, value);
    const measured = values.map(({ property: name, value, unit }) => ({ name, value, unit }));
    const distances = () =>
      believe(witnesses.decideDistances(state, measured, { deviceId: mac, device: sensor, at, now }), from);
    if (isOwn) return distances();
    const events = sensor.state === "pending" ? [] : decideSeen(state.devices, { deviceId: mac, format }, now);
    remember(sensor, { boot: undefined, seq: undefined, now, listeningSince: state.devices.listeningSince });
    const seat = state.devices.seats.scales.get(mac);
    if (sensor.state !== "pending") events.push(...distances());
    if (!seat || grams === undefined) return events;
    const reading = { source: { deviceId: mac }, plates: [{ plate: 1, grams }], seat };
    return [...events, ...decideCount(state.shelves, reading, { at, now }, counting)];
  }

  function decideStranger(state: HeardState, decoded: Decoded, now: number, topic: string): ReadingDecision {
    const { deviceId, kind, format } = decoded;
    // somebody's relay that was switched, sensors that nobody has a key for: read, and nothing for a shop
    if (decoded.readings.length === 0) return { events: [] };
    const leaves = decoded.readings.every((reading) => reading.kind === "status" && reading.state === "offline");
    if (leaves) return { events: [], reason: `nobody knows device ${deviceId}, and it has nothing to say` };
    return decideDiscovery(state.devices, { deviceId, kind, format, topic }, now);
  }

  return {
    /** What a device's message means. */
    decideReading(
      state: HeardState,
      decoded: Decoded,
      context: Context,
      { topic, outside }: Arrival = { topic: "" },
    ): ReadingDecision {
      const { deviceId, boot, seq } = decoded;
      const { now } = context;
      const stored = outside === "kept";
      const device = state.devices.devices.get(deviceId);
      if (!device) return stored ? { events: [] } : decideStranger(state, decoded, now, topic);
      if (device.kind !== decoded.kind)
        return { events: [], reason: `device ${deviceId} is no ${decoded.kind} device` };
      if (device.state === "retired") {
        if (!stored) device.lastSeenAt = now;
        const { replacedBy } = device;
        const what = replacedBy === undefined ? "is retired" : `is retired: ${replacedBy} has its place`;
        return { events: [], reason: `device ${deviceId} ${what}` };
      }
      if (isRepeat(device, boot, seq)) return { events: [], repeated: true };
      if (device.state === "pending") {
        if (!stored) hearPending(device, decoded, now);
        return { events: [] };
      }
      const status = decoded.readings.find((reading) => reading.kind === "status")?.state;
      const events = status === undefined && !stored ? decideSeen(state.devices, decoded, now) : [];
      // a will speaks of the device, and is not its word
      if (status !== "offline" && !stored)
        remember(device, { boot, seq, now, listeningSince: state.devices.listeningSince });
      const { at, believed } = eventTime(device.clock, decoded.at, now);
      if (decoded.at !== undefined) noteClock(device.health, decoded.at - now);
      const source: Source = { deviceId };
      if (boot !== undefined) source.boot = boot;
      if (seq !== undefined) source.seq = seq;
      if (!believed) source.clockDoubted = true;
      let disbelieved: string | undefined;
      const doubt = (why: string) => {
        disbelieved ??= why;
      };
      const from = { source, at, decoded, device, context, topic, isOutside: outside !== undefined, doubt };
      let saysOfShop = false;
      for (const reading of decoded.readings) {
        saysOfShop ||= countsSomewhere.has(reading.kind);
        for (const event of decideOneReading(state, reading, from)) events.push(event);
      }
      const reason = (saysOfShop ? whyNowhere(state.devices.seats, deviceId, device) : undefined) ?? disbelieved;
      return { events, ...(reason === undefined ? {} : { reason }) };
    },
  };
}

function believe({ events, reason }: { events: DomainEvent[]; reason?: string }, { doubt }: From): DomainEvent[] {
  if (reason !== undefined) doubt(reason);
  return events;
}

/** What a device says of the shop, and not of itself: it counts where the device has its place. */
const countsSomewhere: ReadonlySet<Reading["kind"]> = new Set(["plates", "tags", "sightings", "people", "mirror"]);

/** What a pending device says is shown to whoever adopts it, and counts nowhere. */
function hearPending(device: DeviceState, decoded: Decoded, now: number) {
  let leaves = decoded.readings.length > 0;
  for (const reading of decoded.readings) {
    if (reading.kind !== "status" || reading.state !== "offline") leaves = false;
    if (reading.kind === "status" && reading.firmware !== undefined) device.firmware = reading.firmware;
    if (reading.kind === "telemetry")
      for (const [name, value] of Object.entries(reading.values)) rememberValue(device, name, value);
    if (reading.kind === "plates")
      for (const { plate, grams } of reading.plates) rememberValue(device, `plate ${plate}, g`, grams);
    if (reading.kind === "people") rememberValue(device, "people", reading.people);
    if (reading.kind === "sensor" && reading.mac === decoded.deviceId)
      for (const { property, value } of reading.values) rememberValue(device, property, value);
  }
  if (leaves) return;
  remember(device, { boot: decoded.boot, seq: decoded.seq, now });
  if (decoded.at !== undefined) noteClock(device.health, decoded.at - now);
}

const gramsIn: ReadonlyMap<string, number> = new Map([
  ["g", 1],
  ["kg", 1_000],
  ["lb", 453.592_37],
]);

/** The weight that a sensor tells, in grams: a scale that speaks by Bluetooth. */
function massOf(values: Extract<Reading, { kind: "sensor" }>["values"]): number | undefined {
  const mass = values.find(({ property, unit }) => property === "mass" && gramsIn.has(unit));
  return mass && mass.value * (gramsIn.get(mass.unit) ?? 1);
}
