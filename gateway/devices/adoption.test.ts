import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "#wire/commands.ts";
import type { DomainEvent } from "../events.ts";
import type { Decision } from "../room.ts";
import { decideAdopt, decideDismiss, decideReplace, decideRetire } from "./adoption.ts";
import { createDevicesRoom, type DevicesState } from "./devices.ts";
import {
  decideDevicesTick,
  decideDiscovery,
  decideSeen,
  decideStatus,
  listenAgain,
  pendingLimit,
  remember,
} from "./hearing.ts";
import { adoptDevices } from "./restoring.ts";
import type { DevicesPlan } from "./seats.ts";

const hour = 3_600_000;
const plan: DevicesPlan = {
  devices: [
    { id: "A", kind: "shelf", name: "Perfume", place: { at: "shelf", id: "A" } },
    { id: "B", kind: "shelf", name: "Hats", place: { at: "shelf", id: "B" } },
    { id: "R", kind: "rfid", name: "R", place: { at: "zone", id: "front" } },
    { id: "cam", kind: "camera", name: "cam", place: { at: "zone", id: "front" } },
    { id: "m1", kind: "mirror", name: "Window", place: { at: "mirror", id: "m1" } },
  ],
  plates: ["A", "B"].flatMap((shelf) => [1, 2, 3].map((plate) => ({ deviceId: shelf, shelf, plate }))),
  zones: new Set(["front", "back"]),
  mirrors: new Set(["m1"]),
  cameras: [
    { id: "cam", zone: "front" },
    { id: "cam", zone: "back" },
  ],
  standIns: new Set(),
};

type Asked = Extract<Command, { command: "device.adopt" | "device.replace" | "device.retire" | "device.dismiss" }>;

function registry(under = plan) {
  const room = createDevicesRoom(under);
  const state = room.initial();
  const log: DomainEvent[] = [];
  let now = 1_000_000;
  function take(events: DomainEvent[]) {
    for (const event of events) {
      const apply = room.evolve[event.type] as ((s: DevicesState, e: DomainEvent) => void) | undefined;
      apply?.(state, event);
      log.push(event);
    }
    return events;
  }
  function decide(command: Asked): Decision {
    const context = { now: ++now, derive: () => "" };
    switch (command.command) {
      case "device.adopt":
        return decideAdopt(state, command, under, context);
      case "device.replace":
        return decideReplace(state, command, context);
      case "device.retire":
        return decideRetire(state, command, context);
      case "device.dismiss":
        return decideDismiss(state, command, context);
    }
  }
  return {
    state,
    log,
    take,
    discover(deviceId: string, kind: "shelf" | "rfid" | "ble" | "camera" | "mirror" = "shelf", at = ++now) {
      const { events, reason } = decideDiscovery(
        state,
        { deviceId, kind, format: "native", topic: `x/${deviceId}` },
        at,
      );
      take(events);
      return reason;
    },
    ask(command: Asked) {
      const decision = decide(command);
      if (decision.ok) take(decision.events);
      return decision.ok ? "done" : decision.problem;
    },
    tick: (at: number) => take(decideDevicesTick(state, at)).map(({ type }) => type),
  };
}

const adopt = (deviceId: string, more: Partial<Extract<Asked, { command: "device.adopt" }>> = {}): Asked => ({
  ...{ command: "device.adopt", deviceId, name: deviceId, kind: "shelf", place: { at: "shelf", id: "A" }, by: "ana" },
  ...more,
});
const fed = ({ seats }: DevicesState) => Object.fromEntries([...seats.feeders].sort());

test("a line of the configuration that was never heard gives way, and takes its plates back", () => {
  const { state, ask, discover } = registry();
  discover("X");
  expect(ask(adopt("X", { plates: { 9: 2 } }))).toBe("done");
  expect(fed(state)).toMatchObject({ "A/1": "A", "A/2": "X", "A/3": "A" });
  expect(state.seats.scales.get("X")).toEqual({ deviceId: "A", plates: new Map([[9, 2]]) });
  ask({ command: "device.retire", deviceId: "X", by: "ana" });
  expect(fed(state)).toMatchObject({ "A/2": "A" });
});

