import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { onShelf } from "./goods.ts";
import { createStockRoom } from "./stock.ts";
import { createTagsRoom, decideTags, decideTagsTick, departedAfterMs, type TagsConfig } from "./tags.ts";

/** GS1's own example: urn:epc:id:sgtin:0614141.812345.6789, GTIN 80614141123458. */
const epc = "3074257bf7194e4000001a85";
const config: TagsConfig = {
  skuOfGtin14: new Map([["80614141123458", "COAT"]]),
  zoneOfAntenna: new Map([
    ["R/1", "rail"],
    ["R/2", "fitting"],
  ]),
};
const room = createTagsRoom();

function rail(history: DomainEvent[] = []) {
  const state = room.initial();
  const log: DomainEvent[] = [];
  const take = (events: DomainEvent[]) => {
    for (const event of events) {
      if (event.type === "tag-arrived") room.evolve["tag-arrived"]?.(state, event);
      if (event.type === "tag-moved") room.evolve["tag-moved"]?.(state, event);
      if (event.type === "tag-departed") room.evolve["tag-departed"]?.(state, event);
      log.push(event);
    }
    return events.map(({ type }) => type);
  };
  take(history);
  return {
    state,
    log,
    read: (tags: string[], now: number, { antenna = 1, deviceId = "R", rssiDbm = -50 } = {}) =>
      take(
        decideTags(
          state,
          { source: { deviceId }, reads: tags.map((tag) => ({ epc: tag, antenna, rssiDbm })) },
          now,
          config,
        ),
      ),
    tick: (now: number) => take(decideTagsTick(state, now)),
  };
}

test("a coat on the rail arrives once, however often its tag is read", () => {
  const { read } = rail();
  expect(read([epc, epc], 0)).toEqual(["tag-arrived"]);
  expect(read([epc], 1_000)).toEqual([]);
});

test("a coat that is carried to the fitting rooms moves in the ledger from zone to zone, and is still one", () => {
  const goods = createStockRoom({ skus: ["COAT"], shelves: [] });
  const state = goods.initial();
  const source = { deviceId: "R" };
  goods.evolve["tag-arrived"]?.(state, { type: "tag-arrived", at: 1, epc, sku: "COAT", zone: "rail", source }, 1);
  const moved = { type: "tag-moved", at: 2, epc, sku: "COAT", from: "rail", zone: "fitting", source } as const;
  goods.evolve["tag-moved"]?.(state, moved, 2);
  goods.evolve["tag-moved"]?.(state, moved, 3);
  const coat = state.skus.get("COAT");
  expect(coat && onShelf(coat)).toBe(1);
  expect(coat?.entries.map(({ from, to }) => `${from} > ${to}`)).toEqual([
    ...["unknown > zone:rail", "zone:rail > zone:fitting"],
  ]);
});

test("missed reads are normal; after ten minutes of silence the coat is gone", () => {
  const { read, tick } = rail();
  read([epc], 0);
  read([epc], 1_000);
  expect(tick(departedAfterMs)).toEqual([]);
  read([epc], departedAfterMs);
  expect(tick(2 * departedAfterMs - 1)).toEqual([]);
  expect(tick(2 * departedAfterMs)).toEqual(["tag-departed"]);
  expect(read([epc], 3 * departedAfterMs)).toEqual(["tag-arrived"]);
});

test("after a restart every coat gets its ten minutes again: nobody listened meanwhile", () => {
  const before = rail();
  before.read([epc], 0);
  const day = 24 * 3_600_000;
  const after = rail(before.log);
  expect(after.tick(day)).toEqual([]);
  expect(after.tick(day + departedAfterMs - 1)).toEqual([]);
  expect(after.tick(day + departedAfterMs)).toEqual(["tag-departed"]);
});

test("a clock set back by a day keeps no coat on the rail for a day", () => {
  const { read, tick } = rail();
  const day = 24 * 3_600_000;
  read([epc], day);
  read([epc], day + 1);
  expect(tick(1_000)).toEqual([]);
  expect(tick(1_000 + departedAfterMs)).toEqual(["tag-departed"]);
});

test("tags of other shops, rubbish and antennas nobody configured are passed over", () => {
  const { read, state } = rail();
  expect(read(["3074357bf7194e4000001a85", "00", "zz", "e28011700000020f"], 0)).toEqual([]);
  expect(read([epc], 0, { antenna: 9 })).toEqual([]);
  expect(read([epc], 0, { deviceId: "Q" })).toEqual([]);
  expect(state.tags.size).toBe(0);
});

test("twenty thousand tags are the most that are remembered", () => {
  const { read, state } = rail();
  const tags = Array.from({ length: 20_050 }, (_, i) => `3074257bf7194e4${i.toString(16).padStart(9, "0")}`);
  read(tags.slice(0, 10_000), 0);
  read(tags.slice(10_000), 0);
  expect(state.tags.size).toBe(20_000);
});
