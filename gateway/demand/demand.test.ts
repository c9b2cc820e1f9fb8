import { expect, test } from "vitest";
import type { DomainEvent, StockCause } from "../events.ts";
import { createDemandRoom, type DemandState } from "./demand.ts";
import { createForecasts } from "./expecting.ts";

const config = { timeZone: "Europe/Brussels", opens: "10:00", closes: "19:30" };
const room = createDemandRoom(config);
const forecasts = createForecasts(config);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A Monday, ten o'clock in Brussels. */
const monday = Date.parse("2026-02-02T09:00:00Z");

test("eight soaps taken every day at five, one put back: seven are expected at five", () => {
  const state = room.initial();
  for (let day = 0; day < 28; day++) {
    const five = monday + day * dayMs + 7 * hourMs;
    apply(state, change(five - hourMs, 8, 20, "restock"));
    apply(state, change(five + minuteMs, 20, 12, "pick"));
    apply(state, change(five + 5 * minuteMs, 12, 13, "put-back"));
    apply(state, change(five + 2 * hourMs, 13, 8, "correction"));
  }
  const day = "2026-03-02";
  const demand = forecasts.demandOf(state, "SOAP", day, monday + 28 * dayMs);
  const at = (hour: number) => demand.hours.find((each) => each.hour === hour);
  expect(at(17)?.expected).toBeGreaterThan(4);
  expect(at(11)?.expected).toBeLessThan(0.6);
  expect(at(9)).toBeUndefined();
  expect(at(11)?.actual).toBeUndefined();
  expect(demand.why).toContain("most of all at 17:00");
  const yesterday = forecasts.demandOf(state, "SOAP", "2026-03-01", monday + 28 * dayMs);
  expect(yesterday.hours.find(({ hour }) => hour === 17)?.actual).toBe(7);
  expect(demand.meanError).toBeGreaterThan(0);
});

test("an empty shelf all afternoon does not teach that afternoons are quiet", () => {
  const full = room.initial();
  const empty = room.initial();
  for (let day = 0; day < 21; day++) {
    for (let hour = 0; hour < 9; hour++) {
      const at = monday + day * dayMs + hour * hourMs + 10 * minuteMs;
      if (hour < 5) for (const state of [full, empty]) apply(state, change(at, 10, 8, "pick"));
      else apply(full, change(at, 10, 10, "correction"));
    }
    // sold out from two o'clock on
    apply(empty, change(monday + day * dayMs + 4 * hourMs + 59 * minuteMs, 8, 0, "shrink"));
    apply(empty, change(monday + day * dayMs + 10 * hourMs, 0, 10, "restock"));
  }
  const afternoon = (state: DemandState) => {
    const from = monday + 21 * dayMs + 6 * hourMs;
    return forecasts.expectedBetween(state, "SOAP", from, from + 2 * hourMs);
  };
  expect(afternoon(full)).toBeLessThan(1);
  expect(afternoon(empty)).toBeGreaterThan(2);
});

test("what will run empty before the rush is to be filled first, and what is full is not", () => {
  const state = room.initial();
  for (let day = 0; day < 14; day++)
    for (let hour = 0; hour < 9; hour++)
      apply(state, change(monday + day * dayMs + hour * hourMs + 5 * minuteMs, 9, 9 - (hour === 7 ? 5 : 1), "pick"));
  const now = monday + 14 * dayMs + 30 * minuteMs;
  const place = { sku: "SOAP", shelf: "C1", plate: 3, capacity: 12, minimum: 2 };
  const [line, ...others] = forecasts.restockList(
    state,
    [
      { ...place, count: 6 },
      { ...place, sku: "BALM", plate: 1, count: 12 },
    ],
    now,
  );
  expect(others).toEqual([]);
  expect(line).toMatchObject({ sku: "SOAP", quantity: 6 });
  // the busiest hour of the day, five to six, is to be got through
  expect(new Date(line?.until ?? 0).toISOString()).toBe("2026-02-16T17:00:00.000Z");
  expect(line?.emptyAt).toBeLessThan(line?.until ?? 0);
  expect(line?.emptyAt).toBeGreaterThan(now);
});

test("nobody is woken by a forecast that rests on an hour's experience", () => {
  const state = room.initial();
  apply(state, change(monday, 10, 2, "pick"));
  apply(state, change(monday + hourMs, 2, 2, "correction"));
  expect(forecasts.expectedUntilRestock(state, "SOAP", monday + hourMs)).toBeUndefined();
});

test("goods that nothing weighs are forecast by what the till says, weighed ones are not counted twice", () => {
  const state = room.initial();
  for (let day = 0; day < 14; day++) {
    const at = monday + day * dayMs + 2 * hourMs;
    apply(state, change(at, 10, 9, "pick"));
    apply(state, sale(at + minuteMs, "SOAP"));
    apply(state, sale(at + minuteMs, "GIFT-CARD"));
  }
  const noon = monday + 14 * dayMs + 2 * hourMs;
  const soap = forecasts.expectedBetween(state, "SOAP", noon, noon + hourMs);
  const card = forecasts.expectedBetween(state, "GIFT-CARD", noon, noon + hourMs);
  expect(soap / card).toBeCloseTo(1, 1);
});

test("a gateway that was off for a month does not believe that nobody came", () => {
  const state = room.initial();
  for (let hour = 0; hour < 200; hour++) apply(state, change(monday + hour * hourMs, 10, 8, "pick"));
  const then = monday + 200 * hourMs;
  const before = forecasts.expectedBetween(state, "SOAP", then, then + dayMs);
  apply(state, change(then + 31 * dayMs, 10, 10, "correction"));
  expect(forecasts.expectedBetween(state, "SOAP", then, then + dayMs)).toBeCloseTo(before, 5);
});

test("a clock that goes back a day changes nothing that was learned", () => {
  const state = room.initial();
  for (let hour = 0; hour < 50; hour++) apply(state, change(monday + hour * hourMs, 10, 8, "pick"));
  const before = structuredClone(state.rhythm);
  apply(state, change(monday + 26 * hourMs, 10, 9, "pick"));
  expect(state.rhythm).toEqual(before);
});

function apply(state: DemandState, event: DomainEvent) {
  const evolve = room.evolve[event.type];
  // the room's table pairs each type with its own event
  if (evolve) (evolve as (state: DemandState, event: DomainEvent) => void)(state, event);
}

function change(at: number, previous: number, count: number, cause: StockCause): DomainEvent {
  const source = { deviceId: "C1" };
  const where = { shelf: "C1", plate: 3, sku: "SOAP", grams: count * 100, confidence: 1 };
  return { type: "stock-changed", at, ...where, count, previous, cause, source };
}

function sale(at: number, sku: string): DomainEvent {
  return { type: "sale-made", at, saleId: `s-${at}`, key: `k-${at}`, lines: [{ sku, quantity: 1 }], by: "till" };
}

test("a clock that was a year ahead for a moment does not stop the learning for a year", () => {
  const state = room.initial();
  apply(state, change(monday, 0, 20, "restock"));
  apply(state, change(monday + 365 * dayMs, 20, 19, "pick"));
  for (let day = 0; day < 14; day++) {
    const five = monday + day * dayMs + 7 * hourMs;
    apply(state, change(five, 20, 12, "pick"));
    apply(state, change(five + 2 * hourMs, 12, 20, "restock"));
  }
  const demand = forecasts.demandOf(state, "SOAP", "2026-02-16", monday + 14 * dayMs);
  expect(demand.hours.find(({ hour }) => hour === 17)?.expected).toBeGreaterThan(2);
});