test("a scale that speaks does not give way: the problem says who has the plate and what to do", () => {
  const { state, ask, discover, take } = registry();
  take(decideSeen(state, { deviceId: "A", format: "native", boot: 1 }, 1));
  discover("X");
  const refused = { status: 409, type: "plate-taken", detail: expect.stringMatching(/Perfume \(A\).*Replace/) };
  expect(ask(adopt("X"))).toMatchObject(refused);
  expect(ask({ command: "device.replace", deviceId: "A", successor: "X", by: "ana" })).toBe("done");
  expect(fed(state)).toMatchObject({ "A/1": "X", "A/2": "X", "A/3": "X" });
  expect(state.devices.get("A")).toMatchObject({ state: "retired", replacedBy: "X" });
  expect(state.devices.get("X")).toMatchObject({ name: "Perfume", place: { at: "shelf", id: "A" }, seat: "A" });
});

test("a reader that takes over another's place has its antennas, and one that is put elsewhere has none of them", () => {
  const { state, ask, discover } = registry();
  discover("X", "rfid");
  ask({ command: "device.replace", deviceId: "R", successor: "X", by: "ana" });
  expect(state.seats.antennas.get("X")).toBe("R");
  ask(adopt("X", { kind: "rfid", place: { at: "zone", id: "back" } }));
  expect(state.seats.antennas.has("X")).toBe(false);
  expect(state.seats.zones.get("X")).toBe("back");
});

test("a camera that looks at two zones counts both until it is moved or retired", () => {
  const { state, ask } = registry();
  expect([...state.seats.cameraZones]).toEqual(["front", "back"]);
  ask(adopt("cam", { kind: "camera", name: "Door", place: { at: "zone", id: "front" } }));
  expect([...state.seats.cameraZones]).toEqual(["front", "back"]);
  ask(adopt("cam", { kind: "camera", place: { at: "zone", id: "back" } }));
  expect([...state.seats.cameraZones]).toEqual(["back"]);
  ask({ command: "device.retire", deviceId: "cam", by: "ana" });
  expect([...state.seats.cameraZones]).toEqual([]);
});

test("a mirror is run by one device: the computer that is adopted for it, until that is retired", () => {
  const { state, ask, discover, take } = registry();
  discover("pi", "mirror");
  const wish = { kind: "mirror" as const, place: { at: "mirror" as const, id: "m1" } };
  expect(ask(adopt("pi", wish))).toBe("done");
  expect([...state.seats.mirrors]).toEqual([["pi", "m1"]]);
  discover("other", "mirror");
  expect(ask(adopt("other", wish))).toMatchObject({ status: 409, type: "mirror-taken" });
  ask({ command: "device.retire", deviceId: "pi", by: "ana" });
  expect([...state.seats.mirrors]).toEqual([["m1", "m1"]]);
  take(decideSeen(state, { deviceId: "m1", format: "native" }, 1));
  expect(ask(adopt("other", wish))).toMatchObject({ status: 409 });
});

test("a clock that is set back makes nobody silent, and a silence after it is noticed", () => {
  const { state, take, tick } = registry();
  const day = 24 * hour;
  take(decideSeen(state, { deviceId: "A", format: "native" }, day));
  const scale = state.devices.get("A");
  if (!scale) throw new Error("A is configured");
  for (let i = 1; i <= 20; i++) remember(scale, { boot: 1, seq: i, now: day + i * 1_000 });
  expect(tick(day + 21_000)).toEqual([]);
  expect(tick(hour)).toEqual([]);
  expect(tick(hour + 30_000)).toEqual([]);
  expect(tick(hour + 31_000)).toEqual(["device-status-changed"]);
});

