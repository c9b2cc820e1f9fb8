import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent, StockCause } from "../events.ts";
import { entriesOf } from "./entries.ts";
import { availableOf, onShelf, type StockState } from "./goods.ts";
import { balancesOf } from "./ledger.ts";
import { restoreStock } from "./restoring.ts";
import { hour, noon, openShop, room } from "./test-goods.ts";

type Shop = ReturnType<typeof openShop>;
type Action = (shop: Shop) => unknown;

const sku = fc.constantFrom("BALM", "COAT", "WOOL");
const cause = fc.constantFrom<StockCause | undefined>(
  ...(["pick", "put-back", "restock", "sale", "move", "shrink", "correction", undefined] as const),
);
const place = fc.constantFrom({ shelf: "A", plate: 1 }, { shelf: "A", plate: 2 }, { shelf: "B", plate: 1 });
const few = fc.integer({ min: 1, max: 4 });
const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
const reservation = (shop: Shop, n: number) => pick([...shop.state.reservations.keys()], n) ?? "none";
const planograms = [
  [],
  [{ id: "A", plates: [{ plate: 1, sku: "COAT" }] }],
  [{ id: "B", plates: ["COAT", "WOOL", "BALM"].map((one) => ({ plate: 1, sku: one })) }],
];

const every = (state: StockState) => [...state.skus, ...state.unlisted];
/** "sku account" -> balance. */
const table = (state: StockState) =>
  every(state)
    .flatMap(([one, stock]) => [...balancesOf(stock)].map(([account, n]): [string, number] => [`${one} ${account}`, n]))
    .sort();

/** What is said again is the event itself; without a key a write-off is another one. */
const isOnce = (event: DomainEvent) => event.type !== "stock-written-off" || event.key !== undefined;

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(9), sku, place, cause).map(
      ([count, one, at, why]): Action =>
        (shop) =>
          shop.weighs(count, { sku: one, ...at, ...(why ? { cause: why } : {}) }),
    ),
  },
  fc.tuple(fc.nat(9), sku, place).map(
    ([count, one, at]): Action =>
      (shop) =>
        shop.counts(count, { sku: one, ...at }),
  ),
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(5), fc.constantFrom("COAT", "WOOL"), fc.constantFrom("rail", "beauty", "fitting")).map(
      ([n, one, zone]): Action =>
        (shop) =>
          shop.arrives(`${one}-${n}`, { sku: one, zone }),
    ),
  },
  fc.tuple(fc.nat(5), fc.constantFrom("COAT", "WOOL")).map(
    ([n, one]): Action =>
      (shop) =>
        shop.departs(`${one}-${n}`, { sku: one }),
  ),
  {
    weight: 2,
    arbitrary: fc.tuple(sku, fc.integer({ min: -2, max: 4 }), sku, few, fc.nat(6)).map(
      ([a, n, b, m, key]): Action =>
        (shop) =>
          shop.sells({ [a]: n || 1, [b]: m, ELSEWHERE: 1 }, `slip-${key}`),
    ),
  },
  fc.tuple(sku, few, fc.nat(6)).map(
    ([one, n, key]): Action =>
      (shop) =>
        shop.writesOff(one, n, `w-${key}`),
  ),
  fc.tuple(few, fc.nat(4), sku).map(
    ([n, key, one]): Action =>
      (shop) =>
        shop.expects(n, `d-${key}`, one),
  ),
  fc.tuple(fc.nat(4), fc.option(few)).map(
    ([n, came]): Action =>
      (shop) =>
        shop.receives(pick([...shop.state.deliveries.keys()], n) ?? "none", came ?? undefined),
  ),
  {
    weight: 2,
    arbitrary: fc.tuple(few, sku, fc.nat(9)).map(
      ([n, one, key]): Action =>
        (shop) =>
          shop.reserves(n, { sku: one, key: `r-${key}` }),
    ),
  },
  fc.nat(5).map(
    (n): Action =>
      (shop) =>
        shop.fetches(reservation(shop, n)),
  ),
  fc.nat(5).map(
    (n): Action =>
      (shop) =>
        shop.collects(reservation(shop, n)),
  ),
  fc.nat(5).map(
    (n): Action =>
      (shop) =>
        shop.cancels(reservation(shop, n)),
  ),
  fc.integer({ min: 0, max: 9 * hour }).map(
    (ms): Action =>
      (shop) => {
        shop.at(shop.now() + ms);
        shop.tick();
      },
  ),
  fc.nat(2).map(
    (n): Action =>
      (shop) =>
        shop.plans(planograms[n] ?? []),
  ),
  {
    weight: 2,
    arbitrary: fc.nat(8).map(
      (back): Action =>
        (shop) => {
          const again = shop.log.at(-1 - back);
          // what tells of a moment is news when it is said again later; everything else has its id
          const isLast = back === 0 || !/^(stock-(changed|counted)|tag-|planogram|hands-)/.test(again?.type ?? "");
          if (!again || !isLast || !isOnce(again)) return;
          const before = table(shop.state);
          shop.take([again]);
          expect(table(shop.state)).toEqual(before);
        },
    ),
  },
);

