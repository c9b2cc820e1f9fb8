import { expect, test } from "vitest";
import { day, hour, made, noon, openShop } from "./test-goods.ts";

test("a day of one balm: from the stockroom to the shelf, into hands, back, and over the till", () => {
  const shop = openShop();
  shop.weighs(0);
  shop.receives(made(shop.expects(10)).deliveryId);
  shop.weighs(6, { cause: "restock" });
  shop.weighs(5, { cause: "pick" });
  shop.weighs(6, { cause: "put-back" });
  shop.weighs(4, { cause: "pick" });
  shop.sells({ BALM: 1 });
  expect(shop.balances()).toEqual({ "shelf:A/1": 4, stockroom: 4, hands: 1, sold: 1, outside: -10 });
  expect(shop.entries().map(({ cause, quantity, from, to }) => [cause, quantity, from, to])).toEqual([
    ["sale", 1, "hands", "sold"],
    ["pick", 2, "shelf:A/1", "hands"],
    ["put-back", 1, "hands", "shelf:A/1"],
    ["pick", 1, "shelf:A/1", "hands"],
    ["restock", 6, "stockroom", "shelf:A/1"],
    ["delivery", 10, "outside", "stockroom"],
  ]);
  expect(shop.entries()[0]).toMatchObject({ at: noon, journalId: shop.log.length, by: "channel:till" });
});

test("an older journal that tells no cause is read by the sign, and a first count is a surprise", () => {
  const shop = openShop();
  shop.weighs(6);
  shop.weighs(4);
  shop.weighs(7);
  expect(shop.entries().map(({ cause, quantity }) => [cause, quantity])).toEqual([
    ["restock", 3],
    ["pick", 2],
    ["correction", 6],
  ]);
});

test("nobody can put back what nobody holds: it came from the stockroom", () => {
  const shop = openShop();
  shop.weighs(4);
  shop.weighs(3, { cause: "pick" });
  shop.weighs(6, { cause: "put-back" });
  expect(shop.balances()).toEqual({ "shelf:A/1": 6, stockroom: -2, unknown: -4 });
});

test("goods carried from one shelf to another are on the way in nobody's account but hands", () => {
  const shop = openShop();
  shop.weighs(4);
  shop.weighs(1);
  shop.weighs(3, { cause: "move" });
  shop.weighs(3, { plate: 2, cause: "move" });
  expect(shop.stands()).toBe(6);
  expect(shop.balances()).toMatchObject({ "shelf:A/1": 3, "shelf:A/2": 3 });
});

test("a cause that goes the wrong way is not believed, and the count still is", () => {
  const shop = openShop();
  shop.weighs(4);
  shop.weighs(6, { cause: "pick" });
  expect(shop.balances()).toEqual({ "shelf:A/1": 6, unknown: -6 });
});

test("a person's count outweighs the scale, and says by whom", () => {
  const shop = openShop();
  shop.weighs(6);
  shop.counts(4);
  expect(shop.stands()).toBe(4);
  expect(shop.entries()[0]).toMatchObject({ cause: "count", quantity: 2, to: "unknown", by: "mia" });
});

test("what the till sells before a scale noticed is not for sale any more, and the scale makes it even", () => {
  const shop = openShop();
  shop.weighs(5);
  shop.sells({ BALM: 2 });
  expect(shop.stands()).toBe(5);
  expect(shop.left()).toBe(3);
  shop.weighs(3, { cause: "pick" });
  expect(shop.left()).toBe(3);
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, sold: 2, unknown: -5 });
});

test("a correction explains what was sold unseen before it becomes a riddle", () => {
  const shop = openShop();
  shop.weighs(5);
  shop.sells({ BALM: 1 });
  shop.weighs(3, { cause: "correction" });
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, sold: 1, unknown: -4 });
});

test("where no scale looks, the till takes from the shelf that a person counted", () => {
  const shop = openShop();
  shop.counts(3);
  shop.counts(2, { plate: 2 });
  shop.sells({ BALM: 4 });
  expect(shop.balances()).toEqual({ "shelf:A/2": 1, sold: 4, unknown: -5 });
  expect(made(shop.sells({ BALM: 3 }))).toMatchObject({ neverStocked: ["BALM"] });
  expect(shop.balances()).toEqual({ sold: 7, unknown: -7 });
});

test("a sale of something never stocked is taken, said, and not lost", () => {
  const shop = openShop();
  const sale = shop.sells({ COAT: 1, "FROM-ELSEWHERE": 2 });
  expect(made(sale).neverStocked).toEqual(["COAT", "FROM-ELSEWHERE"]);
  expect(shop.balances("COAT")).toEqual({ sold: 1, unknown: -1 });
  expect(shop.balances("FROM-ELSEWHERE")).toEqual({ sold: 2, unknown: -2 });
});

test("what is brought back is in hands until it is on its shelf", () => {
  const shop = openShop();
  shop.weighs(4);
  shop.weighs(3, { cause: "pick" });
  shop.sells({ BALM: 1 });
  shop.sells({ BALM: -2 });
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, hands: 2, unknown: -5 });
  shop.weighs(5, { cause: "put-back" });
  expect(shop.balances()).toEqual({ "shelf:A/1": 5, unknown: -5 });
});

test("the same slip with the same key counts once; with other lines it says so", () => {
  const shop = openShop();
  shop.weighs(5);
  const { saleId } = made(shop.sells({ BALM: 1, WOOL: 2 }, "slip-1"));
  expect(shop.sells({ WOOL: 2, BALM: 1 }, "slip-1")).toMatchObject({ ok: true, events: [], value: { saleId } });
  expect(shop.sells({ BALM: 2 }, "slip-1")).toMatchObject({ ok: false, problem: { status: 422, type: "key-reused" } });
  expect(shop.balances()).toMatchObject({ sold: 1 });
});

