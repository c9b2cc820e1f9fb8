import { type Item, itemSpreadShare, sharesOf, slackOf } from "../physics/goods.ts";
import type { Visit } from "./hands.ts";
import { pairRestocked, strayBeyondPlates } from "./hands.ts";
import { rates, type Tally } from "./matching.ts";
import { type Difficulty, mixShares } from "./mix.ts";
import type { ScoreShelf } from "./score-shop.ts";
import type { Weighed, WeighingShelf } from "./weighing.ts";

export type OracleScore = Tally & { f1: number; byDifficulty: Map<Difficulty, Tally> };

/** It may look so long at the quiet before a visit, and after it; until the next visit at the most. */
const beforeMs = 10_000;
const afterMs = 3_000;
const readingsKept = 256;
/** A plate that was pressed on all the while tells nothing. */
const blind = 1e9;
/** Steps of the scale, creep and drift between the two looks, squared grams. */
const restVariance = 0.01;
/** Steps in which it tries where something was put, in plates. */
const gridStep = 0.02;
/** Below this it says nothing: wrong would cost more than silent. */
const sureEnough = 0.5;

/**
 * What could have happened: how likely beforehand, and what each plate would show. `loose`: how that would be off if the
 * place, or the weight, is off by one standard deviation.
 */
type Story = { prior: number; meaning: string; grams: Float64Array; loose?: readonly Float64Array[] };
type Step = { grams: Float64Array; variance: Float64Array };

/**
 * The ceiling: it knows each item's weight, width and place, each plate's noise, when and where hands were, and how often
 * people do what. Of all that could have moved it says what is likeliest. See docs/noise-model.md.
 */
export function createOracle() {
  const byDifficulty = new Map<Difficulty, Tally>();
  const total: Tally = { truths: 0, right: 0, wrong: 0 };

  function settle(visit: Visit, answer: ReadonlyMap<string, number>) {
    const truths = visit.happened;
    const wrong = [...answer].filter(([sku, delta]) => !truths.some((t) => t.sku === sku && t.delta === delta));
    truths.forEach((truth, index) => {
      const tally = byDifficulty.get(truth.difficulty) ?? { truths: 0, right: 0, wrong: 0 };
      byDifficulty.set(truth.difficulty, tally);
      for (const one of [total, tally]) {
        one.truths += 1;
        if (answer.get(truth.sku) === truth.delta) one.right += 1;
        if (index === 0) one.wrong += wrong.length;
      }
    });
  }

  return {
    /** One shelf: shown every reading, asked about every visit. */
    watch({ shelf, cells }: WeighingShelf) {
      const readings: Weighed[] = [];
      let open: { visit: Visit; quietFromMs: number } | undefined;
      let lastLeftMs = 0;
      return {
        see(weighed: Weighed, isVisited: boolean) {
          readings.push(weighed);
          if (readings.length > readingsKept) readings.shift();
          if (!open || (weighed.atMs < open.visit.leftMs + afterMs && !isVisited)) return;
          const step = stepOf(
            readings,
            open,
            cells.map(({ noiseGrams }) => noiseGrams),
          );
          settle(open.visit, likeliest(storiesOf(shelf, open.visit), step));
          open = undefined;
        },
        judge(visit: Visit) {
          open = { visit, quietFromMs: lastLeftMs };
          lastLeftMs = visit.leftMs;
        },
      };
    },
    score: (): OracleScore => ({ ...total, f1: rates(total).f1, byDifficulty }),
  };
}

/** By how much each plate changed, and how far that can be trusted. */
function stepOf(
  readings: readonly Weighed[],
  { visit, quietFromMs }: { visit: Visit; quietFromMs: number },
  noise: number[],
): Step {
  const fromMs = Math.max(quietFromMs, visit.fromMs - beforeMs);
  const before = readings.filter(({ atMs }) => atMs > fromMs && atMs < visit.fromMs);
  const after = readings.filter(({ atMs }) => atMs > visit.leftMs);
  const grams = new Float64Array(noise.length);
  const variance = new Float64Array(noise.length);
  noise.forEach((sigma, plate) => {
    const [was, is] = [before, after].map((all) => {
      const quiet = all.filter(({ isTouched }) => !isTouched[plate]);
      return { n: quiet.length, mean: quiet.reduce((sum, one) => sum + (one.grams[plate] ?? 0), 0) / quiet.length };
    });
    const isBlind = !was?.n || !is?.n;
    grams[plate] = isBlind ? 0 : is.mean - was.mean;
    variance[plate] = isBlind ? blind : sigma ** 2 * (1 / was.n + 1 / is.n) + restVariance;
  });
  return { grams, variance };
}

function storiesOf(shelf: ScoreShelf, visit: Visit): Story[] {
  const plateOf = (x: number) => Math.max(0, Math.min(shelf.plates - 1, Math.round(x)));
  const [hand = 0, other] = visit.hands;
  const reached = (plate: number) => visit.before.filter(({ x }) => plateOf(x) === plate);
  if (other !== undefined) {
    return reached(hand).flatMap((one) =>
      reached(other).flatMap((two) => (one === two ? [] : [taken(shelf, [one, two], 1)])),
    );
  }
  const here = reached(hand);
  const all = visit.before.length;
  const { pick, "stray taken": stray, "equal weight": equal, "two of one": two, sweep } = mixShares;
  const takes = here.flatMap((item) => {
    const facing = visit.before.filter((o) => o !== item && o.sku === item.sku && isBeside(shelf, item, o));
    const sizes = [1, 2, 3, 4, 5, 6].filter((count) => count <= facing.length + 1);
    return sizes.map((count) => {
      const share = count === 1 ? pick + stray + equal / 2 : count === 2 ? two : sweep / 4;
      return taken(shelf, [item, ...facing.slice(0, count - 1)], share / all);
    });
  });
  return [...takes, ...putStories(shelf, visit, hand)];
}

