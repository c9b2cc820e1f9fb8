import type { Story } from "./explaining.ts";
import type { Part } from "./hypotheses.ts";
import type { Steps } from "./likelihood.ts";
import type { Piece } from "./pieces.ts";
import type { PlateState } from "./planogram.ts";
import { isStream, type PlateSignal } from "./plate-signal.ts";
import { type UnitWeight, type UnitWeights, weightOf } from "./unit-weights.ts";

type Scene = {
  row: readonly PlateState[];
  state: { weights: UnitWeights };
  rules: { toleranceShare: number };
  at: number;
};

/** The single piece that came or left last, where the plates about it stood before, and what was known of it. */
export type LastPiece = {
  at: number;
  part: Part;
  low: number;
  plates: { signal: PlateSignal; level: number; variance: number }[];
  /** How unsure the step was when it was told. Grams squared. */
  toldVariance: number;
  kind: UnitWeight;
  known: Piece | undefined;
};

/** Of a change that left no doubt, to be weighed again. Asked before the plates rest where they stand now. */
export function lastPieceOf(story: Story, steps: Steps, { row, state, rules, at }: Scene): LastPiece | undefined {
  const [only, other] = story.parts;
  if (!only || other || only.part.pieces !== 1) return undefined;
  const { part } = only;
  const plates: LastPiece["plates"] = [];
  for (const { signal } of row.slice(steps.low, steps.high + 1)) {
    const { level, levelVariance: variance } = signal;
    if (level === undefined || !isStream(signal)) return undefined;
    plates.push({ signal, level, variance });
  }
  const known = part.held ?? part.placed;
  return {
    ...{ at, part, low: steps.low, plates, toldVariance: steps.variances.reduce((sum, each) => sum + each, 0) },
    kind: { ...weightOf(state.weights, { sku: part.sku, unitGrams: part.grams }, rules.toleranceShare) },
    known: known && { grams: known.grams, variance: known.variance },
  };
}
