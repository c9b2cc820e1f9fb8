import { expect, test } from "vitest";
import type { Doubt, Reservation } from "#wire/stock-views.ts";
import type { Alert, Shop, StockItem } from "#wire/views.ts";
import { alertWords, candidateNames, escalatedWords } from "./alert-words.ts";
import { heatOf, heatSteps } from "./heat.ts";
import { firstThree, lastClosed, putOff, rankAlerts } from "./rank.ts";
import { layShelf } from "./shelf-layout.ts";
import { evidenceWords, shelfWords, sureWords, viewShelf } from "./shelf-state.ts";
import { plainShop } from "./test-small-shop.ts";
import { firstTitle, itemName, peopleWords } from "./words.ts";

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
  ...plainShop,
  zones: [{ id: "beauty", name: "Beauty", rect: [0, 0, 5, 4] }],
  shelves: [
    {
      ...{ id: "C1", name: "Hands", zone: "beauty", rect: [1, 1, 1, 1] },
      plates: [
        { plate: 1, sku: "SOAP", capacity: 6, minimum: 2 },
        { plate: 2, sku: "BALM", capacity: 6, minimum: 2 },
      ],
    },
  ],
  mirrors: [{ id: "mirror-1", name: "Mirror 1", zone: "beauty", rect: [9, 1, 0.2, 1] }],
};

const nothingKnown = {
  ...{ shop, stock: new Map<string, StockItem>(), devices: new Map() },
  ...{ doubts: new Map<string, Doubt>(), reservations: new Map<string, Reservation>() },
};

test("somebody who waits comes first, then what cannot wait, then what is worth most, then the longest wait", () => {
  const ranked = rankAlerts([
    alert("low, old", "wait", 10),
    alert("empty, new", "stop", 90),
    alert("closed", "stop", 1, { state: "closed" }),
    alert("empty, old", "stop", 50, { state: "assigned", by: "mia" }),
    alert("low, new", "wait", 80),
    alert("low, dear", "wait", 85, { value: 9_000 }),
    alert("empty, dear", "stop", 95, { value: 4_000 }),
    alert("help", "wait", 99, { kind: "help" }),
    alert("put off", "stop", 1, { state: "snoozed", snoozedUntil: 200 }),
  ]);
  expect(ranked.map(({ id }) => id)).toEqual([
    "help",
    "empty, dear",
    "empty, old",
    "empty, new",
    "low, dear",
    "low, old",
    "low, new",
  ]);
  expect(
    firstThree(ranked)
      .rest.map(({ id }) => id)
      .at(-1),
  ).toBe("low, new");
  expect(putOff([alert("later", "stop", 1, { state: "snoozed" })]).map(({ id }) => id)).toEqual(["later"]);
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
  const known = { ...nothingKnown, stock: new Map([["SOAP", soap]]) };
  const words = alertWords(alert("1", "stop", 0, { sku: "SOAP", shelf: "C1", plate: 1 }), known);
  expect(words.title).toBe("Shelf C1 has a gap");
  expect(words.detail).toBe("Soap, cedar, 0 of 6, 4 on F1");
  const down = alertWords(alert("2", "stop", 0, { kind: "device-down", deviceId: "mirror-1" }), known);
  expect(down.title).toBe("Mirror 1 does not answer");
  expect(down.detail).toContain("Silent since 01:00.");
});

test("every kind of alert says in the shop’s words what to do", () => {
  const stock = new Map(
    [
      item("SOAP", 0, { name: "Soap, cedar" }),
      item("BALM", 3, { name: "Hand balm" }),
      item("HAT", 1, { name: "Marlo hat", places: [] }),
    ].map((one) => [one.sku, one]),
  );
  const doubt: Doubt = {
    ...{ id: "d1", at: 0, shelf: "C1", plates: [1, 2], grams: -90 },
    candidates: [
      { confidence: 0.5, moves: [{ sku: "SOAP", plate: 1, delta: -1 }] },
      { confidence: 0.4, moves: [{ sku: "BALM", plate: 2, delta: -2 }] },
    ],
  };
  const held: Reservation = {
    ...{ id: "r1", sku: "HAT", quantity: 1, state: "made", label: "4711" },
    ...{ madeAt: 0, expiresAt: 3_600_000, at: 0 },
  };
  const known = { ...nothingKnown, stock, doubts: new Map([["d1", doubt]]), reservations: new Map([["r1", held]]) };
  const say = (more: Partial<Alert>) => {
    const { title, detail } = alertWords(alert("1", "stop", 0, { shelf: "C1", plate: 1, ...more }), known);
    return `${title}. ${detail}.`;
  };
  expect(say({ kind: "misplaced", sku: "SOAP", shelf: "A1" })).toBe("Soap, cedar lies on A1. It belongs on C1, Hands.");
  expect(say({ kind: "gap", sku: "BALM", plate: 2 })).toBe("Plate 2 of C1 was never filled. Hand balm belongs there.");
  expect(say({ kind: "empty", sku: "SOAP", plates: [1, 2], skus: ["SOAP", "BALM"] })).toBe(
    "Shelf C1 has 2 gaps. Soap, cedar and Hand balm.",
  );
  expect(say({ kind: "doubt", doubtId: "d1" })).toBe("Something left C1. Soap, cedar or 2 × Hand balm?.");
  expect(candidateNames(doubt, known)).toEqual(["Soap, cedar", "2 × Hand balm"]);
  expect(say({ kind: "sweep", quantity: 6, value: 23_985 })).toBe("6 pieces left C1 within seconds. About €240.");
  const note = "6 pieces left C1 within 20 seconds, about €240.";
  expect(say({ kind: "sweep", quantity: 6, value: 24_000, note })).toBe(
    "6 pieces left C1 within 20 seconds. About €240.",
  );
  expect(say({ kind: "fetch", reservationId: "r1", sku: "HAT" })).toBe(
    "Fetch Marlo hat for 4711. None on the floor, look in the stockroom, until 02:00.",
  );
  expect(say({ kind: "help", mirrorId: "mirror-1", sku: "HAT", note: "in another size" })).toBe(
    "Mirror 1 asks for someone. Marlo hat, in another size.",
  );
  expect(say({ kind: "delivery", quantity: 24 })).toBe("A delivery is coming. 24 pieces.");
  expect(say({ kind: "put-back", sku: "SOAP", note: "4711" })).toBe(
    "Put Soap, cedar back. 4711 did not come, it belongs on C1.",
  );
  expect(say({ kind: "more", quantity: 7 })).toBe("7 more wait. They come when these are done.");
});

