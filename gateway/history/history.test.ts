import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { closingTimeIn, localDayIn } from "../offers/local-day.ts";
import { adoptHistory } from "./adopting.ts";
import { availabilityDay } from "./availability-day.ts";
import { createHistoryRoom, daysKept, type HistoryState } from "./history.ts";

const timeZone = "Europe/Brussels";
const hours = {
  opensAt: closingTimeIn(timeZone, "10:00"),
  closesAt: closingTimeIn(timeZone, "18:00"),
  localDay: localDayIn(timeZone),
};
const balm = { plate: 1, sku: "HAND-BALM", capacity: 12, minimum: 3 };
const soap = { plate: 2, sku: "SOAP-OAT", capacity: 12, minimum: 3 };
const shelves = [{ id: "C1", device: "C1", plates: [balm, soap] }];
const room = createHistoryRoom({ shelves, hours });
const hourMs = 3_600_000;
/** Local time of Friday, 20 November 2026; later days by `day`. */
const at = (time: string, day = 20) => Date.parse(`2026-11-${day}T${time}:00+01:00`);

function shop(state: HistoryState = room.initial()) {
  const take = (event: DomainEvent) => {
    const evolve: ((state: HistoryState, event: never) => void) | undefined = room.evolve[event.type];
    evolve?.(state, event as never);
  };
  return {
    state,
    take,
    stands: (time: number, count: number, { plate, sku } = balm) =>
      take({
        ...{ type: "stock-changed", at: time, shelf: "C1", plate, sku, count, previous: 0, grams: 0, confidence: 1 },
        source: { deviceId: "C1" },
      }),
    device: (time: number, status: "online" | "offline", deviceId = "C1") =>
      take({ type: "device-status-changed", at: time, deviceId, state: status }),
    day: (now: number, name = "2026-11-20") => availabilityDay(state, name, hours, now),
    place(now: number, name = "2026-11-20", sku = balm.sku) {
      const found = availabilityDay(state, name, hours, now)?.places.find((place) => place.sku === sku);
      if (!found) throw new Error(`${sku} is not told of on ${name}`);
      return found;
    },
  };
}

test("a place that stood empty over noon was empty for those hours, and not while the shop was closed", () => {
  const { stands, place } = shop();
  stands(at("09:00"), 0);
  stands(at("11:00"), 2);
  stands(at("12:00"), 8);
  stands(at("17:00"), 0);
  expect(place(at("20:00"))).toEqual({
    ...{ shelf: "C1", plate: 1, sku: "HAND-BALM", emptyMs: 2 * hourMs, lowMs: hourMs, available: 6 / 8 },
    empty: [
      [at("10:00"), at("11:00")],
      [at("17:00"), null],
    ],
  });
});

test("today is told as far as it has come, and what is still empty has no end", () => {
  const { stands, place, day } = shop();
  stands(at("09:00"), 8);
  stands(at("11:00"), 0);
  expect(place(at("12:00"))).toMatchObject({ emptyMs: hourMs, available: 0.5, empty: [[at("11:00"), null]] });
  expect(day(at("09:30"))).toEqual({ day: "2026-11-20", points: [], places: [] });
});

test("the day's line has one point a quarter of an hour: the share of places with something on them", () => {
  const { stands, day } = shop();
  stands(at("09:00"), 8);
  stands(at("09:00"), 8, soap);
  stands(at("10:10"), 0);
  stands(at("10:40"), 5);
  const points = day(at("11:00"))?.points ?? [];
  expect(points.map((point) => point.available)).toEqual([1, 0.5, 0.5, 1, 1]);
  expect(points.map((point) => point.at)).toEqual([0, 1, 2, 3, 4].map((n) => at("10:00") + n * 900_000));
});

test("while its scale is silent nobody knows: neither empty nor available", () => {
  const { stands, device, place, day } = shop();
  stands(at("09:00"), 8);
  device(at("09:00"), "online");
  device(at("11:00"), "offline");
  device(at("13:00"), "online");
  stands(at("13:00"), 0);
  stands(at("14:00"), 8);
  expect(place(at("18:00"))).toMatchObject({ emptyMs: hourMs, unheardMs: 2 * hourMs, available: 5 / 8 });
  expect(day(at("12:00"))?.points.at(-1)).toEqual({ at: at("12:00"), available: 0 });
});

test("a shelf with two scales is heard while one of them is", () => {
  const { stands, take, device, place } = shop();
  stands(at("09:00"), 8);
  take({
    ...{ type: "device-adopted", at: at("09:00"), deviceId: "spare", kind: "shelf", name: "Spare", by: "ana" },
    place: { at: "shelf", id: "C1" },
  });
  device(at("11:00"), "offline");
  expect(place(at("12:00"))).not.toHaveProperty("unheardMs");
  device(at("13:00"), "offline", "spare");
  expect(place(at("14:00"))).toMatchObject({ unheardMs: hourMs });
});

