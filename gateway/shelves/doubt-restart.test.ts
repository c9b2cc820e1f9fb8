import { expect, test } from "vitest";
import { short, testShelf } from "./test-shelf.ts";

const twins = [
  { sku: "red", grams: 80, plates: [1] },
  { sku: "blue", grams: 80, plates: [1] },
];

/** The same shelf after the power failed: what the journal has, and what its scale says from then on. */
function afterPowerCut(before: ReturnType<typeof testShelf>, grams: number) {
  const again = testShelf(twins);
  for (const event of before.log) again.apply(event);
  const from = before.now() + 60_000;
  return {
    ...again,
    listen: (seconds: number, more = 0) =>
      Array.from({ length: seconds * 10 }, (_, index) => {
        const at = from + index * 100;
        const tremble = Math.sin(index * 1.3) * 0.6;
        return [
          ...again.hear({ boot: 2, seq: index, at, grams: [grams + more + tremble] }),
          ...(at % 1_000 === 0 ? again.tick(at) : []),
        ];
      })
        .flat()
        .map(short),
  };
}

test("a question that is open when the power fails is not asked again: the step it is about was seen already", () => {
  const shelf = testShelf(twins);
  shelf.load(800);
  shelf.wait(10_000);
  shelf.load(-80);
  expect(shelf.wait(6_000)).toEqual(["change-doubted"]);
  const again = afterPowerCut(shelf, 720);
  expect(again.listen(30)).toEqual([]);
  expect(again.state.doubts.open.size).toBe(1);
});
