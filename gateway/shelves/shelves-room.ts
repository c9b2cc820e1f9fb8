import type { EventOf } from "../events.ts";
import type { Room } from "../room.ts";
import { rememberBoot } from "./boots.ts";
import { noDoubts, openDoubt } from "./doubts.ts";
import { giveFromHand, type Hands, type Held, takeInHand } from "./hands.ts";
import { pieceOf } from "./pieces.ts";
import { displace, place } from "./placed.ts";
import { arrange, type Goods, type PlateState, type ShelvesConfig } from "./planogram.ts";
import { silentPlate } from "./plate-signal.ts";
import { type CountingRules, everyPlate, plateAt, type ShelvesState } from "./shelves-state.ts";
import { learnWeight, type UnitWeight, weightOf } from "./unit-weights.ts";

export type ShelvesRoomConfig = ShelvesConfig & { rules: CountingRules };

/** Beyond this a change teaches what one piece weighs. */
const teachesFrom = 0.97;

export function createShelvesRoom(config: ShelvesRoomConfig): Room<ShelvesState> {
  const { toleranceShare } = config.rules;
  const deviceOf = new Map(config.shelves.map(({ id, deviceId }) => [id, deviceId]));
  const find = (state: ShelvesState, shelf: string, plate: number) =>
    state.devices.get(deviceOf.get(shelf) ?? "")?.get(plate);
  return {
    name: "shelves",
    initial() {
      const state: ShelvesState = {
        ...{ devices: new Map(), boots: new Map(), weights: new Map(), hands: new Map(), placed: new Map() },
        ...{ doubts: noDoubts(), foreign: new Map(), lastPieces: new Map() },
      };
      const shelves = config.shelves.map(({ id, facings }) => ({ id, plates: facings }));
      arrange(state.devices, config, shelves);
      return state;
    },
    evolve: {
      "stock-changed": (state, event) => {
        const plate = find(state, event.shelf, event.plate);
        const goods = plate && goodsOf(plate, event, config.gramsOf);
        if (!plate || !goods) return;
        goods.count = event.count;
        if (goods.stray && goods.count === 0) plate.goods.splice(plate.goods.indexOf(goods), 1);
        plate.doubted = false;
        followSource(state, plate, event);
        for (const { plate: number, grams } of event.beside ?? []) {
          const signal = find(state, event.shelf, number)?.signal;
          if (signal?.mood === "starting") signal.level = grams;
        }
        followPieces(state, goods, { event, kind: weightOf(state.weights, goods, toleranceShare) });
        if (event.item && event.confidence >= teachesFrom && event.cause !== "correction")
          learnWeight(state.weights, goods, event.item, toleranceShare);
      },
      "change-doubted": (state, event) => {
        openDoubt(state.doubts, event);
        // after a start: the step was seen, whatever it was
        shiftLevels(state, event, 1);
      },
      "doubt-settled": (state, { doubtId, how, by }) => {
        const doubt = state.doubts.open.get(doubtId);
        state.doubts.open.delete(doubtId);
        // the goods came back; whoever counted by hand left them where they are
        if (doubt && how === "overtaken" && by === undefined) shiftLevels(state, doubt, -1);
      },
      "plate-doubted": (state, event) => {
        const plate = find(state, event.shelf, event.plate);
        if (plate) plate.doubted = true;
      },
      "stock-counted": (state, event) => {
        const plate = find(state, event.shelf, event.plate);
        const goods = plate?.goods.find(({ sku }) => sku === event.sku);
        if (!plate || !goods) return;
        goods.count = event.count;
        plate.tareGrams = event.tareGrams;
        plate.doubted = false;
      },
      "plate-tared": (state, event) => {
        const plate = find(state, event.shelf, event.plate);
        if (!plate) return;
        plate.tareGrams = event.tareGrams;
        plate.doubted = false;
        // what it showed before means nothing any more
        plate.signal = silentPlate();
      },
      "planogram-changed": (state, { shelves }) => arrange(state.devices, config, shelves),
      "sale-made": (state, { lines }) => {
        for (const { sku, quantity } of lines)
          for (let i = 0; i < quantity; i++) if (!giveFromHand(state.hands, sku)) break;
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

/** Where plates stand that nobody has felt since the start. */
function shiftLevels(
  state: ShelvesState,
  { shelf, plates, steps = [] }: Pick<EventOf<"change-doubted">, "shelf" | "plates" | "steps">,
  sign: 1 | -1,
) {
  for (const [index, number] of plates.entries()) {
    const signal = plateAt(state, shelf, number)?.signal;
    if (signal?.mood === "starting" && signal.level !== undefined) signal.level += sign * (steps[index] ?? 0);
  }
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

/** Where the pieces of a change are now: in somebody's hands, or at a place that is known. */
function followPieces(
  state: ShelvesState,
  { stray }: Goods,
  { event, kind }: { event: EventOf<"stock-changed">; kind: UnitWeight },
) {
  const { sku, shelf, at, count, previous, item, x, cause = count < previous ? "pick" : "restock" } = event;
  const delta = count - previous;
  if (cause === "pick" || (cause === "move" && delta < 0)) {
    const from = state.placed.get(shelf) ?? [];
    const known = x === undefined ? undefined : displace(from, { sku, x, ...(item ? { grams: item.grams } : {}) });
    takeInHand(state.hands, { sku, ...pieceOf(kind, { item, pieces: -delta, known }), at, shelf, stray }, -delta);
    return;
  }
  if (delta <= 0 || cause === "correction") return;
  const known = cause === "restock" ? undefined : giveBack(state.hands, event, delta);
  if (x === undefined || delta !== 1) return;
  const spot = state.placed.get(shelf) ?? [];
  place(spot, { sku, x, ...pieceOf(kind, { item, pieces: 1, known }), stray, at });
  state.placed.set(shelf, spot);
}

/** The last of so many pieces that were put down. */
function giveBack(hands: Hands, { sku, shelf, item }: EventOf<"stock-changed">, pieces: number) {
  const from = { shelf, ...(item ? { grams: item.grams } : {}) };
  let given: Held | undefined;
  for (let i = 0; i < pieces; i++) {
    const next = giveFromHand(hands, sku, from);
    if (!next) return given;
    given = next;
  }
  return given;
}

/** Another scale lies under the plate: its zero, its numbers and what was moving are not those of the one before. */
export function startAnew(plate: PlateState, scale: string | undefined) {
  Object.assign(plate, { scale, boot: undefined, seq: undefined, tareGrams: 0, doubted: false, signal: silentPlate() });
}
