import { candidateParts, type Part, type ShelfView } from "./hypotheses.ts";
import { createLikelihood, type Load, logSum, type Shape, type Steps } from "./likelihood.ts";

/** One story: what happened, where, and how sure it is (0..1). */
export type Story = { parts: { part: Part; x: number }[]; confidence: number };
export type Explanation =
  /** The likeliest story stands far above the others. */
  | { kind: "clear"; story: Story }
  /** The likeliest first, five at most. */
  | { kind: "doubtful"; stories: Story[] }
  /** Noise after all, or a thing that is not ours. */
  | { kind: "nothing" | "foreign" };

type Scored = { parts: Part[]; xs: number[]; score: number; chiSquare: number };

/** Believed from here on, if it stands out from the next; else it is said that more than one story is possible. */
const clearFrom = 0.5;
const clearMargin = 0.08;
const pairPrior = -3;
/** To take one and to bring another in the same second. */
const swapPrior = -5;
const nothingPrior = -4;
/** A level that moved by itself: creep, a draught, somebody wiping. Grams squared. */
const nothingVariance = 4;
/** A handbag, a cup: any weight up to a few kilograms, spread over the plates that felt it. */
const foreignPrior = -10;
const foreignDensity = -7;
const storiesKept = 5;
const piecesAtOnce = 4;
/** A total outside this many standard deviations is not looked at. */
const gateSigmas = 4.5;
/**
 * Two pieces press on no more plates than this, their neighbours included. What moves more of them is a board that is
 * lifted or shaken, and looking at it would cost the cube of its plates.
 */
const widestLooked = 12;
/** So often pairs are held against the steps, the likeliest first: of a crowded shelf more would hold up the whole shop. */
const pairLooks = 100_000;

/** Explains the steps of an episode by the likeliest set of things that came and left. */
export function explain(view: ShelfView, steps: Steps): Explanation {
  if (steps.grams.length > widestLooked) return { kind: "foreign" };
  const likelihood = createLikelihood(steps);
  const total = sum(steps.grams);
  const totalVariance = sum(steps.variances);
  const edge = steps.high - steps.low < steps.plates - 1 ? 0.06 : 0;
  const fits = (...parts: Part[]) => {
    let mean = 0;
    let variance = totalVariance;
    for (const { sign, grams, sd } of parts) {
      mean += sign * grams;
      variance += sd * sd;
    }
    return Math.abs(total - mean) < gateSigmas * Math.sqrt(variance) + edge * Math.abs(mean);
  };
  const all = candidateParts(view, steps);
  const scored = all.filter((part) => fits(part)).map((part) => scoreOf([part], part.shapes, likelihood));
  // two at once are asked for only when no single piece fits
  const best = scored.reduce((least, { parts, chiSquare }) => {
    return parts[0]?.pieces === 1 ? Math.min(least, chiSquare) : least;
  }, Number.POSITIVE_INFINITY);
  if (best > 1.5 * steps.grams.length + 3) {
    let looks = 0;
    for (const [first, second] of likeliestPairs(all)) {
      if (!mayPair(first, second) || !fits(first, second)) continue;
      looks += first.coarse.length * second.coarse.length;
      if (looks > pairLooks) break;
      scored.push(scorePair(first, second, likelihood));
    }
  }
  return choose(scored, steps);
}

/** Every two of them, those of likely parts before those with an unlikely one. */
function* likeliestPairs(parts: readonly Part[]): Generator<[Part, Part]> {
  const sorted = [...parts].sort((a, b) => b.logPrior - a.logPrior);
  for (const [index, second] of sorted.entries()) for (const first of sorted.slice(0, index)) yield [first, second];
}

type Likelihood = ReturnType<typeof createLikelihood>;

const loadOf = ({ sign, grams, sd }: Part, shape: Shape): Load => ({ shape, mean: sign * grams, sd });

function scoreOf(parts: [Part], shapes: readonly Shape[], likelihood: Likelihood): Scored {
  const [part] = parts;
  const logs: number[] = [];
  const priors: number[] = [];
  let best = { score: Number.NEGATIVE_INFINITY, x: 0 };
  let least = Number.POSITIVE_INFINITY;
  for (const shape of shapes) {
    const { log, chiSquare } = likelihood([loadOf(part, shape)]);
    const score = log + shape.logPrior;
    logs.push(score);
    priors.push(shape.logPrior);
    if (score > best.score) best = { score, x: shape.x };
    least = Math.min(least, chiSquare);
  }
  return { parts, xs: [best.x], score: logSum(logs) - logSum(priors) + part.logPrior, chiSquare: least };
}

