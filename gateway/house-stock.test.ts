import { expect, test } from "vitest";
import type { DomainEvent } from "./events.ts";
import { createHouse } from "./house.ts";
import { shopConfig } from "./test-gateway.ts";

const house = createHouse(shopConfig());
const context = { now: 1_000, derive: (label: string) => label };
const [first, second] = shopConfig().config.shelves;
const sku = first?.plates[0]?.sku ?? "";
const foreign = { shelf: second?.id ?? "", plate: second?.plates[0]?.plate ?? 0 };

test("a person may count what was found on somebody else's plate, and not what is not there", () => {
  const state = house.initial();
  const count = { command: "stock.count", sku, ...foreign, count: 1, by: "mia" } as const;
  expect(house.decideCommand(state, count, context)).toMatchObject({ ok: false, problem: { type: "unknown-place" } });
  const stray: DomainEvent = {
    ...{ type: "stock-changed", at: 1, sku, ...foreign, count: 2, previous: 0, grams: 0, confidence: 0.9 },
    ...{ source: { deviceId: "S" }, cause: "put-back", stray: true },
  };
  house.evolve(state, stray, 1);
  const counted = house.decideCommand(state, count, context);
  expect(counted).toMatchObject({ ok: true, events: [{ type: "stock-counted", count: 1, by: "mia" }] });
  if (counted.ok) for (const event of counted.events) house.evolve(state, event, 2);
  expect(state.stock.skus.get(sku)?.places.get(`${foreign.shelf}/${foreign.plate}`)).toMatchObject({
    ...{ count: 1, stray: true },
  });
});

test("a second that passes after closing empties hands, by the shop's own clock", () => {
  const state = house.initial();
  const place = { shelf: first?.id ?? "", plate: first?.plates[0]?.plate ?? 0 };
  // closes at 19:30 in Brussels, which is 18:30 UTC in winter
  const at = Date.UTC(2026, 10, 20, 15);
  for (const [journalId, count] of [5, 4].entries()) {
    const weighed = { type: "stock-changed", at, sku, ...place, count, previous: 0, grams: 0, confidence: 1 } as const;
    house.evolve(state, { ...weighed, source: { deviceId: "S" } }, journalId);
  }
  const settled = (now: number) =>
    house.decideTick(state, { ...context, now }).filter(({ type }) => type === "hands-settled");
  expect(settled(Date.UTC(2026, 10, 20, 18, 59))).toEqual([]);
  expect(settled(Date.UTC(2026, 10, 20, 19))).toMatchObject([{ lines: [{ sku, quantity: 1 }] }]);
});
