import type { PlateReading } from "#wire/decoded.ts";
import type { DomainEvent, Source } from "../events.ts";
import type { Room } from "../room.ts";
import { isSuperseded, rememberBoot } from "./boots.ts";
import { feel, hasSettled, type Moment, type PlateSignal, type SettleRules, silentPlate } from "./plate-signal.ts";

export type PlateRules = { shelf: string; plate: number; sku: string; unitGrams: number; capacity: number };
export type CountingRules = SettleRules & { toleranceShare: number };
export type ShelvesConfig = { plates: (PlateRules & { deviceId: string })[]; rules: CountingRules };

export type PlateState = PlateRules & {
  count: number | undefined;
  /** Grams that are not goods: set when someone counted by hand and the scale disagreed. */
  tareGrams: number;
  boot: number | undefined;
  seq: number | undefined;
  doubted: boolean;
  /** The scale that this memory is of; another one starts anew. */
  scale: string | undefined;
  signal: PlateSignal;
};
export type ShelvesState = {
  /** device -> plate number -> plate; fixed by the planogram. */
  devices: Map<string, Map<number, PlateState>>;
  /** device -> its last power-ons, newest last; bounded by `rememberBoot`. */
  boots: Map<string, number[]>;
};

/** A whole number of items to within this was settled by the device itself, or typed by a person: taken at once. */
const exactGrams = 0.3;
/** Of very light goods everything would be a whole number to within `exactGrams`; for them this share of one decides. */
const exactShare = 0.05;
/** A plate never holds more than this many times its planned capacity: beyond, the cell is saturated or someone leans on it. */
const believableFill = 2;

export function createShelvesRoom(config: ShelvesConfig): Room<ShelvesState> {
  const byPlace = new Map(config.plates.map((plate) => [`${plate.shelf}/${plate.plate}`, plate]));
  /** The plate, if what the event tells of still stands there. */
  const find = (state: ShelvesState, { shelf, plate, sku }: { shelf: string; plate: number; sku: string }) => {
    const rules = byPlace.get(`${shelf}/${plate}`);
    return rules?.sku === sku ? state.devices.get(rules.deviceId)?.get(plate) : undefined;
  };
  return {
    name: "shelves",
    initial() {
      const state: ShelvesState = { devices: new Map(), boots: new Map() };
      for (const { deviceId, ...rules } of config.plates) {
        const plates = state.devices.get(deviceId) ?? new Map<number, PlateState>();
        state.devices.set(deviceId, plates);
        plates.set(rules.plate, {
          ...rules,
          count: undefined,
          tareGrams: 0,
          boot: undefined,
          seq: undefined,
          doubted: false,
          scale: deviceId,
          signal: silentPlate(),
        });
      }
      return state;
    },
    evolve: {
      "stock-changed": (state, event) => {
        const plate = find(state, event);
        if (!plate) return;
        plate.count = event.count;
        plate.doubted = false;
        plate.signal.stableGrams = event.grams;
        plate.signal.pendingSince = undefined;
        plate.scale = event.source.deviceId;
        if (event.source.boot !== undefined) {
          rememberBoot(state.boots, event.source.deviceId, event.source.boot);
          if (plate.boot !== event.source.boot || (plate.seq ?? 0) < (event.source.seq ?? 0))
            plate.seq = event.source.seq;
          plate.boot = event.source.boot;
        }
      },
      "plate-doubted": (state, event) => {
        const plate = find(state, event);
        if (plate) plate.doubted = true;
      },
      "stock-counted": (state, event) => {
        const plate = find(state, event);
        if (!plate) return;
        plate.count = event.count;
        plate.tareGrams = event.tareGrams;
        plate.doubted = false;
      },
      "plate-tared": (state, event) => {
        const plate = find(state, event);
        if (!plate) return;
        plate.tareGrams = event.tareGrams;
        plate.doubted = false;
        // what it showed before means nothing any more
        plate.signal = silentPlate();
      },
      "device-restarted": (state, { deviceId, kind, boot }) => {
        if (kind === "shelf") rememberBoot(state.boots, deviceId, boot);
      },
      "device-adopted": (state, { deviceId, place, plates }) => {
        const fed = place.at === "shelf" ? plates && new Set(Object.values(plates)) : new Set<number>();
        for (const plate of everyPlate(state)) {
          const isFed = plate.shelf === place.id && (fed === undefined || fed.has(plate.plate));
          if (isFed !== (plate.scale === deviceId)) startAnew(plate, isFed ? deviceId : undefined);
        }
      },
      "device-replaced": (state, { deviceId, successor }) => {
        for (const plate of everyPlate(state)) if (plate.scale === deviceId) startAnew(plate, successor);
      },
      "device-retired": (state, { deviceId }) => {
        for (const plate of everyPlate(state)) if (plate.scale === deviceId) startAnew(plate, undefined);
      },
    },
  };
}

