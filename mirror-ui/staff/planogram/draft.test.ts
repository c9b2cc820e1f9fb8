import fc from "fast-check";
import { expect, test } from "vitest";
import { changeWords } from "./change-words.ts";
import {
  add,
  type Direction,
  move,
  nextPlate,
  platesOf,
  rebase,
  remove,
  resize,
  type Shelves,
  step,
  widen,
} from "./draft.ts";

const facing = (plate: number, sku: string) => ({ plate, sku, capacity: 8, minimum: 2 });
const shop: Shelves = [
  { id: "A", plates: [facing(1, "BALM"), facing(1, "SOAP"), facing(2, "MASK")] },
  { id: "B", plates: [facing(1, "COAT")] },
];
const balm = { shelf: "A", plate: 1, sku: "BALM" };
const where = (shelves: Shelves, shelf = "A") => platesOf(shelves, shelf).map(({ plate, sku }) => `${plate} ${sku}`);
const words = (after: Shelves) => changeWords(shop, after, (sku) => sku.toLowerCase());

test("a product dragged to another plate stands there, between those it was put between", () => {
  expect(where(move(shop, balm, { shelf: "A", plate: 2, index: 0 }))).toEqual(["1 SOAP", "2 BALM", "2 MASK"]);
  expect(where(move(shop, balm, { shelf: "A", plate: 1, index: 1 }))).toEqual(["1 SOAP", "1 BALM", "2 MASK"]);
  const away = move(shop, balm, { shelf: "B", plate: 3 });
  expect([where(away), where(away, "B")]).toEqual([
    ["1 SOAP", "2 MASK"],
    ["1 COAT", "3 BALM"],
  ]);
});

test("it does not stand twice on a plate", () => {
  const twice = add(shop, { ...balm, plate: 2 });
  expect(where(twice)).toEqual(["1 BALM", "1 SOAP", "2 MASK", "2 BALM"]);
  expect(move(twice, balm, { shelf: "A", plate: 2 })).toBe(twice);
  expect(add(twice, balm)).toBe(twice);
});

test("who gets wider takes from the neighbours, and together they fill the plate", () => {
  const wider = widen(shop, balm, 0.25);
  expect(platesOf(wider, "A")).toMatchObject([
    { sku: "BALM", x: 0.375, width: 0.75 },
    { sku: "SOAP", x: 0.875, width: 0.25 },
    { sku: "MASK" },
  ]);
  expect(platesOf(widen(wider, balm, 5), "A")[0]?.width).toBe(0.95);
  expect(platesOf(remove(wider, { ...balm, sku: "SOAP" }), "A")[0]).toEqual(facing(1, "BALM"));
  expect(widen(shop, { shelf: "B", plate: 1, sku: "COAT" }, 0.1)).toEqual(shop);
});

test("the minimum stays below what fits", () => {
  const small = resize(shop, balm, { capacity: 2 });
  expect(platesOf(small, "A")[0]).toMatchObject({ capacity: 2, minimum: 1 });
  expect(platesOf(resize(small, balm, { minimum: 9 }), "A")[0]).toMatchObject({ minimum: 1 });
  expect(platesOf(resize(shop, balm, { capacity: -4 }), "A")[0]).toMatchObject({ capacity: 1, minimum: 0 });
});

test("arrow keys walk along the plates, and off the last one onto a new one", () => {
  const walk = (spot: { shelf: string; plate: number; sku: string }, ...ways: Direction[]) =>
    where(
      ways.reduce(
        (state, way) => {
          const to = step(state.shelves, state.spot, way, { numbers: [1, 2, 3], columns: 1 });
          return { shelves: move(state.shelves, state.spot, to), spot: { ...state.spot, plate: to.plate } };
        },
        { shelves: shop, spot },
      ).shelves,
    );
  expect(walk(balm, "right")).toEqual(["1 SOAP", "1 BALM", "2 MASK"]);
  expect(walk(balm, "right", "right")).toEqual(["1 SOAP", "2 BALM", "2 MASK"]);
  expect(walk(balm, "left")).toEqual(where(shop));
  expect(walk(balm, "down", "down")).toEqual(["1 SOAP", "2 MASK", "3 BALM"]);
  // below the last plate there is nothing
  expect(walk(balm, "down", "down", "down")).toEqual(["1 SOAP", "2 MASK", "3 BALM"]);
  const side = step(shop, balm, "down", { numbers: [1, 2, 3, 4, 5], columns: 2 });
  expect(side).toEqual({ ...balm, plate: 3, index: 0 });
  expect(nextPlate([{ plate: 64 }])).toBeUndefined();
});

