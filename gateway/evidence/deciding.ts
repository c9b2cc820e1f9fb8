import type { DomainEvent, StockCause } from "../events.ts";
import type { EvidenceState, PlaceId, Word } from "./evidence.ts";
import { memoryOf } from "./evidence.ts";
import { posterior, rangeBehind, rangeOf, witnessesOf } from "./fusing.ts";
import { isSteady } from "./words.ts";
import type { World } from "./world.ts";

/** So sure the witnesses must be together before they change a count. */
const overruledFrom = 0.8;
/** A scale that is surer than this is not overruled by what somebody sees. */
const scaleIsSure = 0.75;

/** What came of one word: it was heard of a place; `exact` where it tells one count only. */
export type HeardWord = { place: PlaceId; word: Word; exact: boolean };

/**
 * A count that its witnesses contradict is changed: where a scale stands only if it was unsure itself, and always only by a
 * word that has been said again for a while. Where nothing weighs, what comes and goes is a pick or a restock.
 */
export function decideFused(
  state: EvidenceState,
  { place, word }: HeardWord,
  world: World,
  now: number,
): DomainEvent[] {
  if (!isSteady(word)) return [];
  const { shelf, plate, sku } = place;
  const goods = world.goodsOn(shelf, plate)?.find((one) => one.sku === sku);
  if (!goods) return [];
  const memory = memoryOf(state, place);
  const isWeighed = memory.counted?.by === "weight" && world.hasScale(shelf, plate);
  const standing = goods.count;
  const witnesses = witnessesOf(memory, place, world, now)
    // where nothing weighs, a count by hand is as old as the last pair of hands: it has taught the others instead
    .filter(({ by }) => isWeighed || by === "camera" || by === "distance");
  const chances = posterior(witnesses, rangeOf(goods.capacity, standing ?? 0, word));
  const { range } = rangeBehind(word);
  // what hides behind fronts is not counted: only what cannot be is changed, to the nearest that can
  const [low, high] = range ?? [word.says, word.says];
  if (standing !== undefined && standing >= low && standing <= high) return [];
  const together = chances.slice(low, high + 1).reduce((sum, chance) => sum + chance, 0);
  if (together < overruledFrom) return [];
  const count = word.says;
  const confidence = Math.round((chances[count] ?? 0) * 100) / 100;
  if (isWeighed && (memory.counted?.confidence ?? 0) >= scaleIsSure) return [];
  const delta = count - (standing ?? 0);
  const cause: StockCause =
    standing === undefined || isWeighed
      ? "correction"
      : delta < 0
        ? "pick"
        : world.inHands(sku) >= delta
          ? "put-back"
          : "restock";
  const { by, deviceId, at } = word;
  const where = { shelf, plate, sku, count, previous: standing ?? 0, grams: 0 };
  return [{ type: "stock-changed", at, ...where, confidence, source: { deviceId }, cause, by }];
}
