import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { stripFrigate } from "#wire/formats/frigate.ts";
import { createDecoder } from "#wire/formats.ts";
import { createBus } from "./bus.ts";
import { createManualClock } from "./clock.ts";
import type { DomainEvent } from "./events.ts";
import { createHouse, type House } from "./house.ts";
import { createInbox } from "./inbox.ts";
import { silentLog } from "./log.ts";
import { createPipeline } from "./pipeline.ts";
import { createStorage } from "./storage/storage.ts";
import { shopConfig, temporaryFolder } from "./test-gateway.ts";
import { restore } from "./wiring/restore.ts";

const loaded = shopConfig();
const start = Date.UTC(2026, 10, 20, 11);
const day = 24 * 3_600_000;
const shelf = loaded.config.shelves[0];
const plates = (shelf?.plates ?? []).map((plate) => ({
  ...plate,
  grams: loaded.items.find(({ sku }) => sku === plate.sku)?.grams ?? 0,
}));
const [first, second] = plates;
if (!shelf || !first || !second) throw new Error("the first shelf has two plates");
const { device } = shelf;

/** The true rooms and the true disk; `spoil` puts something in the house's way. */
async function shop(spoil: (house: House) => Partial<House> = () => ({})) {
  const house = createHouse(loaded);
  const clock = createManualClock(start + 250);
  const storage = createStorage({ folder: temporaryFolder(), log: silentLog });
  onTestFinished(() => storage.close());
  const onDisk = await storage.start();
  const pipeline = createPipeline({
    house: { ...house, ...spoil(house) },
    clock,
    journal: storage,
    inbox: createInbox({ storeId: loaded.config.store.id }),
    log: silentLog,
    bus: createBus(silentLog),
    decode: createDecoder(loaded.config.store.id),
    strip: stripFrigate,
    derive: (label) => createHash("sha256").update(label).digest("hex"),
    state: restore(house, onDisk),
  });
  let reloads = 0;
  storage.listen({
    committed: pipeline.committed,
    failed: (again) => {
      reloads++;
      pipeline.reload(restore(house, again));
    },
  });
  const decided: DomainEvent[] = [];
  pipeline.recorder.onDecided((event) => decided.push(event));
  let seq = 0;
  const say = (topic: string, payload: string) =>
    pipeline.accept({ topic, payload: Buffer.from(payload), client: "scale", qos: 1, retain: false });
  const reading = (plate: number, grams: number, number = ++seq) =>
    say(`store/main/shelf/${device}/reading`, JSON.stringify({ boot: 1, seq: number, plates: [{ plate, grams }] }));
  const saved = (batch: number) =>
    new Promise<boolean>((resolve) => storage.whenCommitted(batch, (error) => resolve(error === undefined)));
  const counts = (state = pipeline.state()) =>
    plates.map(({ plate, sku }) => state.stock.skus.get(sku)?.places.get(`${shelf?.id}/${plate}`)?.count);
  return { pipeline, storage, clock, decided, say, reading, saved, counts, reloads: () => reloads };
}

const changes = (events: DomainEvent[]) =>
  events.flatMap((event) => (event.type === "stock-changed" ? [`${event.plate}:${event.count}`] : []));

/** A row that is in the database already: the disk refuses the whole commit it is part of. */
const row = ["outgoing.put", 1, "till", "a", Buffer.from("x"), 1] as const;

test("a second that passed is judged before what arrived in it", async () => {
  const { clock, reading, decided } = await shop();
  reading(1, 4 * first.grams);
  reading(1, 3 * first.grams + 1.5);
  expect(changes(decided)).toEqual(["1:4"]);
  clock.advance(2_500);
  reading(2, 5 * second.grams);
  expect(changes(decided)).toEqual(["1:4", "1:3", "2:5"]);
});