test("a place that nobody ever counted is not told of, and one counted since noon counts since noon", () => {
  const { stands, day, place } = shop();
  stands(at("14:00"), 0);
  expect(day(at("18:00"))?.places.map(({ sku }) => sku)).toEqual(["HAND-BALM"]);
  expect(place(at("18:00"))).toMatchObject({ emptyMs: 4 * hourMs, available: 0 });
});

test("over a weekend each day has its own hours", () => {
  const { stands, place } = shop();
  stands(at("09:00"), 0);
  stands(at("12:00", 22), 8);
  for (const day of [20, 21])
    expect(place(at("18:00", 22), `2026-11-${day}`)).toMatchObject({ emptyMs: 8 * hourMs, available: 0 });
  expect(place(at("18:00", 22), "2026-11-22")).toMatchObject({ emptyMs: 2 * hourMs, available: 0.75 });
});

test("a place that left the planogram at noon is told of until then", () => {
  const { stands, take, day } = shop();
  stands(at("09:00"), 0);
  stands(at("09:00"), 8, soap);
  take({
    ...{ type: "planogram-changed", at: at("12:00"), version: 1, by: "mia", basis: "x" },
    shelves: [{ id: "C1", plates: [soap] }],
  });
  const places = day(at("18:00"))?.places ?? [];
  expect(places.map(({ sku, emptyMs }) => [sku, emptyMs])).toEqual([
    ["HAND-BALM", 2 * hourMs],
    ["SOAP-OAT", 0],
  ]);
  expect(day(at("18:00", 21), "2026-11-21")?.places.map(({ sku }) => sku)).toEqual(["SOAP-OAT"]);
});

test("there is no 31 February", () => {
  const { day } = shop();
  for (const name of ["2026-02-31", "yesterday", ""]) expect(day(at("12:00"), name)).toBeUndefined();
});

test("a place that flickers all day keeps a bounded list and an exact sum", () => {
  const { stands, place } = shop();
  for (let minute = 0; minute < 400; minute += 2) {
    stands(at("10:00") + minute * 60_000, 0);
    stands(at("10:00") + (minute + 1) * 60_000, 8);
  }
  const told = place(at("18:00"));
  expect(told.emptyMs).toBe(200 * 60_000);
  expect(told.empty.length).toBeLessThanOrEqual(24);
});

test("five weeks are kept", () => {
  const { stands, state, place } = shop();
  stands(at("09:00"), 8);
  const dayMs = 24 * hourMs;
  for (let day = 0; day < 60; day++) {
    stands(at("11:00") + day * dayMs, 0);
    stands(at("12:00") + day * dayMs, 8);
  }
  expect(state.days.size).toBe(daysKept);
  expect(place(at("18:00") + 59 * dayMs, hours.localDay(at("12:00") + 59 * dayMs)).emptyMs).toBe(hourMs);
});

test("it goes on after a restart; an older version's snapshot starts with what stands there", () => {
  const before = shop();
  before.stands(at("09:00"), 0);
  const saved = structuredClone(before.state);
  const today = { shelves, counted: [], at: 0 };
  expect(adoptHistory(room.initial(), saved, today)).toEqual(before.state);
  const counted = [{ shelf: "C1", plate: 1, sku: "HAND-BALM", count: 0 }];
  const fresh = shop(adoptHistory(room.initial(), undefined, { shelves, counted, at: at("11:00") }));
  expect(fresh.place(at("12:00"))).toMatchObject({ emptyMs: hourMs, available: 0 });
});

test("whatever the clocks say, the times of a day are never more than the day has", () => {
  const moment = fc.integer({ min: at("00:00", 18), max: at("00:00", 24) });
  const event = fc.tuple(
    moment,
    fc.constantFrom(0, 2, 8),
    fc.boolean(),
    fc.constantFrom<"online" | "offline">("online", "offline"),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const { stands, device, day, state } = shop();
      for (const [time, count, isCount, status] of events) isCount ? stands(time, count) : device(time, status);
      for (const name of ["2026-11-18", "2026-11-20", "2026-11-23"]) {
        const told = day(at("00:00", 25), name);
        for (const { available } of told?.places ?? []) expect(available).toBeGreaterThanOrEqual(0);
        for (const { available } of told?.places ?? []) expect(available).toBeLessThanOrEqual(1);
        for (const { available } of told?.points ?? []) expect(available).toBeLessThanOrEqual(1);
      }
      expect(structuredClone(state)).toEqual(state);
    }),
    { numRuns: 200 },
  );
});
