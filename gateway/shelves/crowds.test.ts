import { expect, test } from "vitest";
import type { DomainEvent, Facing } from "../events.ts";
import { decideCount } from "./counting.ts";
import { createShelvesRoom } from "./shelves-room.ts";

/** Plates under load cells that tremble, each with so many products; heard twice a second. */
function crowdedShelf({ plates, products }: { plates: number; products: number }) {
  const facings = Array.from({ length: plates * products }, (_, index): Facing => {
    return { plate: 1 + (index % plates), sku: `P${index}`, capacity: 12, minimum: 1 };
  });
  const rules = { quietGrams: 3, settleMs: 600, toleranceShare: 0.06 };
  const gramsOf = (sku: string) => 40 + ((Number(sku.slice(1)) * 37) % 211);
  const room = createShelvesRoom({ rules, gramsOf, shelves: [{ id: "S", deviceId: "S", facings }] });
  const state = room.initial();
  let now = 1_000_000;
  function hear(gramsOn: (plate: number) => number): DomainEvent["type"][] {
    now += 500;
    const row = Array.from({ length: plates }, (_, index) => index + 1);
    const tremble = (plate: number) => 0.7 * Math.sin(now / 130 + plate * 1.7);
    const readings = row.map((plate) => ({ plate, grams: gramsOn(plate) + tremble(plate) }));
    const reading = { source: { deviceId: "S", boot: 1, seq: now }, plates: readings };
    const events = decideCount(state, reading, { at: now, now }, rules);
    for (const event of events) {
      const evolve: unknown = room.evolve[event.type];
      if (typeof evolve === "function") Reflect.apply(evolve, undefined, [state, event]);
    }
    return events.map(({ type }) => type);
  }
  return {
    for: (readings: number, gramsOn: (plate: number) => number) =>
      Array.from({ length: readings }, () => hear(gramsOn)).flat(),
  };
}

// Either would take minutes if every pair were held against every plate; the runner's own patience is the limit.

test("a long board that is lifted moves all its plates at once: it is not believed, and nobody waits for it", () => {
  const shelf = crowdedShelf({ plates: 64, products: 1 });
  shelf.for(40, () => 400);
  const lifted = shelf.for(40, (plate) => 400 + (plate % 2 === 0 ? 30 : -30) - (plate < 3 ? 45 : 0));
  expect(new Set(lifted)).toEqual(new Set(["plate-doubted"]));
  expect(lifted.length).toBeGreaterThan(0);
});

test("a shelf crowded with small products is judged while the shop goes on", () => {
  const shelf = crowdedShelf({ plates: 8, products: 8 });
  shelf.for(40, () => 900);
  const shaken = shelf.for(40, (plate) => 900 + (plate % 2 === 0 ? 30 : -30) - (plate < 3 ? 45 : 0));
  expect(shaken.length).toBeGreaterThan(0);
});
