import { expect, test } from "vitest";
import type { Part } from "./hypotheses.ts";
import { type Steps, shapeOf } from "./likelihood.ts";
import { pieceOf } from "./pieces.ts";
import { weigh } from "./weighing.ts";

const soap = { grams: 300, spread: 0.004, seen: 9 };

const taken = (sku: string, grams: number, middles: number[], steps: Steps): Part => {
  const shapes = middles.map((x) => shapeOf(x, 0.6, steps, 0));
  return { ...{ sku, sign: -1, pieces: 1, home: true, logPrior: 0, grams, sd: 0.01 * grams }, shapes, coarse: shapes };
};

test("a plate that trembles beside the piece does not blur what the piece weighs", () => {
  const steps: Steps = { low: 0, high: 2, plates: 3, grams: [0.1, -301.5, 6], variances: [0.05, 0.05, 25] };
  const [piece] = weigh([taken("soap", 300, [0.9, 1, 1.1], steps)], steps);
  expect(piece?.grams).toBeCloseTo(301.5, 0);
  expect(piece?.sdGrams).toBeLessThan(0.5);
});

test("two pieces taken at once are weighed one by one, unless they pressed alike", () => {
  const steps: Steps = { low: 0, high: 2, plates: 3, grams: [-201, 0, -99], variances: [0.1, 0.1, 0.1] };
  const [one, other] = weigh([taken("soap", 200, [0], steps), taken("balm", 100, [2], steps)], steps);
  expect(one?.grams).toBeCloseTo(201, 1);
  expect(other?.grams).toBeCloseTo(99, 1);
  expect(weigh([taken("soap", 200, [0], steps), taken("balm", 100, [0], steps)], steps)).toEqual([
    undefined,
    undefined,
  ]);
});

test("of two taken together each may differ from their mean", () => {
  const item = { grams: 301, sdGrams: 0.3 };
  const single = pieceOf(soap, { item, pieces: 1, known: undefined });
  const ofTwo = pieceOf(soap, { item, pieces: 2, known: undefined });
  expect(single.grams).toBeCloseTo(301, 0);
  expect(Math.sqrt(single.variance)).toBeLessThan(0.31);
  expect(Math.sqrt(ofTwo.variance)).toBeGreaterThan(1.5);
});

test("a piece that is weighed again is known better, and one that weighs something else is another", () => {
  const known = { grams: 302, variance: 0.25 };
  const again = pieceOf(soap, { item: { grams: 302.4, sdGrams: 0.5 }, pieces: 1, known });
  expect(again.grams).toBeCloseTo(302.2, 1);
  expect(again.variance).toBeCloseTo(0.125, 2);
  expect(pieceOf(soap, { item: { grams: 296, sdGrams: 0.5 }, pieces: 1, known }).grams).toBe(296);
});