test("what cannot be is refused, and says why", () => {
  const { ask, discover } = registry();
  discover("X");
  const cases: [Partial<Extract<Asked, { command: "device.adopt" }>>, number, string][] = [
    [{ name: "  " }, 400, "no-name"],
    [{ kind: "rfid", place: { at: "zone", id: "front" } }, 409, "wrong-kind"],
    [{ place: { at: "zone", id: "front" } }, 400, "wrong-place"],
    [{ place: { at: "shelf", id: "Z" } }, 404, "unknown-place"],
    [{ plates: { 1: 9 } }, 400, "wrong-plates"],
    [{ plates: { 1: 2, 2: 2 } }, 400, "wrong-plates"],
    [{ plates: {} }, 400, "wrong-plates"],
    [{ plates: { "1": 1, "01": 2 } }, 400, "wrong-plates"],
    [{ deviceId: "nobody" }, 404, "unknown-device"],
  ];
  for (const [more, status, type] of cases) expect(ask(adopt("X", more)), type).toMatchObject({ status, type });
  expect(ask({ command: "device.retire", deviceId: "X", by: "ana" })).toMatchObject({ type: "still-pending" });
  expect(ask({ command: "device.dismiss", deviceId: "A", by: "ana" })).toMatchObject({ type: "configured" });
  expect(ask({ command: "device.replace", deviceId: "X", successor: "A", by: "ana" })).toMatchObject({
    type: "no-place",
  });
  expect(ask({ command: "device.replace", deviceId: "A", successor: "B", by: "ana" })).toMatchObject({
    type: "in-use",
  });
});

test("new hardware that no format speaks for takes a scale's place, name and plates in one step", () => {
  const { state, ask, discover, take, log } = registry();
  take(decideSeen(state, { deviceId: "A", format: "native" }, 1));
  const mapping = { topic: "a/b", kind: "shelf" as const, fields: [] };
  const replace = (successor: string, more = {}): Asked => ({
    ...{ command: "device.replace", deviceId: "A", successor, by: "ana" },
    ...more,
  });
  expect(ask(replace("X"))).toMatchObject({ status: 404, type: "unknown-device" });
  expect(ask(replace("X", { mapping: { ...mapping, kind: "ble" } }))).toMatchObject({ type: "wrong-kind" });
  ask(adopt("Y", { mapping, place: { at: "shelf", id: "B" } }));
  expect(ask(replace("X", { mapping }))).toMatchObject({ status: 409, type: "topic-taken" });
  ask({ command: "device.retire", deviceId: "Y", by: "ana" });
  expect(ask(replace("X", { mapping }))).toBe("done");
  expect(ask(replace("X", { mapping })), "said again").toBe("done");
  expect(state.devices.get("X")).toMatchObject({
    kind: "shelf",
    format: "mapped",
    name: "Perfume",
    seat: "A",
    mapping,
  });
  expect(fed(state)).toMatchObject({ "A/1": "X", "A/2": "X", "A/3": "X" });
  expect(state.seats.mappings).toEqual([{ deviceId: "X", mapping }]);
  // its successor may speak on the very topic that it leaves
  expect(ask({ ...replace("Z", { mapping }), deviceId: "X" })).toBe("done");
  expect(state.seats.mappings).toEqual([{ deviceId: "Z", mapping }]);
  discover("W");
  expect(ask({ ...replace("W"), deviceId: "Z" }), "and so may one that is known").toBe("done");
  const replayed = registry();
  replayed.take(log);
  expect(replayed.state.devices).toEqual(state.devices);
});

test("new hardware whose mapping numbers its plates otherwise than the scale before it is refused, and told how", () => {
  const { ask, discover } = registry();
  discover("X");
  ask(adopt("X", { plates: { 9: 2 } }));
  const reads = (plate: number) => ({
    ...{ topic: "a/b", kind: "shelf" as const },
    fields: [{ path: "net", yields: { reading: "weight" as const, plate }, unit: "g" as const }],
  });
  const replace = (plate: number): Asked => ({
    ...{ command: "device.replace", deviceId: "X", successor: "Y", mapping: reads(plate), by: "ana" },
  });
  expect(ask(replace(1))).toMatchObject({ type: "wrong-plates", detail: expect.stringMatching(/plate 1;.* 9\./) });
  expect(ask(replace(9))).toBe("done");
});

