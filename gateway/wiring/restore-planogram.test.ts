import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import type { HouseState } from "../house.ts";
import type { Loaded } from "../storage/messages.ts";
import { restore } from "./restore.ts";
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
