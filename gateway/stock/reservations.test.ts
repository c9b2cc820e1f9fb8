import { expect, test } from "vitest";
import { day, hour, made, noon, openShop } from "./test-goods.ts";
import { reservationView, reservationViews } from "./views.ts";

test("the last pieces are set aside once, and not for a second customer", () => {
  const shop = openShop();
  shop.weighs(3);
  expect(shop.reserves(2).ok).toBe(true);
  expect(shop.left()).toBe(1);
  expect(shop.reserves(2)).toMatchObject({ ok: false, problem: { status: 409, type: "not-enough-stock" } });
  expect(shop.reserves(1).ok).toBe(true);
  expect(shop.left()).toBe(0);
});

test("asking again with the same key gives the same reservation, and with another wish says so", () => {
  const shop = openShop();
  shop.weighs(5);
  const first = shop.reserves(2, { key: "a" });
  shop.at(noon + 1_000);
  expect(shop.reserves(2, { key: "a" })).toEqual({ ...first, events: [] });
  expect(shop.reserves(3, { key: "a" })).toMatchObject({ ok: false, problem: { status: 422 } });
  shop.cancels(made(first).reservationId);
  expect(shop.reserves(3, { key: "a" })).toMatchObject({ ok: false, problem: { status: 422 } });
  expect(shop.left()).toBe(5);
});

test("made, fetched, collected: the goods go from the shelf into hands, aside, and are sold", () => {
  const shop = openShop();
  shop.weighs(5);
  const { reservationId } = made(shop.reserves(2));
  expect(shop.left()).toBe(3);
  // between the shelf and the tap the goods are missing twice: better than promised twice
  shop.weighs(3, { cause: "pick" });
  expect(shop.left()).toBe(1);
  shop.fetches(reservationId);
  expect(shop.left()).toBe(3);
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, aside: 2, unknown: -5 });
  shop.collects(reservationId);
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, sold: 2, unknown: -5 });
  expect(reservationView(shop.state, reservationId)).toMatchObject({ state: "collected", by: "mia" });
});

test.each([
  ["after it was handed over", ["collect", "pay"]],
  ["before it is handed over", ["pay", "collect"]],
])("what a customer reserved is sold once, also when it is paid at the till %s", (_when, steps) => {
  const shop = openShop();
  shop.weighs(5);
  const { reservationId } = made(shop.reserves(2));
  shop.weighs(3, { cause: "pick" });
  shop.fetches(reservationId);
  for (const step of steps) step === "pay" ? shop.sells({ BALM: 2 }) : shop.collects(reservationId);
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, sold: 2, unknown: -5 });
  expect(shop.left()).toBe(3);
});

test("who pays first of two customers, one of whom had reserved, makes no difference in the end", () => {
  const shop = openShop();
  shop.weighs(5);
  const { reservationId } = made(shop.reserves(1));
  shop.weighs(4, { cause: "pick" });
  shop.fetches(reservationId);
  shop.weighs(3, { cause: "pick" });
  shop.collects(reservationId);
  shop.sells({ BALM: 1 });
  shop.sells({ BALM: 1 });
  expect(shop.balances()).toEqual({ "shelf:A/1": 3, sold: 2, unknown: -5 });
});

test("what was paid on the website is not taken for a sale of the next day", () => {
  const shop = openShop();
  shop.weighs(5);
  const { reservationId } = made(shop.reserves(1));
  shop.weighs(4, { cause: "pick" });
  shop.fetches(reservationId);
  shop.collects(reservationId);
  shop.at(noon + day);
  shop.sells({ BALM: 1 });
  expect(shop.balances()).toMatchObject({ sold: 2, hands: -1 });
});

test("what a customer is called is forgotten once the reservation is over", () => {
  const shop = openShop();
  shop.weighs(5);
  const { reservationId } = made(shop.reserves(1, { label: "Ada" }));
  expect(reservationView(shop.state, reservationId)).toMatchObject({ label: "Ada" });
  shop.cancels(reservationId);
  expect(JSON.stringify(reservationViews(shop.state))).not.toContain("Ada");
});

test("a coat that was fetched before its antenna noticed is not promised again", () => {
  const shop = openShop();
  for (const epc of ["e1", "e2", "e3"]) shop.arrives(epc);
  const { reservationId } = made(shop.reserves(1, { sku: "COAT" }));
  shop.fetches(reservationId);
  expect(shop.stands("COAT")).toBe(3);
  expect(shop.left("COAT")).toBe(2);
  shop.departs("e1");
  expect(shop.left("COAT")).toBe(2);
  expect(shop.balances("COAT")).toEqual({ "zone:rail": 2, aside: 1, unknown: -3 });
});

test("where no scale looks, what is fetched leaves the counted shelf, and comes back to it", () => {
  const shop = openShop();
  shop.counts(4);
  const { reservationId } = made(shop.reserves(2));
  shop.fetches(reservationId);
  expect([shop.stands(), shop.left()]).toEqual([2, 2]);
  shop.cancels(reservationId);
  expect([shop.stands(), shop.left()]).toEqual([4, 4]);
});