function* everyPlate({ devices }: ShelvesState): Generator<PlateState> {
  for (const plates of devices.values()) yield* plates.values();
}

/** Another scale lies under the plate: its zero, its numbers and what was moving are not those of the one before. */
function startAnew(plate: PlateState, scale: string | undefined) {
  plate.scale = scale;
  plate.boot = undefined;
  plate.seq = undefined;
  plate.tareGrams = 0;
  plate.doubted = false;
  plate.signal = silentPlate();
}

/** Whose plates a scale feeds: `deviceId` in the planogram, and its own plate -> planogram plate where they differ. */
export type ScaleSeat = { deviceId: string; plates?: ReadonlyMap<number, number> };

/**
 * A shelf's reading becomes counts. Absolute grams decide, so a redelivered or late reading changes nothing: it carries a
 * `seq` that this plate has already passed, or a power-on that has been superseded.
 */
export function decideCount(
  state: ShelvesState,
  reading: { source: Source; plates: PlateReading[]; seat?: ScaleSeat },
  moment: Moment,
  rules: CountingRules,
): DomainEvent[] {
  const { deviceId, boot, seq } = reading.source;
  const { seat } = reading;
  const plates = state.devices.get(seat?.deviceId ?? deviceId);
  if (!plates) return [];
  if (boot !== undefined) {
    if (isSuperseded(state.boots, deviceId, boot)) return [];
    rememberBoot(state.boots, deviceId, boot);
  }
  const events: DomainEvent[] = [];
  for (const { plate: own, grams } of reading.plates) {
    const number = seat?.plates ? seat.plates.get(own) : own;
    const plate = number === undefined ? undefined : plates.get(number);
    if (!plate) continue;
    if (plate.scale !== deviceId) startAnew(plate, deviceId);
    if (isStale(plate, boot, seq)) continue;
    plate.boot = boot;
    plate.seq = seq;
    const settled = feel(plate.signal, grams, moment, rules);
    if (settled || isExact(plate, grams)) pushCount(events, plate, { source: reading.source, at: moment.at, rules });
  }
  return events;
}

/** Weights that moved and then were left alone, by devices that speak only when something changes. */
export function decideSettled(state: ShelvesState, now: number, rules: CountingRules): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [deviceId, plates] of state.devices) {
    for (const plate of plates.values()) {
      if (!hasSettled(plate.signal, now, rules)) continue;
      const scale = plate.scale ?? deviceId;
      const current = state.boots.get(scale)?.at(-1);
      pushCount(events, plate, { source: sourceOf(scale, plate, current), at: plate.signal.at, rules });
    }
  }
  return events;
}

/** Someone counted by hand. What the scale shows beyond that is tare from now on. */
export function tareFor(
  state: ShelvesState,
  place: { shelf: string; plate: number; count: number },
): number | undefined {
  for (const plates of state.devices.values()) {
    const plate = plates.get(place.plate);
    if (plate?.shelf === place.shelf) {
      // after a restart the scale may not have spoken yet: then what it last stood at
      const grams = plate.signal.grams ?? plate.signal.stableGrams;
      return grams === undefined ? 0 : round(grams - place.count * plate.unitGrams);
    }
  }
  return undefined;
}

