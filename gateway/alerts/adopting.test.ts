import { expect, test } from "vitest";
import type { Alert } from "#wire/views.ts";
import { adoptAlerts } from "./adopting.ts";
import { createAlertsRoom } from "./alerts.ts";
import type { AlertsState } from "./state.ts";

const balm = { plate: 1, sku: "HAND-BALM", capacity: 12, minimum: 3 };
const soap = { plate: 2, sku: "SOAP-OAT", capacity: 12, minimum: 3 };
const config = { shelves: [{ id: "C1", zone: "beauty", plates: [balm, soap] }] };
const room = createAlertsRoom(config);
const about = { severity: "stop", state: "open", openedAt: 5, at: 5 } as const;

test("alerts of a version that remembered no causes go on, and close when their cause ends", () => {
  const empty: Alert = { id: "empty-C1-1-1", kind: "empty", ...about, shelf: "C1", plate: 1, sku: "HAND-BALM" };
  const down: Alert = { id: "device-down-C1-2", kind: "device-down", ...about, deviceId: "C1" };
  const older: Partial<AlertsState> = {
    open: new Map([empty, down].map((alert) => [alert.id, alert])),
    subjects: new Map([
      ["plate:C1/1", empty.id],
      ["device:C1", down.id],
    ]),
    closed: [],
    opened: 2,
  };
  const counted = [{ shelf: "C1", plate: 1, sku: "HAND-BALM", count: 0 }];
  const state = adoptAlerts(older, { shelves: config.shelves, counted });
  expect(Object.fromEntries(state.subjects)).toEqual({ "place:C1/1/HAND-BALM": empty.id, "device:C1": down.id });
  expect(state.places.get("place:C1/1/HAND-BALM")).toMatchObject({ count: 0 });
  expect(state.places.get("place:C1/2/SOAP-OAT")).not.toHaveProperty("unfilledSince");
  expect(state.tasks.get("device:C1")).toMatchObject({ kind: "device-down", at: 5 });
  expect(state.since.get(empty.id)).toBe(5);
});

test("what was saved under the same planogram comes back as it was", () => {
  const state = room.initial();
  const source = { deviceId: "C1" };
  const change = { type: "stock-changed", at: 9, shelf: "C1", grams: 0, confidence: 1, source } as const;
  room.evolve["stock-changed"]?.(state, {
    ...change,
    plate: 1,
    sku: "HAND-BALM",
    count: 5,
    previous: 8,
    cause: "pick",
  });
  room.evolve["stock-changed"]?.(state, { ...change, plate: 2, sku: "HAT", count: 1, previous: 0, stray: true });
  const saved = structuredClone(state);
  expect(adoptAlerts(saved, { shelves: config.shelves, counted: [] })).toEqual(state);
});

test("places that the file no longer names leave, and those that it names anew are no gap", () => {
  const state = room.initial();
  const today = [{ id: "C1", plates: [balm, { ...soap, plate: 3 }] }];
  const { places } = adoptAlerts(structuredClone(state), { shelves: today, counted: [] });
  expect([...places.keys()]).toEqual(["place:C1/1/HAND-BALM", "place:C1/3/SOAP-OAT"]);
  expect(places.get("place:C1/3/SOAP-OAT")).not.toHaveProperty("graceUntil");
});