test("two devices do not read the same topic", () => {
  const { state, ask } = registry();
  const mapping = { topic: "a/b", kind: "shelf" as const, fields: [] };
  expect(ask(adopt("X", { mapping, plates: { 1: 1 } }))).toBe("done");
  expect(state.seats.mappings).toEqual([{ deviceId: "X", mapping }]);
  ask(adopt("X", { name: "Moved", plates: { 1: 3 } }));
  expect(state.devices.get("X"), "who moves is read as before").toMatchObject({ name: "Moved", mapping });
  expect(ask(adopt("Y", { mapping, plates: { 1: 2 } }))).toMatchObject({ status: 409, type: "topic-taken" });
});

test("who waits and falls silent for a day is forgotten, and may come again", () => {
  const { state, discover, tick } = registry();
  discover("X", "shelf", hour);
  expect(tick(hour)).toEqual([]);
  expect(tick(24 * hour)).toEqual([]);
  expect(tick(25 * hour)).toEqual(["device-forgotten"]);
  expect(state.devices.has("X")).toBe(false);
  expect(discover("X", "shelf", 26 * hour)).toBeUndefined();
  expect(state.devices.get("X")?.state).toBe("pending");
});

test("who was dismissed is not offered again for a day", () => {
  const { discover, ask } = registry();
  discover("X");
  ask({ command: "device.dismiss", deviceId: "X", by: "ana" });
  expect(discover("X")).toContain("dismissed");
  expect(ask({ command: "device.dismiss", deviceId: "X", by: "ana" })).toBe("done");
  expect(ask(adopt("X", { plates: { 1: 1 } })), "by its id").toBe("done");
});

test("no more wait than there is room for; the rest are counted", () => {
  const { state, discover } = registry();
  for (let i = 0; i < 1_000; i++) discover(`ghost-${i}`);
  expect(state.pending.size).toBe(pendingLimit);
  expect(state.turnedAway).toBe(1_000 - pendingLimit);
});

test("when the configuration loses a shelf, its adopted scale waits with the reason, and is back with the shelf", () => {
  const { state, discover, ask } = registry();
  discover("X");
  ask(adopt("X", { place: { at: "shelf", id: "B" }, plates: { 1: 1 } }));
  const without = {
    ...plan,
    devices: plan.devices.filter(({ id }) => id !== "B"),
    plates: plan.plates.filter(({ shelf }) => shelf !== "B"),
  };
  const today = createDevicesRoom(without).initial();
  adoptDevices(today, structuredClone(state), without);
  expect(today.devices.get("X")).toMatchObject({ state: "pending", note: expect.stringContaining("shelf B") });
  expect(today.devices.has("B")).toBe(false);
  expect(today.seats.scales.has("X")).toBe(false);
  const back = createDevicesRoom(plan).initial();
  adoptDevices(back, structuredClone(today), plan);
  expect(back.devices.get("X")).toMatchObject({ state: "unseen" });
  expect(back.seats.feeders.get("B/1")).toBe("X");
});

test("a power-on is in the journal, so that a former one is late after a restart too; starting over and over fills no disk", () => {
  const { state, take, log } = registry();
  const start = (boot: number, now: number) => {
    take(decideSeen(state, { deviceId: "A", format: "native", boot }, now));
    const device = state.devices.get("A");
    if (device) remember(device, { boot, seq: 1, now });
  };
  start(7, 1_000);
  start(3, 20_000);
  expect(log).toMatchObject([
    { type: "device-seen", boot: 7 },
    { type: "device-restarted", boot: 3 },
  ]);
  const again = registry();
  again.take(log);
  expect(again.state.devices.get("A")).toMatchObject({ boot: 3, oldBoots: [7] });
  for (let boot = 100; boot < 1_100; boot++) start(boot, 20_000 + boot);
  expect(log.length).toBeLessThan(5);
});

