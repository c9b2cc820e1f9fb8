import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "#wire/commands.ts";
import type { LoadedConfig } from "#wire/store-config.ts";
import type { DomainEvent } from "../events.ts";
import { createHouse, type HouseState } from "../house.ts";
import type { Loaded } from "../storage/messages.ts";
import { shopConfig } from "../test-gateway.ts";
import { readState, restore, writeState } from "./restore.ts";

const loaded = shopConfig();
const house = createHouse(loaded);
const shelf = loaded.config.shelves[0];
if (!shelf) throw new Error("the shop has a shelf");
const gramsOf = (sku: string) => loaded.items.find((item) => item.sku === sku)?.grams ?? 0;
const context = (now: number) => ({
  now,
  derive: (label: string) => createHash("sha256").update(label).digest("hex"),
});

function onDisk(events: DomainEvent[], snapshot?: { state: HouseState; upTo: number }): Loaded {
  const upTo = snapshot?.upTo ?? 0;
  return {
    lastId: events.length,
    ...(snapshot ? { snapshot: { upTo, body: writeState(snapshot.state) } } : {}),
    events: events.slice(upTo).map((event, index) => ({ id: upTo + index + 1, body: JSON.stringify(event) })),
    facts: {},
    retained: [],
    subscriptions: [],
    outgoing: [],
    incoming: [],
  };
}

/** A day in the shop: what was decided, with all its consequences, as it went into the journal. */
function live(inputs: ((state: HouseState, now: number) => DomainEvent[])[]): DomainEvent[] {
  const state = house.initial();
  const journal: DomainEvent[] = [];
  inputs.forEach((input, index) => {
    const now = 1_000_000 + index * 5_000;
    const events = [...input(state, now), ...house.decideTick(state, context(now))];
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (!event) break;
      house.evolve(state, event);
      events.push(...house.react(state, event, context(now)));
    }
    journal.push(...events);
  });
  return journal;
}

let seq = 0;
const weigh = (plate: number, count: number) => (state: HouseState, now: number) => {
  const sku = shelf.plates.find((one) => one.plate === plate)?.sku ?? "";
  const plates = [{ plate, grams: count * gramsOf(sku) }];
  const reading = { deviceId: shelf.device, kind: "shelf" as const, format: "native", boot: 1, seq: ++seq };
  return house.decideReading(state, { ...reading, readings: [{ kind: "plates", plates }] }, context(now)).events;
};
const ask = (command: (state: HouseState) => Command) => (state: HouseState, now: number) => {
  const decision = house.decideCommand(state, command(state), context(now));
  return decision.ok ? decision.events : [];
};
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

