import { expect, test } from "vitest";
import { chartSentence, drawChart } from "./chart-line.ts";

const minute = 60_000;
const to = 3_600_000;
const grams = (points: [number, number][]) => ({ name: "Plate 1", unit: "g", points });

test("a chart is told in one sentence", () => {
  const series = grams([
    [0, 1_240],
    [minute, 1_040],
  ]);
  expect(chartSentence(series, "en-IE")).toBe(
    "1,040\u00a0g now, between 1,040\u00a0g and 1,240\u00a0g in the last hour",
  );
  expect(chartSentence({ name: "Lost", points: [], counts: true }, "en-IE")).toBe("nothing in the last hour");
});

test("a silence breaks the line instead of sloping through it", () => {
  const { path } = drawChart(
    grams([
      [0, 1],
      [minute, 2],
      [20 * minute, 3],
      [21 * minute, 4],
    ]),
    0,
    to,
    "en-IE",
  );
  expect(path.match(/M/g)).toHaveLength(2);
});

test("the highest value is at the top, the lowest at the bottom, and both are written", () => {
  const { path, top, bottom } = drawChart(
    grams([
      [0, 100],
      [minute, 200],
    ]),
    0,
    to,
    "en-IE",
  );
  expect(path).toBe("M0 69L5.7 3");
  expect([top, bottom]).toEqual(["200\u00a0g", "100\u00a0g"]);
});

test("what only trembles is a flat line, and both ends read the same", () => {
  const { path, top, bottom } = drawChart(
    grams([
      [0, 1_146.2],
      [minute, 1_146.4],
    ]),
    ...([0, to, "en-IE"] as const),
  );
  expect(path).toMatch(/^M0 36.*L5\.7 3[56]/);
  expect([top, bottom]).toEqual(["1,146\u00a0g", ""]);
});

test("a value that stands still is drawn in the middle, and nothing at all draws nothing", () => {
  expect(
    drawChart(
      grams([
        [0, 5],
        [minute, 5],
      ]),
      0,
      to,
      "en-IE",
    ).path,
  ).toBe("M0 36L5.7 36");
  expect(drawChart(grams([]), 0, to, "en-IE").path).toBe("");
});