/**
 * A scale has set plates to zero: whatever lies there is nothing to it from now on. What we counted still stands there,
 * unless someone saw that the plate is empty; so a zero with three glasses on it goes on meaning three glasses.
 */
export function decideTared(
  state: ShelvesState,
  tared: { deviceId: string; plates: readonly number[]; empty: boolean; by: string },
  now: number,
): DomainEvent[] {
  return tared.plates.flatMap((number): DomainEvent[] => {
    const found = state.devices.get(tared.deviceId)?.get(number);
    if (!found) return [];
    const { shelf, plate, sku, unitGrams } = found;
    const goods = tared.empty ? 0 : (found.count ?? 0);
    const tareGrams = round(0 - goods * unitGrams);
    return [{ type: "plate-tared", at: now, shelf, plate, sku, tareGrams, by: tared.by }];
  });
}

function pushCount(
  events: DomainEvent[],
  plate: PlateState,
  { source, at, rules }: { source: Source; at: number; rules: CountingRules },
) {
  const grams = plate.signal.grams ?? 0;
  const goods = grams - plate.tareGrams;
  const { shelf, plate: number, sku } = plate;
  plate.signal.pendingSince = undefined;
  plate.signal.stableGrams = grams;
  const doubt = whyDoubt(plate, goods, rules);
  if (doubt) {
    if (!plate.doubted) events.push({ type: "plate-doubted", at, shelf, plate: number, sku, grams, reason: doubt });
    return;
  }
  const count = Math.max(0, Math.round(goods / plate.unitGrams));
  if (count === plate.count && !plate.doubted) return;
  events.push({
    type: "stock-changed",
    at,
    shelf,
    plate: number,
    sku,
    count,
    previous: plate.count ?? 0,
    grams: round(grams),
    confidence: confidence(plate, goods, count),
    source,
  });
}

function whyDoubt(plate: PlateState, goods: number, rules: CountingRules): string | undefined {
  if (goods < -Math.max(rules.quietGrams, plate.unitGrams * 0.5)) return "the scale shows less than nothing";
  if (goods > plate.capacity * believableFill * plate.unitGrams) return "the scale shows more than the shelf can hold";
  const count = Math.round(goods / plate.unitGrams);
  const off = Math.abs(goods - count * plate.unitGrams);
  // single items differ by toleranceShare; many of them partly cancel out, hence the root
  const allowed = rules.quietGrams + 2 * plate.unitGrams * rules.toleranceShare * Math.sqrt(Math.max(1, count));
  if (off > Math.min(allowed, plate.unitGrams * 0.45)) return "the weight fits no whole number of items";
  return undefined;
}

/** 1 when the weight is a whole number of items, 0.5 half way between two. */
function confidence(plate: PlateState, goods: number, count: number): number {
  const off = Math.abs(goods - count * plate.unitGrams) / plate.unitGrams;
  return Math.round((1 - Math.min(0.5, off)) * 100) / 100;
}

function isExact(plate: PlateState, grams: number): boolean {
  const goods = grams - plate.tareGrams;
  const count = Math.round(goods / plate.unitGrams);
  return count >= 0 && Math.abs(goods - count * plate.unitGrams) <= Math.min(exactGrams, plate.unitGrams * exactShare);
}

function isStale(plate: PlateState, boot: number | undefined, seq: number | undefined): boolean {
  if (boot === undefined || seq === undefined || plate.boot !== boot) return false;
  return plate.seq !== undefined && seq <= plate.seq;
}

/** A plate that has not spoken since its device started anew settles without the old power-on's number. */
function sourceOf(deviceId: string, plate: PlateState, currentBoot: number | undefined): Source {
  if (plate.boot !== currentBoot) return { deviceId };
  return {
    deviceId,
    ...(plate.boot === undefined ? {} : { boot: plate.boot }),
    ...(plate.seq === undefined ? {} : { seq: plate.seq }),
  };
}

const round = (grams: number) => Math.round(grams * 10) / 10;