test("the same goods on two plates of a shelf are asked after by plate", () => {
  const moves = [1, 2].map((plate) => ({ confidence: 0.5, moves: [{ sku: "SOAP", plate, delta: -1 }] }));
  const doubt: Doubt = { id: "d1", at: 0, shelf: "C1", plates: [1, 2], grams: -90, candidates: moves };
  expect(candidateNames(doubt, nothingKnown)).toEqual(["SOAP of plate 1", "SOAP of plate 2"]);
});

test("what nobody looks at says for how long, until somebody takes it", () => {
  const waiting = alert("1", "stop", 0, { escalated: 1 });
  expect(escalatedWords(waiting, 6 * 60_000, shop)).toBe("Nobody has looked for 6\u00a0min");
  expect(escalatedWords({ ...waiting, by: "mia", state: "assigned" }, 6 * 60_000, shop)).toBeUndefined();
  expect(escalatedWords(alert("2", "stop", 0, { releasedFrom: "mia" }), 0, shop)).toBe(
    "Mia had taken it and could not finish",
  );
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

test("what lies on a shelf and does not belong there is drawn on its plate, and what shares a plate stands side by side", () => {
  const shelf = {
    ...{ id: "C1", name: "Hands", zone: "beauty" },
    plates: [
      { plate: 1, sku: "SOAP", capacity: 6, minimum: 2 },
      { plate: 1, sku: "BALM", capacity: 4, minimum: 1 },
      { plate: 2, sku: "SOAP", capacity: 6, minimum: 2 },
    ],
  };
  const at = (plate: number, count: number) => ({ shelf: "C1", plate, count, capacity: 6, minimum: 2, confidence: 1 });
  const stock = new Map(
    [
      item("SOAP", 5, { places: [at(1, 5), at(2, 3)] }),
      item("BALM", 4, { places: [at(1, 4)] }),
      item("HAT", 1, {
        places: [
          { ...at(1, 1), stray: true },
          { ...at(2, 0), stray: true },
        ],
      }),
    ].map((one) => [one.sku, one]),
  );
  const doubts = [{ id: "d1", at: 0, shelf: "C1", plates: [2], grams: -90, candidates: [] }];
  const view = viewShelf({ ...shelf, rect: [0, 0, 1, 1] }, stock, new Map(), doubts);
  expect(view.plates.map(({ plate, sku, count, stray, doubted }) => [plate, sku, count, stray, doubted])).toEqual([
    [1, "SOAP", 5, undefined, undefined],
    [1, "BALM", 4, undefined, undefined],
    [2, "SOAP", 3, undefined, true],
    [1, "HAT", 1, true, undefined],
  ]);
  expect(shelfWords(view)).toBe("1 out of place");
  const { groups, boards } = layShelf(view.plates, 760, 800);
  expect(boards.length).toBe(2);
  const [soap, balm, , hat] = groups.map(({ box }) => box);
  expect(soap && balm && hat && soap.x + soap.width <= balm.x && balm.x + balm.width <= hat.x).toBe(true);
});

test("a count names its witnesses, the strongest first", () => {
  const at = Date.UTC(2026, 10, 20, 13, 20);
  const evidence = [
    { by: "weight", says: 6, sure: 0.97, at },
    { by: "camera", says: 5, sure: 0.6, at },
    { by: "person", says: 6, sure: 1, at, deviceId: "mia" },
  ] as const;
  expect(evidenceWords(evidence, shop)).toBe("Scale says 6, camera sees 5, counted 6 by Mia at 14:20");
});