test("the clock may be set back by a day: the shop goes on at once", async () => {
  const { clock, reading, decided, pipeline } = await shop();
  reading(1, 4 * first.grams);
  reading(1, 3 * first.grams + 1.5);
  clock.set(start - day);
  reading(2, 5 * second.grams);
  clock.advance(1_000);
  pipeline.tick();
  expect(pipeline.counters().clockJumps).toBe(1);
  expect(pipeline.tickedUntil()).toBe(start - day + 1_000);
  expect(changes(decided).sort()).toEqual(["1:3", "1:4", "2:5"]);
  reading(2, 4 * second.grams);
  expect(changes(decided).at(-1)).toBe("2:4");
});

test("a clock that is corrected by a moment stands still instead of running backwards", async () => {
  const { clock, pipeline, reading, decided } = await shop();
  reading(1, 4 * first.grams);
  clock.advance(-500);
  reading(1, 3 * first.grams);
  expect(pipeline.counters().clockJumps).toBe(0);
  const times = decided.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
});

test("after a day of sleep two minutes are made up for, not a day of seconds", async () => {
  let ticks = 0;
  const { clock, pipeline } = await shop((house) => ({
    decideTick: (...input) => {
      ticks++;
      return house.decideTick(...input);
    },
  }));
  clock.advance(day);
  pipeline.tick();
  expect(ticks).toBe(120);
  clock.advance(3_000);
  pipeline.tick();
  expect(ticks).toBe(123);
});

test("a reading that trips the gateway lies in the inbox and stops nobody", async () => {
  const { reading, saved, counts, pipeline } = await shop((house) => ({
    decideReading(state, decoded, context) {
      const poisonous = decoded.readings.some(
        (one) => one.kind === "plates" && one.plates.some(({ grams }) => grams === 666),
      );
      if (poisonous) throw new Error("a bug");
      return house.decideReading(state, decoded, context);
    },
  }));
  expect(await saved(reading(1, 666))).toBe(true);
  expect(pipeline.inbox.list()).toMatchObject([{ reason: expect.stringContaining("could not judge") }]);
  expect(await saved(reading(1, 4 * first.grams))).toBe(true);
  expect(counts()[0]).toBe(4);
});

test("a second that trips the gateway does not stop the ones after it", async () => {
  let trips = 1;
  const { clock, reading, decided, pipeline } = await shop((house) => ({
    decideTick: (...input) => {
      if (trips-- > 0) throw new Error("a bug");
      return house.decideTick(...input);
    },
  }));
  reading(1, 4 * first.grams);
  reading(1, 3 * first.grams + 1.5);
  clock.advance(3_000);
  pipeline.tick();
  expect(changes(decided)).toEqual(["1:4", "1:3"]);
});

test("what nobody can read lies in the inbox, and who nobody knows waits to be adopted", async () => {
  const { say, pipeline } = await shop();
  for (const bad of ["", "{", "[]", '{"boot":1}', '{"boot":1,"seq":1,"plates":[{"plate":1,"grams":NaN}]}'])
    expect(say(`store/main/shelf/${device}/reading`, bad)).toBe(0);
  say("store/main/shelf/NOBODY/reading", '{"boot":1,"seq":1,"plates":[{"plate":1,"grams":5}]}');
  say(`store/main/rfid/${device}/reads`, '{"boot":1,"seq":1,"reads":[]}');
  say("somewhere/else", "hello");
  expect(pipeline.inbox.total()).toBe(7);
  expect(pipeline.decidedState().devices.devices.get("NOBODY")?.state).toBe("pending");
  const reasons = new Map(pipeline.inbox.list().map(({ topic, reason }) => [topic, reason]));
  expect(reasons.get(`store/main/rfid/${device}/reads`)).toContain("no rfid device");
  expect(reasons.get("somewhere/else")).toContain("no format speaks");
});

test("a change that the disk refuses is not acknowledged, not shown, and counts when it is sent again", async () => {
  const { pipeline, storage, reading, saved, counts, reloads } = await shop();
  expect(await saved(reading(1, 4 * first.grams))).toBe(true);
  expect(await saved(storage.enqueue([], [[...row]]))).toBe(true);

  storage.enqueue([], [[...row]]);
  const lost = reading(1, 3 * first.grams, 2);
  const onTop = reading(1, 2 * first.grams, 3);
  expect(counts()[0]).toBe(4);
  expect(await Promise.all([saved(lost), saved(onTop)])).toEqual([false, false]);
  await expect.poll(reloads).toBe(1);
  expect(counts()[0]).toBe(4);
  expect(counts(pipeline.decidedState())[0]).toBe(4);

  expect(await saved(reading(1, 3 * first.grams, 2))).toBe(true);
  expect(counts()[0]).toBe(3);
  expect(await saved(reading(1, 2 * first.grams, 3))).toBe(true);
  expect(counts()[0]).toBe(2);
});

