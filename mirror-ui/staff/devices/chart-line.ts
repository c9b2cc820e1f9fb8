/** The geometry and the words of one small chart: plain numbers in, a path and sentences out. */
export type Series = {
  name: string;
  unit?: string;
  points: [at: number, value: number][];
  /** Counts begin at nought and stand as steps; measurements run between their extremes. */
  counts?: boolean;
};
export type Chart = {
  path: string;
  /** Filled where a count is told. */
  area: string | undefined;
  /** Highest and lowest, written out; `bottom` is empty where both read the same. */
  top: string;
  bottom: string;
  last: { x: number; y: number } | undefined;
};

export const chartSize = { width: 340, height: 72 } as const;
/** A line is broken where nothing was heard for this long: a silence is not a slope. */
const brokenAfterMs = 150_000;
const leastSpan = 0.02;

/** Draws `series` between `from` and `to` (epoch ms) into `chartSize`. */
export function drawChart(series: Series, from: number, to: number, locale: string): Chart {
  const points = series.points.filter(([at]) => at >= from - 60_000 && at <= to + 60_000);
  const values = points.map(([, value]) => value);
  const [low, high] = rangeOf(values, series.counts ?? false);
  const { width, height } = chartSize;
  const inset = 3;
  const x = (at: number) => round(((Math.min(Math.max(at, from), to) - from) / (to - from)) * width);
  const y = (value: number) => round(height - inset - ((value - low) / (high - low)) * (height - 2 * inset));
  const runs = runsOf(points);
  const path = runs.map((run) => lineOf(run, { x, y, steps: series.counts ?? false })).join("");
  const base = height - inset;
  const area = series.counts
    ? runs
        .map((run) => {
          const [first, last] = [run[0], run.at(-1)];
          if (!first || !last) return "";
          return `${lineOf(run, { x, y, steps: true })}L${x(last[0] + 60_000)} ${base}L${x(first[0])} ${base}Z`;
        })
        .join("")
    : undefined;
  const end = points.at(-1);
  const write = (value: number) => withUnit(value, series.unit, locale);
  if (values.length === 0) return { path, area, top: "", bottom: "", last: undefined };
  const top = write(series.counts ? high : Math.max(...values));
  const bottom = write(series.counts ? low : Math.min(...values));
  return {
    ...{ path, area, top, bottom: bottom === top ? "" : bottom },
    last: end && { x: x(end[0] + (series.counts ? 60_000 : 0)), y: y(end[1]) },
  };
}

function rangeOf(values: number[], counts: boolean): [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (counts) return [0, Math.max(1, most)];
  // What only trembles is drawn as a line, not as mountains: the picture spans two hundredths of the value at least.
  const middle = (least + most) / 2;
  const half = Math.max(most - least, Math.abs(middle) * leastSpan, 1e-6) / 2;
  return [middle - half, middle + half];
}

function runsOf(points: [number, number][]): [number, number][][] {
  const runs: [number, number][][] = [];
  let before: number | undefined;
  for (const point of points) {
    if (before === undefined || point[0] - before > brokenAfterMs) runs.push([]);
    runs.at(-1)?.push(point);
    before = point[0];
  }
  return runs;
}

type Scale = { x(at: number): number; y(value: number): number; steps: boolean };

function lineOf(run: [number, number][], { x, y, steps }: Scale): string {
  return run
    .map(([at, value], index) => {
      const to = `${index === 0 ? "M" : "L"}${x(at)} ${y(value)}`;
      return steps ? `${to}L${x(at + 60_000)} ${y(value)}` : to;
    })
    .join("");
}

const round = (value: number) => Math.round(value * 10) / 10;

/** "1 240 g", "21.4 °C": as many digits as can be told apart. */
export function withUnit(value: number, unit: string | undefined, locale: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  return unit && unit !== "1" ? `${text}\u00a0${unit}` : text;
}

/** What stands behind the name of a chart: what it is now, and between what it was. */
export function chartSentence(series: Series, locale: string): string {
  const values = series.points.map(([, value]) => value);
  const last = values.at(-1);
  if (last === undefined) return "nothing in the last hour";
  const write = (value: number) => withUnit(value, series.unit, locale);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (series.counts) {
    const total = values.reduce((sum, value) => sum + value, 0);
    return `${write(total)} in the last hour, at most ${write(most)} a minute`;
  }
  if (values.length === 1) return write(last);
  if (write(least) === write(most)) return `${write(last)}, unchanged`;
  return `${write(last)} now, between ${write(least)} and ${write(most)} in the last hour`;
}
