import type { Sighting } from "#wire/decoded.ts";
import type { StoreConfig } from "#wire/store-config.ts";
import { espresenseDeviceId } from "#wire/topics.ts";
import type { DomainEvent } from "../events.ts";
import type { Room } from "../room.ts";
import { type CarrierSignals, createCarrierSignals, hear, winningZone } from "./signals.ts";

export type PresenceConfig = Pick<StoreConfig, "receivers" | "zones" | "presence" | "baskets">;

/** Made of events, and beside them of what is on the air. */
export type PresenceState = {
  /** carrier -> zone. Carriers that are away have no entry. */
  zoneOf: Map<string, string>;
  /** zone -> what was last announced. */
  occupancy: Map<string, number>;
  /** What is on the air now: memory, not journaled; it rebuilds itself within seconds and travels with a record. */
  air: {
    /** carrier -> how loud each receiver hears it. Bounded by the shop's baskets. */
    signals: Map<string, CarrierSignals>;
    /** Nobody is called absent before he could have been heard: the time that listening began. */
    listeningSince: number | undefined;
    latest: number;
  };
};

/** `zone`: where the receiver stands, if it is not where the configuration has it. */
export type HeardBatch = { deviceId: string; sightings: Sighting[]; zone?: string };

export type PresenceRoom = {
  room: Room<PresenceState>;
  /**
   * Takes a batch into the signal memory, which is not state (see signals.ts). Call it once, just before
   * decideSightings with the same batch. Late and repeated sightings change nothing.
   */
  observe(state: PresenceState, batch: HeardBatch, now: number): void;
  /** Who has entered which zone. `heard`: beacons in the batch that are not the shop's; they are counted and forgotten. */
  decideSightings(
    state: PresenceState,
    batch: HeardBatch,
    now: number,
    cameraZones?: ReadonlySet<string>,
  ): { events: DomainEvent[]; heard: number };
  /** Who has left because nobody hears them any more, and who has stood long enough in a new zone. */
  decidePresenceTick(state: PresenceState, now: number, cameraZones?: ReadonlySet<string>): DomainEvent[];
  /** What a camera counted. Zones that have no camera count baskets and ignore this. */
  decidePeople(
    state: PresenceState,
    count: { zone: string; people: number },
    now: number,
    cameraZones?: ReadonlySet<string>,
  ): DomainEvent[];
  /** The zone's camera is gone: its baskets are counted again. */
  decideWithoutCamera(state: PresenceState, zone: string, now: number): DomainEvent[];
};

/**
 * Strongest receiver with hysteresis and dwell. Tracks the shop's own baskets and nothing else on the air.
 * A move is one `zone-entered` with `from`; `zone-left` says that a carrier is heard nowhere. `cameraZones` are those of
 * the configuration unless said otherwise.
 */
export function createPresenceRoom(config: PresenceConfig): PresenceRoom {
  const { smoothingMs, hysteresisDb, dwellMs, absentAfterMs } = config.presence;
  const zoneOfReceiver = receiverZones(config);
  const configured = new Set(config.zones.filter(({ camera }) => camera !== undefined).map(({ id }) => id));
  const carrierOf = createCarrierLookup(config.baskets);
  /** Carriers of which the last observed batch said something new: a repeated batch must not even decide. */
  const fresh = new Set<string>();

  /** Time only falls when the machine's clock was set back: what was heard then would be "late" until that time comes again. */
  function noticeClock({ air }: PresenceState, now: number) {
    if (now < air.latest) {
      air.signals.clear();
      air.listeningSince = now;
    }
    air.latest = now;
  }

  function observe(state: PresenceState, { deviceId, sightings, ...where }: HeardBatch, now: number) {
    noticeClock(state, now);
    fresh.clear();
    const zone = where.zone ?? zoneOfReceiver.get(deviceId);
    if (zone === undefined) return;
    state.air.listeningSince ??= now;
    for (const { sighting, at } of onOurClock(sightings, now)) {
      const carrier = carrierOf(sighting.beacon);
      if (carrier === undefined) continue;
      let signals = state.air.signals.get(carrier);
      if (!signals) {
        signals = createCarrierSignals();
        state.air.signals.set(carrier, signals);
      }
      if (hear(signals, { receiver: deviceId, zone, sighting, at }, smoothingMs)) {
        challenge(signals, state.zoneOf.get(carrier), at);
        fresh.add(carrier);
      }
    }
  }

  /** Remembers since when one and the same zone has been winning against the present one. */
  function challenge(signals: CarrierSignals, present: string | undefined, now: number) {
    const winner = winningZone(signals, present, { now, hysteresisDb });
    if (winner === undefined || winner === present) signals.challenger = undefined;
    else if (signals.challenger?.zone !== winner) signals.challenger = { zone: winner, since: now };
  }

  function decideMove(state: PresenceState, carrier: string, now: number): DomainEvent | undefined {
    const signals = state.air.signals.get(carrier);
    const challenger = signals?.challenger;
    if (!signals || !challenger || now - challenger.since < dwellMs) return undefined;
    const from = state.zoneOf.get(carrier);
    if (challenger.zone === from) return undefined;
    if (winningZone(signals, from, { now, hysteresisDb }) !== challenger.zone) return undefined;
    return {
      type: "zone-entered",
      at: now,
      carrier,
      zone: challenger.zone,
      ...(from === undefined ? {} : { from }),
    };
  }

  function decideAbsence(
    { air }: PresenceState,
    [carrier, zone]: [string, string],
    now: number,
  ): DomainEvent | undefined {
    const { signals, listeningSince } = air;
    if (listeningSince === undefined) return undefined;
    const lastChance = Math.max(signals.get(carrier)?.heardAt ?? Number.NEGATIVE_INFINITY, listeningSince);
    return now - lastChance >= absentAfterMs ? { type: "zone-left", at: now, carrier, zone } : undefined;
  }

  return {
    room: { name: "presence", initial, evolve },
    observe,
    decideSightings(state, { sightings }, now, cameraZones = configured) {
      const moves: DomainEvent[] = [];
      const heard = sightings.reduce((count, { beacon }) => (carrierOf(beacon) === undefined ? count + 1 : count), 0);
      for (const carrier of fresh) {
        const move = decideMove(state, carrier, now);
        if (move) moves.push(move);
      }
      return { events: withOccupancy(state, moves, cameraZones), heard };
    },
    decidePresenceTick(state, now, cameraZones = configured) {
      noticeClock(state, now);
      const moves: DomainEvent[] = [];
      for (const carrier of state.air.signals.keys()) {
        const move = decideMove(state, carrier, now);
        if (move) moves.push(move);
      }
      for (const present of state.zoneOf) {
        const absence = decideAbsence(state, present, now);
        if (absence) moves.push(absence);
      }
      return withOccupancy(state, moves, cameraZones);
    },
    decidePeople(state, { zone, people }, now, cameraZones = configured) {
      if (!cameraZones.has(zone) || (state.occupancy.get(zone) ?? 0) === people) return [];
      return [{ type: "occupancy-changed", at: now, zone, occupancy: people, by: "camera" }];
    },
    decideWithoutCamera(state, zone, now) {
      let occupancy = 0;
      for (const where of state.zoneOf.values()) if (where === zone) occupancy++;
      if ((state.occupancy.get(zone) ?? 0) === occupancy) return [];
      return [{ type: "occupancy-changed", at: now, zone, occupancy, by: "carriers" }];
    },
  };
}

