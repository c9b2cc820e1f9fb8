/** How the load of one thing lies on the plates of an episode: shares of its weight, and where its middle is. */
export type Shape = {
  x: number;
  shares: number[];
  logPrior: number;
  /** Standard deviation of the share that goes to the neighbour instead. */
  tilt: number;
};

/** What one thing adds to the plates: `mean` grams in all with this standard deviation, shared as `shape` says. */
export type Load = { shape: Shape; mean: number; sd: number };

/** What an episode measured: the step of each plate and the variance of it, and which plates of the row these are. */
export type Steps = { low: number; high: number; plates: number; grams: number[]; variances: number[] };

/** A piece does not press evenly on its footprint. */
const pieceTilt = 0.1;

/** Shares of a thing of this width (in plates) with its middle at `x`, on the plates of the episode. */
export function shapeOf(x: number, width: number, { low, high, plates }: Steps, logPrior: number): Shape {
  const shares: number[] = [];
  let whole = 0;
  for (let plate = 0; plate < plates; plate++) {
    const overlap = Math.max(0, Math.min(x + width / 2, plate + 0.5) - Math.max(x - width / 2, plate - 0.5));
    whole += overlap;
    if (plate >= low && plate <= high) shares.push(overlap);
  }
  return { x, shares: shares.map((overlap) => (whole > 0 ? overlap / whole : 0)), logPrior, tilt: pieceTilt };
}

/** Several pieces stand about their facing: their loads are the mean of all places, and less sure than a single one's. */
export function meanShape(shapes: readonly Shape[], tilt: number): Shape {
  const [first] = shapes;
  const shares = (first?.shares ?? []).map(
    (_, plate) => shapes.reduce((sum, shape) => sum + (shape.shares[plate] ?? 0), 0) / shapes.length,
  );
  return { x: shapes.reduce((sum, { x }) => sum + x, 0) / shapes.length, shares, logPrior: 0, tilt };
}

const logTwoPiHalf = 0.9189385332;

/**
 * Logarithm of the multivariate normal density of the steps, given the loads: plate noise, weight uncertainty along each
 * load's shares, and the share that may lean to the neighbour. Cholesky, because there are seldom more than five plates.
 */
export function createLikelihood(steps: Steps) {
  const n = steps.grams.length;
  const covariance = new Float64Array(n * n);
  const rest = new Float64Array(n);
  const at = (row: number, column: number) => covariance[row * n + column] ?? 0;

  function fill(loads: readonly Load[]) {
    covariance.fill(0);
    for (let i = 0; i < n; i++) {
      covariance[i * n + i] = steps.variances[i] ?? 1;
      rest[i] = steps.grams[i] ?? 0;
    }
    for (const { shape, mean, sd } of loads) {
      const { shares } = shape;
      for (let i = 0; i < n; i++) {
        const share = shares[i] ?? 0;
        if (share === 0) continue;
        rest[i] = (rest[i] ?? 0) - share * mean;
        for (let j = 0; j < n; j++) {
          const cell = i * n + j;
          covariance[cell] = (covariance[cell] ?? 0) + share * (shares[j] ?? 0) * sd * sd;
        }
      }
      leanOver(covariance, n, { shape, mean });
    }
  }

  return (loads: readonly Load[]): { log: number; chiSquare: number } => {
    fill(loads);
    let log = -logTwoPiHalf * n;
    let chiSquare = 0;
    for (let row = 0; row < n; row++) {
      let value = rest[row] ?? 0;
      for (let column = 0; column <= row; column++) {
        let sum = at(row, column);
        for (let k = 0; k < column; k++) sum -= at(row, k) * at(column, k);
        if (column < row) {
          const factor = sum / at(column, column);
          covariance[row * n + column] = factor;
          value -= factor * (rest[column] ?? 0);
          continue;
        }
        const deviation = Math.sqrt(Math.max(1e-6, sum));
        covariance[row * n + row] = deviation;
        log -= Math.log(deviation);
        value /= deviation;
      }
      rest[row] = value;
      chiSquare += value * value;
    }
    return { log: log - chiSquare / 2, chiSquare };
  };
}

/** Adds to a covariance of `n` plates what may lean to the neighbour. */
export function leanOver(covariance: Float64Array, n: number, { shape, mean }: Pick<Load, "shape" | "mean">) {
  for (let i = 0; i + 1 < n; i++) {
    const both = (shape.shares[i] ?? 0) * (shape.shares[i + 1] ?? 0);
    if (both <= 0) continue;
    const moved = (shape.tilt * mean) ** 2 * Math.min(1, 6 * both);
    const here = i * n + i;
    const next = here + n + 1;
    covariance[here] = (covariance[here] ?? 0) + moved;
    covariance[next] = (covariance[next] ?? 0) + moved;
    covariance[here + 1] = (covariance[here + 1] ?? 0) - moved;
    covariance[next - 1] = (covariance[next - 1] ?? 0) - moved;
  }
}

/** log of a sum of exponentials, without overflow. */
export function logSum(logs: readonly number[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const log of logs) if (log > most) most = log;
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - most);
  return most + Math.log(sum);
}
