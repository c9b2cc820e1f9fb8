import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { decideCount, decideTared } from "./counting.ts";
import { createShelvesRoom } from "./shelves-room.ts";
import type { CountingRules } from "./shelves-state.ts";

const rules: CountingRules = { quietGrams: 3, settleMs: 600, toleranceShare: 0.06 };
const room = createShelvesRoom({
  rules,
  shelves: [{ id: "S", deviceId: "S", facings: [{ plate: 1, sku: "P1", capacity: 10, minimum: 1 }] }],
  gramsOf: () => 50,
});

/** One plate with goods of 50 g. */
function scale() {
  const state = room.initial();
  let seq = 0;
  const take = (events: DomainEvent[]) => {
    for (const event of events) {
      if (event.type === "stock-changed") room.evolve["stock-changed"]?.(state, event);
      if (event.type === "plate-tared") room.evolve["plate-tared"]?.(state, event);
      if (event.type === "plate-doubted") room.evolve["plate-doubted"]?.(state, event);
    }
    return events.map(({ type }) => type);
  };
  return {
    weigh(grams: number) {
      seq += 1;
      const at = seq * 1_000;
      const reading = {
        source: { deviceId: "S", boot: 1, seq },
        plates: [{ plate: 1, grams }],
        seat: { deviceId: "S" },
      };
      return take(decideCount(state, reading, { at, now: at }, rules));
    },
    tare: (empty: boolean) =>
      take(decideTared(state, { deviceId: "S", plates: [1, 9], empty, by: "eve" }, seq * 1_000 + 500)),
    count: () => state.devices.get("S")?.get(1)?.goods[0]?.count,
  };
}

test("goods that stand on a plate while it is set to zero are still there", () => {
  const { weigh, tare, count } = scale();
  weigh(150);
  expect(count()).toBe(3);
  expect(tare(false)).toEqual(["plate-tared"]);
  expect(weigh(0)).toEqual([]);
  expect(count()).toBe(3);
  weigh(-50);
  expect(count()).toBe(2);
  weigh(100);
  expect(count()).toBe(5);
});

test("an empty plate that has drifted counts from its new zero", () => {
  const { weigh, tare, count } = scale();
  weigh(0);
  weigh(18);
  tare(true);
  weigh(0);
  expect(count()).toBe(0);
  weigh(200);
  expect(count()).toBe(4);
});

test("goods that somebody has taken off by their own account are gone", () => {
  const { weigh, tare, count } = scale();
  weigh(150);
  tare(true);
  expect(count()).toBe(3);
  weigh(0);
  expect(count()).toBe(0);
});

test("a plate in doubt is believed again once it was set to zero", () => {
  const { weigh, tare, count } = scale();
  weigh(0);
  for (let i = 0; i < 3; i++) weigh(-400);
  tare(true);
  weigh(0);
  expect(count()).toBe(0);
  weigh(50);
  expect(count()).toBe(1);
});
