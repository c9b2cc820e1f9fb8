import { expect, test } from "vitest";
import type { Alert, Shop, StockItem } from "#wire/views.ts";
import { heatOf, heatSteps } from "./heat.ts";
import { firstThree, lastClosed, rankAlerts } from "./rank.ts";
import { layShelf } from "./shelf-layout.ts";
import { shelfWords, sureWords, viewShelf } from "./shelf-state.ts";
import { alertWords, firstTitle, itemName, peopleWords } from "./words.ts";

const alert = (id: string, severity: Alert["severity"], openedAt: number, more: Partial<Alert> = {}): Alert => ({
  id,
  kind: severity === "stop" ? "empty" : "low",
  severity,
  state: "open",
  openedAt,
  at: openedAt,
  ...more,
});

const item = (sku: string, count: number, more: Partial<StockItem> = {}): StockItem => ({
  sku,
  gtin: "9520140100107",
  name: sku,
  category: "skin",
  picture: "soap-bar",
  price: 600,
  onShelf: count,
  reserved: 0,
  available: count,
  confidence: 1,
  at: 0,
  places: [{ shelf: "C1", plate: 1, count, capacity: 6, minimum: 2, confidence: 0.97 }],
  ...more,
});

const shop: Shop = {
  id: "main",
  name: "Vitrine",
  address: "",
  locale: "en-IE",
  currency: "EUR",
  timeZone: "Europe/Brussels",
  opens: "10:00",
  closes: "19:00",
  demo: false,
  floor: { widthM: 10, depthM: 8 },
  zones: [{ id: "beauty", name: "Beauty", rect: [0, 0, 5, 4] }],
  shelves: [
    {
      id: "C1",
      name: "Hands",
      zone: "beauty",
      rect: [1, 1, 1, 1],
      plates: [
        { plate: 1, sku: "SOAP", capacity: 6, minimum: 2 },
        { plate: 2, sku: "BALM", capacity: 6, minimum: 2 },
      ],
    },
  ],
  receivers: [],
  mirrors: [{ id: "mirror-1", name: "Mirror 1", zone: "beauty", rect: [9, 1, 0.2, 1] }],
  staff: [{ id: "mia", name: "Mia" }],
};

test("what cannot wait comes before what can, and the longest wait before the shorter", () => {
  const ranked = rankAlerts([
    alert("low, old", "wait", 10),
    alert("empty, new", "stop", 90),
    alert("closed", "stop", 1, { state: "closed" }),
    alert("empty, old", "stop", 50, { state: "assigned", by: "mia" }),
    alert("low, new", "wait", 80),
  ]);
  expect(ranked.map(({ id }) => id)).toEqual(["empty, old", "empty, new", "low, old", "low, new"]);
  expect(firstThree(ranked).rest.map(({ id }) => id)).toEqual(["low, new"]);
});

test("what was done last is told first", () => {
  const closed = [1, 2, 3].map((at) => alert(`${at}`, "stop", at, { state: "closed" }));
  expect(lastClosed(closed, 2).map(({ id }) => id)).toEqual(["3", "2"]);
});

test("the headline counts what stands under it", () => {
  expect([0, 1, 2, 3, 9].map(firstTitle)).toEqual([
    "Nothing is waiting",
    "First this one",
    "First these two",
    "First these three",
    "First these three",
  ]);
  expect(peopleWords(9, "Beauty")).toBe("9 people in the shop, most at Beauty");
  expect(peopleWords(0, undefined)).toBe("No one is in the shop");
});

test("an alert says the shelf, the goods and where else they are", () => {
  const soap = item("SOAP", 0, {
    name: "Soap, cedar",
    places: [
      { shelf: "C1", plate: 1, count: 0, capacity: 6, minimum: 2, confidence: 1 },
      { shelf: "F1", plate: 2, count: 4, capacity: 6, minimum: 2, confidence: 1 },
    ],
  });
  const known = { shop, stock: new Map([["SOAP", soap]]), devices: new Map() };
  const words = alertWords(alert("1", "stop", 0, { sku: "SOAP", shelf: "C1", plate: 1 }), known);
  expect(words.title).toBe("Shelf C1 has a gap");
  expect(words.detail).toBe("Soap, cedar, 0 of 6, 4 on F1");
  const down = alertWords(alert("2", "stop", 0, { kind: "device-down", deviceId: "mirror-1" }), known);
  expect(down.title).toBe("Mirror 1 does not answer");
  expect(down.detail).toContain("Silent since 01:00.");
});

test("two shades of one lipstick are told apart, a lone colour is not repeated", () => {
  const stock = new Map(
    [
      item("A", 1, { name: "Satin lipstick", colour: "brick" }),
      item("B", 1, { name: "Satin lipstick", colour: "rose" }),
      item("C", 1, { name: "Quay coat", colour: "slate", size: "38" }),
    ].map((one) => [one.sku, one]),
  );
  expect([...stock.values()].map((one) => itemName(one, stock))).toEqual([
    "Satin lipstick, brick",
    "Satin lipstick, rose",
    "Quay coat in 38",
  ]);
});

test("a shelf is as bad as its worst plate, and hidden when its scale is silent", () => {
  const shelf = shop.shelves[0];
  if (!shelf) throw new Error("the shop has a shelf");
  const stock = new Map([
    ["SOAP", item("SOAP", 2)],
    [
      "BALM",
      item("BALM", 0, { places: [{ shelf: "C1", plate: 2, count: 0, capacity: 6, minimum: 2, confidence: 1 }] }),
    ],
  ]);
  const view = viewShelf(shelf, stock, new Map());
  expect(view.plates.map(({ state }) => state)).toEqual(["wait", "stop"]);
  expect([view.state, shelfWords(view)]).toEqual(["stop", "1 empty, 1 low"]);
  const silent = viewShelf(shelf, stock, new Map([["C1", { id: "C1", kind: "shelf", format: "", state: "offline" }]]));
  expect([silent.state, shelfWords(silent)]).toEqual(["unseen", "does not answer"]);
});

test("how sure a count is has a word", () => {
  expect([0.97, 0.8, 0.6, 0.2].map(sureWords)).toEqual(["sure", "fairly sure", "not quite sure", "a guess"]);
});

test("an empty place has no blue, a full one has all four steps, lightest below", () => {
  expect([0, 1, 2, 5, 20].map(heatOf)).toEqual([0, 1, 2, 3, 4]);
  const steps = heatSteps(shop, new Map([["beauty", { zone: "beauty", occupancy: 20, at: 0 }]]));
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  expect(heatSteps(shop, new Map())).toEqual([]);
});

test("in the picture of a shelf every piece stands inside it and none is lost", () => {
  const plate = (count: number, picture: string) => ({
    plate: 1,
    sku: "A",
    item: item("A", count, { picture }),
    count,
    capacity: 6,
    minimum: 2,
    confidence: 1,
    state: "fine" as const,
  });
  for (const [width, height] of [
    [760, 800],
    [390, 376],
  ] as const) {
    const layout = layShelf([plate(6, "soap-bar"), plate(0, "glasses-nem"), plate(4, "hat-felt")], width, height);
    expect(layout.groups.map(({ copies }) => copies.length)).toEqual([6, 0, 4]);
    for (const { box } of layout.groups) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      expect(box.y).toBeGreaterThanOrEqual(0);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
    }
  }
});
