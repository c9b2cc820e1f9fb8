import type { PlateReading } from "#wire/decoded.ts";
import type { DomainEvent, EventOf, Source, StockCause } from "../events.ts";
import { decideAnchored } from "./anchoring.ts";
import { isSuperseded, rememberBoot } from "./boots.ts";
import { type OpenDoubt, overtake } from "./doubts.ts";
import { judgeShelf } from "./episodes.ts";
import { areCarried } from "./hands.ts";
import { exactCount, goodsGrams, onlyGoods } from "./levels.ts";
import type { Goods, PlateState } from "./planogram.ts";
import { feel, type Moment, rest, silentPlate } from "./plate-signal.ts";
import { startAnew } from "./shelves-room.ts";
import { type CountingRules, plateAt, round, type ShelvesState } from "./shelves-state.ts";

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
  const { source, seat } = reading;
  const { deviceId, boot, seq } = source;
  const plates = state.devices.get(seat?.deviceId ?? deviceId);
  if (!plates) return [];
  if (boot !== undefined) {
    if (isSuperseded(state.boots, deviceId, boot)) return [];
    rememberBoot(state.boots, deviceId, boot);
  }
  const events: DomainEvent[] = [];
  let isBusy = false;
  for (const { plate: own, grams } of reading.plates) {
    const number = seat?.plates ? seat.plates.get(own) : own;
    const plate = number === undefined ? undefined : plates.get(number);
    if (!plate) continue;
    if (plate.scale !== deviceId) startAnew(plate, deviceId);
    if (isStale(plate, boot, seq)) continue;
    if (plate.boot !== boot) wakeAnew(plate);
    plate.boot = boot;
    plate.seq = seq;
    feel(plate.signal, grams, moment, rules);
    const count = exactCount(plate, grams);
    if (count !== undefined) countExactly(events, plate, { count, grams, state, source });
    isBusy ||= plate.signal.mood !== "quiet" || plate.signal.held;
  }
  if (!isBusy) return events;
  const row = [...plates.values()];
  for (const event of judgeShelf({ state, row, source, now: moment.now, rules })) events.push(event);
  return events;
}

/** The scale was switched off and on: its level is remembered, what it was saying is not. */
function wakeAnew(plate: PlateState) {
  if (plate.signal.filled > 0) plate.signal = silentPlate(plate.signal.level);
}

/** A device that settles its weights itself, or a person who types them: taken at once. */
function countExactly(
  events: DomainEvent[],
  plate: PlateState,
  { count, grams, state, source }: { count: number; grams: number; state: ShelvesState; source: Source },
) {
  const only = onlyGoods(plate);
  if (!only) return;
  const before = only.count;
  rest(plate.signal, grams, 0.1);
  // the very same word again is no sign of life
  if (before === count && (!plate.doubted || plate.signal.same > 0)) return;
  const { shelf, plate: number, signal } = plate;
  const cause = causeOf(state, {
    sku: only.sku,
    shelf,
    delta: count - (before ?? 0),
    isFirst: before === undefined,
    at: signal.at,
  });
  events.push({
    ...{ type: "stock-changed", at: signal.at, shelf, plate: number, sku: only.sku, count, previous: before ?? 0 },
    ...{ grams: round(grams), confidence: confidenceOf(plate, only, grams), source, cause },
  });
}

function causeOf(
  { hands }: ShelvesState,
  { sku, shelf, delta, isFirst, at }: { sku: string; shelf: string; delta: number; isFirst: boolean; at: number },
): StockCause {
  if (isFirst || delta === 0) return "correction";
  if (delta < 0) return "pick";
  return areCarried(hands, { sku, shelf, at, pieces: delta }) ? "put-back" : "restock";
}

/** 1 when the weight is a whole number of items, 0.5 half way between two. */
function confidenceOf(plate: PlateState, { unitGrams }: Goods, grams: number): number {
  const goods = grams - plate.tareGrams;
  const off = Math.abs(goods - Math.round(goods / unitGrams) * unitGrams) / unitGrams;
  return Math.round((1 - Math.min(0.5, off)) * 100) / 100;
}

/** Weights that moved and then were left alone, by devices that speak only when something changes. */
export function decideSettled(state: ShelvesState, now: number, rules: CountingRules): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [deviceId, plates] of state.devices) {
    if (now % anchorEveryMs === 0) pushAnchored(events, { state, deviceId, row: [...plates.values()], now, rules });
    let restless: PlateState | undefined;
    for (const plate of plates.values())
      if (plate.signal.mood === "moving" || (plate.signal.mood === "starting" && plate.signal.filled > 0))
        restless ??= plate;
    if (!restless) continue;
    const scale = restless.scale ?? deviceId;
    const source = sourceOf(scale, restless, state.boots.get(scale)?.at(-1));
    for (const event of judgeShelf({ state, row: [...plates.values()], source, now, rules })) events.push(event);
  }
  return events;
}

/** How often counts are held against weights; ticks come at whole seconds. */
const anchorEveryMs = 60_000;

function pushAnchored(
  events: DomainEvent[],
  shelf: { state: ShelvesState; deviceId: string; row: PlateState[]; now: number; rules: CountingRules },
) {
  const { state, row, now, rules } = shelf;
  const source = { deviceId: row[0]?.scale ?? shelf.deviceId };
  for (const event of decideAnchored(state, { row, source, at: now }, rules)) events.push(event);
}

/** Someone counted by hand. What the scale shows beyond that is tare from now on. */
export function tareFor(
  state: ShelvesState,
  at: { shelf: string; plate: number; sku: string; count: number },
): number | undefined {
  const plate = plateAt(state, at.shelf, at.plate);
  if (!plate) return undefined;
  const { signal } = plate;
  // after a restart the scale may not have spoken yet: then what it last stood at
  const grams = signal.mood === "quiet" ? signal.level : (signal.grams ?? signal.level);
  const unitGrams = plate.goods.find(({ sku }) => sku === at.sku)?.unitGrams ?? 0;
  return grams === undefined ? 0 : round(grams - goodsGrams(plate, at.sku) - at.count * unitGrams);
}

/** A count by hand answers what was asked about that plate. */
export function decideCounted(state: ShelvesState, event: EventOf<"stock-counted">): DomainEvent[] {
  const { shelf, plate, by } = event;
  // a plate that only felt its neighbour's step says nothing about it
  const isAbout = (doubt: OpenDoubt) =>
    doubt.shelf === shelf && doubt.candidates.some(({ moves }) => moves.some((move) => move.plate === plate));
  return overtake(state.doubts, isAbout, event.at).map((settled) => ({ ...settled, by }));
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
