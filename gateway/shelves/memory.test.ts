import { expect, test } from "vitest";
import { giveFromHand, type Hands, heldMs, inHands, takeInHand } from "./hands.ts";
import { createLikelihood, type Steps, shapeOf } from "./likelihood.ts";
import { displace, type Placed, place } from "./placed.ts";
import { restoreShelves } from "./restoring.ts";
import { rules, testShelf } from "./test-shelf.ts";
import { learnWeight, type UnitWeights, weightOf } from "./unit-weights.ts";

const held = (sku: string, grams: number, at = 0, shelf = "S") => ({
  sku,
  grams,
  variance: 0.1,
  at,
  shelf,
  stray: false,
});

test("a piece that is put down leaves the hands, the one of that weight first", () => {
  const hands: Hands = new Map();
  for (const grams of [100, 103, 98]) takeInHand(hands, held("soap", grams));
  giveFromHand(hands, "soap", { shelf: "S", grams: 102.8 });
  giveFromHand(hands, "balm");
  expect(inHands(hands, { at: 0, shelf: "S" }).map(({ grams }) => grams)).toEqual([98, 100]);
  giveFromHand(hands, "soap", { shelf: "T" });
  expect(inHands(hands, { at: 0, shelf: "S" }).map(({ grams }) => grams)).toEqual([100]);
});

test("what was taken a quarter of an hour ago is in nobody's hands, and no shop full of people fills the memory", () => {
  const hands: Hands = new Map();
  for (let i = 0; i < 5_000; i++) takeInHand(hands, held("soap", 100, i, `S${i % 90}`));
  expect([...hands.values()].every((list) => list.length <= 16)).toBe(true);
  expect(inHands(hands, { at: 5_000, shelf: "S1" }).length).toBeLessThan(40);
  expect(inHands(hands, { at: 5_000 + heldMs, shelf: "S1" })).toEqual([]);
});

test("what was taken here comes before what was taken elsewhere is forgotten", () => {
  const hands: Hands = new Map();
  takeInHand(hands, held("balm", 50, 1, "S"));
  for (let i = 0; i < 100; i++) takeInHand(hands, held("soap", 100, 2 + i, `T${i % 10}`));
  expect(inHands(hands, { at: 200, shelf: "S" }).map(({ sku }) => sku)).toContain("balm");
});

test("the true weight of a product is found within a few changes, and one odd piece does not spoil it", () => {
  const weights: UnitWeights = new Map();
  const soap = { sku: "soap", unitGrams: 100 };
  expect(weightOf(weights, soap, 0.06)).toMatchObject({ grams: 100, spread: 0.03, seen: 0 });
  for (const grams of [104.2, 103.6, 104.4]) learnWeight(weights, soap, { grams, sdGrams: 0.3 }, 0.06);
  expect(weightOf(weights, soap, 0.06).grams).toBeCloseTo(104, 0);
  expect(weightOf(weights, soap, 0.06).spread).toBeLessThan(0.008);
  learnWeight(weights, soap, { grams: 150, sdGrams: 0.3 }, 0.06);
  expect(weightOf(weights, soap, 0.06).grams).toBeCloseTo(104, 0);
});

test("of the pieces whose place is known the nearest is taken away, and never too many are remembered", () => {
  const list: Placed[] = [];
  for (const x of [0, 1, 2]) place(list, { sku: "soap", x, grams: 100, variance: 1, stray: false });
  displace(list, { sku: "soap", x: 1.1 });
  displace(list, { sku: "soap", x: 7 });
  displace(list, { sku: "balm", x: 0 });
  expect(list.map(({ x }) => x)).toEqual([0, 2]);
  for (let i = 0; i < 500; i++) place(list, { sku: "soap", x: i, grams: 100, variance: 1, stray: false });
  expect(list.length).toBeLessThanOrEqual(60);
});

test("a piece in the middle of a plate presses on it alone, one on the edge on both, a wide one on three", () => {
  const steps: Steps = { low: 0, high: 2, plates: 3, grams: [0, 0, 0], variances: [1, 1, 1] };
  expect(shapeOf(1, 0.6, steps, 0).shares).toEqual([0, 1, 0]);
  expect(shapeOf(0.5, 0.6, steps, 0).shares.map((share) => Math.round(share * 100))).toEqual([50, 50, 0]);
  expect(shapeOf(1, 1.2, steps, 0).shares.every((share) => share > 0.05)).toBe(true);
});

test("the likelihood is the textbook's", () => {
  const steps: Steps = { low: 0, high: 1, plates: 2, grams: [1, 2], variances: [4, 9] };
  const { log, chiSquare } = createLikelihood(steps)([]);
  expect(chiSquare).toBeCloseTo(1 / 4 + 4 / 9, 9);
  expect(log).toBeCloseTo(-Math.log(2 * Math.PI) - 0.5 * Math.log(36) - chiSquare / 2, 6);
  // one load of 10 ± 3 g on the first plate alone: variance 4 + 9
  const load = { shape: { x: 0, shares: [1, 0], logPrior: 0, tilt: 0 }, mean: 10, sd: 3 };
  expect(createLikelihood(steps)([load]).chiSquare).toBeCloseTo(81 / 13 + 4 / 9, 9);
});

test("counts and levels of an older version, which knew one product a plate, are taken over", () => {
  const shelf = testShelf([{ sku: "soap", grams: 100, plates: [1] }]);
  const older = {
    ...{ shelf: "S", plate: 1, sku: "soap", unitGrams: 100, capacity: 12, count: 5, tareGrams: 20 },
    ...{ boot: 7, seq: 3, doubted: false, scale: "S", signal: { grams: 520, stableGrams: 520, at: 1, heardAt: 1 } },
  };
  const saved = { devices: new Map([["S", new Map([[1, older]])]]), boots: new Map([["S", [7]]]) };
  restoreShelves(shelf.state, structuredClone(saved) as never, false);
  const plate = shelf.state.devices.get("S")?.get(1);
  expect(plate).toMatchObject({ tareGrams: 20, boot: 7, seq: 3, goods: [{ sku: "soap", count: 5 }] });
  expect(plate?.signal).toMatchObject({ level: 520, mood: "starting" });
  expect(shelf.state.doubts.open.size).toBe(0);
});

test("a state goes through a snapshot and counts on", () => {
  const shelf = testShelf([{ sku: "soap", grams: 100, plates: [1] }]);
  shelf.load(500);
  shelf.wait(10_000);
  const again = testShelf([{ sku: "soap", grams: 100, plates: [1] }]);
  restoreShelves(again.state, structuredClone(shelf.state), false);
  expect(again.state).toEqual(shelf.state);
  expect(rules.quietGrams).toBeGreaterThan(0);
});