/** Whoever takes several takes those of one place; what lies elsewhere by mistake is not among them. */
function isBeside({ stands }: ScoreShelf, item: Item, other: Item): boolean {
  const homes = stands.find(({ sku }) => sku === other.sku)?.homes ?? [];
  return Math.abs(other.x - item.x) < 0.9 && homes.some((home) => Math.abs(other.x - home) < strayBeyondPlates);
}

function taken({ plates }: ScoreShelf, items: readonly Item[], prior: number): Story {
  const grams = new Float64Array(plates);
  const deltas = new Map<string, number>();
  for (const item of items) {
    deltas.set(item.sku, (deltas.get(item.sku) ?? 0) - 1);
    for (const [plate, share] of sharesOf(item, plates)) grams[plate] = (grams[plate] ?? 0) - share * item.grams;
  }
  return { prior, grams, meaning: JSON.stringify([...deltas].sort()) };
}

/** Something out of a hand, of known weight, or new from the stockroom; anywhere on the plate that the hand reached. */
function putStories(shelf: ScoreShelf, { held }: Visit, hand: number): Story[] {
  const { "put-back": putBack, misplaced, "equal weight": equal, restock } = mixShares;
  const stories: Story[] = [];
  for (const stand of shelf.stands) {
    const slack = slackOf(stand.width, stand);
    const own = held.filter(({ sku }) => sku === stand.sku);
    for (let x = hand - 0.5 + gridStep / 2; x < hand + 0.5; x += gridStep) {
      const near = stand.homes.filter((home) => Math.abs(x - home) <= slack).length;
      const isFar = stand.homes.every((home) => Math.abs(x - home) >= strayBeyondPlates);
      const atHome = near / stand.homes.length / (2 * slack);
      const share = shareAt(x, stand.width, shelf.plates);
      const slope = shareAt(x + gridStep / 2, stand.width, shelf.plates);
      shareAt(x - gridStep / 2, stand.width, shelf.plates).forEach((part, plate) => {
        slope[plate] = ((slope[plate] ?? 0) - part) / Math.sqrt(12);
      });
      const put = (count: number, grams: number, prior: number): Story => ({
        ...{ prior: prior * gridStep, meaning: JSON.stringify([[stand.sku, count]]) },
        ...{ grams: times(share, grams), loose: [times(slope, grams)] },
      });
      const byHand = (putBack + equal / 2) * atHome + (isFar ? misplaced / shelf.plates : 0);
      if (byHand > 0) for (const { grams } of own) stories.push(put(1, grams, byHand / held.length));
      if (atHome === 0) continue;
      for (const count of [1, 2] as const) {
        const often = count === 1 ? 1 - pairRestocked : pairRestocked;
        const story = put(count, stand.grams * count, (restock * often * atHome) / shelf.stands.length);
        const spread = times(share, stand.grams * itemSpreadShare * Math.sqrt(count));
        stories.push({ ...story, loose: [...(story.loose ?? []), spread] });
      }
    }
  }
  return stories;
}

const times = (shares: Float64Array, grams: number) => shares.map((share) => share * grams);

function shareAt(x: number, width: number, plates: number): Float64Array {
  const shares = new Float64Array(plates);
  for (const [plate, share] of sharesOf({ x, width }, plates)) shares[plate] = share;
  return shares;
}

/** The meaning with the most probability, summed over all stories that mean it: product -> change of its count. */
function likeliest(stories: readonly Story[], step: Step): ReadonlyMap<string, number> {
  const logs = stories.map((story) => Math.log(story.prior) + logLikelihood(story, step));
  const top = Math.max(...logs);
  const sums = new Map<string, number>();
  let all = 0;
  stories.forEach(({ meaning }, index) => {
    const weight = Math.exp((logs[index] ?? Number.NEGATIVE_INFINITY) - top);
    sums.set(meaning, (sums.get(meaning) ?? 0) + weight);
    all += weight;
  });
  const [best] = [...sums].sort((a, b) => b[1] - a[1]);
  return best && best[1] / all >= sureEnough ? new Map<string, number>(JSON.parse(best[0])) : new Map();
}

/** Normal noise on each plate; what is loose adds a covariance of low rank (Woodbury, for one or two). */
function logLikelihood({ grams, loose = [] }: Story, { grams: seen, variance }: Step): number {
  const [one, two] = loose;
  let [squares, aa, ab, bb, ax, bx] = [0, 1, 0, 1, 0, 0];
  for (let plate = 0; plate < seen.length; plate++) {
    const off = (seen[plate] ?? 0) - (grams[plate] ?? 0);
    const v = variance[plate] ?? blind;
    const [a, b] = [one?.[plate] ?? 0, two?.[plate] ?? 0];
    squares += (off * off) / v;
    aa += (a * a) / v;
    ab += (a * b) / v;
    bb += (b * b) / v;
    ax += (a * off) / v;
    bx += (b * off) / v;
  }
  const determinant = aa * bb - ab * ab;
  const explained = (bb * ax * ax - 2 * ab * ax * bx + aa * bx * bx) / determinant;
  return -0.5 * (squares - explained + Math.log(determinant));
}