test("what will change is said before saving, and a move is one sentence", () => {
  expect(words(move(shop, balm, { shelf: "A", plate: 2 }))).toEqual(["balm moves from plate 1 to plate 2."]);
  expect(words(move(shop, balm, { shelf: "B", plate: 2 }))).toEqual([
    "balm moves from plate 1 of shelf A to plate 2 of shelf B.",
  ]);
  expect(words(remove(shop, balm))).toEqual(["balm leaves plate 1 of shelf A."]);
  expect(words(add(shop, { shelf: "B", plate: 2, sku: "BALM" }))).toEqual([
    "balm comes to plate 2 of shelf B, room for 8.",
  ]);
  expect(words(resize(shop, balm, { capacity: 9, minimum: 3 }))).toEqual([
    "balm on plate 1 of shelf A, room for 9 instead of 8, filled at 3 instead of 2.",
  ]);
  expect(words(move(shop, balm, { shelf: "A", plate: 1, index: 1 }))).toEqual([
    "Shelf A: the same products in another order.",
  ]);
  expect(words(shop)).toEqual([]);
});

test("when somebody else was faster, both changes stand", () => {
  const mine = resize(
    move(shop, balm, { shelf: "A", plate: 2 }),
    { shelf: "B", plate: 1, sku: "COAT" },
    { capacity: 4 },
  );
  const theirs = add(remove(shop, { shelf: "A", plate: 1, sku: "SOAP" }), { shelf: "B", plate: 2, sku: "HAT" });
  const both = rebase(shop, mine, theirs);
  expect(where(both)).toEqual(["2 MASK", "2 BALM"]);
  expect(platesOf(both, "B")).toMatchObject([{ sku: "COAT", capacity: 4 }, { sku: "HAT" }]);
  expect(rebase(shop, shop, theirs)).toEqual(theirs);
});

const spot = fc.record({
  shelf: fc.constantFrom("A", "B"),
  plate: fc.integer({ min: 1, max: 4 }),
  sku: fc.constantFrom("BALM", "SOAP", "MASK", "COAT"),
});
const edit = fc.oneof(
  fc.tuple(spot, spot, fc.nat(3)).map(
    ([from, to, index]) =>
      (s: Shelves) =>
        move(s, from, { ...to, index }),
  ),
  spot.map((at) => (s: Shelves) => add(s, at)),
  spot.map((at) => (s: Shelves) => remove(s, at)),
  fc.tuple(spot, fc.double({ min: -1, max: 1, noNaN: true })).map(
    ([at, by]) =>
      (s: Shelves) =>
        widen(s, at, by),
  ),
  fc.tuple(spot, fc.integer({ min: -5, max: 600 })).map(
    ([at, n]) =>
      (s: Shelves) =>
        resize(s, at, { capacity: n, minimum: n }),
  ),
);

test("however it is edited, every plate holds each product once and nothing reaches over an edge", () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 30 }), (edits) => {
      const shelves = edits.reduce((state, one) => one(state), shop);
      for (const { plates } of shelves) {
        expect(new Set(plates.map(({ plate, sku }) => `${plate}/${sku}`)).size).toBe(plates.length);
        for (const on of Map.groupBy(plates, ({ plate }) => plate).values()) {
          const widths = on.flatMap(({ width }) => width ?? []);
          expect([0, on.length]).toContain(widths.length);
          if (widths.length > 0) expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(1, 2);
          for (const { capacity, minimum } of on)
            expect(minimum >= 0 && minimum < capacity && capacity <= 500).toBe(true);
        }
      }
    }),
  );
});
