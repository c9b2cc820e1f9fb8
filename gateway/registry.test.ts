import { expect, onTestFinished, test } from "vitest";
import type { Device, DeviceDetail, Zone } from "#wire/views.ts";
import { createManualClock } from "./clock.ts";
import { type Booted, basketAdvert, bootGateway, temporaryFolder } from "./test-gateway.ts";
import {
  ask,
  atShelf,
  config,
  count,
  device,
  devices,
  first,
  gramsOf,
  items,
  noon,
  second,
  shelf,
  speaker,
  weigh,
} from "./test-registry.ts";

test("a scale that nobody knows waits, is adopted at a shelf with plates of its own numbers, counts, and is known after a restart", async () => {
  const dataFolder = temporaryFolder();
  const shop = await bootGateway({ dataFolder });
  const say = await speaker(shop);
  const topic = "store/main/shelf/spare-7/reading";
  await say(topic, weigh(9, 4 * gramsOf(second.sku), 1));
  expect(await device(shop, "spare-7")).toMatchObject({ state: "pending", kind: "shelf", topic, format: "native" });
  expect(await count(shop, second)).toBeUndefined();

  const adopted = await ask(shop, "spare-7", "adopt", { ...atShelf, plates: { 9: second.plate } });
  expect(adopted).toMatchObject({
    status: 200,
    value: { state: "online", name: "Spare scale", plates: { 9: second.plate } },
  });
  await say(topic, weigh(9, 3 * gramsOf(second.sku), 2));
  expect(await count(shop, second)).toBe(3);
  // the other plates are still the configured scale's, and this one no longer is
  await say(`store/main/shelf/${shelf.device}/reading`, weigh(second.plate, 0, 1));
  await say(`store/main/shelf/${shelf.device}/reading`, weigh(first.plate, 2 * gramsOf(first.sku), 2));
  expect(await count(shop, second)).toBe(3);
  expect(await count(shop, first)).toBe(2);
  const detail = (await shop.api<DeviceDetail>("GET", "/api/v1/devices/spare-7")).value;
  expect(detail.minutes.reduce((sum, { messages }) => sum + messages, 0)).toBe(1);
  expect(detail.values).toMatchObject([{ name: "plate 9", unit: "g" }]);
  await shop.gateway.close();

  const again = await bootGateway({ dataFolder });
  const sayAgain = await speaker(again);
  expect(await device(again, "spare-7")).toMatchObject({
    state: "online",
    name: "Spare scale",
    health: { received: 2 },
  });
  await sayAgain(topic, weigh(9, gramsOf(second.sku), 3));
  expect(await count(again, second)).toBe(1);
});

test("new hardware takes over: the old one no longer counts, whatever it says, and lies in the inbox with the reason", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const old = `store/main/shelf/${shelf.device}/reading`;
  await say(old, weigh(first.plate, 5 * gramsOf(first.sku), 700));
  expect(await count(shop, first)).toBe(5);
  await say("store/main/shelf/new-scale/reading", weigh(first.plate, 1, 1));
  const taken = await ask(shop, "new-scale", "adopt", atShelf);
  expect(taken).toMatchObject({ status: 409, value: { detail: expect.stringContaining(shelf.device) } });

  expect((await ask(shop, shelf.device, "replace", { successor: "new-scale" })).status).toBe(200);
  // the same power-on and a lower number than its predecessor's: another scale's numbers all the same
  await say("store/main/shelf/new-scale/reading", weigh(first.plate, 4 * gramsOf(first.sku), 2));
  expect(await count(shop, first)).toBe(4);
  await say(old, weigh(first.plate, 0, 701));
  expect(await count(shop, first)).toBe(4);
  expect(await device(shop, shelf.device)).toMatchObject({ state: "retired" });
  const inbox = (await shop.api<{ topic: string; reason: string }[]>("GET", "/api/v1/inbox")).value;
  expect(inbox.find(({ topic }) => topic === old)?.reason).toContain("new-scale has its place");
  expect(await ask(shop, shelf.device, "dismiss")).toMatchObject({ status: 409 });
});

test("single cells share a shelf, each with its own plate; a plate that is taken names who has it", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  for (const id of ["cell-1", "cell-2", "cell-3"]) await say(`store/main/shelf/${id}/reading`, weigh(1, 0, 1));
  const adopt = (id: string, plate: number) =>
    ask(shop, id, "adopt", { ...atShelf, name: `Cell ${id}`, plates: { 1: plate } });
  expect((await adopt("cell-1", first.plate)).status).toBe(200);
  expect((await adopt("cell-2", second.plate)).status).toBe(200);
  const refused = await adopt("cell-3", second.plate);
  expect(refused).toMatchObject({ status: 409, value: { type: expect.stringContaining("plate-taken") } });
  expect(refused.value.detail).toContain("cell-2");
  expect(await adopt("cell-3", 63)).toMatchObject({ status: 400, value: { title: expect.stringContaining("63") } });
  await say("store/main/shelf/cell-1/reading", weigh(1, 2 * gramsOf(first.sku), 2));
  await say("store/main/shelf/cell-2/reading", weigh(1, 3 * gramsOf(second.sku), 2));
  expect([await count(shop, first), await count(shop, second)]).toEqual([2, 3]);
  // moved to the other's plate once that is free
  await ask(shop, "cell-2", "retire");
  expect((await adopt("cell-1", second.plate)).status).toBe(200);
  await say("store/main/shelf/cell-1/reading", weigh(1, gramsOf(second.sku), 3));
  expect([await count(shop, first), await count(shop, second)]).toEqual([2, 1]);
});