function scorePair(first: Part, second: Part, likelihood: Likelihood): Scored {
  const logs: number[] = [];
  const priors: number[] = [];
  let best = { score: Number.NEGATIVE_INFINITY, xs: [0, 0] };
  let least = Number.POSITIVE_INFINITY;
  for (const one of first.coarse) {
    const load = loadOf(first, one);
    for (const other of second.coarse) {
      const { log, chiSquare } = likelihood([load, loadOf(second, other)]);
      const logPrior = one.logPrior + other.logPrior;
      logs.push(log + logPrior);
      priors.push(logPrior);
      if (log + logPrior > best.score) best = { score: log + logPrior, xs: [one.x, other.x] };
      least = Math.min(least, chiSquare);
    }
  }
  const score = logSum(logs) - logSum(priors) + first.logPrior + second.logPrior + priorOfPair(first, second);
  return { parts: [first, second], xs: best.xs, score, chiSquare: least };
}

const priorOfPair = (first: Part, second: Part): number => (first.sign === second.sign ? pairPrior : swapPrior);

function mayPair(first: Part, second: Part): boolean {
  if (first.pieces + second.pieces > piecesAtOnce) return false;
  if (first.held && first.held === second.held) return false;
  if (first.placed && first.placed === second.placed) return false;
  // two of the same are a hypothesis of their own, unless each is a piece we know
  const known = first.held ?? first.placed ?? second.held ?? second.placed;
  return !(first.sku === second.sku && first.sign === second.sign && !known);
}

function choose(scored: readonly Scored[], steps: Steps): Explanation {
  const nothing = createLikelihood({ ...steps, variances: steps.variances.map((v) => v + nothingVariance) })([]).log;
  const silent = nothing + nothingPrior;
  const foreign = foreignScore(steps) + foreignPrior;
  const otherwise = silent > foreign ? ("nothing" as const) : ("foreign" as const);
  const meanings = new Map<string, { score: number; best: Scored }>();
  for (const one of scored) {
    const key = meaningOf(one.parts);
    const before = meanings.get(key);
    if (!before) meanings.set(key, { score: one.score, best: one });
    else {
      before.score = logSum([before.score, one.score]);
      if (one.score > before.best.score) before.best = one;
    }
  }
  const list = [...meanings.values()].sort((a, b) => b.score - a.score);
  const whole = logSum([...list.map(({ score }) => score), silent, foreign]);
  const stories = list.slice(0, storiesKept).map(({ score, best }) => ({
    parts: best.parts.map((part, index) => ({ part, x: best.xs[index] ?? 0 })),
    confidence: Math.exp(score - whole),
  }));
  const [story, next] = stories;
  if (!story || !list[0] || Math.max(silent, foreign) > list[0].score) return { kind: otherwise };
  const standsOut = story.confidence - (next?.confidence ?? 0) >= clearMargin;
  if (story.confidence >= clearFrom && standsOut) return { kind: "clear", story };
  return { kind: "doubtful", stories };
}

/** A thing of unknown weight and shape: plates that felt it may show anything, the others must look untouched. */
function foreignScore({ grams, variances }: Steps): number {
  return grams.reduce((score, step, index) => {
    const variance = variances[index] ?? 1;
    const isTouched = step * step > 12 * variance;
    return score + (isTouched ? foreignDensity : -0.92 - 0.5 * Math.log(variance) - (step * step) / variance / 2);
  }, 0);
}

/** What a story means for the counts, wherever on the shelf it was. */
function meaningOf(parts: readonly Part[]): string {
  const sums = new Map<string, number>();
  for (const { sku, sign, pieces } of parts) {
    const key = `${sign < 0 ? "-" : "+"}${sku}`;
    sums.set(key, (sums.get(key) ?? 0) + pieces);
  }
  return [...sums]
    .map(([key, pieces]) => `${key}*${pieces}`)
    .sort()
    .join();
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
