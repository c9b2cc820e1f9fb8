import type { Goods, PlateState } from "./planogram.ts";
import type { CountingRules } from "./shelves-state.ts";
import { type UnitWeights, weightOf } from "./unit-weights.ts";

/** A whole number of items to within this was settled by the device itself, or typed by a person: taken at once. */
const exactGrams = 0.3;
/** Of very light goods everything would be a whole number to within `exactGrams`; for them this share of one decides. */
const exactShare = 0.05;
/** A plate never holds more than this many times its planned capacity: beyond, the cell is saturated or someone leans on it. */
const believableFill = 2;
const tooMuch = "the scale shows more than the shelf can hold";
/** A stream that says this many broken numbers is a load cell, and a whole one among them is chance. */
const roughAtFirst = 4;

/** The one product of a plate that only one stands on. */
export function onlyGoods(plate: PlateState): Goods | undefined {
  return plate.goods.length === 1 ? plate.goods[0] : undefined;
}

/** How many pieces a reading tells that was settled elsewhere; undefined where it must be felt first. */
export function exactCount(plate: PlateState, grams: number): number | undefined {
  const only = onlyGoods(plate);
  const { signal } = plate;
  if (!only || only.unitGrams <= 0) return undefined;
  const goods = grams - plate.tareGrams;
  const count = Math.round(goods / only.unitGrams);
  const off = Math.abs(goods - count * only.unitGrams);
  const isWhole = off <= Math.min(exactGrams, only.unitGrams * exactShare);
  if (isWhole) signal.whole++;
  else signal.rough++;
  if (!isWhole || count < 0 || signal.rough > roughAtFirst + signal.whole) return undefined;
  // goods that weigh a whole number of pieces by chance make every word of a load cell one
  if (signal.trembles > roughAtFirst + signal.whole / 4) return undefined;
  return count > only.capacity * believableFill ? undefined : count;
}

/** Why a weight cannot be goods at all. */
export function whyImpossible(plate: PlateState, grams: number, rules: CountingRules): string | undefined {
  const goods = grams - plate.tareGrams;
  let most = 0;
  let lightest = Number.POSITIVE_INFINITY;
  for (const { unitGrams, capacity, count } of plate.goods) {
    if (unitGrams <= 0) return undefined;
    most += Math.max(capacity * believableFill, count ?? 0) * unitGrams;
    lightest = Math.min(lightest, unitGrams);
  }
  if (plate.goods.length === 0) return undefined;
  const least = Math.max(rules.quietGrams, lightest * 0.5);
  // a neighbour's goods hang over the edge
  if (goods < -least - plate.signal.noise * 3) return "the scale shows less than nothing";
  if (goods > most + slackGrams) return tooMuch;
  return undefined;
}

/** Nothing is known yet, so that a bag or a neighbour's edge cannot be told from goods: no more are believed than can stand there. */
export const whyTooMany = (counts: readonly FirstCount[]): string | undefined =>
  counts.some(({ goods, count }) => count > goods.capacity * believableFill) ? tooMuch : undefined;

/** Goods of neighbours, a price rail, a hand's bag for a while. */
const slackGrams = 1_000;

export const hasUnknownGoods = (plate: PlateState): Goods | undefined =>
  plate.goods.find(({ unitGrams }) => unitGrams <= 0);

/** What the goods on a plate weigh by the counts; without those of `except`. */
export function goodsGrams(plate: PlateState, except?: string): number {
  return plate.goods.reduce(
    (sum, { sku, count, unitGrams }) => (sku === except ? sum : sum + (count ?? 0) * unitGrams),
    0,
  );
}

/** True when a product is known to stand on it. */
export const holdsGoods = (plate: PlateState): boolean => plate.goods.some(({ count }) => (count ?? 0) > 0);

export type FirstCount = { goods: Goods; count: number; confidence: number };

/**
 * What a plate holds by its weight alone, when nobody has counted yet. Of several products the mix is a guess that fits
 * the weight, filled alike, and said with little confidence.
 */
export function firstCounts(
  plate: PlateState,
  grams: number,
  weights: UnitWeights,
  rules: CountingRules,
): FirstCount[] {
  const goods = plate.goods.filter(({ stray }) => !stray);
  const net = Math.max(0, grams - plate.tareGrams);
  const unit = goods.map((each) => weightOf(weights, each, rules.toleranceShare).grams);
  const room = goods.reduce((sum, { capacity }, index) => sum + capacity * (unit[index] ?? 0), 0);
  const counts = goods.map(({ capacity }) => (room > 0 ? Math.round((net / room) * capacity) : 0));
  const weightNow = () => counts.reduce((sum, count, index) => sum + count * (unit[index] ?? 0), 0);
  // one piece more or less of whichever product brings the weight nearest
  for (let turn = 0; turn < 40; turn++) {
    const off = net - weightNow();
    let best = { index: -1, change: 0, off: Math.abs(off) };
    for (const [index, each] of unit.entries()) {
      for (const change of [-1, 1]) {
        const left = Math.abs(off - change * each);
        if ((counts[index] ?? 0) + change >= 0 && left < best.off - 1e-9) best = { index, change, off: left };
      }
    }
    if (best.index < 0) break;
    counts[best.index] = (counts[best.index] ?? 0) + best.change;
  }
  const lightest = Math.min(...unit);
  const off = Math.abs(net - weightNow()) / Math.max(1, lightest);
  const sure = 1 - Math.min(0.5, off);
  const confidence = Math.round((goods.length > 1 && net > lightest * 0.5 ? sure * 0.5 : sure) * 100) / 100;
  return goods.map((each, index) => ({ goods: each, count: counts[index] ?? 0, confidence }));
}
