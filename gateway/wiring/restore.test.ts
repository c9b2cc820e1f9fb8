import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoadedConfig } from "#wire/store-config.ts";
import type { HouseState } from "../house.ts";
import type { Loaded } from "../storage/messages.ts";
import { readState, restore, writeState } from "./restore.ts";
import {
  ask,
  changed,
  context,
  edit,
  gramsOf,
  house,
  live,
  loaded,
  onDisk,
  shelf,
  sku,
  snapshotOf,
  weigh,
} from "./test-days.ts";

let seq = 0;
const status = (online: boolean) => (state: HouseState, now: number) =>
  house.decideReading(
    state,
    {
      deviceId: shelf.device,
      kind: "shelf",
      format: "native",
      readings: [{ kind: "status", state: online ? "online" : "offline" }],
    },
    context(now),
  ).events;

/** Two scales that nobody knows at first. */
const spare = fc.constantFrom("spare-1", "spare-2");
const spareWeighs = (deviceId: string, count: number) => (state: HouseState, now: number) => {
  const plates = [{ plate: 9, grams: count * gramsOf(shelf.plates[0]?.sku ?? "") }];
  const reading = { deviceId, kind: "shelf" as const, format: "native", boot: 1 + (count % 2), seq: ++seq };
  return house.decideReading(state, { ...reading, readings: [{ kind: "plates", plates }] }, context(now)).events;
};
const registers = fc.oneof(
  fc.tuple(spare, fc.nat(6)).map(([id, count]) => spareWeighs(id, count)),
  fc.tuple(spare, fc.integer({ min: 1, max: 2 })).map(([deviceId, plate]) =>
    ask(() => ({
      ...{ command: "device.adopt", deviceId, name: `Spare ${plate}`, kind: "shelf", by: "ana" },
      ...{ place: { at: "shelf", id: shelf.id }, plates: { 9: plate } },
    })),
  ),
  fc
    .tuple(fc.constantFrom(shelf.device, "spare-1", "spare-2"), spare)
    .map(([deviceId, successor]) => ask(() => ({ command: "device.replace", deviceId, successor, by: "ana" }))),
  spare.map((deviceId) => ask(() => ({ command: "device.retire", deviceId, by: "ana" }))),
  spare.map((deviceId) => ask(() => ({ command: "device.dismiss", deviceId, by: "ana" }))),
);

const consents = { presence: true, offers: true, mirror: false };
const input = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(6)).map(([plate, count]) => weigh(plate, count)),
  },
  fc.nat(5).map((n) => ask(() => ({ command: "reservation.make", sku, quantity: 1, key: `k${n}` }))),
  fc.nat(5).map((n) => ask(() => ({ command: "shopper.join", basket: `basket-${n + 1}` }))),
  fc.nat(9).map((n) =>
    ask((state) => {
      const shopperId = [...state.shoppers.shoppers.keys()][n] ?? "";
      return { command: "shopper.consent", shopperId, consents, textVersion: "1" };
    }),
  ),
  fc
    .nat(9)
    .map((n) =>
      ask((state) => ({ command: "shopper.erase", shopperId: [...state.shoppers.shoppers.keys()][n] ?? "" })),
    ),
  fc.constantFrom("acknowledge", "assign", "release", "resolve").map((step) =>
    ask((state) => ({
      command: `alert.${step}` as "alert.assign",
      alertId: [...state.alerts.open.keys()][0] ?? "",
      by: "mia",
    })),
  ),
  fc.nat(6).map((count) => ask(() => ({ command: "stock.count", sku, shelf: shelf.id, plate: 1, count, by: "mia" }))),
  fc.boolean().map(status),
  { weight: 4, arbitrary: registers },
  { weight: 2, arbitrary: edit },
  fc.constant(ask(() => ({ command: "look.try", mirrorId: loaded.config.mirrors[0]?.id ?? "", sku }))),
  fc.constant(
    ask(() => ({
      command: "share.start",
      mirrorId: loaded.config.mirrors[0]?.id ?? "",
      ttlMs: 60_000,
      maxViewers: 3,
    })),
  ),
);

