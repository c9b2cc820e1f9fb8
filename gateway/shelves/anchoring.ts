import type { DomainEvent, Source } from "../events.ts";
import { goodsGrams, onlyGoods } from "./levels.ts";
import type { PlateState } from "./planogram.ts";
import { isStream } from "./plate-signal.ts";
import { type CountingRules, round, type ShelvesState } from "./shelves-state.ts";
import { weightOf } from "./unit-weights.ts";

/** So many changes must have taught the weight of a piece before a count is put right by it. */
const seenEnough = 3;
/** A plate's own noise must be known by so many quiet samples. */
const taughtEnough = 60;
/** How far from a whole number of pieces the weight may be, in pieces, and how unsure the whole weight. */
const wholeWithin = 0.2;

/**
 * Absolute grams stay the anchor: where no neighbour's goods can lie on a plate, and one product stands on it whose weight
 * is known by now, the count must agree with the weight. Answers corrections where it does not.
 */
export function decideAnchored(
  state: ShelvesState,
  { row, source, at }: { row: readonly PlateState[]; source: Source; at: number },
  rules: CountingRules,
): DomainEvent[] {
  return row.flatMap((plate): DomainEvent[] => {
    const only = onlyGoods(plate);
    const { signal, shelf, plate: number, tareGrams } = plate;
    const isAlone = row.every((other) => Math.abs(other.plate - number) !== 1);
    if (!isAlone || only?.count === undefined || only.unitGrams <= 0 || plate.doubted) return [];
    if (signal.mood !== "quiet" || signal.level === undefined || !isStream(signal)) return [];
    if (signal.noiseTaught < taughtEnough || isQuestioned(state, plate)) return [];
    const { grams, spread, seen } = weightOf(state.weights, only, rules.toleranceShare);
    const pieces = (signal.level - tareGrams) / grams;
    const count = Math.round(pieces);
    const isSure = Math.abs(pieces - count) < wholeWithin && count * spread < wholeWithin;
    if (seen < seenEnough || !isSure || count < 0 || count === only.count) return [];
    return [
      {
        ...{ type: "stock-changed", at, shelf, plate: number, sku: only.sku, count, previous: only.count },
        ...{ grams: round(signal.level), confidence: 0.95, source, cause: "correction" },
      },
    ];
  });
}

/** Something lies there that is not ours, or a change is still open. */
function isQuestioned({ foreign, doubts }: ShelvesState, { shelf, plate }: PlateState): boolean {
  if ((foreign.get(shelf)?.length ?? 0) > 0) return true;
  for (const doubt of doubts.open.values()) if (doubt.shelf === shelf && doubt.plates.includes(plate)) return true;
  return false;
}

/** What a plate shows when nothing has happened, and how far that may be off: standard deviation, grams. */
export function expectedLevel(plate: PlateState, state: ShelvesState, rules: CountingRules) {
  let variance = 9;
  for (const goods of plate.goods) {
    const { grams, spread } = weightOf(state.weights, goods, rules.toleranceShare);
    variance += ((goods.count ?? 0) * grams * spread) ** 2;
  }
  return { grams: plate.tareGrams + goodsGrams(plate), variance };
}
