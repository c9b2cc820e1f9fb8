import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../firmware-sim/random.ts";
import type { Fill } from "./distances.ts";
import { openPlaces } from "./test-places.ts";

const second = 1_000;
const day = 86_400_000;
function openClock() {
  let now = 0;
  return (ms: number) => {
    now += ms;
    return now;
  };
}
const fill: Fill = {
  ...{ shelf: "S", plate: 1, sku: "BALM", capacity: 8, device: "tof", value: "distance", unit: "mm" },
  ...{ emptyMm: 400, fullMm: 80 },
};

test("a camera that is wrong on every seventh frame takes nothing away in fourteen hours, and still sees what truly leaves", () => {
  const random = createRandom("frames", "camera");
  const shelf = openPlaces({ 1: [{ sku: "BALM", capacity: 8 }] });
  const look = (truth: number, now: number) =>
    shelf.see(random.chance(0.15) ? Math.max(0, truth + (random.chance(0.5) ? 1 : -1)) : truth, now);
  const after = openClock();
  for (let frame = 0; frame < 10_000; frame++) look(6, after(5 * second));
  expect(shelf.count()).toBe(6);
  // one mistake in ten thousand frames, and its correction
  expect(shelf.log.length).toBeLessThanOrEqual(3);
  for (const truth of [5, 4, 6, 2, 7, 3, 8, 0, 5]) {
    for (let frame = 0; frame < 60; frame++) look(truth, after(5 * second));
    expect(shelf.count()).toBe(truth);
  }
});

test("whatever a witness says only once changes nothing", () => {
  const words = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 30 }), (wrong, gap) => {
      const shelf = openPlaces({ 1: [{ sku: "BALM", capacity: 8 }] });
      const after = openClock();
      for (let i = 0; i < 3; i++) shelf.see(6, after(5 * second));
      const before = shelf.log.length;
      for (const fronts of wrong) {
        shelf.see(fronts, after(gap * second));
        shelf.see(6, after(gap * second));
      }
      expect(shelf.log.length).toBe(before);
    }),
  );
});

test("of two witnesses that keep contradicting each other neither makes the count go up and down", () => {
  const shelf = openPlaces({ 1: [{ sku: "BALM", capacity: 8 }] });
  const after = openClock();
  for (let round = 0; round < 500; round++) {
    shelf.see(6, after(5 * second));
    shelf.measure(240, after(5 * second), fill);
  }
  expect(shelf.log.length).toBeLessThanOrEqual(2);
});

const step = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(-day, day)),
  plate: fc.integer({ min: 1, max: 2 }),
  what: fc.oneof(
    fc.record({ see: fc.integer({ min: -2, max: 600 }), camera: fc.constantFrom("a", "b", "c", "d", "e", "f") }),
    fc.record({ see: fc.integer({ min: 0, max: 3 }), camera: fc.constantFrom("a", "b") }),
    fc.record({ mm: fc.double({ min: -500, max: 9_000, noNaN: true }) }),
    fc.record({ weigh: fc.integer({ min: 0, max: 8 }), confidence: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ byHand: fc.integer({ min: 0, max: 8 }) }),
  ),
});

test("whatever is said when, also over clocks that jump by a day: the same words give the same counts, each from the one before, within bounds", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, scale) => {
      const run = () => {
        const shelf = openPlaces(
          { 1: [{ sku: "BALM", capacity: 8 }], 2: [{ sku: "SOAP", capacity: 8, across: 4 }] },
          { scale },
        );
        let now = 10 * day;
        for (const { afterMs, plate, what } of steps) {
          now += afterMs;
          if ("see" in what) shelf.see(what.see, now, { plate, camera: what.camera });
          else if ("mm" in what) shelf.measure(what.mm, now, fill);
          else if ("weigh" in what) shelf.weigh(what.weigh, now, { plate, confidence: what.confidence });
          else shelf.countByHand(what.byHand, now, plate);
          for (const one of [1, 2]) {
            expect(shelf.words(one).length).toBeLessThanOrEqual(4);
            const { evidence, confidence } = shelf.evidence(now, one) ?? { evidence: [], confidence: 0.5 };
            expect(evidence.length).toBeLessThanOrEqual(5);
            expect(confidence).toBeGreaterThan(0);
            expect(confidence).toBeLessThan(1);
          }
        }
        return shelf;
      };
      const shelf = run();
      expect(run().log).toEqual(shelf.log);
      for (const { count, previous, by, cause } of shelf.log) {
        if (by === undefined) continue;
        expect(count).toBeGreaterThanOrEqual(0);
        expect(count).toBeLessThanOrEqual(500);
        if (cause === "pick") expect(count).toBeLessThan(previous);
        if (cause === "restock") expect(count).toBeGreaterThan(previous);
      }
      expect(shelf.state.places.size).toBeLessThanOrEqual(2);
    }),
  );
});
