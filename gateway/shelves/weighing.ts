import type { Part } from "./hypotheses.ts";
import { createLikelihood, type Load, leanOver, type Shape, type Steps } from "./likelihood.ts";

/** One piece of so many that came or left together, weighed: their mean, and the standard deviation of it. */
export type Weighed = { grams: number; sdGrams: number };

/** Ways to lie that are less likely than the best by more than this, in nats, are left out. */
const worthALook = 5;
/** The scales' own errors of span and creep. Grams squared. */
const scaleVariance = 0.03;
/** Loads that press alike cannot be told apart by weight: so much information, per gram squared, is none. */
const leastInformation = 1e-4;

/**
 * Least squares, over all ways the pieces of one story may lie: a plate that carries nothing of a piece adds no noise to it.
 * `undefined` for a piece that cannot be told from the other one.
 */
export function weigh(parts: readonly Part[], steps: Steps): (Weighed | undefined)[] {
  const ways = likelyWays(parts, steps);
  const sums = parts.map(() => ({ weight: 0, grams: 0, squares: 0 }));
  for (const { shapes, weight } of ways) {
    const found = leastSquares(
      shapes.map((shape, index) => ({ shape, mean: parts[index]?.grams ?? 0, sd: 0 })),
      steps,
    );
    if (!found) continue;
    for (const [index, sum] of sums.entries()) {
      const { grams, variance } = found[index] ?? { grams: 0, variance: 0 };
      sum.weight += weight;
      sum.grams += weight * grams;
      sum.squares += weight * (variance + grams * grams);
    }
  }
  return sums.map(({ weight, grams, squares }, index) => {
    if (weight === 0) return undefined;
    const { pieces = 1, sign = 1 } = parts[index] ?? {};
    const mean = grams / weight;
    const variance = Math.max(0, squares / weight - mean * mean) + scaleVariance;
    return { grams: (sign * mean) / pieces, sdGrams: Math.sqrt(variance) / pieces };
  });
}

function likelyWays(parts: readonly Part[], steps: Steps): { shapes: Shape[]; weight: number }[] {
  const likelihood = createLikelihood(steps);
  const [first, second] = parts;
  if (!first) return [];
  const ways = second
    ? first.coarse.flatMap((one) => second.coarse.map((other) => [one, other]))
    : first.shapes.map((one) => [one]);
  const logs = ways.map((shapes) => {
    const loads = shapes.map((shape, index): Load => {
      const { sign, grams, sd } = parts[index] ?? first;
      return { shape, mean: sign * grams, sd };
    });
    return likelihood(loads).log + shapes.reduce((sum, { logPrior }) => sum + logPrior, 0);
  });
  const best = logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY);
  return ways.flatMap((shapes, index) => {
    const log = logs[index] ?? Number.NEGATIVE_INFINITY;
    return log < best - worthALook ? [] : [{ shapes, weight: Math.exp(log - best) }];
  });
}

/** What one plate should show of a story, and how far that may be off: grams, and grams squared. */
export type Expected = { grams: number; variance: number };

/**
 * The step of each plate by a story and by the steps of the others, over all ways its pieces may lie: what one plate lacks
 * lies on the next.
 */
export function expectedSteps(parts: readonly Part[], steps: Steps): Expected[] {
  const ways = likelyWays(parts, steps);
  const whole = ways.reduce((sum, { weight }) => sum + weight, 0);
  return steps.grams.map((_, plate) => {
    let [sum, squares] = [0, 0];
    for (const { shapes, weight } of ways) {
      const loads = shapes.map((shape, index): Load => {
        const { sign = 1, grams = 0, sd = 0 } = parts[index] ?? {};
        return { shape, mean: sign * grams, sd };
      });
      const { grams, variance } = expectedStep(loads, steps, plate);
      sum += weight * grams;
      squares += weight * (variance + grams * grams);
    }
    const grams = whole > 0 ? sum / whole : 0;
    return { grams, variance: whole > 0 ? Math.max(0, squares / whole - grams * grams) : 0 };
  });
}

/** Normal steps of all plates, one of them given the others. */
function expectedStep(loads: readonly Load[], steps: Steps, plate: number): Expected {
  const n = steps.grams.length;
  const covariance = new Float64Array(n * n);
  const rest = Float64Array.from(steps.grams);
  let mean = 0;
  for (const { shape, mean: grams, sd } of loads) {
    for (let i = 0; i < n; i++) {
      const share = shape.shares[i] ?? 0;
      rest[i] = (rest[i] ?? 0) - share * grams;
      for (let j = 0; j < n; j++) {
        const cell = i * n + j;
        covariance[cell] = (covariance[cell] ?? 0) + share * (shape.shares[j] ?? 0) * sd * sd;
      }
    }
    leanOver(covariance, n, { shape, mean: grams });
    mean += (shape.shares[plate] ?? 0) * grams;
  }
  const own = covariance[plate * n + plate] ?? 0;
  const shared = Float64Array.from({ length: n }, (_, i) => (i === plate ? 0 : (covariance[plate * n + i] ?? 0)));
  for (let i = 0; i < n; i++) {
    const cell = i * n + i;
    covariance[cell] = (covariance[cell] ?? 0) + (steps.variances[i] ?? 1);
  }
  // its own step says nothing of itself
  for (let i = 0; i < n; i++) covariance[plate * n + i] = covariance[i * n + plate] = i === plate ? 1 : 0;
  rest[plate] = 0;
  whiten(covariance, n, [rest, shared]);
  return { grams: mean + dot(shared, rest), variance: Math.max(0, own - dot(shared, shared)) };
}

/** What one load or two must weigh to explain the steps best; nothing is known of their weights beforehand. */
function leastSquares(loads: readonly Load[], steps: Steps): { grams: number; variance: number }[] | undefined {
  const n = steps.grams.length;
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) covariance[i * n + i] = steps.variances[i] ?? 1;
  for (const load of loads) leanOver(covariance, n, load);
  const columns = [steps.grams, ...loads.map(({ shape }) => shape.shares)].map((column) => Float64Array.from(column));
  whiten(covariance, n, columns);
  const [seen, one, two] = columns;
  if (!seen || !one) return undefined;
  const a = dot(one, one);
  if (!two) return a < leastInformation ? undefined : [{ grams: dot(one, seen) / a, variance: 1 / a }];
  const [b, c] = [dot(one, two), dot(two, two)];
  const determinant = a * c - b * b;
  if (determinant < leastInformation * (a + c)) return undefined;
  const [x, y] = [dot(one, seen), dot(two, seen)];
  return [
    { grams: (c * x - b * y) / determinant, variance: c / determinant },
    { grams: (a * y - b * x) / determinant, variance: a / determinant },
  ];
}

/** Divides columns by the Cholesky factor of the covariance, which is overwritten by it. */
function whiten(covariance: Float64Array, n: number, columns: readonly Float64Array[]) {
  const at = (row: number, column: number) => covariance[row * n + column] ?? 0;
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = at(row, column);
      for (let k = 0; k < column; k++) sum -= at(row, k) * at(column, k);
      covariance[row * n + column] = column < row ? sum / at(column, column) : Math.sqrt(Math.max(1e-6, sum));
    }
    for (const values of columns) {
      let value = values[row] ?? 0;
      for (let k = 0; k < row; k++) value -= at(row, k) * (values[k] ?? 0);
      values[row] = value / at(row, row);
    }
  }
}

const dot = (one: Float64Array, other: Float64Array) =>
  one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