test.each([
  ["nothing", {}],
  ["no pieces", { BALM: 0 }],
  ["half a piece", { BALM: 0.5 }],
  ["a truck load", { BALM: 1_001 }],
  ["a slip of 201 lines", Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`S${i}`, 1]))],
])("a sale of %s is refused", (_what, lines) => {
  expect(openShop().sells(lines)).toMatchObject({ ok: false, problem: { status: 422, type: "wrong-lines" } });
});

test("what breaks is in hands, or else in the stockroom", () => {
  const shop = openShop();
  shop.weighs(5);
  shop.receives(made(shop.expects(3)).deliveryId);
  shop.weighs(4, { cause: "pick" });
  shop.writesOff("BALM", 2, "w");
  shop.writesOff("BALM", 2, "w");
  expect(shop.balances()).toEqual({ "shelf:A/1": 4, stockroom: 2, lost: 2, outside: -3, unknown: -5 });
  expect(shop.writesOff("BALM", 3, "w")).toMatchObject({ problem: { type: "key-reused" } });
  expect(shop.writesOff("NOTHING", 1)).toMatchObject({ problem: { status: 404 } });
  expect(shop.writesOff("BALM", -1)).toMatchObject({ problem: { type: "wrong-quantity" } });
});

test("a delivery is received once, with what truly came", () => {
  const shop = openShop();
  const { deliveryId } = made(shop.expects(10, "d1"));
  expect(made(shop.expects(10, "d1")).deliveryId).toBe(deliveryId);
  expect(shop.expects(11, "d1")).toMatchObject({ problem: { type: "key-reused" } });
  shop.receives(deliveryId, 8);
  expect(shop.receives(deliveryId)).toMatchObject({ ok: true, events: [] });
  expect(shop.receives(deliveryId, 9)).toMatchObject({ problem: { status: 409, type: "already-received" } });
  expect(shop.receives("d-unknown")).toMatchObject({ problem: { status: 404 } });
  expect(shop.balances()).toEqual({ stockroom: 8, outside: -8 });
});

test("deliveries that never come have a bound, and one of nothing makes room", () => {
  const shop = openShop();
  const ids = Array.from({ length: 200 }, (_, i) => made(shop.expects(1, `d${i}`)).deliveryId);
  expect(shop.expects(1, "one more")).toMatchObject({ problem: { status: 503 } });
  shop.take([{ type: "delivery-received", at: noon, deliveryId: ids[0] ?? "", lines: [], by: "mia" }]);
  expect(shop.expects(1, "one more").ok).toBe(true);
});

test("half an hour after closing, what nobody paid or put back is lost where the till tells of sales", () => {
  const shop = openShop();
  shop.weighs(6);
  shop.weighs(3, { cause: "pick" });
  shop.sells({ BALM: 1 });
  shop.at(noon + 6.4 * hour);
  expect(shop.tick()).toEqual([]);
  shop.at(noon + 6.5 * hour);
  expect(shop.tick()).toMatchObject([{ type: "stock-written-off", quantity: 2, by: "gateway" }]);
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, sold: 1, lost: 2, unknown: -6 });
  expect(shop.tick()).toEqual([]);
});

test("in a shop without a till, what was taken is sold when it closes", () => {
  const shop = openShop();
  shop.weighs(6);
  shop.weighs(3, { cause: "pick" });
  shop.at(noon + 7 * hour);
  shop.tick();
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, sold: 3, unknown: -6 });
});

test("what was taken after closing waits for the next one", () => {
  const shop = openShop();
  shop.weighs(6);
  shop.at(noon + 9 * hour);
  shop.weighs(5, { cause: "pick" });
  expect(shop.tick()).toEqual([]);
  shop.at(noon + day);
  expect(shop.tick()).toEqual([]);
  shop.at(noon + day + 7 * hour);
  expect(shop.tick()).toMatchObject([{ type: "hands-settled", lines: [{ sku: "BALM", quantity: 1 }] }]);
});

test.each([
  ["ahead by a day", day],
  ["back by a day", -day],
])("a clock that jumps %s loses no piece and counts none twice", (_how, jump) => {
  const shop = openShop();
  shop.weighs(6);
  shop.weighs(4, { cause: "pick" });
  const { reservationId } = made(shop.reserves(2));
  shop.at(noon + jump);
  shop.tick();
  shop.at(noon + jump + 1_000);
  shop.tick();
  shop.at(noon + 2_000);
  shop.tick();
  shop.weighs(5, { cause: "put-back" });
  shop.at(noon + 2 * day);
  shop.tick();
  const balances = shop.balances();
  expect(balances["shelf:A/1"]).toBe(5);
  expect(Object.values(balances).reduce((sum, balance) => sum + balance, 0)).toBe(0);
  expect(balances.hands).toBeUndefined();
  expect(shop.state.ended.get(reservationId)?.state).toBe("expired");
  expect(shop.left()).toBe(5);
});

test("what was sold and never seen leaving is even again after closing", () => {
  const shop = openShop();
  shop.weighs(6);
  shop.sells({ BALM: 2 });
  shop.at(noon + 7 * hour);
  shop.tick();
  expect(shop.balances()).toEqual({ "shelf:A/1": 6, sold: 2, unknown: -8 });
});

test("only so many lines of a product are kept for reading, and the balances are of all time", () => {
  const shop = openShop();
  for (let i = 0; i < 120; i++) shop.weighs(i % 2 === 0 ? 6 : 5);
  expect(shop.entries()).toHaveLength(50);
  expect(shop.balances()).toMatchObject({ "shelf:A/1": 5 });
});