test("ten thousand invented devices neither fill the list nor the disk, and an honest one is not shut out of the shop", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const before = (await shop.gateway.storageInfo()).journalRows;
  const known = (await devices(shop)).length;
  for (let batch = 0; batch < 100; batch++) {
    const all = Array.from({ length: 100 }, (_, i) => `store/main/shelf/ghost-${batch}-${i}/reading`);
    await Promise.all(all.map((topic) => say(topic, weigh(1, 5, 1))));
  }
  const listed = await devices(shop);
  expect(listed.filter(({ state }) => state === "pending")).toHaveLength(200);
  expect(listed).toHaveLength(known + 200);
  expect((await shop.gateway.storageInfo()).journalRows - before).toBeLessThan(250);
  await say(`store/main/shelf/${shelf.device}/reading`, weigh(first.plate, 2 * gramsOf(first.sku), 1));
  expect(await count(shop, first)).toBe(2);
  // a place that is freed is taken by the next one who speaks
  expect((await ask(shop, "ghost-0-1", "dismiss")).status).toBe(200);
  await say("store/main/shelf/ghost-0-1/reading", weigh(1, 5, 2));
  expect(await device(shop, "ghost-0-1")).toBeUndefined();
  await say("store/main/shelf/honest/reading", weigh(1, 5, 1));
  expect(await device(shop, "honest")).toMatchObject({ state: "pending" });
});

test("a payload that no format reads is mapped to a shelf, and counts from the next message on", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const topic = "kitchen/scale/state";
  const state = (kilograms: number) => ({ load: { net: kilograms }, batt: 81 });
  await say(topic, state(1));
  const fields = [
    { path: "load.net", yields: { reading: "weight", plate: 1 }, unit: "kg" },
    { path: "batt", yields: { reading: "battery" }, unit: "%" },
  ];
  const wish = { ...atShelf, plates: { 1: first.plate }, mapping: { topic, kind: "shelf", fields } };
  expect(await ask(shop, "kitchen", "adopt", atShelf)).toMatchObject({ status: 404 });
  expect((await ask(shop, "kitchen", "adopt", wish)).value).toMatchObject({ state: "unseen", mapping: { topic } });
  await say(topic, state((6 * gramsOf(first.sku)) / 1000));
  expect(await count(shop, first)).toBe(6);
  expect(await device(shop, "kitchen")).toMatchObject({
    ...{ state: "online", format: "mapped" },
    health: { batteryPercent: 81 },
  });
});

test("a scale that only a mapping reads takes the place of one that speaks, in one step", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const old = `store/main/shelf/${shelf.device}/reading`;
  await say(old, weigh(first.plate, 5 * gramsOf(first.sku), 1));
  const topic = "kitchen/scale/state";
  const grams = (pieces: number) => ({ net: pieces * gramsOf(first.sku) });
  await say(topic, grams(1));
  const fields = [{ path: "net", yields: { reading: "weight", plate: first.plate }, unit: "g" }];
  const mapping = { topic, kind: "shelf", fields };
  const replace = (more: object) => ask(shop, shelf.device, "replace", { successor: "kitchen", ...more });
  expect(await replace({})).toMatchObject({ status: 404 });
  expect(await replace({ mapping: { ...mapping, topic: "tele/x/SENSOR" } })).toMatchObject({ status: 400 });
  expect(await replace({ mapping })).toMatchObject({
    status: 200,
    value: { id: "kitchen", format: "mapped", place: { at: "shelf", id: shelf.id } },
  });
  expect(await device(shop, shelf.device)).toMatchObject({ state: "retired" });
  const inbox = (await shop.api<{ topic: string }[]>("GET", "/api/v1/inbox")).value;
  expect(inbox, "what was dealt with lies there no longer").toEqual([]);
  await say(topic, grams(3));
  expect(await count(shop, first)).toBe(3);
  await say(old, weigh(first.plate, 0, 2));
  expect(await count(shop, first)).toBe(3);
});

