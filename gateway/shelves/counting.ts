import type { PlateReading } from "#wire/decoded.ts";
import type { DomainEvent, EventOf, Source, StockCause } from "../events.ts";
import type { Room } from "../room.ts";
import { decideAnchored } from "./anchoring.ts";
import { isSuperseded, rememberBoot } from "./boots.ts";
import { noDoubts, openDoubt, overtake } from "./doubts.ts";
import { judgeShelf } from "./episodes.ts";
import { giveFromHand, inHands, takeInHand } from "./hands.ts";
import { exactCount, goodsGrams, onlyGoods } from "./levels.ts";
import { displace, place } from "./placed.ts";
import { arrange, type Goods, type PlateState, type ShelvesConfig } from "./planogram.ts";
import { feel, type Moment, rest, silentPlate } from "./plate-signal.ts";
import { type CountingRules, everyPlate, plateAt, round, type ShelvesState } from "./shelves-state.ts";
import { learnWeight, pieceSpread, type UnitWeight, weightOf } from "./unit-weights.ts";

export type { ShelvesState } from "./shelves-state.ts";

export type ShelvesRoomConfig = ShelvesConfig & { rules: CountingRules };

/** Beyond this a change teaches what one piece weighs. */
const teachesFrom = 0.97;

export function createShelvesRoom(config: ShelvesRoomConfig): Room<ShelvesState> {
  const { toleranceShare } = config.rules;
  return {
    name: "shelves",
    initial() {
      const state: ShelvesState = {
        ...{ devices: new Map(), boots: new Map(), weights: new Map(), hands: [], placed: new Map() },
        ...{ doubts: noDoubts(), foreign: new Map() },
      };
      const shelves = config.shelves.map(({ id, facings }) => ({ id, plates: facings }));
      arrange(state.devices, config, shelves);
      return state;
    },
    evolve: {
      "stock-changed": (state, event) => {
        const plate = plateAt(state, event.shelf, event.plate);
        const goods = plate && goodsOf(plate, event, config.gramsOf);
        if (!plate || !goods) return;
        goods.count = event.count;
        if (goods.stray && goods.count === 0) plate.goods.splice(plate.goods.indexOf(goods), 1);
        plate.doubted = false;
        followSource(state, plate, event);
        followPieces(state, goods, { event, ...pieceOf(weightOf(state.weights, goods, toleranceShare), event) });
        if (event.item && event.confidence >= teachesFrom && event.cause !== "correction")
          learnWeight(state.weights, goods, event.item, toleranceShare);
      },
      "change-doubted": (state, event) => openDoubt(state.doubts, event),
      "doubt-settled": (state, event) => void state.doubts.open.delete(event.doubtId),
      "plate-doubted": (state, event) => {
        const plate = plateAt(state, event.shelf, event.plate);
        if (plate) plate.doubted = true;
      },
      "stock-counted": (state, event) => {
        const plate = plateAt(state, event.shelf, event.plate);
        const goods = plate?.goods.find(({ sku }) => sku === event.sku);
        if (!plate || !goods) return;
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
      "sale-made": (state, { lines }) => {
        for (const { sku, quantity } of lines) for (let i = 0; i < quantity; i++) giveFromHand(state.hands, sku);
      },
      "device-restarted": (state, { deviceId, kind, boot }) => {
        if (kind === "shelf") rememberBoot(state.boots, deviceId, boot);
      },
      "device-adopted": (state, { deviceId, place: seat, plates }) => {
        const fed = seat.at === "shelf" ? plates && new Set(Object.values(plates)) : new Set<number>();
        for (const plate of everyPlate(state)) {
          const isFed = plate.shelf === seat.id && (fed === undefined || fed.has(plate.plate));
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

/** The product on the plate; one that does not belong there is remembered as a stray. */
function goodsOf(
  plate: PlateState,
  { sku, stray, item }: EventOf<"stock-changed">,
  gramsOf: (sku: string) => number | undefined,
): Goods | undefined {
  const found = plate.goods.find((goods) => goods.sku === sku);
  if (found || !stray) return found;
  const unitGrams = gramsOf(sku) ?? item?.grams ?? 0;
  const goods = { sku, unitGrams, capacity: 0, x: 0.5, width: 1, count: undefined, stray: true };
  plate.goods.push(goods);
  return goods;
}

function followSource(state: ShelvesState, plate: PlateState, { source, grams, by }: EventOf<"stock-changed">) {
  const { deviceId, boot, seq } = source;
  // another witness tells no weight
  if (by !== undefined) return;
  if (plate.scale !== undefined && plate.scale !== deviceId && plate.signal.filled > 0) return;
  plate.scale = deviceId;
  if (plate.signal.mood === "starting") plate.signal.level = grams;
  if (boot === undefined) return;
  rememberBoot(state.boots, deviceId, boot);
  if (plate.boot !== boot || (plate.seq ?? 0) < (seq ?? 0)) plate.seq = seq;
  plate.boot = boot;
}

/** What a piece weighs: measured, or as is known of its kind. */
function pieceOf({ grams, spread }: UnitWeight, { item }: EventOf<"stock-changed">) {
  return item
    ? { grams: item.grams, variance: item.sdGrams ** 2 }
    : { grams, variance: grams ** 2 * (spread ** 2 + pieceSpread ** 2) };
}

/** Where the pieces of a change are now: in somebody's hands, or at a place that is known. */
function followPieces(
  state: ShelvesState,
  { stray }: Goods,
  { event, grams, variance }: { event: EventOf<"stock-changed">; grams: number; variance: number },
) {
  const { sku, shelf, at, count, previous, item, x, cause = count < previous ? "pick" : "restock" } = event;
  const delta = count - previous;
  const spot = state.placed.get(shelf) ?? [];
  if (cause === "pick" || (cause === "move" && delta < 0)) {
    for (let i = 0; i < Math.min(20, -delta); i++) takeInHand(state.hands, { sku, grams, variance, at, shelf, stray });
    if (x !== undefined) displace(spot, { sku, x, ...(item ? { grams } : {}) });
    return;
  }
  if (delta <= 0 || cause === "correction") return;
  if (cause !== "restock") for (let i = 0; i < delta; i++) giveFromHand(state.hands, sku, item?.grams);
  if (x === undefined || delta !== 1) return;
  place(spot, { sku, x, grams, variance, stray });
  state.placed.set(shelf, spot);
}

/** Another scale lies under the plate: its zero, its numbers and what was moving are not those of the one before. */
function startAnew(plate: PlateState, scale: string | undefined) {
  Object.assign(plate, { scale, boot: undefined, seq: undefined, tareGrams: 0, doubted: false, signal: silentPlate() });
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
  return inHands(hands, { at, shelf }).filter((held) => held.sku === sku).length >= delta ? "put-back" : "restock";
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
  const { shelf, plate } = event;
  return overtake(state.doubts, (doubt) => doubt.shelf === shelf && doubt.plates.includes(plate), event.at);
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
