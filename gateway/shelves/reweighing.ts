import type { LastPiece } from "./last-piece.ts";
import type { Steps } from "./likelihood.ts";
import { type Piece, pieceOf } from "./pieces.ts";
import { wanderGrams } from "./plate-signal.ts";
import type { Shelf, ShelvesState } from "./shelves-state.ts";
import { weigh } from "./weighing.ts";

/**
 * A change is told by a few samples, half a second after the hand has gone. When the shelf moves again, its plates may have told
 * more exactly where they stood since, and so what that piece weighs: by that it is known when it comes back.
 */
export function reweigh({ state, row }: Shelf, shelf: string, at: number) {
  const last = state.lastPieces.get(shelf);
  if (!last) return;
  state.lastPieces.delete(shelf);
  const { part, low, plates, kind, known } = last;
  // a level may wander as long as it is looked at
  const wandered = (wanderGrams * wanderGrams * Math.max(0, at - last.at)) / 1_000 + restVariance;
  const steps: Steps = { low, high: low + plates.length - 1, plates: row.length, grams: [], variances: [] };
  for (const [index, { signal, level, variance }] of plates.entries()) {
    // switched on anew since, or another scale
    if (row[low + index]?.signal !== signal || signal.level === undefined) return;
    steps.grams.push(signal.level - level);
    steps.variances.push(signal.levelVariance + variance + wandered);
  }
  if (sum(steps.variances) >= last.toldVariance) return;
  const piece = pieceMoved(state, shelf, last);
  const [item] = piece ? weigh([part], steps) : [];
  if (piece && item) Object.assign(piece, pieceOf(kind, { item, pieces: 1, known }));
}

function pieceMoved({ hands, placed }: ShelvesState, shelf: string, { part, at }: LastPiece): Piece | undefined {
  const list = part.sign < 0 ? hands.get(shelf) : placed.get(shelf);
  return list?.find((piece) => piece.at === at && piece.sku === part.sku);
}

/** Of steps of the scale. Grams squared. */
const restVariance = 0.01;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
