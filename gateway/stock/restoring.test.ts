import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import type { StockState } from "./goods.ts";
import { restoreStock } from "./restoring.ts";
import { createStockRoom } from "./stock.ts";
import { hour, made, noon, openShop, room, shelves } from "./test-goods.ts";

const everything = () => true;
const saved = (state: StockState): StockState => deserialize(serialize(state));

test("a snapshot of a version without accounts: what stands there comes from where nobody knows, reservations have two hours", () => {
  const older = {
    skus: new Map([
      [
        "BALM",
        {
          places: new Map([["A/1", { shelf: "A", plate: 1, count: 4, confidence: 0.9 }]]),
          ...{ tags: new Map(), reserved: 1, at: noon },
        },
      ],
      ["COAT", { places: new Map(), tags: new Map([["e1", "rail"]]), reserved: 0, at: noon }],
    ]),
    reservations: new Map([["r-1", { sku: "BALM", quantity: 1, key: "k", at: noon }]]),
    keys: new Map([["k", "r-1"]]),
  };
  const state = room.initial();
  // a shape that this version does not write
  restoreStock(state, older as unknown as StockState, everything);
  const shop = openShop(state);
  expect(shop.balances()).toEqual({ "shelf:A/1": 4, unknown: -4 });
  expect(shop.balances("COAT")).toEqual({ "zone:rail": 1, unknown: -1 });
  expect(shop.left()).toBe(3);
  shop.at(noon + 2 * hour);
  expect(shop.tick()).toMatchObject([{ type: "reservation-ended", reservationId: "r-1" }]);
  expect(shop.left()).toBe(4);
});

test("a product that leaves the catalogue keeps its ledger, and comes back with it", () => {
  const shop = openShop();
  shop.weighs(5);
  shop.weighs(3, { cause: "pick" });
  shop.reserves(1);
  const without = createStockRoom({ skus: ["COAT", "WOOL"], shelves }).initial();
  restoreStock(without, saved(shop.state), () => false);
  expect(without.skus.has("BALM")).toBe(false);
  const meanwhile = openShop(without);
  expect(meanwhile.balances()).toEqual({ hands: 2, unknown: -2 });
  meanwhile.sells({ BALM: 1 });
  const again = room.initial();
  restoreStock(again, saved(without), everything);
  const back = openShop(again);
  expect(back.balances()).toEqual({ hands: 1, sold: 1, unknown: -2 });
  expect(again.skus.get("BALM")?.reserved).toBe(1);
  expect(again.unlisted.size).toBe(0);
});

test("what was fetched before a restart is aside after it, and not reserved twice", () => {
  const shop = openShop();
  shop.weighs(5);
  const { reservationId } = made(shop.reserves(2));
  shop.weighs(3, { cause: "pick" });
  shop.fetches(reservationId);
  const state = room.initial();
  restoreStock(state, saved(shop.state), everything);
  const after = openShop(state);
  expect(after.left()).toBe(3);
  expect(after.balances()).toEqual(shop.balances());
  expect(after.entries()).toEqual(shop.entries());
});

test("while an event is not on disk, its lines are booked and not yet kept for reading", () => {
  const state = room.initial();
  const source = { deviceId: "A" };
  const place = { shelf: "A", plate: 1, sku: "BALM" };
  const event = {
    type: "stock-changed",
    at: 1,
    ...place,
    count: 2,
    previous: 0,
    grams: 0,
    confidence: 1,
    source,
  } as const;
  room.evolve["stock-changed"]?.(state, event);
  expect(openShop(state).balances()).toMatchObject({ "shelf:A/1": 2 });
  expect(openShop(state).entries()).toEqual([]);
});
