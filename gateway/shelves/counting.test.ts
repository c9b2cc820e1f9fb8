import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent, EventOf } from "../events.ts";
import { isSuperseded, rememberBoot } from "./boots.ts";
import { decideCount, decideSettled, tareFor } from "./counting.ts";
import { createShelvesRoom } from "./shelves-room.ts";
import type { CountingRules } from "./shelves-state.ts";

const rules: CountingRules = { quietGrams: 3, settleMs: 600, toleranceShare: 0.06 };
const unitGrams = 50;
const room = createShelvesRoom({
  rules,
  shelves: [
    {
      id: "S",
      deviceId: "S",
      facings: [1, 2].map((plate) => ({ plate, sku: `P${plate}`, capacity: 10, minimum: 1 })),
    },
  ],
  gramsOf: () => unitGrams,
});

/** One shelf of two plates with goods of 50 g, as the house drives it. */
function shelf(history: DomainEvent[] = []) {
  const state = room.initial();
  const apply = (event: DomainEvent) => {
    if (event.type === "stock-changed") room.evolve["stock-changed"]?.(state, event);
    if (event.type === "plate-doubted") room.evolve["plate-doubted"]?.(state, event);
    if (event.type === "stock-counted") room.evolve["stock-counted"]?.(state, event);
  };
  for (const event of history) apply(event);
  const log = [...history];
  const take = (events: DomainEvent[]) => {
    for (const event of events) {
      apply(event);
      log.push(event);
    }
    return events;
  };
  return {
    state,
    log,
    /** `clockMs`: how far the scale's own clock is off. */
    weigh(grams: number, now: number, { plate = 1, boot = 1, seq = now, clockMs = 0 } = {}) {
      const source = { deviceId: "S", boot, seq };
      return take(decideCount(state, { source, plates: [{ plate, grams }] }, { at: now + clockMs, now }, rules)).map(
        short,
      );
    },
    tick: (now: number) => take(decideSettled(state, now, rules)).map(short),
    counted(count: number, at: number) {
      const tareGrams = tareFor(state, { shelf: "S", plate: 1, sku: "P1", count }) ?? 0;
      return take([{ type: "stock-counted", at, sku: "P1", shelf: "S", plate: 1, count, tareGrams, by: "mia" }]);
    },
    count: (plate = 1) => state.devices.get("S")?.get(plate)?.goods[0]?.count,
  };
}

const short = (event: DomainEvent) =>
  event.type === "stock-changed"
    ? event.count
    : event.type === "plate-doubted" || event.type === "change-doubted"
      ? "doubt"
      : event.type;

test("a weight that is a whole number of items counts at once", () => {
  const { weigh } = shelf();
  expect(weigh(300, 1_000)).toEqual([6]);
  expect(weigh(250, 1_100)).toEqual([5]);
  expect(weigh(250, 1_200)).toEqual([]);
});

test("a hand that leans on the shelf and leaves changes nothing", () => {
  const { weigh, tick } = shelf();
  weigh(300, 1_000);
  expect(weigh(417, 1_100)).toEqual([]);
  expect(weigh(431, 1_200)).toEqual([]);
  expect(weigh(301.2, 1_300)).toEqual([]);
  expect(tick(5_000)).toEqual([]);
});

test("a step that stays counts with the next reading", () => {
  const { weigh } = shelf();
  weigh(300, 1_000);
  expect(weigh(251.5, 1_100)).toEqual([]);
  expect(weigh(252, 1_600)).toEqual([]);
  expect(weigh(251.8, 1_700)).toEqual([5]);
});

test("a step that stays counts by time alone when the scale falls silent", () => {
  const { weigh, tick } = shelf();
  weigh(300, 1_000);
  weigh(251.5, 1_100);
  expect(tick(1_600)).toEqual([]);
  expect(tick(1_700)).toEqual([5]);
  expect(tick(9_000)).toEqual([]);
});

test("a scale whose clock is five minutes behind gets the same time to settle", () => {
  const { weigh, tick } = shelf();
  weigh(300, 1_000_000, { clockMs: -300_000 });
  weigh(417, 1_000_100, { clockMs: -300_000 });
  expect(tick(1_000_200)).toEqual([]);
  weigh(300, 1_000_300, { clockMs: -300_000 });
  expect(tick(1_002_000)).toEqual([]);
});