/** Any few products on any plates of the shelf; what was there and is not named goes. */
const facings = fc.uniqueArray(
  fc.record({
    plate: fc.integer({ min: 1, max: 5 }),
    sku: fc.constantFrom(...loaded.items.slice(0, 4).map((item) => item.sku)),
    capacity: fc.integer({ min: 4, max: 9 }),
    minimum: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 5, selector: (facing) => `${facing.plate}/${facing.sku}` },
);
const edit = facings.map((plates) =>
  ask((state) => ({
    ...{ command: "planogram.change", basedOn: state.planogram.version, by: "mia" },
    shelves: [{ id: shelf.id, plates }],
  })),
);

const sku = shelf.plates[0]?.sku ?? "";
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

/** The same shop after the planogram was changed. */
function changed(edit: (config: LoadedConfig) => void) {
  const copy = structuredClone(loaded);
  edit(copy);
  return createHouse(copy);
}

const firstShelf = (config: LoadedConfig) => config.config.shelves[0]?.plates ?? [];
const yesterday = live([
  weigh(1, 4),
  weigh(2, 0),
  weigh(3, 5),
  ask(() => ({ command: "reservation.make", sku, quantity: 2, key: "k" })),
]);
const snapshotOf = (events: DomainEvent[]) => ({
  state: restore(house, onDisk(events)).committed,
  upTo: events.length,
});
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

/** Tuesday's planogram is edited, and the goods move with it. */
const edited = live([
  weigh(1, 4),
  weigh(2, 3),
  ask(() => ({
    ...{ command: "planogram.change", basedOn: 0, by: "mia", note: "Sale" },
    shelves: [
      {
        id: shelf.id,
        plates: [
          { plate: 1, sku, capacity: 9, minimum: 1 },
          { plate: 7, sku: shelf.plates[1]?.sku ?? "", capacity: 5, minimum: 1 },
        ],
      },
    ],
  })),
]);
const editedWays: [string, Loaded][] = [
  ["from a snapshot", onDisk(edited, snapshotOf(edited))],
  ["from the journal", onDisk(edited)],
];
const platesOf = (state: HouseState) => state.planogram.shelves.find(({ id }) => id === shelf.id)?.plates;

test.each(editedWays)("an edited planogram is in force after a restart, with every count, %s", (_way, disk) => {
  const { committed: state } = restore(house, disk);
  expect(state.planogram).toMatchObject({ version: 1, by: "mia", note: "Sale" });
  expect(state.planogram.past).toMatchObject([{ version: 0 }]);
  expect(platesOf(state)?.map(({ plate }) => plate)).toEqual([1, 7]);
  expect(state.stock.skus.get(sku)?.places.get(`${shelf.id}/1`)?.count).toBe(4);
  // three pieces still stand where they belong no more
  const second = shelf.plates[1]?.sku ?? "";
  expect(state.stock.skus.get(second)?.places.get(`${shelf.id}/2`)?.count).toBe(3);
  expect(state.shelves.devices.get(shelf.device)?.get(2)?.goods).toMatchObject([
    { sku: second, count: 3, stray: true },
  ]);
  expect(house.decideTick(state, context(9_000_000)).filter(({ type }) => type === "planogram-changed")).toEqual([]);
});

test("a file that was edited while the gateway was stopped takes over, and the goods stay", () => {
  const today = changed((config) => {
    config.config.shelves[0]?.plates.splice(0, 1);
  });
  const { decided: state } = restore(today, onDisk(edited, snapshotOf(edited)));
  expect(state.planogram.version).toBe(1);
  const [event] = today.decideTick(state, context(9_000_000));
  expect(event).toMatchObject({ type: "planogram-changed", version: 2, by: "file" });
  if (event) today.evolve(state, event);
  expect(platesOf(state)?.map(({ plate }) => plate)).toEqual([2, 3]);
  expect(state.planogram.past.map(({ version }) => version)).toEqual([0, 1]);
  expect(state.shelves.devices.get(shelf.device)?.get(1)?.goods).toMatchObject([{ sku, count: 4, stray: true }]);
  expect(state.stock.skus.get(sku)?.places.get(`${shelf.id}/1`)?.count).toBe(4);
});

test.each(editedWays)(
  "a product or shelf that the file does not know any more leaves the edited planogram, %s",
  (_w, disk) => {
    const today = changed((config) => {
      config.items = config.items.filter((item) => item.sku !== sku);
      config.config.shelves.splice(1, 1);
    });
    const { committed: state } = restore(today, disk);
    expect(platesOf(state)?.map(({ plate }) => plate)).toEqual([7]);
    expect(state.planogram.shelves).toHaveLength(loaded.config.shelves.length - 1);
  },
);

test("a plate that only the edited planogram has is fed by the scale of its shelf", () => {
  const { decided: state } = restore(house, onDisk(edited, snapshotOf(edited)));
  expect(state.devices.seats.feeders.get(`${shelf.id}/7`)).toBe(shelf.device);
  const second = shelf.plates[1]?.sku ?? "";
  const plates = [{ plate: 7, grams: 2 * gramsOf(second) }];
  const reading = { deviceId: shelf.device, kind: "shelf" as const, format: "native", boot: 2, seq: 1 };
  const now = 9_000_000;
  const said = { ...reading, readings: [{ kind: "plates" as const, plates }] };
  for (const event of house.decideReading(state, said, context(now)).events) house.evolve(state, event);
  for (let ms = 1_000; ms < 10_000; ms += 1_000)
    for (const event of house.decideTick(state, context(now + ms))) house.evolve(state, event);
  expect(state.stock.skus.get(second)?.places.get(`${shelf.id}/7`)?.count).toBe(2);
});

test("however the planogram is changed while goods come and go, no piece is lost, and a restart changes nothing", () => {
  /** What lies where by the ledger and by the shelves: the same pieces, whatever the planogram calls them. */
  const goods = (state: HouseState) => {
    const booked = [...state.stock.skus].flatMap(([one, { places }]) =>
      [...places.values()].map(({ count }): [string, number] => [one, count]),
    );
    const plates = [...state.shelves.devices.values()].flatMap((one) => [...one.values()]);
    const lying = plates.flatMap(({ goods: on }) => on.map((one): [string, number] => [one.sku, one.count ?? 0]));
    return { booked: sums(booked), lying: sums(lying) };
  };
  const sums = (counts: [string, number][]) =>
    Object.fromEntries(
      [...Map.groupBy(counts, ([one]) => one)]
        .map(([one, all]): [string, number] => [one, all.reduce((sum, [, count]) => sum + count, 0)])
        .filter(([, sum]) => sum > 0)
        .sort(),
    );
  const comesAndGoes = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.nat(6))
    .map(([plate, count]) => ({ isEdit: false, input: weigh(plate, count) }));
  const edits = edit.map((input) => ({ isEdit: true, input }));
  let seen = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(comesAndGoes, edits), { maxLength: 25 }), (inputs) => {
      const state = house.initial();
      const journal: DomainEvent[] = [];
      for (const [index, { isEdit, input: act }] of inputs.entries()) {
        const now = 1_000_000 + index * 5_000;
        const before = goods(state);
        const events = [...act(state, now)];
        if (!isEdit) events.push(...house.decideTick(state, context(now + 4_000)));
        for (let i = 0; i < events.length; i++) {
          const event = events[i];
          if (!event) break;
          house.evolve(state, event, journal.length + i + 1);
          events.push(...house.react(state, event, context(now)));
        }
        journal.push(...events);
        if (isEdit) expect(goods(state)).toEqual(before);
        seen = Math.max(seen, ...Object.values(before.lying));
      }
      expect(goods(restore(house, onDisk(journal)).committed)).toEqual(goods(state));
      const half = snapshotOf(journal.slice(0, Math.floor(journal.length / 2)));
      expect(goods(restore(house, onDisk(journal, half)).committed)).toEqual(goods(state));
    }),
    { numRuns: 60 },
  );
  expect(seen).toBeGreaterThan(3);
});
