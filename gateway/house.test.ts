import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Command } from "#wire/commands.ts";
import type { Decoded } from "#wire/decoded.ts";
import type { DomainEvent } from "./events.ts";
import { createHouse } from "./house.ts";
import { shopConfig } from "./test-gateway.ts";

const loaded = shopConfig();
const shelf = loaded.config.shelves[0];
const plate = shelf?.plates[0];
if (!shelf || !plate) throw new Error("the shop has a shelf with a plate");
const grams = loaded.items.find(({ sku }) => sku === plate.sku)?.grams ?? 0;

function shop() {
  const house = createHouse(loaded);
  const state = house.initial();
  const context = (now: number) => ({
    now,
    derive: (label: string) => createHash("sha256").update(label).digest("hex"),
  });
  /** Applies events and what they cause, as the pipeline does. */
  const settle = (first: DomainEvent[], now: number) => {
    const events = [...first];
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (!event) break;
      house.evolve(state, event);
      events.push(...house.react(state, event, context(now)));
    }
    return events;
  };
  return {
    state,
    weigh(count: number, now: number, more: Partial<Decoded> = {}) {
      const readings: Decoded["readings"] = [
        { kind: "plates", plates: [{ plate: plate?.plate ?? 0, grams: count * grams }] },
      ];
      const message = {
        deviceId: shelf?.device ?? "",
        kind: "shelf" as const,
        format: "native",
        boot: 1,
        seq: now,
        readings,
      };
      const { events, ...rest } = house.decideReading(state, { ...message, ...more }, context(now));
      return { events: settle(events, now), ...rest };
    },
    run(command: Command, now: number) {
      const decision = house.decideCommand(state, command, context(now));
      return decision.ok ? settle(decision.events, now) : decision.problem;
    },
  };
}

const types = (events: DomainEvent[]) => events.map(({ type }) => type);

test("counting a plate by hand opens and closes its alert in the same breath", () => {
  const { weigh, run } = shop();
  weigh(4, 1);
  const count = (pieces: number, now: number) =>
    run({ command: "stock.count", sku: plate.sku, shelf: shelf.id, plate: plate.plate, count: pieces, by: "mia" }, now);
  expect(count(0, 2)).toMatchObject([
    { type: "stock-counted", count: 0 },
    { type: "alert-opened", kind: "empty" },
  ]);
  expect(count(plate.capacity, 3)).toMatchObject([
    { type: "stock-counted" },
    { type: "alert-closed", reason: "restocked" },
  ]);
  expect(
    run({ command: "stock.count", sku: "NOTHING", shelf: shelf.id, plate: plate.plate, count: 1, by: "mia" }, 4),
  ).toMatchObject({
    status: 404,
  });
});

test("a message that comes again, or that was overtaken by a restart of its device, causes nothing", () => {
  const { weigh } = shop();
  expect(types(weigh(4, 1).events)).toEqual(["device-seen", "stock-changed"]);
  expect(weigh(3, 2, { seq: 1 })).toEqual({ events: [], repeated: true });
  weigh(3, 3, { boot: 2, seq: 0 });
  expect(weigh(4, 4, { boot: 1, seq: 99 })).toEqual({ events: [], repeated: true });
});

test("a stranger waits and counts nowhere, and a device that pretends to be something else is named", () => {
  const { weigh } = shop();
  expect(weigh(4, 1, { deviceId: "nobody" }).events).toMatchObject([{ type: "device-discovered", deviceId: "nobody" }]);
  expect(weigh(0, 2, { deviceId: "nobody" })).toEqual({ events: [] });
  expect(weigh(4, 1, { kind: "camera" })).toMatchObject({ events: [], reason: expect.stringContaining("camera") });
});

test("what was learned of a device's clock is part of what a record begins with", () => {
  const { weigh, state } = shop();
  const now = Date.UTC(2026, 10, 20, 12);
  for (let i = 1; i <= 3; i++) weigh(4, now + i * 1_000, { at: i * 1_000 });
  const copy = structuredClone(state);
  expect(copy.devices.devices.get(shelf.device)?.clock.offsetMs).toBe(now);
  expect(weigh(3, now + 9_000, { at: 5_000 }).events).toMatchObject([{ type: "stock-changed", at: now + 5_000 }]);
});

test("a reservation says what it holds and nothing of how it was asked for", () => {
  const { weigh, run } = shop();
  weigh(4, 1);
  const events = run({ command: "reservation.make", sku: plate.sku, quantity: 2, key: "k" }, 2);
  const made = Array.isArray(events) ? events.filter(({ type }) => type === "reservation-made") : [];
  expect(made).toEqual([
    {
      type: "reservation-made",
      at: 2,
      reservationId: expect.stringMatching(/^r-/),
      sku: plate.sku,
      quantity: 2,
      key: "k",
      expiresAt: expect.any(Number),
    },
  ]);
});
