import { pieceSpread, type UnitWeight } from "./unit-weights.ts";

/** What a single piece weighs, as far as is known. */
export type Piece = { grams: number; variance: number };

/** Two opinions further apart than this many standard deviations are about different pieces. */
const samePieceSigmas = 3.5;

/**
 * What one of the pieces weighs that came or left together: as is known of its kind, as they were weighed just now, and as
 * this very piece was weighed before.
 */
export function pieceOf(
  kind: UnitWeight,
  seen: { item: { grams: number; sdGrams: number } | undefined; pieces: number; known: Piece | undefined },
): Piece {
  const { item, pieces, known } = seen;
  const itself = (pieceSpread * kind.grams) ** 2;
  const among = itself * (1 - 1 / pieces);
  const prior = { grams: kind.grams, variance: (kind.grams * kind.spread) ** 2 + itself / pieces };
  if (pieces > 1 || !known) {
    const mean = item ? fused(prior, { grams: item.grams, variance: item.sdGrams ** 2 }) : prior;
    return { grams: mean.grams, variance: mean.variance + among };
  }
  return item ? fused(known, { grams: item.grams, variance: item.sdGrams ** 2 }) : known;
}

/** The mean of both, each by its weight; of two that contradict each other the later one. */
function fused(earlier: Piece, later: Piece): Piece {
  const both = earlier.variance + later.variance;
  if ((earlier.grams - later.grams) ** 2 > samePieceSigmas ** 2 * both) return later;
  const gain = earlier.variance / both;
  return { grams: earlier.grams + gain * (later.grams - earlier.grams), variance: (1 - gain) * earlier.variance };
}
