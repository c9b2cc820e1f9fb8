import fc from "fast-check";
import { expect, test } from "vitest";
import { healthView, noteClock, noteHeard, noteSeq, noteValue, silentAfterMs, unknownHealth } from "./health.ts";

const hour = 3_600_000;

/** Heard at the given gaps; how long a silence must be afterwards. */
function heard(gapsMs: number[]) {
  const health = unknownHealth();
  let now = 1_000_000;
  noteHeard(health, now, true);
  for (const gapMs of gapsMs) {
    now += gapMs;
    noteHeard(health, now, true);
  }
  return health;
}
const times = (n: number, gaps: (i: number) => number) => Array.from({ length: n }, (_, i) => gaps(i));

test("how often a device speaks is learned, and one long pause does not spoil it", () => {
  const health = heard([...times(40, () => 5_000), 10 * 60_000, ...times(20, () => 5_000)]);
  const { intervalMs = 0 } = healthView(health);
  expect(intervalMs).toBeGreaterThan(4_900);
  expect(intervalMs).toBeLessThan(6_500);
});

test("readings that come together are one breath", () => {
  const health = heard(times(60, (i) => (i % 3 === 0 ? 60_000 : 20)));
  expect(healthView(health).intervalMs).toBeGreaterThan(55_000);
});

test("a device that lost its rhythm is given five of its intervals, and never less than half a minute", () => {
  expect(silentAfterMs(heard(times(20, () => 100)), false)).toBe(30_000);
  expect(silentAfterMs(heard(times(20, () => 60_000)), false)).toBe(300_000);
});

test("a device that speaks when something changes is not called silent over a weekend, and with a will never", () => {
  const random = [2, 90, 4, 600, 11, 3_000, 70, 5, 1_200, 33, 9, 410, 2, 800, 60].map((seconds) => seconds * 1_000);
  const health = heard(random);
  expect(healthView(health).intervalMs).toBeUndefined();
  expect(silentAfterMs(health, false)).toBeGreaterThan(72 * hour);
  expect(silentAfterMs(health, true)).toBe(Number.POSITIVE_INFINITY);
  expect(silentAfterMs(unknownHealth(), false)).toBeGreaterThan(72 * hour);
});

test("a scale that slows down at night is called silent once at the most", () => {
  const health = heard(times(100, () => 1_000));
  expect(silentAfterMs(health, false)).toBe(30_000);
  // it was called silent, and came back after a minute by itself
  noteHeard(health, (health.heardAt ?? 0) + 60_000, true);
  expect(silentAfterMs(health, false)).toBeGreaterThanOrEqual(120_000);
});

test("an absence that was announced teaches nothing", () => {
  const health = heard(times(20, () => 1_000));
  noteHeard(health, (health.heardAt ?? 0) + 600_000, false);
  expect(silentAfterMs(health, false)).toBe(30_000);
});

test("a median tells how far a clock is off, so that late messages do not", () => {
  const health = unknownHealth();
  for (const ms of [-3_000, -3_010, -50_000, -2_990, -3_005]) noteClock(health, ms);
  expect(healthView(health).clockOffsetMs).toBe(-3_005);
});

test("a battery is told in percent, whatever its maker calls it, and absurd ones are not", () => {
  const health = unknownHealth();
  noteValue(health, "voltage", 3);
  expect(healthView(health).batteryPercent).toBeUndefined();
  noteValue(health, "battery", 80);
  noteValue(health, "batteryPercent", 300);
  expect(healthView(health).batteryPercent).toBe(80);
});

test("messages that overtake each other are not lost, and those that never come are counted", () => {
  const order = fc.array(fc.record({ keep: fc.boolean(), late: fc.nat(5) }), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(order, (messages) => {
      const sent = messages.map(({ keep, late }, seq) => ({ seq, keep, place: seq + late }));
      const arriving = sent.filter(({ keep }) => keep).sort((a, b) => a.place - b.place || a.seq - b.seq);
      const [begins] = arriving;
      if (!begins) return;
      const health = unknownHealth();
      for (const [i, { seq }] of arriving.entries()) noteSeq(health, seq, i === 0);
      const span = arriving.filter(({ seq }) => seq >= begins.seq);
      const last = Math.max(...span.map(({ seq }) => seq));
      expect(health.lost).toBe(last - begins.seq + 1 - span.length);
    }),
  );
});

test("a number that jumps into the absurd is no loss", () => {
  const health = unknownHealth();
  noteSeq(health, 1, true);
  noteSeq(health, 1_000_000, false);
  expect(health.lost).toBe(0);
});
