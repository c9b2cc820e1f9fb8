/** What one piece of a product truly weighs, learned from changes that left no doubt. */
export type UnitWeight = {
  grams: number;
  /** Standard deviation of that belief, as a share of it. */
  spread: number;
  /** From so many changes. */
  seen: number;
};
/** By SKU; products of the catalogue only, and no more than `weightsKept`. */
export type UnitWeights = Map<string, UnitWeight>;

const weightsKept = 20_000;
/** Pieces of one product differ among each other by this share (1 sigma): bottles are filled, garments are cut. */
export const pieceSpread = 0.009;
/** No mean is known better than this: the next carton is another lot. */
const leastSpread = 0.004;

/** `toleranceShare`: how far the catalogue may be off at most; two standard deviations. */
export function weightOf(weights: UnitWeights, goods: { sku: string; unitGrams: number }, toleranceShare: number) {
  return weights.get(goods.sku) ?? { grams: goods.unitGrams, spread: Math.max(0.005, toleranceShare / 2), seen: 0 };
}

/** One Kalman step: `grams` was measured for one piece, with this standard deviation. */
export function learnWeight(
  weights: UnitWeights,
  goods: { sku: string; unitGrams: number },
  measured: { grams: number; sdGrams: number },
  toleranceShare: number,
) {
  const before = weightOf(weights, goods, toleranceShare);
  const prior = (before.grams * before.spread) ** 2;
  const noise = measured.sdGrams ** 2 + (pieceSpread * before.grams) ** 2;
  const off = measured.grams - before.grams;
  // believed for one change, and not for what everything else is judged by
  if (before.grams <= 0 || off * off > 16 * (prior + noise)) return;
  const gain = prior / (prior + noise);
  const grams = before.grams + gain * off;
  const spread = Math.max(leastSpread, Math.sqrt((1 - gain) * prior) / grams);
  if (weights.size >= weightsKept && !weights.has(goods.sku)) return;
  weights.set(goods.sku, { grams, spread, seen: before.seen + 1 });
}