test("said twice it is fetched, collected and cancelled once", () => {
  const shop = openShop();
  shop.weighs(9);
  const [a, b] = [made(shop.reserves(1)).reservationId, made(shop.reserves(1)).reservationId];
  expect(shop.collects(a)).toMatchObject({ ok: false, problem: { status: 409, type: "not-fetched" } });
  shop.fetches(a);
  expect(shop.fetches(a)).toMatchObject({ ok: true, events: [] });
  shop.collects(a);
  expect(shop.collects(a)).toMatchObject({ ok: true, events: [] });
  expect(shop.cancels(a)).toMatchObject({ ok: false, problem: { status: 409, type: "reservation-over" } });
  shop.cancels(b);
  expect(shop.cancels(b)).toMatchObject({ ok: true, events: [] });
  expect(shop.fetches(b)).toMatchObject({ ok: false, problem: { type: "reservation-over" } });
  expect(shop.collects("r-unknown")).toMatchObject({ ok: false, problem: { status: 404 } });
});

test("what nobody fetched within two hours of opening time is for sale again", () => {
  const shop = openShop();
  shop.weighs(5);
  shop.reserves(2);
  shop.at(noon + 1_000);
  shop.reserves(1);
  shop.at(noon + 2 * hour - 1);
  expect(shop.tick()).toEqual([]);
  shop.at(noon + 2 * hour);
  expect(shop.tick()).toMatchObject([{ reason: "expired" }]);
  expect(shop.left()).toBe(4);
  shop.at(noon + 2 * hour + 1_000);
  shop.tick();
  expect(shop.left()).toBe(5);
  expect(reservationViews(shop.state).map(({ state }) => state)).toEqual(["expired", "expired"]);
});

test.each([
  ["at noon, until two", 0, 2 * hour],
  ["before the shop opens, until two hours after", -5 * hour, -1 * hour],
  ["shortly before closing, until eleven next day", 5 * hour, day - 1 * hour],
  ["at night, until eleven next day", 9 * hour, day - 1 * hour],
])("who reserves %s", (_when, asked, until) => {
  const shop = openShop();
  shop.weighs(5);
  shop.at(noon + asked);
  const { reservationId } = made(shop.reserves(1));
  expect(reservationView(shop.state, reservationId)?.expiresAt).toBe(noon + until);
});

test("what was fetched waits until the next day's closing; then somebody has it in hands to put it back", () => {
  const shop = openShop();
  shop.weighs(5);
  const { reservationId } = made(shop.reserves(2));
  shop.weighs(3, { cause: "pick" });
  shop.fetches(reservationId);
  shop.at(noon + day + 6 * hour - 1);
  expect(shop.tick()).toEqual([]);
  shop.at(noon + day + 6 * hour);
  expect(shop.tick()).toMatchObject([{ type: "reservation-ended", reason: "expired" }]);
  expect(shop.balances()).toMatchObject({ hands: 2 });
  expect(shop.left()).toBe(3);
  shop.weighs(5, { cause: "put-back" });
  expect(shop.balances()).toEqual({ "shelf:A/1": 5, unknown: -5 });
});

test("a shopper may take the piece that is reserved: the reservation stays, and nothing more is promised", () => {
  const shop = openShop();
  shop.weighs(1);
  const { reservationId } = made(shop.reserves(1));
  shop.weighs(0, { cause: "pick" });
  expect(shop.left()).toBe(0);
  expect(reservationView(shop.state, reservationId)).toMatchObject({ state: "made" });
  shop.weighs(1, { cause: "put-back" });
  expect(shop.left()).toBe(0);
});

test("another channel cancels its own reservations only", () => {
  const shop = openShop();
  shop.weighs(5);
  const mine = made(shop.reserves(1, { asker: "channel:web" })).reservationId;
  const theirs = made(shop.reserves(1)).reservationId;
  expect(shop.cancels(theirs, "channel:web")).toMatchObject({ ok: false, problem: { status: 404 } });
  expect(shop.cancels(mine, "channel:app")).toMatchObject({ ok: false, problem: { status: 404 } });
  expect(shop.cancels(mine, "channel:web").ok).toBe(true);
});

test("a reservation of an older journal expires after two hours", () => {
  const shop = openShop();
  shop.weighs(5);
  const at = noon + 9 * hour;
  shop.take([{ type: "reservation-made", at, reservationId: "r-old", sku: "BALM", quantity: 1, key: "k" }]);
  shop.at(at + 2 * hour);
  expect(shop.tick()).toMatchObject([{ reservationId: "r-old", reason: "expired" }]);
});

test("a product the shop does not have cannot be reserved", () => {
  expect(openShop().reserves(1, { sku: "NOTHING" })).toMatchObject({ ok: false, problem: { status: 404 } });
});

test("reservations that nobody fetches have a bound", () => {
  const shop = openShop();
  shop.weighs(5_000);
  for (let i = 0; i < 1_000; i++) expect(shop.reserves(1, { key: `k${i}` }).ok).toBe(true);
  expect(shop.reserves(1, { key: "one more" })).toMatchObject({ ok: false, problem: { status: 503 } });
  for (let i = 0; i < 3; i++) {
    for (const id of [...shop.state.reservations.keys()]) shop.cancels(id);
    for (let n = 0; n < 1_000; n++) shop.reserves(1, { key: `${i}-${n}` });
  }
  expect(shop.state.keys.size).toBeLessThanOrEqual(2_000);
  expect(shop.state.ended.size).toBeLessThanOrEqual(500);
});