test("a repetition is acknowledged no earlier than what it repeats", async () => {
  const { storage, reading, saved } = await shop();
  await saved(storage.enqueue([], [[...row]]));
  storage.enqueue([], [[...row]]);
  reading(1, 4 * first.grams, 1);
  expect(await saved(reading(1, 4 * first.grams, 1))).toBe(false);
});

test("while the disk is read again nothing is judged, and people are told so", async () => {
  const { pipeline, storage, reading, saved, reloads, counts, decided } = await shop();
  await saved(storage.enqueue([], [[...row]]));
  const meanwhile = new Promise<[boolean, boolean]>((resolve) => {
    storage.whenCommitted(storage.enqueue([], [[...row]]), async () => {
      const scale = saved(reading(1, 4 * first.grams, 1));
      const answer = await pipeline.run({ command: "reservation.make", sku: first.sku, quantity: 1, key: "k" });
      resolve([await scale, answer.ok]);
    });
  });
  expect(await meanwhile).toEqual([false, false]);
  expect(decided).toEqual([]);
  await expect.poll(reloads).toBe(1);
  expect(await saved(reading(1, 4 * first.grams, 1))).toBe(true);
  expect(counts()[0]).toBe(4);
});

test("a command that cannot be saved is answered with a problem, and nothing was changed", async () => {
  const { pipeline, storage, reading, saved, reloads } = await shop();
  await saved(reading(1, 4 * first.grams));
  await saved(storage.enqueue([], [[...row]]));
  const reserve = () => pipeline.run({ command: "reservation.make", sku: first.sku, quantity: 3, key: "k" });

  storage.enqueue([], [[...row]]);
  const answers = await Promise.all([reserve(), reserve()]);
  expect(answers).toMatchObject([
    { ok: false, problem: { status: 503, type: "not-saved" } },
    { ok: false, problem: { status: 503, type: "not-saved" } },
  ]);
  await expect.poll(reloads).toBe(1);
  expect(pipeline.state().stock.reservations.size).toBe(0);
  expect(await reserve()).toMatchObject({ ok: true });
  expect(pipeline.state().stock.reservations.size).toBe(1);
});

test("a rail of fifteen thousand coats that falls silent is not too much for one second", async () => {
  let tags = Array.from({ length: 15_000 }, (_, i): DomainEvent => {
    const epc = i.toString(16).padStart(24, "0");
    return { type: "tag-departed", at: start, epc, sku: first.sku, zone: "knitwear" };
  });
  const { clock, pipeline, decided } = await shop(() => ({ decideTick: () => tags.splice(0) }));
  clock.advance(1_000);
  pipeline.tick();
  tags = [];
  expect(decided).toHaveLength(15_000);
});

test("a name that a camera recognised reaches neither the record nor the inbox", async () => {
  const { pipeline } = await shop();
  const lines: string[] = [];
  pipeline.recorder.listen((line) => lines.push(line));
  const after = { id: "1", camera: "door", label: "person", sub_label: ["John Smith", 0.79], current_zones: [] };
  const payload = Buffer.from(JSON.stringify({ type: "new", before: after, after }));
  pipeline.accept({ topic: "frigate/events", payload, client: "frigate", qos: 0, retain: false });
  pipeline.refuse({ topic: "frigate/events", payload, client: "frigate", qos: 0, retain: false }, "odd");
  const kept = JSON.stringify([
    lines,
    pipeline.inbox.list().flatMap(({ samples }) => samples.map(({ hex }) => Buffer.from(hex, "hex").toString())),
  ]);
  expect(lines).toHaveLength(1);
  expect(kept).not.toContain("John");
});
