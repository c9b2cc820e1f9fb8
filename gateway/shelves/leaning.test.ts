import { expect, test } from "vitest";
import { testShelf } from "./test-shelf.ts";

const arm = [0, 500, 800];

function filledShelf() {
  const shelf = testShelf([
    { sku: "soap", grams: 100, plates: [1] },
    { sku: "balm", grams: 172, plates: [2] },
    { sku: "cream", grams: 255, plates: [3] },
  ]);
  shelf.load(600, 1_032, 1_530);
  shelf.wait(20_000);
  return shelf;
}

test("a soap that is taken beside an arm that rests on the shelf is counted before the arm has gone", () => {
  const shelf = filledShelf();
  expect(shelf.wait(1_500, arm)).toEqual([]);
  shelf.load(-100);
  expect(shelf.wait(4_000, arm)).toEqual(["pick soap -1"]);
  expect(shelf.wait(6_000)).toEqual([]);
  expect(shelf.count("soap")).toBe(5);
});

test("what the soap weighed on the plate under the arm is not counted again when the arm has gone", () => {
  const shelf = filledShelf();
  shelf.wait(1_500, arm);
  shelf.load(-88, -12);
  expect(shelf.wait(4_000, arm)).toEqual(["pick soap -1"]);
  expect(shelf.wait(6_000)).toEqual([]);
  expect([shelf.count("soap"), shelf.count("balm"), shelf.count("cream")]).toEqual([5, 6, 6]);
});

test("two things that are taken one after the other beside an arm are two changes", () => {
  const shelf = filledShelf();
  shelf.wait(1_500, arm);
  shelf.load(-100);
  expect(shelf.wait(2_500, arm)).toEqual(["pick soap -1"]);
  shelf.load(-100);
  expect(shelf.wait(2_500, arm)).toEqual(["pick soap -1"]);
  expect(shelf.wait(6_000)).toEqual([]);
});

test("an arm alone is no goods, on whatever plates it rests", () => {
  const shelf = filledShelf();
  for (const press of [
    [60, 600],
    [0, 90, 900],
    [300, 40, 10],
  ]) {
    expect(shelf.wait(8_000, press)).toEqual([]);
    expect(shelf.wait(6_000)).toEqual([]);
  }
});