test("a receiver, a camera and a reader work in the zone they are adopted into", async () => {
  const clock = createManualClock(noon);
  const shop = await bootGateway({ clock });
  const say = await speaker(shop);
  const zone = config.zones.find(({ camera }) => camera === undefined)?.id;
  const other = config.zones.find(({ camera, id }) => camera === undefined && id !== zone)?.id;
  const tagged = items.find(({ gtin }) => gtin.length === 13);
  if (!zone || !other || !tagged) throw new Error("the shop has two zones without a camera");
  const occupancy = async (id: string) =>
    (await shop.api<Zone[]>("GET", "/api/v1/zones")).value.find((one) => one.zone === id)?.occupancy;
  const adopt = (id: string, kind: string, place: string) =>
    ask(shop, id, "adopt", { name: id, kind, place: { at: "zone", id: place } });

  let seq = 0;
  const advert = () =>
    say("store/main/ble/pi-9/adverts", {
      ...{ boot: 1, seq: ++seq },
      adverts: [{ mac: "c3:00:00:00:00:01", rssi: -50, data: basketAdvert(config.baskets, 1) }],
    });
  await advert();
  expect((await adopt("pi-9", "ble", zone)).status).toBe(200);
  for (let i = 0; i < 8; i++) {
    clock.advance(500);
    await advert();
  }
  await expect.poll(() => occupancy(zone)).toBe(1);

  await say("frigate/back_door/person", "3");
  const camera = (await devices(shop)).find(({ kind, state }) => kind === "camera" && state === "pending");
  expect((await adopt(camera?.id ?? "", "camera", other)).status).toBe(200);
  await say("frigate/back_door/person", "4");
  expect(await occupancy(other)).toBe(4);
  // without it the zone counts baskets again
  expect((await ask(shop, camera?.id ?? "", "retire")).status).toBe(200);
  expect(await occupancy(other)).toBe(0);
});

/** What a staff page was told about devices, in order. */
async function listen(shop: Booted) {
  const told: Device[] = [];
  const stream = await fetch(`${shop.url}/api/v1/stream`);
  const reader = stream.body?.getReader();
  onTestFinished(() => void reader?.cancel());
  let text = "";
  void (async () => {
    for (;;) {
      const chunk = await reader?.read();
      if (!chunk?.value) return;
      const frames = (text + Buffer.from(chunk.value).toString()).split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) {
        const data = /event: device\ndata: (.*)$/s.exec(frame)?.[1];
        if (data !== undefined) told.push(JSON.parse(data));
      }
    }
  })().catch(() => {});
  return (id: string) => told.findLast((one) => one.id === id);
}

test("an open page hears who waits, who was adopted, how devices do, and whom it may let go of", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const heard = await listen(shop);
  await say("store/main/shelf/cell-1/reading", weigh(1, 0, 1));
  await expect
    .poll(() => heard("cell-1"))
    .toMatchObject({ state: "pending", topic: "store/main/shelf/cell-1/reading" });
  await ask(shop, "cell-1", "adopt", atShelf);
  await expect.poll(() => heard("cell-1")).toMatchObject({ state: "online", place: { id: shelf.id } });
  // the scale that the configuration named was never heard: it gave way
  await expect
    .poll(() => heard(shelf.device))
    .toEqual({
      ...{ id: shelf.device, kind: "shelf", format: "native" },
      state: "retired",
    });
  expect(await device(shop, shelf.device)).toBeUndefined();
  await say("store/main/shelf/cell-1/reading", weigh(1, 0, 5));
  await say("store/main/shelf/cell-1/reading", weigh(1, 0, 9));
  await expect.poll(() => heard("cell-1")?.health).toMatchObject({ received: 3, lost: 3 });
  await ask(shop, "cell-1", "retire");
  await expect.poll(() => heard("cell-1")).toMatchObject({ state: "retired", name: "Spare scale" });
  await expect.poll(() => heard(shelf.device)).toMatchObject({ state: "unseen", name: shelf.name });
  await ask(shop, "cell-1", "dismiss");
  await expect.poll(() => heard("cell-1")).not.toHaveProperty("name");
  expect(await device(shop, "cell-1")).toBeUndefined();
  expect((await shop.api("GET", "/api/v1/devices/cell-1")).status).toBe(404);
});

test("a scale that speaks by Bluetooth is found through the gateway that hears it, and counts once adopted", async () => {
  const shop = await bootGateway();
  const say = await speaker(shop);
  const mac = "a4:c1:38:aa:bb:cc";
  const message = (more: object) => ({ id: mac.toUpperCase(), name: "scale", rssi: -60, batt: 77, ...more });
  const weight = (count: number) => message({ weight: (count * gramsOf(first.sku)) / 1000, unit: "kg" });
  const topic = "home/hub/BTtoMQTT/A4C138AABBCC";
  await say(topic, weight(1));
  const hub = (await devices(shop)).find(({ state, kind }) => state === "pending" && kind === "ble");
  const place = { at: "zone", id: config.zones[0]?.id };
  expect((await ask(shop, hub?.id ?? "", "adopt", { name: "Hub", kind: "ble", place })).status).toBe(200);
  expect(await device(shop, mac)).toBeUndefined();
  await say(topic, message({}));
  expect(await device(shop, mac)).toMatchObject({ state: "pending", kind: "ble" });
  expect((await ask(shop, mac, "adopt", { ...atShelf, plates: { 1: first.plate } })).status).toBe(200);
  await say(topic, weight(4));
  expect(await count(shop, first)).toBe(4);
  expect(await device(shop, mac)).toMatchObject({ health: { batteryPercent: 77 } });
});
