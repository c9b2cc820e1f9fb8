import { expect, test } from "vitest";
import { testShelf } from "./test-shelf.ts";

const products = [
  { sku: "soap", grams: 100, plates: [1] },
  { sku: "balm", grams: 172, plates: [2] },
  { sku: "cream", grams: 255, plates: [3] },
];

function filledShelf(seed: number) {
  const shelf = testShelf(products, { noise: 3, seed });
  shelf.load(600, 1_032, 1_530);
  shelf.wait(20_000);
  return shelf;
}

/** How far off the soap that was taken is believed to be, when it is told and when the shelf moves again. */
function offGrams(seed: number): { told: number; later: number } | undefined {
  const shelf = filledShelf(seed);
  shelf.load(-101.5);
  shelf.wait(3_000);
  const inHand = () => shelf.state.hands.get("S")?.find(({ sku }) => sku === "soap");
  const told = inHand()?.grams;
  shelf.wait(3_000);
  shelf.load(0, 0, -255);
  shelf.wait(3_000);
  const later = inHand()?.grams;
  if (told === undefined || later === undefined) return undefined;
  return { told: Math.abs(told - 101.5), later: Math.abs(later - 101.5) };
}

test("what a piece weighs that was taken from a trembling plate is known better once the shelf moves again", () => {
  const tries = Array.from({ length: 12 }, (_, seed) => offGrams(seed + 1)).filter((each) => each !== undefined);
  expect(tries.length).toBeGreaterThan(8);
  const mean = (list: number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
  expect(mean(tries.map(({ later }) => later))).toBeLessThan(0.8 * mean(tries.map(({ told }) => told)));
});

test("a scale that was set to zero meanwhile tells nothing of what was taken before", () => {
  const shelf = filledShelf(1);
  shelf.load(-101.5);
  shelf.wait(3_000);
  const told = { ...shelf.state.hands.get("S")?.[0] };
  shelf.apply({
    type: "plate-tared",
    at: shelf.now(),
    shelf: "S",
    plate: 1,
    sku: "soap",
    tareGrams: -498.5,
    by: "ana",
  });
  shelf.load(-498.5);
  shelf.wait(20_000);
  shelf.load(0, 0, -255);
  shelf.wait(3_000);
  expect(shelf.state.hands.get("S")?.[0]).toEqual(told);
});
