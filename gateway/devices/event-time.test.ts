import fc from "fast-check";
import { expect, test } from "vitest";
import { eventTime, unknownClock } from "./event-time.ts";

const now = Date.UTC(2026, 10, 20, 12);
const minute = 60_000;

test("a device's own time counts while it is within ten minutes of ours", () => {
  const clock = unknownClock();
  expect(eventTime(clock, now - 9 * minute, now)).toEqual({ at: now - 9 * minute, believed: true });
  expect(eventTime(clock, now - 11 * minute, now)).toEqual({ at: now, believed: false });
  expect(eventTime(clock, undefined, now)).toEqual({ at: now, believed: true });
});

test("nothing is measured in the future", () => {
  expect(eventTime(unknownClock(), now + 5 * minute, now).at).toBe(now);
});

test("a clock that stands at 1970 is learned after three messages and then tells the time between them", () => {
  const clock = unknownClock();
  for (const sinceBoot of [1_000, 2_000, 3_000])
    expect(eventTime(clock, sinceBoot, now + sinceBoot)).toEqual({ at: now + sinceBoot, believed: false });
  // sent 4 s after power-on, arrived 20 s late
  expect(eventTime(clock, 4_000, now + 24_000)).toEqual({ at: now + 4_000, believed: true });
});

test("a device that gets the right time from the network is believed again after three messages", () => {
  const clock = unknownClock();
  for (let i = 1; i <= 3; i++) eventTime(clock, i * 1_000, now + i * 1_000);
  const told = [4, 5, 6, 7].map((i) => eventTime(clock, now + i * 1_000, now + i * 1_000).believed);
  expect(told).toEqual([false, false, false, true]);
});

test("single wrong times among right ones correct nothing", () => {
  const clock = unknownClock();
  for (let i = 0; i < 5; i++) {
    expect(eventTime(clock, now - 60 * minute, now).believed).toBe(false);
    expect(eventTime(clock, now - 100, now)).toEqual({ at: now - 100, believed: true });
  }
});

test("whatever a device says, its time ends up within ten minutes of arrival and never after it", () => {
  const claim = fc.record({ at: fc.integer({ min: 0, max: 4_102_444_800_000 }), gap: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 30 }), (claims) => {
      const clock = unknownClock();
      let arrivedAt = now;
      for (const { at, gap } of claims) {
        arrivedAt += gap;
        const told = eventTime(clock, at, arrivedAt).at;
        expect(told).toBeLessThanOrEqual(arrivedAt);
        expect(arrivedAt - told).toBeLessThanOrEqual(10 * minute);
      }
    }),
  );
});
