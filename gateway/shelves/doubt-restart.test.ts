import { expect, test } from "vitest";
import { decideCounted, tareFor } from "./counting.ts";
import { silentPlate } from "./plate-signal.ts";
import { restoreShelves, withLevels } from "./restoring.ts";
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

test("goods that were doubted and came back before the power failed do not come back once more", () => {
  const shelf = testShelf(twins);
  shelf.load(800);
  shelf.wait(10_000);
  shelf.load(-80);
  shelf.wait(6_000);
  shelf.load(80);
  expect(shelf.wait(6_000)).toEqual(["doubt-settled"]);
  expect(afterPowerCut(shelf, 800).listen(30)).toEqual([]);
});

test("what was counted by hand while it was doubted is where it was counted, after a power cut too", () => {
  const shelf = testShelf(twins);
  shelf.load(800);
  shelf.wait(10_000);
  shelf.load(-80);
  shelf.wait(6_000);
  for (const [sku, count] of [["red", 4] as const, ["blue", 5] as const]) {
    const place = { sku, shelf: "S", plate: 1, count };
    const tareGrams = tareFor(shelf.state, place) ?? 0;
    shelf.take([{ type: "stock-counted", at: shelf.now(), ...place, tareGrams, by: "mia" }]);
    const [counted] = shelf.log.slice(-1);
    if (counted?.type === "stock-counted") shelf.take(decideCounted(shelf.state, counted));
  }
  const again = afterPowerCut(shelf, 720);
  expect(again.listen(30)).toEqual([]);
  expect([again.count("red"), again.count("blue")]).toEqual([4, 5]);
});

test("plates creep all day: what a restart finds there is no step", () => {
  const shelf = testShelf(twins);
  shelf.load(800);
  shelf.wait(10_000);
  const happened = structuredClone(shelf.state);
  for (let minute = 0; minute < 30; minute++) {
    shelf.load(0.8);
    expect(shelf.wait(6_000)).toEqual([]);
  }
  // as on disk: only what was written down has happened
  for (const plates of happened.devices.values())
    for (const plate of plates.values()) plate.signal = silentPlate(plate.signal.level);
  const again = testShelf(twins);
  restoreShelves(again.state, structuredClone(withLevels(happened, shelf.state)), false);
  const from = shelf.now() + 60_000;
  const said = Array.from({ length: 200 }, (_, index) => {
    const at = from + index * 100;
    return again.hear({ boot: 2, seq: index, at, grams: [824 + Math.sin(index * 1.3) * 0.6] });
  });
  expect(said.flat()).toEqual([]);
});