test("a snapshot and what came after it is the same shop as all that ever happened", () => {
  fc.assert(
    fc.property(fc.array(input, { maxLength: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (inputs, share) => {
      const events = live(inputs);
      const upTo = Math.floor(events.length * share);
      const { committed: early } = restore(house, onDisk(events.slice(0, upTo)));
      const { committed: all } = restore(house, onDisk(events));
      const { decided, committed } = restore(house, onDisk(events, { state: early, upTo }));
      expect(committed).toEqual(all);
      expect(decided).toEqual(all);
      expect(decided.stock).not.toBe(committed.stock);
    }),
    { numRuns: 100 },
  );
});

const firstShelf = (config: LoadedConfig) => config.config.shelves[0]?.plates ?? [];
const yesterday = live([
  weigh(1, 4),
  weigh(2, 0),
  weigh(3, 5),
  ask(() => ({ command: "reservation.make", sku, quantity: 2, key: "k" })),
]);
const ways: [string, Loaded][] = [
  ["from a snapshot", onDisk(yesterday, snapshotOf(yesterday))],
  ["from the journal", onDisk(yesterday)],
];

test.each(ways)("a plate that was taken away leaves no stock and no alert behind, %s", (_way, disk) => {
  const today = changed((config) => firstShelf(config).splice(1, 1));
  const { committed: state } = restore(today, disk);
  const gone = shelf.plates[1]?.sku ?? "";
  expect(state.stock.skus.get(gone)?.places.size).toBe(0);
  expect([...state.alerts.open.values()].filter(({ plate }) => plate === 2)).toEqual([]);
  expect(state.stock.skus.get(sku)?.places.get(`${shelf.id}/1`)?.count).toBe(4);
});

test.each(ways)("a plate that holds another product now starts anew, %s", (_way, disk) => {
  const other = loaded.items.find((item) => !shelf.plates.some((plate) => plate.sku === item.sku));
  if (!other) throw new Error("the shop sells more than one shelf holds");
  const today = changed((config) => Object.assign(firstShelf(config)[0] ?? {}, { sku: other.sku }));
  const { committed: state } = restore(today, disk);
  expect(state.stock.skus.get(sku)?.places.size).toBe(0);
  expect(state.stock.skus.get(other.sku)?.places.get(`${shelf.id}/1`)).toBeUndefined();
  expect(state.shelves.devices.get(shelf.device)?.get(1)?.goods).toMatchObject([{ sku: other.sku, count: undefined }]);
});

test.each(ways)("a new product is there with nothing on the shelf, %s", (_way, disk) => {
  const today = changed((config) => {
    const item = config.items[0];
    if (item) config.items.push({ ...item, sku: "BRAND-NEW", gtin: "40000008" });
  });
  expect(restore(today, disk).committed.stock.skus.get("BRAND-NEW")).toMatchObject({ reserved: 0 });
});

test("a product that was away for a while comes back with what is still reserved of it", () => {
  const without = changed((config) => {
    config.items = config.items.filter((item) => item.sku !== sku);
  });
  const { committed: meanwhile } = restore(without, onDisk(yesterday, snapshotOf(yesterday)));
  expect(meanwhile.stock.skus.has(sku)).toBe(false);
  const { committed: back } = restore(house, onDisk(yesterday, { state: meanwhile, upTo: yesterday.length }));
  expect(back.stock.skus.get(sku)?.reserved).toBe(2);
  expect(back.stock.reservations.size).toBe(1);
});

test("a snapshot that knows nothing of a newer room or of a newer part of one still opens", () => {
  const state: Record<string, unknown> = { ...readState(writeState(snapshotOf(yesterday).state)) };
  delete state.mirrors;
  state.offers = {};
  const body = writeState(state as HouseState);
  const { committed } = restore(house, { ...onDisk([]), snapshot: { upTo: 1, body } });
  expect(committed.mirrors).toEqual(house.initial().mirrors);
  expect(committed.offers).toEqual(house.initial().offers);
  expect(committed.stock.skus.get(sku)?.places.get(`${shelf.id}/1`)?.count).toBe(4);
});

test.each([
  ["from a snapshot", true],
  ["from the journal", false],
])("an adopted scale feeds its plate after a restart, and its open alert stays, %s", (_way, hasSnapshot) => {
  const adopted = live([
    spareWeighs("spare-1", 1),
    ask(() => ({
      ...{ command: "device.adopt", deviceId: "spare-1", name: "Spare", kind: "shelf", by: "ana" },
      ...{ place: { at: "shelf", id: shelf.id }, plates: { 9: 1 } },
    })),
    spareWeighs("spare-1", 5),
    (state, now) => {
      const gone = { kind: "status", state: "offline" } as const;
      const reading = { deviceId: "spare-1", kind: "shelf", format: "native", readings: [gone] } as const;
      return house.decideReading(state, { ...reading, readings: [gone] }, context(now)).events;
    },
  ]);
  const { decided } = restore(house, hasSnapshot ? onDisk(adopted, snapshotOf(adopted)) : onDisk(adopted));
  expect([...decided.alerts.open.values()]).toMatchObject([{ kind: "device-down", deviceId: "spare-1" }]);
  for (const event of spareWeighs("spare-1", 3)(decided, 9_000_000)) house.evolve(decided, event);
  expect(decided.stock.skus.get(sku)?.places.get(`${shelf.id}/1`)?.count).toBe(3);
});

test("a corrected weight in the catalogue is counted with at the next reading", () => {
  const today = changed((config) => {
    for (const item of config.items) if (item.sku === sku) item.grams = gramsOf(sku) * 2;
  });
  const { decided } = restore(today, onDisk(yesterday, snapshotOf(yesterday)));
  const plates = [{ plate: 1, grams: 4 * gramsOf(sku) }];
  const { events } = today.decideReading(
    decided,
    {
      deviceId: shelf.device,
      kind: "shelf",
      format: "native",
      boot: 2,
      seq: 1,
      readings: [{ kind: "plates", plates }],
    },
    context(9_000_000),
  );
  expect(events).toMatchObject([
    { type: "device-restarted", boot: 2 },
    { type: "stock-changed", count: 2, previous: 4 },
  ]);
});