function initial(): PresenceState {
  const air = { signals: new Map(), listeningSince: undefined, latest: Number.NEGATIVE_INFINITY };
  return { zoneOf: new Map(), occupancy: new Map(), air };
}

const evolve: Room<PresenceState>["evolve"] = {
  "zone-entered": (state, { carrier, zone }) => void state.zoneOf.set(carrier, zone),
  "zone-left": (state, { carrier }) => void state.zoneOf.delete(carrier),
  "occupancy-changed": (state, { zone, occupancy }) => void state.occupancy.set(zone, occupancy),
};

/** The moves, then what they change in how many baskets each zone holds. Cameras speak for their own zones. */
function withOccupancy(state: PresenceState, moves: DomainEvent[], cameraZones: ReadonlySet<string>): DomainEvent[] {
  if (moves.length === 0) return moves;
  const zoneOf = new Map(state.zoneOf);
  const touched = new Map<string, number>();
  for (const move of moves) {
    if (move.type === "zone-entered") {
      zoneOf.set(move.carrier, move.zone);
      touched.set(move.zone, 0);
      if (move.from !== undefined) touched.set(move.from, 0);
    } else if (move.type === "zone-left") {
      zoneOf.delete(move.carrier);
      touched.set(move.zone, 0);
    }
  }
  for (const zone of zoneOf.values()) {
    const count = touched.get(zone);
    if (count !== undefined) touched.set(zone, count + 1);
  }
  const { at } = moves[0]!;
  const changes: DomainEvent[] = [];
  for (const [zone, occupancy] of touched) {
    if (cameraZones.has(zone) || (state.occupancy.get(zone) ?? 0) === occupancy) continue;
    changes.push({ type: "occupancy-changed", at, zone, occupancy, by: "carriers" });
  }
  return [...moves, ...changes];
}

function receiverZones({ receivers }: PresenceConfig): Map<string, string> {
  const zones = new Map<string, string>();
  for (const { id, zone, espresenseRoom } of receivers) {
    zones.set(id, zone);
    if (espresenseRoom !== undefined) zones.set(espresenseDeviceId(espresenseRoom), zone);
  }
  return zones;
}

/** "ibeacon:<uuid>:<major>:<minor>" of the shop's baskets -> "basket-<minor>"; anything else -> undefined. */
function createCarrierLookup({ uuid, major, count }: PresenceConfig["baskets"]) {
  const prefix = `ibeacon:${uuid}:${major}:`;
  return (beacon: string): string | undefined => {
    if (!beacon.startsWith(prefix)) return undefined;
    const minor = Number(beacon.slice(prefix.length));
    return Number.isInteger(minor) && minor >= 1 && minor <= count ? `basket-${minor}` : undefined;
  };
}

/**
 * Puts a batch on our clock without trusting the receiver's: its newest sighting is now, the others are as much older
 * as the receiver says. Without times of their own all are now.
 */
function onOurClock(sightings: Sighting[], now: number): { sighting: Sighting; at: number }[] {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { at } of sightings) if (at !== undefined && at > newest) newest = at;
  return sightings
    .map((sighting) => ({ sighting, at: sighting.at === undefined ? now : now - (newest - sighting.at) }))
    .sort((a, b) => a.at - b.at);
}
