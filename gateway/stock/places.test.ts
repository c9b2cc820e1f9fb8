import { expect, test } from "vitest";
import { openShop } from "./test-goods.ts";
import { stockCounts } from "./views.ts";

const places = ({ state }: ReturnType<typeof openShop>, sku = "BALM") => {
  const stock = state.skus.get(sku);
  return stock ? stockCounts(stock).places : [];
};

test("what stands on several plates is one stock", () => {
  const shop = openShop();
  shop.weighs(4, { plate: 1 });
  shop.weighs(3, { plate: 2 });
  shop.weighs(2, { plate: 1 });
  expect(shop.stands()).toBe(5);
});

test("garments without a scale are counted by their tags, each once", () => {
  const shop = openShop();
  shop.arrives("e1");
  shop.arrives("e1");
  shop.arrives("e2");
  expect(shop.stands("COAT")).toBe(2);
  shop.departs("e1");
  shop.departs("e1");
  expect(shop.balances("COAT")).toEqual({ "zone:rail": 1, hands: 1, unknown: -2 });
  shop.arrives("e1");
  expect(shop.balances("COAT")).toEqual({ "zone:rail": 2, unknown: -2 });
});

test("a garment that is carried to another zone moves", () => {
  const shop = openShop();
  shop.arrives("e1");
  shop.arrives("e1", { zone: "fitting" });
  expect(shop.balances("COAT")).toEqual({ "zone:fitting": 1, unknown: -1 });
  expect(shop.entries("COAT")[0]).toMatchObject({ cause: "move", from: "zone:rail", to: "zone:fitting" });
});

test("a garment with a tag and a scale is counted once, by the scale", () => {
  const shop = openShop();
  for (const epc of ["e1", "e2", "e3"]) shop.arrives(epc, { sku: "WOOL" });
  expect(shop.stands("WOOL")).toBe(3);
  shop.weighs(2, { sku: "WOOL", shelf: "B" });
  expect(shop.stands("WOOL")).toBe(2);
  shop.departs("e1", { sku: "WOOL" });
  expect(shop.stands("WOOL")).toBe(2);
  // somebody carries one about; it is not on a shelf again
  shop.weighs(1, { sku: "WOOL", shelf: "B", cause: "pick" });
  shop.arrives("e1", { sku: "WOOL", zone: "fitting" });
  expect(shop.stands("WOOL")).toBe(1);
  expect(shop.balances("WOOL")).toMatchObject({ hands: 1 });
});

test("a tagged coat that lies on somebody else's plate is the same coat", () => {
  const shop = openShop();
  shop.arrives("e1");
  shop.arrives("e2");
  shop.weighs(1, { sku: "COAT", shelf: "B", cause: "move" });
  expect(shop.stands("COAT")).toBe(2);
  shop.weighs(0, { sku: "COAT", shelf: "B", cause: "pick" });
  expect(shop.stands("COAT")).toBe(2);
  expect(places(shop, "COAT")).toEqual([]);
});

test("a rail that gets a place of its own in the planogram is counted by it, and by its tags again afterwards", () => {
  const shop = openShop();
  shop.arrives("e1");
  shop.arrives("e2");
  shop.plans([{ id: "B", plates: [{ plate: 1, sku: "COAT" }] }]);
  expect(shop.stands("COAT")).toBe(2);
  shop.weighs(1, { sku: "COAT", shelf: "B" });
  expect(shop.stands("COAT")).toBe(1);
  shop.plans([]);
  expect(shop.stands("COAT")).toBe(2);
});

test("when the planogram changes, goods without a home stay as strays and come home again", () => {
  const shop = openShop();
  shop.weighs(4, { plate: 1 });
  shop.weighs(0, { plate: 2 });
  shop.plans([{ id: "A", plates: [{ plate: 3, sku: "BALM" }] }]);
  expect(places(shop)).toEqual([
    { shelf: "A", plate: 1, count: 4, capacity: 0, minimum: 0, confidence: 1, stray: true },
  ]);
  shop.plans([{ id: "A", plates: [{ plate: 1, sku: "BALM" }] }]);
  expect(places(shop)).toEqual([{ shelf: "A", plate: 1, count: 4, capacity: 8, minimum: 2, confidence: 1 }]);
  expect(shop.balances()).toEqual({ "shelf:A/1": 4, unknown: -4 });
});

test("a stray that is taken leaves no place behind", () => {
  const shop = openShop();
  shop.weighs(2, { shelf: "B", cause: "put-back" });
  expect(places(shop)).toMatchObject([{ shelf: "B", stray: true, count: 2 }]);
  shop.weighs(0, { shelf: "B", cause: "pick" });
  shop.counts(0, { shelf: "B", plate: 9 });
  expect(places(shop)).toEqual([]);
});

test("a product is as sure as its least sure place", () => {
  const shop = openShop();
  shop.arrives("e1");
  const sure = (sku: string) => {
    const stock = shop.state.skus.get(sku);
    return stock && stockCounts(stock).confidence;
  };
  expect(sure("COAT")).toBe(0.95);
  shop.weighs(1);
  expect(sure("BALM")).toBe(1);
});
