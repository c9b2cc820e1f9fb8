import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import {
  available,
  createStockRoom,
  decideReservation,
  decideReservationTick,
  onShelf,
  reservationMs,
} from "./stock.ts";

const room = createStockRoom(["BALM", "COAT"]);

function shop() {
  const state = room.initial();
  const take = (events: DomainEvent[]) => {
    for (const event of events) {
      if (event.type === "stock-changed") room.evolve["stock-changed"]?.(state, event);
      if (event.type === "stock-counted") room.evolve["stock-counted"]?.(state, event);
      if (event.type === "tag-arrived") room.evolve["tag-arrived"]?.(state, event);
      if (event.type === "tag-departed") room.evolve["tag-departed"]?.(state, event);
      if (event.type === "reservation-made") room.evolve["reservation-made"]?.(state, event);
      if (event.type === "reservation-ended") room.evolve["reservation-ended"]?.(state, event);
    }
    return events;
  };
  return {
    state,
    stands(count: number, plate = 1, sku = "BALM") {
      const place = { shelf: "A", plate, grams: 0, confidence: 1, source: { deviceId: "A" } };
      take([{ type: "stock-changed", at: 1, sku, count, previous: 0, ...place }]);
    },
    reserve(quantity: number, { key = `${quantity}`, now = 0, sku = "BALM" } = {}) {
      const derive = (label: string) => createHash("sha256").update(label).digest("hex");
      const decision = decideReservation(state, { sku, quantity, key }, { now, derive });
      if (decision.ok) take(decision.events);
      return decision;
    },
    take,
    tick: (now: number) => take(decideReservationTick(state, now)).length,
    onShelf: (sku = "BALM") =>
      onShelf(state.skus.get(sku) ?? { places: new Map(), tags: new Map(), reserved: 0, at: 0 }),
    left: (sku = "BALM") => available(state, sku),
  };
}

test("what stands on several plates and hangs with tags is one stock", () => {
  const { stands, take, onShelf } = shop();
  stands(4, 1);
  stands(3, 2);
  stands(2, 1);
  take([{ type: "tag-arrived", at: 2, epc: "e1", sku: "BALM", zone: "z", source: { deviceId: "R" } }]);
  take([{ type: "tag-arrived", at: 2, epc: "e1", sku: "BALM", zone: "z", source: { deviceId: "R" } }]);
  expect(onShelf()).toBe(6);
  take([{ type: "tag-departed", at: 3, epc: "e1", sku: "BALM", zone: "z" }]);
  take([{ type: "stock-counted", at: 4, sku: "BALM", shelf: "A", plate: 2, count: 1, tareGrams: 0, by: "mia" }]);
  expect(onShelf()).toBe(3);
});

test("the last pieces are set aside once, and not for a second customer", () => {
  const { stands, reserve, left } = shop();
  stands(3);
  expect(reserve(2, { key: "a" }).ok).toBe(true);
  expect(left()).toBe(1);
  expect(reserve(2, { key: "b" })).toMatchObject({ ok: false, problem: { status: 409, type: "not-enough-stock" } });
  expect(reserve(1, { key: "c" }).ok).toBe(true);
  expect(left()).toBe(0);
});

test("asking again with the same key gives the same reservation, and with another wish says so", () => {
  const { stands, reserve, left } = shop();
  stands(5);
  stands(5, 2, "COAT");
  const first = reserve(2, { key: "a" });
  expect(reserve(2, { key: "a", now: 9_000 })).toEqual({ ...first, events: [] });
  expect(reserve(3, { key: "a" })).toMatchObject({ ok: false, problem: { status: 422 } });
  expect(reserve(2, { key: "a", sku: "COAT" })).toMatchObject({ ok: false, problem: { status: 422 } });
  expect(left()).toBe(3);
});

test("a reservation holds what was asked for and nothing else", () => {
  const { stands, reserve } = shop();
  stands(5);
  const decision = reserve(2, { key: "a", now: 7 });
  expect(decision).toMatchObject({ ok: true });
  if (decision.ok) {
    const { reservationId } = decision.value;
    expect(decision.events).toEqual([
      { type: "reservation-made", at: 7, reservationId, sku: "BALM", quantity: 2, key: "a" },
    ]);
  }
});

test("what nobody fetched within two hours is for sale again", () => {
  const { stands, reserve, tick, left, state } = shop();
  stands(5);
  reserve(2, { key: "a", now: 0 });
  reserve(1, { key: "b", now: 1_000 });
  expect(tick(reservationMs - 1)).toBe(0);
  expect(tick(reservationMs)).toBe(1);
  expect(left()).toBe(4);
  expect(tick(reservationMs + 1_000)).toBe(1);
  expect(left()).toBe(5);
  expect(state.reservations.size).toBe(0);
});

test("a reservation made after the clock was set back expires in its own time", () => {
  const { stands, reserve, tick } = shop();
  stands(5);
  reserve(1, { key: "a", now: 24 * 3_600_000 });
  reserve(1, { key: "b", now: 0 });
  expect(tick(reservationMs)).toBe(1);
});

test("a product the shop does not have cannot be reserved", () => {
  expect(shop().reserve(1, { sku: "NOTHING" })).toMatchObject({ ok: false, problem: { status: 404 } });
});

test("reservations that nobody fetches have a bound", () => {
  const { stands, reserve, state } = shop();
  stands(5_000);
  for (let i = 0; i < 1_000; i++) expect(reserve(1, { key: `k${i}` }).ok).toBe(true);
  expect(reserve(1, { key: "one more" })).toMatchObject({ ok: false, problem: { status: 503 } });
  expect(state.keys.size).toBeLessThanOrEqual(2_000);
});

test("in whatever order things happen, no piece is promised that was not there, and none is lost", () => {
  const action = fc.oneof(
    fc.record({ do: fc.constant("stands" as const), n: fc.nat(12), plate: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("reserve" as const), n: fc.integer({ min: 1, max: 6 }), plate: fc.nat(15) }),
    fc.record({
      do: fc.constant("wait" as const),
      n: fc.integer({ min: 0, max: reservationMs }),
      plate: fc.constant(0),
    }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const { stands, reserve, tick, left, onShelf, state } = shop();
      let now = 0;
      for (const { do: what, n, plate } of actions) {
        const before = left();
        if (what === "stands") stands(n, plate);
        else if (what === "reserve") {
          const decision = reserve(n, { key: `key-${plate}`, now });
          const taken = decision.ok && decision.events.length > 0 ? n : 0;
          expect(taken).toBeLessThanOrEqual(before);
          expect(left()).toBe(before - taken);
        } else {
          now += n;
          tick(now);
        }
        const open = [...state.reservations.values()].reduce((sum, { quantity }) => sum + quantity, 0);
        expect(state.skus.get("BALM")?.reserved).toBe(open);
        expect(left()).toBe(Math.max(0, onShelf() - open));
      }
    }),
    { numRuns: 300 },
  );
});
