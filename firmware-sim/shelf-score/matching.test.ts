import { expect, test } from "vitest";
import type { Happened } from "./hands.ts";
import { type Outcome, rates, scoreShelves } from "./matching.ts";
import { type Doubted, readSaid, type Said } from "./said.ts";

const happened = (sku: string, delta: number, atMs: number, more: Partial<Happened> = {}): Happened => ({
  ...{ visit: 1, difficulty: "pick", shelf: "S1", plate: 2, sku, delta, atMs, leftMs: atMs + 300, ...more },
});
const said = (sku: string, delta: number, atMs: number, more: Partial<Said> = {}): Said => ({
  ...{ shelf: "S1", plate: 2, sku, delta, atMs, confidence: 0.9, cause: "pick", change: `${sku}/${atMs}`, ...more },
});
const areTwins = (_shelf: string, sku: string, other: string) => [sku, other].sort().join() === "soap,twin";

function score(truths: Happened[], statements: Said[], doubted: Doubted[] = []) {
  const result = scoreShelves({ happened: truths, said: statements, doubted, areTwins });
  const outcomes = Object.fromEntries([...result.confusion.values()].flatMap((row) => [...row]));
  return { ...result, outcomes };
}

test("a pick that is said as it was is right, and its delay counts from the hand's leaving", () => {
  const result = score([happened("soap", -1, 10_000)], [said("soap", -1, 11_000)]);
  expect(rates(result)).toEqual({ precision: 1, recall: 1, f1: 1 });
  expect(result.delaysMs).toEqual([700]);
  expect(result.plates).toEqual({ same: 1, next: 0, further: 0 });
});

test.each<[string, Said[], Doubted[], Outcome, number]>([
  ["nothing was said", [], [], "nothing", 0],
  ["it was said of another product", [said("balm", -1, 11_000)], [], "another product", 1],
  ["it was said of the neighbour of equal weight", [said("twin", -1, 11_000)], [], "equal-weight twin", 1],
  ["two were said instead of one", [said("soap", -2, 11_000)], [], "wrong count", 1],
  ["it was said to have come, and had gone", [said("soap", 1, 11_000)], [], "wrong count", 1],
  ["it was said too late", [said("soap", -1, 16_400)], [], "nothing", 1],
  ["it was said before it happened", [said("soap", -1, 9_900)], [], "nothing", 1],
  ["it was said of another shelf", [said("soap", -1, 11_000, { shelf: "S2" })], [], "nothing", 1],
  ["the gateway said that it did not know", [], [{ atMs: 11_000, shelf: "S1", plates: [3] }], "doubted", 0],
  ["a doubt was about plates far away", [], [{ atMs: 11_000, shelf: "S1", plates: [7] }], "nothing", 0],
])("a pick is missed when %s", (_what, statements, doubts, outcome, wrong) => {
  const result = score([happened("soap", -1, 10_000)], statements, doubts);
  expect(result).toMatchObject({ truths: 1, right: 0, wrong, outcomes: { [outcome]: 1 } });
});

test("one product told plate by plate, and two told one after the other, are right when they add up", () => {
  const byPlate = [said("soap", -1, 11_000, { change: "a" }), said("soap", -1, 11_000, { change: "a", plate: 3 })];
  expect(score([happened("soap", -2, 10_000)], byPlate)).toMatchObject({ right: 1, wrong: 0 });
  const oneByOne = [said("soap", -1, 11_000), said("soap", -1, 12_000)];
  expect(score([happened("soap", -2, 10_000)], oneByOne)).toMatchObject({ right: 1, wrong: 0, delaysMs: [1_700] });
  expect(score([happened("soap", -1, 10_000)], oneByOne)).toMatchObject({ right: 1, wrong: 1, invented: 1 });
});

test("a statement is used once: two picks and one statement leave one missed", () => {
  const truths = [happened("soap", -1, 10_000), happened("soap", -1, 12_000)];
  expect(score(truths, [said("soap", -1, 12_500)])).toMatchObject({ truths: 2, right: 1, wrong: 0 });
});

test("taking back a mistake is no second mistake, and the truth that comes with it in time is right", () => {
  const result = score(
    [happened("soap", -1, 10_000)],
    [
      said("twin", -1, 11_000),
      said("twin", 1, 13_000, { cause: "correction", change: "c" }),
      said("soap", -1, 13_000, { cause: "correction", change: "c" }),
    ],
  );
  expect(result).toMatchObject({ right: 1, wrong: 1, takenBack: 1 });
});

test("putting the opening count right in the same breath as a right statement is no mistake", () => {
  const truths = [happened("soap", -1, 10_000)];
  const statements = [
    said("soap", 1, 11_000, { cause: "correction", change: "c" }),
    said("soap", -1, 11_000, { change: "c" }),
  ];
  expect(score(truths, statements)).toMatchObject({ right: 1, wrong: 0, invented: 0 });
  expect(score([], statements)).toMatchObject({ right: 0, wrong: 1 });
});

test("what a correction tells long after is a miss all the same", () => {
  const late = said("soap", -1, 60_000, { cause: "correction" });
  expect(score([happened("soap", -1, 10_000)], [late])).toMatchObject({ right: 0, wrong: 0, toldLate: 1 });
  expect(score([], [late])).toMatchObject({ wrong: 1, invented: 1, toldLate: 0 });
});

test("confidences are compared with how often they were right", () => {
  const truths = [happened("soap", -1, 10_000), happened("soap", -1, 30_000)];
  const result = score(truths, [
    said("soap", -1, 11_000, { confidence: 0.92 }),
    said("balm", -1, 31_000, { confidence: 0.94 }),
  ]);
  expect(result.calibration).toMatchObject([{ from: 0.9, statements: 2, right: 1 }]);
});

test("the gateway's lines are read, and what is not about counts is passed over", () => {
  const event = {
    type: "stock-changed",
    at: 1,
    shelf: "S1",
    plate: 2,
    sku: "soap",
    count: 3,
    previous: 5,
    confidence: 0.8,
  };
  const line = JSON.stringify({ now: 7, event: { ...event, cause: "pick", changeId: "c" } });
  expect(readSaid(line)).toMatchObject({ said: { atMs: 7, delta: -2, cause: "pick", change: "c" }, count: 3 });
  const doubt = { now: 8, event: { type: "change-doubted", at: 1, shelf: "S1", plates: [1, 2] } };
  expect(readSaid(JSON.stringify(doubt))).toEqual({ doubted: { atMs: 8, shelf: "S1", plates: [1, 2] } });
  expect(readSaid('{"now":1,"event":{"type":"device-seen","at":1}}')).toBeUndefined();
  expect(readSaid("not json")).toBeUndefined();
});
