import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import {
  type AlertsConfig,
  createAlertsRoom,
  decideAlertStep,
  decideDeviceAlerts,
  decideStockAlerts,
} from "./alerts.ts";

const room = createAlertsRoom();
const config: AlertsConfig = {
  plates: new Map([
    ["A/1", { minimum: 2, zone: "glasses" }],
    ["A/2", { minimum: 2, zone: "glasses" }],
  ]),
};
const context = { now: 100, derive: () => "" };

function shop() {
  const state = room.initial();
  const take = (events: DomainEvent[]) => {
    for (const event of events) {
      if (event.type === "alert-opened") room.evolve["alert-opened"]?.(state, event);
      if (event.type === "alert-changed") room.evolve["alert-changed"]?.(state, event);
      if (event.type === "alert-closed") room.evolve["alert-closed"]?.(state, event);
    }
    return events.map((event) => (event.type === "alert-opened" ? `opened ${event.kind}` : event.type));
  };
  return {
    state,
    stands(count: number, plate = 1) {
      const place = { shelf: "A", plate, sku: "ORSO", grams: 0, confidence: 1, source: { deviceId: "A" } };
      return take(decideStockAlerts(state, { type: "stock-changed", at: 1, count, previous: 0, ...place }, config));
    },
    counted(count: number) {
      const place = { shelf: "A", plate: 1, sku: "ORSO", tareGrams: 0, by: "mia" };
      return take(decideStockAlerts(state, { type: "stock-counted", at: 1, count, ...place }, config));
    },
    device: (status: "online" | "offline") =>
      take(decideDeviceAlerts(state, { type: "device-status-changed", at: 1, deviceId: "A", state: status })),
    step(
      step: "acknowledge" | "assign" | "release" | "resolve",
      by: string,
      more: { id?: string; refuted?: boolean } = {},
    ) {
      const { id = [...state.open.keys()].at(-1) ?? "", ...refuted } = more;
      const decision = decideAlertStep(state, { step, alertId: id, by, ...refuted }, context);
      return decision.ok ? take(decision.events) : decision.problem.status;
    },
    open: () => [...state.open.values()],
  };
}

test("a plate has one alert: empty replaces low, low replaces empty, and a full plate has none", () => {
  const { stands, open } = shop();
  expect(stands(5)).toEqual([]);
  expect(stands(2)).toEqual(["opened low"]);
  expect(stands(1)).toEqual([]);
  expect(stands(0)).toEqual(["alert-closed", "opened empty"]);
  expect(open()).toMatchObject([{ kind: "empty", severity: "stop", shelf: "A", plate: 1, zone: "glasses" }]);
  expect(stands(1)).toEqual(["alert-closed", "opened low"]);
  expect(stands(6)).toEqual(["alert-closed"]);
  expect(open()).toEqual([]);
});

test("a count by hand opens and closes alerts as the scale does", () => {
  const { counted, stands } = shop();
  expect(counted(0)).toEqual(["opened empty"]);
  expect(counted(6)).toEqual(["alert-closed"]);
  expect(stands(6)).toEqual([]);
});

test("a plate that is not in the planogram raises no alert", () => {
  expect(shop().stands(0, 9)).toEqual([]);
});

test("two people cannot take the same alert, and doing the same twice changes nothing", () => {
  const { stands, step, open } = shop();
  stands(0);
  expect(step("acknowledge", "mia")).toEqual(["alert-changed"]);
  expect(step("acknowledge", "mia")).toEqual([]);
  expect(step("assign", "mia")).toEqual(["alert-changed"]);
  expect(step("assign", "mia")).toEqual([]);
  expect(step("assign", "jonas")).toBe(409);
  expect(step("release", "jonas")).toBe(409);
  expect(open()).toMatchObject([{ state: "assigned", by: "mia" }]);
  expect(step("release", "mia")).toEqual(["alert-changed"]);
  expect(step("release", "mia")).toEqual([]);
  expect(open()[0]).not.toHaveProperty("by");
  expect(step("assign", "jonas")).toEqual(["alert-changed"]);
});

test("what is done stays done, and is known for a while", () => {
  const { stands, step, open, state } = shop();
  stands(0);
  const id = open()[0]?.id ?? "";
  expect(step("resolve", "mia", { refuted: true })).toEqual(["alert-closed"]);
  expect(step("resolve", "mia", { id })).toEqual([]);
  expect(step("assign", "mia", { id })).toBe(409);
  expect(state.closed).toMatchObject([{ id, state: "closed", reason: "refuted", by: "mia" }]);
  expect(step("resolve", "mia", { id: "never-was" })).toBe(404);
});

test("the history of alerts has a bound, and no two alerts share a name", () => {
  const { stands, state } = shop();
  const names = new Set<string>();
  for (let i = 0; i < 500; i++) {
    stands(0);
    for (const id of state.open.keys()) names.add(id);
    stands(8);
  }
  expect(names.size).toBe(500);
  expect(state.closed.length).toBeLessThanOrEqual(200);
  expect(state.subjects.size).toBe(0);
});

test("a device that goes away is an alert until it is back", () => {
  const { device, stands, open } = shop();
  stands(0);
  expect(device("online")).toEqual([]);
  expect(device("offline")).toEqual(["opened device-down"]);
  expect(device("offline")).toEqual([]);
  expect(open().map(({ kind }) => kind)).toEqual(["empty", "device-down"]);
  expect(device("online")).toEqual(["alert-closed"]);
  expect(open().map(({ kind }) => kind)).toEqual(["empty"]);
});