test("a movement that was under way when the clock was set back still settles", () => {
  const { weigh, tick } = shelf();
  const day = 86_400_000;
  weigh(300, 2 * day);
  weigh(251.5, 2 * day + 100);
  expect(tick(day)).toEqual([5]);
  weigh(201.5, day + 1_000, { seq: 3 * day });
  expect(weigh(201.4, day + 2_000, { seq: 3 * day + 1 })).toEqual([4]);
});

test("a scale that shows less than nothing or more than fits is doubted once and counts nothing", () => {
  for (const absurd of [-400, 5_000, 1e300, 326]) {
    const { weigh, tick, count } = shelf();
    weigh(300, 1_000);
    const said = [
      ...weigh(absurd, 2_000),
      ...tick(3_000),
      ...weigh(absurd, 4_000),
      ...weigh(absurd, 5_000),
      ...tick(9_000),
    ];
    expect(said, String(absurd)).toEqual(["doubt"]);
    expect(count()).toBe(6);
  }
});

test("a doubted scale that comes to its senses is believed again, and can be doubted anew", () => {
  const { weigh, tick } = shelf();
  weigh(300, 1_000);
  weigh(-400, 2_000);
  expect(tick(3_000)).toEqual(["doubt"]);
  expect(weigh(300, 4_000)).toEqual([6]);
  weigh(-400, 5_000);
  expect(tick(6_000)).toEqual(["doubt"]);
});

test("what was sent before the scale was switched off and on arrives late and counts nothing", () => {
  const { weigh, count } = shelf();
  weigh(300, 1_000, { boot: 7, seq: 90 });
  weigh(200, 2_000, { boot: 3, seq: 0 });
  expect(weigh(250, 2_100, { boot: 7, seq: 91 })).toEqual([]);
  expect(weigh(150, 2_200, { boot: 3, seq: 1 })).toEqual([3]);
  expect(count()).toBe(3);
});

test("a plate that settles after the scale restarted does not bring the old power-on back", () => {
  const { weigh, tick, log } = shelf();
  weigh(251.5, 1_900, { boot: 7, seq: 2, plate: 2 });
  weigh(300, 2_000, { boot: 3, seq: 0, plate: 1 });
  expect(tick(3_000)).toEqual([5]);
  expect(weigh(250, 3_100, { boot: 3, seq: 1, plate: 1 })).toEqual([5]);
  // and so it is after a restart of the gateway
  const again = shelf(log);
  expect(again.weigh(200, 4_000, { boot: 3, seq: 2, plate: 1 })).toEqual([4]);
});

test("a movement across a clock that was set back settles with the next readings, without any second passing", () => {
  const { weigh } = shelf();
  const day = 86_400_000;
  weigh(300, 2 * day);
  weigh(251.5, 2 * day + 100);
  expect(weigh(251.4, day, { seq: 3 * day })).toEqual([]);
  expect(weigh(251.4, day + 700, { seq: 3 * day + 1 })).toEqual([5]);
});

test("a power-on that was replaced never becomes the current one again", () => {
  const boots = new Map<string, number[]>();
  for (const boot of [7, 3, 7]) rememberBoot(boots, "S", boot);
  expect(isSuperseded(boots, "S", 3)).toBe(false);
  expect(isSuperseded(boots, "S", 7)).toBe(true);
  for (let boot = 100; boot < 200; boot++) rememberBoot(boots, "S", boot);
  expect(boots.get("S")?.length).toBeLessThanOrEqual(16);
});

test("after a restart of the gateway a redelivered reading still counts nothing", () => {
  const before = shelf();
  before.weigh(300, 1_000, { boot: 5, seq: 1 });
  before.weigh(250, 2_000, { boot: 5, seq: 2 });
  const after = shelf(before.log);
  expect(after.weigh(300, 9_000, { boot: 5, seq: 1 })).toEqual([]);
  expect(after.weigh(250, 9_100, { boot: 5, seq: 2 })).toEqual([]);
  expect(after.count()).toBe(5);
});

test("a count by hand corrects the scale, also when the gateway has just started", () => {
  const first = shelf();
  first.weigh(300, 1_000);
  first.counted(5, 2_000);
  expect(first.count()).toBe(5);
  expect(first.weigh(300, 3_000)).toEqual([]);
  expect(first.weigh(250, 4_000)).toEqual([4]);

  const restarted = shelf(first.log);
  restarted.counted(6, 5_000);
  expect(restarted.weigh(250, 6_000)).toEqual([]);
  expect(restarted.tick(7_000)).toEqual([]);
  expect(restarted.count()).toBe(6);
});

