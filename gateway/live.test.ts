import { expect, test } from "vitest";
import type { DomainEvent } from "./events.ts";
import { createHouse } from "./house.ts";
import { createLive, type LiveMessage } from "./live.ts";
import { shopConfig } from "./test-gateway.ts";
import { createViews } from "./views.ts";

const loaded = shopConfig();
const house = createHouse(loaded);

/** The true rooms and views, without a disk; events arrive as the bus brings them. */
function shop(startId = 100) {
  const state = house.initial();
  const views = createViews({
    loaded,
    house,
    demo: true,
    state: () => state,
    memory: () => state,
    now: () => 0,
    inbox: () => ({ topics: 0, total: 0 }),
    deviceHistory: () => ({ minutes: [], values: [] }),
    isLoud: () => false,
    media: { status: () => ({ state: "ready", step: "", progress: 1 }), stream: () => ({ live: false, viewers: 0 }) },
  });
  let id = startId;
  const live = createLive({ views, lastId: () => startId });
  const told: LiveMessage[] = [];
  live.subscribe((message) => told.push(message));
  return {
    live,
    told,
    happen(...events: DomainEvent[]) {
      for (const event of events) {
        house.evolve(state, event);
        live.changed(event, ++id);
      }
      return id;
    },
    /** News leave at the end of a turn of the event loop. */
    turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

const occupied = (zone: string, occupancy: number): DomainEvent => ({
  type: "occupancy-changed",
  at: 1,
  zone,
  occupancy,
  by: "carriers",
});
const opened = (n: number): DomainEvent => ({
  type: "alert-opened",
  at: n,
  alertId: `a-${n}`,
  kind: "low",
  severity: "wait",
  shelf: "A1",
  plate: n,
});
const closed = (n: number): DomainEvent => ({ type: "alert-closed", at: n, alertId: `a-${n}`, reason: "resolved" });

test("a thousand changes of one zone in a moment are told once, as it is now", async () => {
  const { happen, told, turn } = shop();
  for (let n = 1; n <= 1_000; n++) happen(occupied("glasses", n));
  happen(occupied("till", 7));
  expect(told).toEqual([]);
  await turn();
  expect(told).toMatchObject([
    { id: 1_100, event: "zone", data: { zone: "glasses", occupancy: 1_000 } },
    { id: 1_101, event: "zone", data: { zone: "till", occupancy: 7 } },
  ]);
});

test("who was away gets what changed since, in order and only as it is now", async () => {
  const { happen, live, turn } = shop();
  const left = happen(occupied("glasses", 1), occupied("till", 1));
  await turn();
  expect(live.since(left)).toEqual([]);
  happen(occupied("till", 2), occupied("glasses", 2), occupied("glasses", 3));
  await turn();
  expect(live.since(left)).toMatchObject([
    { id: 103, data: { zone: "till", occupancy: 2 } },
    { id: 105, data: { zone: "glasses", occupancy: 3 } },
  ]);
});

test("who comes from before this start, or from another journal, gets everything", async () => {
  const { happen, live, turn } = shop(100);
  happen(occupied("glasses", 1));
  await turn();
  expect(live.since(99)).toBeUndefined();
  expect(live.since(102)).toBeUndefined();
  expect(live.since(100)).toHaveLength(1);
});

test("a closed alert is told as closed; one that is forgotten means that everything is sent again", async () => {
  const { happen, live, turn } = shop();
  const left = happen(opened(1));
  happen(closed(1));
  await turn();
  expect(live.since(left)).toMatchObject([{ event: "alert", data: { id: "a-1", state: "closed" } }]);
  for (let n = 2; n <= 402; n++) happen(opened(n), closed(n));
  await turn();
  expect(live.since(left)).toBeUndefined();
});

test("when more has changed than is remembered, nothing is left out silently", async () => {
  const { happen, live, turn } = shop();
  const left = happen(occupied("glasses", 1));
  happen(occupied("till", 1));
  for (let n = 1; n <= 5_000; n++) happen(opened(n));
  const recent = happen(occupied("beauty", 1));
  await turn();
  expect(live.since(left)).toBeUndefined();
  expect(live.since(recent - 1)).toMatchObject([{ data: { zone: "beauty" } }]);
});

test("progress that is no event of the journal is told under the newest id on disk", async () => {
  const { happen, live, told, turn } = shop();
  const id = happen(occupied("glasses", 1));
  live.touched("media", "");
  await turn();
  expect(told.find(({ event }) => event === "media")?.id).toBe(id);
  expect(live.lastJournalId()).toBe(id);
});
