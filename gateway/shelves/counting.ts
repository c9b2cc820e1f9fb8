import type { PlateReading } from "#wire/decoded.ts";
import type { DomainEvent, Source } from "../events.ts";
import type { Room } from "../room.ts";
import { isSuperseded, rememberBoot } from "./boots.ts";
import { arrange, type Goods, type PlateState, type Plates, type ShelvesConfig } from "./planogram.ts";
import { feel, hasSettled, type Moment, type SettleRules, silentPlate } from "./plate-signal.ts";

export type CountingRules = SettleRules & { toleranceShare: number };
export type ShelvesRoomConfig = ShelvesConfig & { rules: CountingRules };

export type ShelvesState = {
  /** Fixed by the planogram. */
  devices: Plates;
  /** device -> its last power-ons, newest last; bounded by `rememberBoot`. */
  boots: Map<string, number[]>;
};

/** A whole number of items to within this was settled by the device itself, or typed by a person: taken at once. */
const exactGrams = 0.3;
/** Of very light goods everything would be a whole number to within `exactGrams`; for them this share of one decides. */
const exactShare = 0.05;
/** A plate never holds more than this many times its planned capacity: beyond, the cell is saturated or someone leans on it. */
const believableFill = 2;

export function createShelvesRoom(config: ShelvesRoomConfig): Room<ShelvesState> {
  const deviceOf = new Map(config.shelves.map(({ id, deviceId }) => [id, deviceId]));
  const plateAt = (state: ShelvesState, shelf: string, plate: number) =>
    state.devices.get(deviceOf.get(shelf) ?? "")?.get(plate);
  /** The plate, if what the event tells of still stands there. */
  const find = (state: ShelvesState, { shelf, plate, sku }: { shelf: string; plate: number; sku: string }) => {
    const found = plateAt(state, shelf, plate);
    const goods = found?.goods.find((candidate) => candidate.sku === sku);
    return found && goods ? { plate: found, goods } : undefined;
  };
  return {
    name: "shelves",
    initial() {
      const state: ShelvesState = { devices: new Map(), boots: new Map() };
      arrange(
        state.devices,
        config,
        config.shelves.map(({ id, facings }) => ({ id, plates: facings })),
      );
      return state;
    },
    evolve: {
      "stock-changed": (state, event) => {
        const found = find(state, event);
        if (!found) return;
        const { plate, goods } = found;
        goods.count = event.count;
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
        const found = find(state, event);
        if (found) found.plate.doubted = true;
      },
      "stock-counted": (state, event) => {
        const found = find(state, event);
        if (!found) return;
        const { plate, goods } = found;
        goods.count = event.count;
        plate.tareGrams = event.tareGrams;
        plate.doubted = false;
      },
      "plate-tared": (state, event) => {
        const plate = plateAt(state, event.shelf, event.plate);
        if (!plate) return;
        plate.tareGrams = event.tareGrams;
        plate.doubted = false;
        // what it showed before means nothing any more
        plate.signal = silentPlate();
      },
      "planogram-changed": (state, { shelves }) => arrange(state.devices, config, shelves),
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
  place: { shelf: string; plate: number; sku: string; count: number },
): number | undefined {
  for (const plates of state.devices.values()) {
    const plate = plates.get(place.plate);
    if (plate?.shelf === place.shelf) {
      const others = goodsGrams(plate, place.sku);
      // after a restart the scale may not have spoken yet: then what it last stood at
      const grams = plate.signal.grams ?? plate.signal.stableGrams;
      const unitGrams = plate.goods.find(({ sku }) => sku === place.sku)?.unitGrams ?? 0;
      return grams === undefined ? 0 : round(grams - others - place.count * unitGrams);
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
    const { shelf, plate } = found;
    const tareGrams = round(0 - (tared.empty ? 0 : goodsGrams(found)));
    return [{ type: "plate-tared", at: now, shelf, plate, sku: found.goods[0]?.sku ?? "", tareGrams, by: tared.by }];
  });
}

/** What the goods on a plate weigh by the counts; without those of `except`. */
function goodsGrams(plate: PlateState, except?: string): number {
  return plate.goods.reduce(
    (sum, { sku, count, unitGrams }) => (sku === except ? sum : sum + (count ?? 0) * unitGrams),
    0,
  );
}

/** True when a product is known to stand on it. */
export const holdsGoods = (plate: PlateState): boolean => plate.goods.some(({ count }) => (count ?? 0) > 0);

function pushCount(
  events: DomainEvent[],
  plate: PlateState,
  { source, at, rules }: { source: Source; at: number; rules: CountingRules },
) {
  const grams = plate.signal.grams ?? 0;
  const goods = grams - plate.tareGrams;
  const only = plate.goods.length === 1 ? plate.goods[0] : undefined;
  if (!only || only.unitGrams <= 0) return;
  const { shelf, plate: number } = plate;
  const { sku } = only;
  plate.signal.pendingSince = undefined;
  plate.signal.stableGrams = grams;
  const doubt = whyDoubt(only, goods, rules);
  if (doubt) {
    if (!plate.doubted) events.push({ type: "plate-doubted", at, shelf, plate: number, sku, grams, reason: doubt });
    return;
  }
  const count = Math.max(0, Math.round(goods / only.unitGrams));
  if (count === only.count && !plate.doubted) return;
  events.push({
    type: "stock-changed",
    at,
    shelf,
    plate: number,
    sku,
    count,
    previous: only.count ?? 0,
    grams: round(grams),
    confidence: confidence(only, goods, count),
    source,
  });
}

function whyDoubt(only: Goods, goods: number, rules: CountingRules): string | undefined {
  if (goods < -Math.max(rules.quietGrams, only.unitGrams * 0.5)) return "the scale shows less than nothing";
  if (goods > only.capacity * believableFill * only.unitGrams) return "the scale shows more than the shelf can hold";
  const count = Math.round(goods / only.unitGrams);
  const off = Math.abs(goods - count * only.unitGrams);
  // single items differ by toleranceShare; many of them partly cancel out, hence the root
  const allowed = rules.quietGrams + 2 * only.unitGrams * rules.toleranceShare * Math.sqrt(Math.max(1, count));
  if (off > Math.min(allowed, only.unitGrams * 0.45)) return "the weight fits no whole number of items";
  return undefined;
}

/** 1 when the weight is a whole number of items, 0.5 half way between two. */
function confidence(only: Goods, goods: number, count: number): number {
  const off = Math.abs(goods - count * only.unitGrams) / only.unitGrams;
  return Math.round((1 - Math.min(0.5, off)) * 100) / 100;
}

function isExact(plate: PlateState, grams: number): boolean {
  const only = plate.goods.length === 1 ? plate.goods[0] : undefined;
  if (!only || only.unitGrams <= 0) return false;
  const goods = grams - plate.tareGrams;
  const count = Math.round(goods / only.unitGrams);
  return count >= 0 && Math.abs(goods - count * only.unitGrams) <= Math.min(exactGrams, only.unitGrams * exactShare);
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
