import { expect, test } from "vitest";
import type { Device, Shop } from "#wire/views.ts";
import { assign, choicesOf, platesFor, pointsTo, stepAt, stepsOf, suggestPlates } from "./adoption.ts";
import type { Adoption } from "./drafts.ts";
import { ofTheShop } from "./naming.ts";

const plates = [1, 2, 3].map((plate) => ({ plate, sku: `SKU-${plate}`, capacity: 8, minimum: 2 }));
const shop: Shop = {
  ...{ id: "main", name: "Vitrine", address: "", locale: "en-IE", currency: "EUR", timeZone: "Europe/Brussels" },
  ...{
    opens: "10:00",
    closes: "19:00",
    demo: true,
    floor: { widthM: 10, depthM: 8 },
    receivers: [],
    mirrors: [],
    staff: [],
  },
  zones: [{ id: "beauty", name: "Beauty", rect: [0, 0, 10, 8] }],
  shelves: ["A1", "B2"].map((id) => ({ id, name: "Hands", zone: "beauty", rect: [2, 2, 2, 0.6], device: id, plates })),
};
const scale = (id: string, more: Partial<Device> = {}): Device => ({
  id,
  kind: "shelf",
  format: "native",
  state: "online",
  ...more,
});
const blank: Adoption = { id: "new-1", kind: "shelf", place: undefined, plates: undefined, name: undefined };

test("a scale is asked about its plates, a receiver is not", () => {
  expect(stepsOf(blank, false)).toEqual(["kind", "place", "plates", "name", "done"]);
  expect(stepsOf({ ...blank, kind: "ble" }, false)).toEqual(["kind", "place", "name", "done"]);
  expect(stepsOf(blank, true)).toEqual(["place", "plates", "name", "done"]);
});

test("nobody reaches a later question by its address before the place is known", () => {
  expect(stepAt("name", stepsOf(blank, false), blank)).toBe("place");
  const placed: Adoption = { ...blank, place: { at: "shelf", id: "A1" } };
  expect(stepAt("name", stepsOf(placed, false), placed)).toBe("name");
  expect(stepAt("no-such", stepsOf(blank, false), blank)).toBe("kind");
});

test("the shelf that the hardware is named after stands first", () => {
  const devices = [scale("A1", { state: "unseen" }), scale("B2", { state: "unseen" })];
  const [first] = choicesOf(blank, "new-1 shop/scale-b2/state", { shop, devices });
  expect(first).toMatchObject({ place: { at: "shelf", id: "B2" }, likely: true, taken: undefined });
  expect(pointsTo("scale-b21", "B2")).toBe(false);
});

test("a shelf whose scale speaks is taken, one whose scale was never heard is free", () => {
  const devices = [scale("A1"), scale("B2", { state: "unseen" })];
  const choices = choicesOf(blank, "", { shop, devices });
  expect(choices.map(({ place, taken }) => [place.id, taken?.id])).toEqual([
    ["B2", undefined],
    ["A1", "A1"],
  ]);
});

test("two scales may share a shelf, each with its own plates", () => {
  const half = scale("half", { place: { at: "shelf", id: "B2" }, plates: { 1: 1 } });
  const devices = [half, scale("A1")];
  expect(platesFor("B2", "new-1", { shop, devices })).toEqual([2, 3]);
  expect(platesFor("A1", "new-1", { shop, devices })).toEqual([]);
});

test("plates are matched by their numbers, else in order, and never two to one", () => {
  expect(suggestPlates([1, 2], [1, 2, 3])).toEqual({ 1: 1, 2: 2 });
  expect(suggestPlates([11, 12], [1, 2, 3])).toEqual({ 11: 1, 12: 2 });
  expect(suggestPlates([1, 2, 3], [3])).toEqual({ 3: 3 });
  expect(assign({ 1: 1, 2: 2 }, 1, 2)).toEqual({ 1: 2 });
  expect(assign({ 1: 1, 2: 2 }, 1, undefined)).toEqual({ 2: 2 });
});

test("a line of the file whose shelf another scale has taken is not shown as silent for ever", () => {
  const devices = [
    scale("B2", { state: "unseen", place: { at: "shelf", id: "B2" } }),
    scale("new-1", { place: { at: "shelf", id: "B2" } }),
  ];
  expect(ofTheShop(devices).map(({ id }) => id)).toEqual(["new-1"]);
  expect(ofTheShop([scale("gone", { state: "retired" })])).toEqual([]);
});