test("an adopted device that flaps is offline until it stays", () => {
  const { state, take } = registry();
  const told: string[] = [];
  const hear = (events: DomainEvent[]) => {
    for (const event of take(events)) if (event.type === "device-status-changed") told.push(event.state);
  };
  take(decideSeen(state, { deviceId: "A", format: "native" }, 0));
  for (let now = 1_000; now < 100_000; now += 2_000) {
    hear(decideStatus(state, { deviceId: "A", status: "offline", format: "native" }, now));
    hear(decideSeen(state, { deviceId: "A", format: "native" }, now + 1_000));
  }
  expect(told).toEqual(["offline", "online", "offline", "online", "offline"]);
  hear(decideDevicesTick(state, 150_000));
  expect(told).toHaveLength(5);
  hear(decideDevicesTick(state, 160_000));
  expect(told.at(-1)).toBe("online");
});

test("a broker that restarts says of everybody that they are gone: who speaks within half a minute never was", () => {
  const { state, take, tick } = registry();
  for (const deviceId of ["A", "B"]) take(decideSeen(state, { deviceId, format: "native" }, 0));
  listenAgain(state, 100_000);
  for (const deviceId of ["A", "B"])
    expect(decideStatus(state, { deviceId, status: "offline", format: "native" }, 101_000)).toEqual([]);
  const heard = state.devices.get("A");
  if (heard) remember(heard, { boot: 1, seq: 1, now: 110_000, listeningSince: 100_000 });
  expect(tick(129_000)).toEqual([]);
  expect(tick(130_000)).toEqual(["device-status-changed"]);
  expect(["A", "B"].map((id) => state.devices.get(id)?.state)).toEqual(["online", "offline"]);
  // what was heard since is news again when it goes
  expect(decideStatus(state, { deviceId: "A", status: "offline", format: "native" }, 131_000)).toHaveLength(1);
});

test("whatever engineers do, a plate has one scale, retired and waiting devices feed nothing, and a snapshot says the same", () => {
  const ids = fc.constantFrom("A", "B", "X", "Y", "Z");
  const shelf = fc.constantFrom("A", "B");
  const plates = fc.option(fc.dictionary(fc.constantFrom("1", "2"), fc.integer({ min: 1, max: 4 })), {
    nil: undefined,
  });
  const command = fc.oneof(
    fc
      .tuple(ids, shelf, plates)
      .map(([id, on, map]) =>
        adopt(id, { place: { at: "shelf", id: on }, ...(map === undefined ? {} : { plates: map }) }),
      ),
    fc
      .tuple(ids, ids)
      .map(([deviceId, successor]): Asked => ({ command: "device.replace", deviceId, successor, by: "a" })),
    ids.map((deviceId): Asked => ({ command: "device.retire", deviceId, by: "a" })),
    ids.map((deviceId): Asked => ({ command: "device.dismiss", deviceId, by: "a" })),
    ids.map((deviceId) => ({ heard: deviceId })),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const { state, ask, discover, take, log } = registry();
      for (const each of commands) {
        if (!("heard" in each)) ask(each);
        else if (!state.devices.has(each.heard)) discover(each.heard);
        else if (state.devices.get(each.heard)?.state === "unseen")
          take(decideSeen(state, { deviceId: each.heard, format: "native" }, 1));
      }
      const owners = new Map<string, string>();
      for (const [id, seat] of state.seats.scales) {
        const own = seat.plates ? [...seat.plates.values()] : [1, 2, 3];
        for (const plate of own) {
          expect(owners.get(`${seat.deviceId}/${plate}`)).toBeUndefined();
          owners.set(`${seat.deviceId}/${plate}`, id);
        }
        expect(["pending", "retired"]).not.toContain(state.devices.get(id)?.state);
      }
      expect([...state.pending]).toEqual([...state.devices].filter(([, d]) => d.state === "pending").map(([id]) => id));
      const replayed = registry();
      replayed.take(log);
      expect(replayed.state.seats).toEqual(state.seats);
      const restored = createDevicesRoom(plan).initial();
      adoptDevices(restored, structuredClone(state), plan);
      expect(restored.seats).toEqual(state.seats);
      expect(restored.devices).toEqual(state.devices);
    }),
    { numRuns: 300 },
  );
});
