import { expect, test } from "vitest";
import type { Doubt } from "#wire/stock-views.ts";
import type { InboxTopic, StockItem } from "#wire/views.ts";
import { encodeSgtin96 } from "../firmware-sim/sgtin96.ts";
import { createManualClock } from "./clock.ts";
import { type Booted, bootGateway, shopConfig, temporaryFolder } from "./test-gateway.ts";

/** A Tuesday, eleven o'clock in Brussels. */
const eleven = Date.parse("2026-02-03T10:00:00Z");
const second = 1_000;

/** The shipped shop with a camera before the bags; three of them weigh the same: two on plate 1, one beside them. No scale under plate 3. */
async function shopWithCamera() {
  const clock = createManualClock(eleven);
  const loaded = shopConfig();
  const bags = loaded.config.shelves.find(({ id }) => id === "A4");
  const tote = loaded.items.find(({ sku }) => sku === "BAG-TOTE");
  if (!bags || !tote) throw new Error("the shipped shop has no bags");
  tote.grams = 320;
  bags.camera = "cam-bags";
  loaded.config.rfid.push({ id: "rfid-bags", antennas: [{ antenna: 1, zone: bags.zone }] });
  bags.plates = [
    // before one another, and as far from the edge as the one beside them
    { plate: 1, sku: "BAG-TOTE", capacity: 4, minimum: 1, x: 0.75, width: 0.5 },
    { plate: 1, sku: "BAG-SMALL-OXBLOOD", capacity: 4, minimum: 1, x: 0.75, width: 0.5 },
    { plate: 2, sku: "BAG-SMALL-BLACK", capacity: 6, minimum: 2, x: 0.25, width: 0.5 },
    { plate: 3, sku: "HAT-STRAW", capacity: 6, minimum: 1 },
    {
      ...{ plate: 4, sku: "HAT-BEANIE", capacity: 10, minimum: 1 },
      fill: { device: "tasmota-pusher", emptyMm: 400, fullMm: 100 },
    },
  ];
  const dataFolder = temporaryFolder();
  const shop = await bootGateway({ clock, loaded, dataFolder });
  return { shop, clock, loaded, dataFolder, ...(await devicesOf(shop, clock)) };
}

async function devicesOf(shop: Booted, clock: ReturnType<typeof createManualClock>) {
  const scale = await shop.mqtt(`scale-${clock.now()}`);
  const camera = await shop.mqtt(`camera-${clock.now()}`);
  const boot = clock.now();
  let seq = 0;
  return {
    /** What plates 2 and 3 show for some seconds, ten times a second, trembling a little. */
    async weigh(grams: number[], seconds: number) {
      for (let step = 0; step < seconds * 10; step++) {
        clock.set(clock.now() + 100);
        seq++;
        const plates = grams.map((weight, index) => ({
          plate: index + 1,
          grams: Math.round((weight + 6 * Math.sin(seq * 1.7 + index)) * 100) / 100,
        }));
        await scale.publishAsync("store/main/shelf/A4/reading", JSON.stringify({ boot, seq, plates }), { qos: 1 });
      }
    },
    async see(plate: number, count: number, shelf = "A4") {
      clock.set(clock.now() + second);
      seq++;
      const event = { boot, seq, kind: "facings", shelf, plate, count };
      await camera.publishAsync("store/main/camera/cam-bags/event", JSON.stringify(event), { qos: 1 });
    },
  };
}

const countOf = async ({ api }: Booted, sku: string) => {
  const { value } = await api<StockItem>("GET", `/api/v1/stock/${sku}`);
  return value.places.find(({ shelf }) => shelf === "A4");
};
const doubtsOf = async ({ api }: Booted) => (await api<Doubt[]>("GET", "/api/v1/doubts")).value;

async function hangBags({ shop, weigh }: Awaited<ReturnType<typeof shopWithCamera>>) {
  await weigh([1_283, 1_277], 5);
  for (const sku of ["BAG-TOTE", "BAG-SMALL-OXBLOOD"]) {
    const body = { shelf: "A4", plate: 1, count: 2 };
    expect((await shop.api("POST", `/api/v1/stock/${sku}/count`, { body })).status).toBeLessThan(300);
  }
  expect((await countOf(shop, "BAG-SMALL-BLACK"))?.count).toBe(4);
  await weigh([1_283, 1_277], 2);
  // it rested on both plates
  await weigh([1_123, 1_117], 6);
  // a second that passed may have decided it: no acknowledgement waits for that
  await expect.poll(() => doubtsOf(shop)).toHaveLength(1);
}

test("of three bags that weigh the same one is gone; the scale cannot say which, the camera can", async () => {
  const story = await shopWithCamera();
  const { shop, see } = story;
  await hangBags(story);
  const [doubt] = await doubtsOf(shop);
  expect(doubt?.shelf).toBe("A4");
  const told = new Set(doubt?.candidates.flatMap(({ moves }) => moves.map(({ sku }) => sku)));
  expect([...told].sort()).toEqual(["BAG-SMALL-BLACK", "BAG-SMALL-OXBLOOD", "BAG-TOTE"]);
  await see(2, 3);
  expect(await doubtsOf(shop)).toHaveLength(1);
  await see(2, 3);
  await see(2, 3);
  await see(2, 3);
  await expect.poll(() => doubtsOf(shop)).toEqual([]);
  const black = await countOf(shop, "BAG-SMALL-BLACK");
  expect(black?.count).toBe(3);
  expect(black?.evidence?.map(({ by, says }) => `${by} ${says}`)).toContain("camera 3");
  expect((await countOf(shop, "BAG-TOTE"))?.count).toBe(2);
});