test("very light goods are not counted in mid-air", () => {
  const light = createShelvesRoom({
    rules: { ...rules, quietGrams: 0.2 },
    shelves: [{ id: "S", deviceId: "S", facings: [{ plate: 1, sku: "PIN", capacity: 100, minimum: 1 }] }],
    gramsOf: () => 0.5,
  });
  const state = light.initial();
  const source = { deviceId: "S", boot: 1, seq: 1 };
  expect(decideCount(state, { source, plates: [{ plate: 1, grams: 7.3 }] }, { at: 0, now: 0 }, rules)).toEqual([]);
});

test("events of a product that stands there no more change nothing", () => {
  const { state } = shelf([
    {
      type: "stock-changed",
      at: 1,
      shelf: "S",
      plate: 1,
      sku: "SOMETHING-ELSE",
      count: 9,
      previous: 0,
      grams: 90,
      confidence: 1,
      source: { deviceId: "S", boot: 1, seq: 1 },
    },
  ]);
  expect(state.devices.get("S")?.get(1)?.goods[0]?.count).toBeUndefined();
});

const finalCounts = (events: DomainEvent[]) => {
  const counts = new Map<number, number>();
  for (const event of events) if (event.type === "stock-changed") counts.set(event.plate, event.count);
  return counts;
};

test("copies of readings, however late and in whatever order, end with the same counts", () => {
  const step = fc.record({
    plate: fc.integer({ min: 1, max: 2 }),
    count: fc.integer({ min: 0, max: 10 }),
    reboot: fc.nat(9),
  });
  const copies = fc.array(fc.record({ of: fc.nat(), after: fc.nat() }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), copies, (steps, late) => {
      let boot = 1;
      const readings = steps.map(({ plate, count, reboot }, seq) => {
        if (reboot === 0) boot++;
        return { plate, boot, seq, grams: count * unitGrams };
      });
      const alone = shelf();
      for (const [i, { grams, ...reading }] of readings.entries()) alone.weigh(grams, i * 1_000, reading);

      const troubled = shelf();
      for (const [i, { grams, ...reading }] of readings.entries()) {
        troubled.weigh(grams, i * 1_000, reading);
        for (const copy of late) {
          if (copy.after % readings.length !== i) continue;
          const again = readings[copy.of % (i + 1)];
          if (again) troubled.weigh(again.grams, i * 1_000 + 500, again);
        }
        troubled.tick(i * 1_000 + 900);
      }
      expect(finalCounts(troubled.log)).toEqual(finalCounts(alone.log));
      const changes = troubled.log.filter((event): event is EventOf<"stock-changed"> => event.type === "stock-changed");
      for (const [i, change] of changes.entries()) {
        const before = changes.slice(0, i).findLast(({ plate }) => plate === change.plate);
        expect(change.previous).toBe(before?.count ?? 0);
      }
    }),
    { numRuns: 300 },
  );
});

test("drift within the noise never changes stock", () => {
  const drift = fc.array(fc.double({ min: -rules.quietGrams, max: rules.quietGrams, noNaN: true }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 }), drift, (count, offsets) => {
      const { weigh, tick } = shelf();
      weigh(count * unitGrams, 0);
      for (const [i, offset] of offsets.entries()) {
        expect(weigh(count * unitGrams + offset, (i + 1) * 700)).toEqual([]);
        expect(tick((i + 1) * 700 + 650)).toEqual([]);
      }
    }),
    { numRuns: 200 },
  );
});

test("a bag on an empty plate that is switched on is not twenty-one of its product", () => {
  const { weigh, tick, count } = shelf();
  expect(weigh(1_025, 0)).toEqual([]);
  expect(tick(1_000)).toEqual(["doubt"]);
  expect(count()).toBeUndefined();
});

test("whatever a scale sends, a count is a whole number that fits the shelf", () => {
  const grams = fc.double({ min: -50_000, max: 500_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(grams, { maxLength: 40 }), (weights) => {
      const { weigh, tick, count } = shelf();
      for (const [i, weight] of weights.entries()) {
        weigh(weight, i * 2_000);
        tick(i * 2_000 + 1_000);
        expect(Number.isInteger(count() ?? 0)).toBe(true);
        expect(count() ?? 0).toBeGreaterThanOrEqual(0);
        expect(count() ?? 0).toBeLessThanOrEqual(20);
      }
    }),
  );
});
