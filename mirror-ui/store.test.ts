import { effect } from "@preact/signals";
import { expect, test } from "vitest";
import type { Alert, Shop, StockItem } from "#wire/views.ts";
import { plainShop } from "./staff/test-small-shop.ts";
import { createStore } from "./store.ts";

const shop: Shop = { ...plainShop, zones: [], shelves: [] };

const soap = (onShelf: number): StockItem => ({
  sku: "SOAP",
  gtin: "9520140100107",
  name: "Soap",
  category: "skin",
  picture: "soap-bar",
  price: 600,
  onShelf,
  reserved: 0,
  available: onShelf,
  confidence: 1,
  at: 0,
  places: [],
});

const alert = (id: string, state: Alert["state"], at = 0): Alert => ({
  id,
  kind: "low",
  severity: "wait",
  state,
  openedAt: 0,
  at,
});

/** A store whose screen is refreshed by hand. */
function storeWithFrames() {
  const waiting: (() => void)[] = [];
  const store = createStore((show) => waiting.push(show));
  const frame = () => {
    for (const show of waiting.splice(0)) show();
  };
  return { store, frame, waiting };
}

test("a page shows nothing until the whole shop is known", () => {
  const { store, frame } = storeWithFrames();
  store.receive({ name: "shop", data: shop });
  store.receive({ name: "stock", data: soap(5) });
  frame();
  expect([store.ready.value, store.stock.value.size]).toEqual([false, 0]);
  store.receive({ name: "ready", data: { journalId: 1 } });
  expect([store.ready.value, store.stock.value.get("SOAP")?.onShelf]).toEqual([true, 5]);
});

test("a hundred changes between two frames are shown once, as the last of them", () => {
  const { store, frame, waiting } = storeWithFrames();
  const shown: (number | undefined)[] = [];
  effect(() => {
    shown.push(store.stock.value.get("SOAP")?.onShelf);
  });
  for (let count = 1; count <= 100; count++) store.receive({ name: "stock", data: soap(count) });
  expect(waiting.length).toBe(1);
  frame();
  expect(shown).toEqual([undefined, 100]);
});

test("after a broken line, what the shop no longer names is gone and what was done stays", () => {
  const { store, frame } = storeWithFrames();
  store.receive({ name: "alert", data: alert("open before", "open") });
  store.receive({ name: "alert", data: alert("done before", "closed") });
  store.receive({ name: "stock", data: soap(5) });
  frame();
  store.receive({ name: "shop", data: shop });
  store.receive({ name: "alert", data: alert("open now", "open") });
  store.receive({ name: "ready", data: { journalId: 9 } });
  expect([...store.alerts.value.keys()].sort()).toEqual(["done before", "open now"]);
  expect(store.stock.value.size).toBe(0);
});

test("a long day's closed alerts are forgotten, the oldest first", () => {
  const { store, frame } = storeWithFrames();
  for (let at = 1; at <= 200; at++) store.receive({ name: "alert", data: alert(`done ${at}`, "closed", at) });
  store.receive({ name: "alert", data: alert("open", "open") });
  frame();
  expect(store.alerts.value.size).toBe(31);
  expect(store.alerts.value.has("done 200")).toBe(true);
  expect(store.alerts.value.has("done 170")).toBe(false);
  expect(store.alerts.value.has("open")).toBe(true);
});

test("goods that were moved in the planogram are looked for where they stand now", () => {
  const { store } = storeWithFrames();
  const shelf = {
    id: "C1",
    name: "Hands",
    zone: "beauty",
    plates: [{ plate: 1, sku: "SOAP", capacity: 6, minimum: 2 }],
  };
  store.receive({ name: "shop", data: { ...shop, shelves: [{ ...shelf, rect: [1, 1, 1, 1] }] } });
  const plates = [
    { plate: 1, sku: "BALM", capacity: 4, minimum: 1 },
    { plate: 1, sku: "SOAP", capacity: 3, minimum: 1 },
  ];
  store.receive({ name: "planogram", data: { version: 1, at: 1, by: "mia", shelves: [{ id: "C1", plates }] } });
  expect(store.shop.value?.shelves[0]).toMatchObject({ id: "C1", rect: [1, 1, 1, 1], plates });
});

test("a doubt stands until it is settled, and a reservation that ended is no longer waited for", () => {
  const { store, frame } = storeWithFrames();
  const doubt = { id: "d1", at: 1, shelf: "C1", plates: [1], grams: -90, candidates: [] };
  const held = { id: "r1", sku: "SOAP", quantity: 1, madeAt: 0, expiresAt: 9, at: 0 };
  store.receive({ name: "doubt", data: doubt });
  store.receive({ name: "reservation", data: { ...held, state: "made" } });
  frame();
  expect([store.doubts.value.size, store.reservations.value.size]).toEqual([1, 1]);
  store.receive({ name: "doubt", data: { ...doubt, settled: true } });
  store.receive({ name: "reservation", data: { ...held, state: "collected" } });
  frame();
  expect([store.doubts.value.size, store.reservations.value.get("r1")?.state]).toEqual([0, "collected"]);
  // After a broken line only what is still held is told again.
  store.receive({ name: "reservation", data: { ...held, id: "r2", state: "made" } });
  store.receive({ name: "shop", data: shop });
  store.receive({ name: "ready", data: { journalId: 9 } });
  expect([...store.reservations.value.keys()]).toEqual(["r1"]);
});