test("where nobody looks in, somebody of the staff says which bag it was", async () => {
  const story = await shopWithCamera();
  const { shop } = story;
  await hangBags(story);
  const [doubt] = await doubtsOf(shop);
  const candidate = doubt?.candidates.findIndex(({ moves }) => moves[0]?.sku === "BAG-TOTE") ?? -2;
  const settle = (body: object) => shop.api("POST", `/api/v1/doubts/${doubt?.id}/settle`, { body });
  expect((await settle({ candidate: 9 })).status).toBe(422);
  expect((await settle({ candidate })).status).toBe(204);
  expect((await settle({ candidate })).status).toBe(404);
  expect(await doubtsOf(shop)).toEqual([]);
  expect((await countOf(shop, "BAG-TOTE"))?.count).toBe(1);
});

test("where no scale lies a camera alone counts, also after a restart; what it cannot mean lies in the inbox", async () => {
  const { shop, see, clock, loaded, dataFolder } = await shopWithCamera();
  for (let frame = 0; frame < 5; frame++) await see(3, 4);
  for (let frame = 0; frame < 5; frame++) await see(3, 3);
  expect(await countOf(shop, "HAT-STRAW")).toMatchObject({
    ...{ count: 3, evidence: [{ by: "camera", says: 3, deviceId: "cam-bags" }] },
  });
  const { value: ledger } = await shop.api<{ entries: { cause: string; to: string }[] }>(
    ...(["GET", "/api/v1/stock/HAT-STRAW/ledger"] as const),
  );
  expect(ledger.entries[0]).toMatchObject({ cause: "pick", from: "shelf:A4/3", to: "hands" });

  await see(9, 2);
  await see(1, 2, "C1");
  await see(3, 400);
  const { value: inbox } = await shop.api<InboxTopic[]>("GET", "/api/v1/inbox");
  expect(inbox.find(({ topic }) => topic.includes("cam-bags"))?.count).toBe(3);

  await shop.gateway.close();
  const again = await bootGateway({ clock, loaded, dataFolder });
  const before = await countOf(again, "HAT-STRAW");
  expect(before).toMatchObject({ count: 3, evidence: [{ by: "camera", says: 3 }] });
  const camera = await devicesOf(again, clock);
  for (let frame = 0; frame < 5; frame++) await camera.see(3, 2);
  expect((await countOf(again, "HAT-STRAW"))?.count).toBe(2);
});

test("of bags with tags the one that is not read any more is the one that left, and no bag counts twice", async () => {
  const story = await shopWithCamera();
  const { shop, clock, loaded } = story;
  const reader = await shop.mqtt("reader");
  let seq = 0;
  /** Rounds of two seconds in which every tag is read. */
  async function read(bags: Record<string, number>, rounds: number) {
    const reads = Object.entries(bags).flatMap(([sku, pieces]) =>
      Array.from({ length: pieces }, (_, serial) => {
        const gtin = loaded.items.find((item) => item.sku === sku)?.gtin ?? "";
        return { epc: encodeSgtin96(gtin, serial + 1), antenna: 1, rssi: -55 };
      }),
    );
    for (let round = 0; round < rounds; round++) {
      clock.set(clock.now() + 2 * second);
      const message = { boot: 1, seq: ++seq, reads };
      await reader.publishAsync("store/main/rfid/rfid-bags/reads", JSON.stringify(message), { qos: 1 });
    }
  }
  const all = { "BAG-TOTE": 2, "BAG-SMALL-OXBLOOD": 2, "BAG-SMALL-BLACK": 4 };
  await read(all, 40);
  await hangBags(story);
  await read({ ...all, "BAG-SMALL-BLACK": 3 }, 30);
  // decided by a second that passed, and on disk a moment later
  await expect.poll(() => doubtsOf(shop)).toEqual([]);
  const { value: black } = await shop.api<StockItem>("GET", "/api/v1/stock/BAG-SMALL-BLACK");
  expect(black.onShelf).toBe(3);
  expect(black.places[0]?.evidence?.map(({ by, says }) => `${by} ${says}`)).toEqual(
    expect.arrayContaining(["weight 3", "rfid 3"]),
  );
});

test("a distance sensor behind a pusher counts, and what it cannot mean is said", async () => {
  const { shop, clock } = await shopWithCamera();
  const pusher = await shop.mqtt("pusher");
  async function show(millimetres: number, times = 3) {
    for (let i = 0; i < times; i++) {
      clock.set(clock.now() + 5 * second);
      const said = { VL53L0X: { Distance: `@${(millimetres / 10).toFixed(1)}@` } };
      await pusher.publishAsync("tele/pusher/SENSOR", JSON.stringify(said).replaceAll(/"@|@"/g, ""), { qos: 1 });
    }
  }
  await show(221);
  expect((await countOf(shop, "HAT-BEANIE"))?.count).toBe(6);
  await show(281);
  expect(await countOf(shop, "HAT-BEANIE")).toMatchObject({
    ...{ count: 4, evidence: [{ by: "distance", says: 4, deviceId: "tasmota-pusher" }] },
  });
  await show(1_900);
  expect((await countOf(shop, "HAT-BEANIE"))?.count).toBe(4);
  const { value: inbox } = await shop.api<InboxTopic[]>("GET", "/api/v1/inbox");
  expect(inbox.find(({ topic }) => topic === "tele/pusher/SENSOR")?.reason).toMatch("1900 mm");
});