/** A stop and a start: the snapshot of some moment, and the journal after it. */
function restart(log: readonly DomainEvent[], upTo: number): StockState {
  const early = openShop();
  early.take(log.slice(0, upTo));
  const snapshot: StockState = deserialize(serialize(early.state));
  const fresh = openShop();
  const planogram = log.slice(0, upTo).findLast(({ type }) => type === "planogram-changed");
  if (planogram) fresh.take([planogram]);
  restoreStock(fresh.state, snapshot, () => true);
  const late = openShop(fresh.state);
  late.take(log.slice(upTo));
  return late.state;
}

test("each balance is the sum of its events, under any interleaving, said twice, and after a restart", () => {
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 60, size: "max" }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (actions, share) => {
        const shop = openShop();
        for (const act of actions) act(shop);
        // the journal alone, read by somebody who books into a table of their own
        const sums = new Map<string, number>();
        const reader = room.initial();
        const read = openShop(reader);
        for (const event of shop.log) {
          for (const { sku: one, quantity, from, to } of entriesOf(event, reader)) {
            expect(quantity).toBeGreaterThan(0);
            sums.set(`${one} ${from}`, (sums.get(`${one} ${from}`) ?? 0) - quantity);
            sums.set(`${one} ${to}`, (sums.get(`${one} ${to}`) ?? 0) + quantity);
          }
          read.take([event]);
        }
        const booked = [...sums].filter(([, sum]) => sum !== 0).sort();
        for (const state of [shop.state, restart(shop.log, Math.floor(shop.log.length * share))]) {
          expect(table(state)).toEqual(booked);
        }
        for (const [, stock] of every(shop.state)) {
          const balances = balancesOf(stock);
          expect([...balances.values()].reduce((sum, balance) => sum + balance, 0)).toBe(0);
          for (const [account, balance] of balances)
            if (!["stockroom", "hands", "unknown", "outside"].includes(account)) expect(balance).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("what is on the shelf is what scales and people said last, and garments beside them once", () => {
  const sensed = fc.oneof(
    fc.tuple(fc.nat(9), sku, place, cause).map(
      ([count, one, at, why]): Action =>
        (shop) =>
          shop.weighs(count, { sku: one, ...at, ...(why ? { cause: why } : {}) }),
    ),
    fc.tuple(fc.nat(9), sku, place).map(
      ([count, one, at]): Action =>
        (shop) =>
          shop.counts(count, { sku: one, ...at }),
    ),
    fc
      .tuple(fc.nat(9), fc.constantFrom("COAT", "WOOL"), fc.constantFrom("rail", "beauty", "fitting"), fc.boolean())
      .map(
        ([n, one, zone, comes]): Action =>
          (shop) => {
            const epc = `${one}-${n}`;
            return comes ? shop.arrives(epc, { sku: one, zone }) : shop.departs(epc, { sku: one });
          },
      ),
    fc.tuple(few, sku).map(
      ([n, one]): Action =>
        (shop) =>
          shop.reserves(n, { sku: one }),
    ),
  );
  fc.assert(
    fc.property(fc.array(sensed, { maxLength: 40, size: "max" }), (actions) => {
      const shop = openShop();
      for (const act of actions) act(shop);
      const said = new Map<string, number>();
      const tags = new Map<string, string>();
      for (const event of shop.log) {
        if (event.type === "stock-changed" || event.type === "stock-counted")
          said.set(`${event.sku} ${event.shelf}/${event.plate}`, event.count);
        if (event.type === "tag-arrived") tags.set(event.epc, event.zone);
        if (event.type === "tag-departed") tags.delete(event.epc);
      }
      const at = (key: string) => said.get(key) ?? 0;
      const inZone = (one: string, zone: string) =>
        [...tags].filter(([epc, where]) => epc.startsWith(one) && where === zone).length;
      expect(shop.stands("BALM")).toBe(at("BALM A/1") + at("BALM A/2") + at("BALM B/1"));
      // of garments without a counted place of their own in a zone, those that no plate there explains
      const beside = (one: string, zone: string, strays: number) => Math.max(strays, inZone(one, zone));
      const beauty = (one: string) =>
        beside(one, "beauty", at(`${one} A/1`) + at(`${one} A/2`)) + inZone(one, "fitting");
      expect(shop.stands("COAT")).toBe(beauty("COAT") + beside("COAT", "rail", at("COAT B/1")));
      // a scale of its own says all of it; then tags are no more than witnesses
      const strays = at("WOOL A/1") + at("WOOL A/2");
      const own = said.get("WOOL B/1");
      const wool = own === undefined ? beauty("WOOL") + inZone("WOOL", "rail") : own + strays;
      expect(shop.stands("WOOL")).toBe(wool);
    }),
    { numRuns: 300 },
  );
});

test("in whatever order things happen, no piece is promised twice, and none that is not there", () => {
  type Step = {
    do: "take" | "back" | "fill" | "sell" | "reserve" | "grab" | "tap" | "collect" | "cancel" | "wait";
    n: number;
  };
  const step = fc.record({
    do: fc.constantFrom<Step["do"]>(
      ...(["take", "back", "fill", "sell", "reserve", "reserve", "grab", "tap", "collect", "cancel", "wait"] as const),
    ),
    n: fc.nat(6),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const shop = openShop();
      shop.weighs(6);
      // the true shop: pieces on the shelf, with shoppers, with staff for a reservation they have not tapped yet
      let [shelf, shoppers] = [6, 0];
      const fetched = new Map<string, number>();
      const scale = (cause: StockCause) => shop.weighs(shelf, { cause });
      const promised = () =>
        [...shop.state.reservations].reduce(
          (sum, [id, { state, quantity }]) => sum + (state === "made" ? quantity - (fetched.get(id) ?? 0) : 0),
          0,
        );
      for (const { do: what, n } of steps) {
        const id = reservation(shop, n);
        const wish = shop.state.reservations.get(id);
        if (what === "take" && shelf > 0) {
          const taken = Math.min(shelf, 1 + (n % 2));
          [shelf, shoppers] = [shelf - taken, shoppers + taken];
          scale("pick");
        } else if (what === "back" && shoppers > 0) {
          [shelf, shoppers] = [shelf + 1, shoppers - 1];
          scale("put-back");
        } else if (what === "fill") {
          shelf += n;
          scale("restock");
        } else if (what === "sell" && shoppers > 0) {
          shoppers--;
          shop.sells({ BALM: 1 });
        } else if (what === "reserve") {
          const room = shelf - promised();
          const answer = shop.reserves(1 + n);
          if (answer.ok) expect(1 + n).toBeLessThanOrEqual(room);
        } else if (what === "grab" && wish?.state === "made" && !fetched.has(id) && shelf >= wish.quantity) {
          shelf -= wish.quantity;
          fetched.set(id, wish.quantity);
          scale("pick");
        } else if (what === "tap" && fetched.has(id)) shop.fetches(id);
        else if (what === "collect") shop.collects(id);
        // who has it in hands taps or puts it back
        else if (what === "cancel" && !(wish?.state === "made" && fetched.has(id))) shop.cancels(id);
        else if (what === "wait") {
          shop.at(shop.now() + n * 20 * 60_000);
          if (shop.now() < noon + 5 * hour) shop.tick();
        }
        const stock = shop.state.skus.get("BALM");
        if (!stock) throw new Error("the balm is gone");
        const made = [...shop.state.reservations.values()].filter(({ state }) => state === "made");
        expect(stock.reserved).toBe(made.reduce((sum, { quantity }) => sum + quantity, 0));
        expect(onShelf(stock)).toBe(shelf);
        expect(availableOf(stock)).toBeLessThanOrEqual(Math.max(0, shelf - promised()));
      }
    }),
    { numRuns: 400 },
  );
});
