import { expect, test } from "vitest";
import { createDevicesRoom } from "./devices.ts";
import { decideSeen, decideStatus, isRepeat, remember } from "./hearing.ts";

const room = createDevicesRoom({
  devices: [{ id: "A1", kind: "shelf", name: "Perfume", place: { at: "shelf", id: "S" } }],
  plates: [1, 2].map((plate) => ({ deviceId: "A1", shelf: "S", plate })),
  zones: new Set(["front"]),
  mirrors: new Set(),
  cameras: [],
  standIns: new Set(),
});
const device = () => {
  const found = room.initial().devices.get("A1");
  if (!found) throw new Error("A1 is configured");
  return found;
};

test("a message that is delivered twice is recognised", () => {
  const scale = device();
  expect(isRepeat(scale, 7, 1)).toBe(false);
  remember(scale, { boot: 7, seq: 1, now: 0 });
  remember(scale, { boot: 7, seq: 3, now: 0 });
  expect(isRepeat(scale, 7, 1)).toBe(true);
  expect(isRepeat(scale, 7, 2), "overtaken on the way").toBe(false);
  for (let seq = 4; seq < 200; seq++) remember(scale, { boot: 7, seq, now: 0 });
  expect(isRepeat(scale, 7, 2), "older than all that is remembered").toBe(true);
  expect(scale.recentSeqs.length).toBeLessThanOrEqual(64);
});

test("what a device said before it was switched off and on is late", () => {
  const scale = device();
  remember(scale, { boot: 7, seq: 1, now: 0 });
  remember(scale, { boot: 3, seq: 1, now: 0 });
  expect(isRepeat(scale, 7, 2)).toBe(true);
  expect(isRepeat(scale, 3, 2)).toBe(false);
  for (let boot = 100; boot < 200; boot++) remember(scale, { boot, seq: 1, now: 0 });
  expect(scale.oldBoots.length).toBeLessThanOrEqual(16);
});

test("formats without numbers are never taken for a repetition", () => {
  const scale = device();
  remember(scale, { boot: undefined, seq: undefined, now: 5 });
  expect(isRepeat(scale, undefined, undefined)).toBe(false);
  expect(scale.lastSeenAt).toBe(5);
});

test("a device is seen once, goes, and is back with its next word", () => {
  const state = room.initial();
  const told: string[] = [];
  const take = (events: ReturnType<typeof decideSeen>) => {
    for (const event of events) {
      if (event.type === "device-seen") room.evolve["device-seen"]?.(state, event);
      if (event.type === "device-status-changed") room.evolve["device-status-changed"]?.(state, event);
      told.push(event.type === "device-status-changed" ? event.state : event.type);
    }
  };
  const spoken = { deviceId: "A1", format: "native" };
  take(decideSeen(state, spoken, 1));
  take(decideSeen(state, spoken, 2));
  take(decideStatus(state, { deviceId: "A1", status: "offline", format: "native" }, 3));
  take(decideStatus(state, { deviceId: "A1", status: "offline", format: "native" }, 4));
  take(decideSeen(state, spoken, 5));
  take(decideStatus(state, { deviceId: "A1", status: "online", format: "native", firmware: "1.2" }, 6));
  take(decideStatus(state, { deviceId: "A1", status: "online", format: "native", firmware: "1.2" }, 7));
  expect(told).toEqual(["device-seen", "offline", "online", "online"]);
  expect(state.devices.get("A1")).toMatchObject({ state: "online", firmware: "1.2" });
});

test("a first word that says only that it is there tells what it speaks, and a later one changes nothing of that", () => {
  const state = room.initial();
  const [event] = decideStatus(state, { deviceId: "A1", status: "online", format: "espresense" }, 1);
  if (event?.type !== "device-status-changed") throw new Error("it is there now");
  room.evolve["device-status-changed"]?.(state, event);
  expect(state.devices.get("A1")).toMatchObject({ state: "online", format: "espresense" });
  expect(decideStatus(state, { deviceId: "A1", status: "offline", format: "other" }, 2)).toEqual([
    { type: "device-status-changed", at: 2, deviceId: "A1", state: "offline" },
  ]);
});

test("devices that are not in the configuration take no room", () => {
  const state = room.initial();
  expect(decideSeen(state, { deviceId: "B9", format: "native" }, 1)).toEqual([]);
  expect(decideStatus(state, { deviceId: "B9", status: "offline", format: "native" }, 1)).toEqual([]);
  room.evolve["device-seen"]?.(state, { type: "device-seen", at: 1, deviceId: "B9", kind: "ble", format: "native" });
  expect([...state.devices.keys()]).toEqual(["A1"]);
});
