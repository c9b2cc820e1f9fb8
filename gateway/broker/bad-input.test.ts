import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { deviceTopicFilters } from "#wire/formats.ts";
import type { StockItem } from "#wire/views.ts";
import { type Booted, bootGateway, temporaryFolder } from "../test-gateway.ts";
import { eventually } from "./test-eventually.ts";

// Bad input through the built-in broker of the true gateway: noted, counted, and the next good reading counts.

const sku = "HAND-BALM";
let seq = 0;

function readingOf({ loaded }: Booted, count: number, more: object = {}) {
  const shelf = loaded.config.shelves.find(({ plates }) => plates.some((plate) => plate.sku === sku));
  const plate = shelf?.plates.find((candidate) => candidate.sku === sku);
  const grams = loaded.items.find((item) => item.sku === sku)?.grams;
  if (!shelf || !plate || grams === undefined) throw new Error(`${sku} stands nowhere`);
  const reading = { boot: 1, seq: ++seq, plates: [{ plate: plate.plate, grams: grams * count }], ...more };
  return { topic: `store/main/shelf/${shelf.device}/reading`, payload: JSON.stringify(reading), reading };
}

const onShelf = async (shop: Booted) => (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value.onShelf;
type Sample = { topic: string; reason: string; client: string; count: number };
const inbox = async (shop: Booted) => (await shop.api<Sample[]>("GET", "/api/v1/inbox")).value;

async function metric(shop: Booted, name: string): Promise<number> {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

async function showsGoodReadings(shop: Booted, count: number) {
  const scale = await shop.mqtt(`good-${++seq}`);
  const { topic, payload } = readingOf(shop, count);
  await scale.publishAsync(topic, payload, { qos: 1 });
  expect(await onShelf(shop)).toBe(count);
}

test("a broken reading lies in the inbox with its reason, and the next good one counts", async () => {
  const shop = await bootGateway();
  const { topic, payload, reading } = readingOf(shop, 3);
  const plate = reading.plates[0]?.plate;
  const broken = [
    payload.slice(0, -5),
    "",
    "null",
    "[]",
    JSON.stringify({ ...reading, plates: "all" }),
    JSON.stringify({ ...reading, plates: [{ plate: "one", grams: 3 }] }),
    JSON.stringify({ ...reading, boot: -1 }),
    `{"boot":1,"seq":1,"plates":[{"plate":${plate},"grams":1e308}]}`,
    `{"boot":1,"seq":1,"plates":[{"plate":${plate},"grams":1e999}]}`,
    `{"boot":1,"seq":1,"plates":[{"plate":${plate},"grams":NaN}]}`,
    `{"__proto__":{"boot":1},"constructor":1}`,
  ];
  const device = await shop.mqtt("broken");
  for (const bytes of broken) await device.publishAsync(topic, bytes, { qos: 1 });
  const noted = await inbox(shop);
  expect(noted).toMatchObject([{ topic, client: "broken", count: broken.length, reason: expect.stringMatching(/./) }]);
  expect(await metric(shop, "vitrine_undecodable_total")).toBe(broken.length);
  expect(await onShelf(shop)).toBe(0);
  await showsGoodReadings(shop, 3);
});

test("binary rubbish on every topic a device may use stops nobody", async () => {
  const shop = await bootGateway();
  // a node's own settings are free text, and nothing that a shop reads
  const settings = "espresense/rooms/A1/A1";
  const topics = deviceTopicFilters("main")
    .map((filter) => filter.replaceAll("+", "A1"))
    .filter((topic) => topic !== settings);
  const rubbish = Buffer.from("00ff7b22c328e28ea1f09f92a9fe0d0a", "hex");
  const device = await shop.mqtt("rubbish");
  for (const topic of [...topics, settings]) await device.publishAsync(topic, rubbish, { qos: 1 });
  for (const topic of ["store/main/fridge/F1/reading", "store/other/shelf/A1/reading", "zigbee2mqtt/lamp", "/", "x"]) {
    await device.publishAsync(topic, rubbish, { qos: 1 });
  }
  const noted = new Set((await inbox(shop)).map(({ topic }) => topic));
  expect(topics.filter((topic) => !noted.has(topic))).toEqual([]);
  expect(noted.size).toBe(topics.length + 5);
  await showsGoodReadings(shop, 4);
});

test("a shelf that nobody planned changes no stock", async () => {
  const shop = await bootGateway();
  const stranger = await shop.mqtt("stranger");
  const { payload } = readingOf(shop, 8);
  await stranger.publishAsync("store/main/shelf/NOBODY/reading", payload, { qos: 1 });
  expect(await onShelf(shop)).toBe(0);
  const noted = await inbox(shop);
  const devices = await shop.api<{ id: string }[]>("GET", "/api/v1/devices");
  const known = devices.value.some(({ id }) => id === "NOBODY");
  // an engineer must be able to see it, in one place or the other
  expect(known || noted.some(({ topic }) => topic.includes("NOBODY"))).toBe(true);
  await showsGoodReadings(shop, 2);
});

test("a packet of 1 MB over WebSocket or TCP is noted and counted, and its client alone is cut off", async () => {
  const shop = await bootGateway();
  const tcp = await shop.mqtt("tcp");
  tcp.on("error", () => {});
  const gone = new Promise<void>((resolve) => void tcp.once("close", () => resolve()));
  tcp.publish("store/main/camera/cam-till/event", Buffer.alloc(1_000_000), { qos: 1 });
  await gone;
  await eventually(() => inbox(shop)).toMatchObject([{ client: "tcp", reason: expect.stringContaining("larger") }]);
  expect(await metric(shop, "vitrine_mqtt_oversized_total")).toBe(1);

  const page = await connectAsync(`${shop.url.replace("http", "ws")}/mqtt`, {
    clientId: "page",
    username: "demo",
    password: "demo",
    reconnectPeriod: 0,
  });
  onTestFinished(() => page.endAsync(true));
  page.on("error", () => {});
  const left = new Promise<void>((resolve) => void page.once("close", () => resolve()));
  page.publish("store/main/camera/cam-till/event", Buffer.alloc(1_000_000), { qos: 1 });
  await left;
  await eventually(() => metric(shop, "vitrine_mqtt_oversized_total")).toBe(2);
  await showsGoodReadings(shop, 5);
});

test("after a restart the till hears retained stock, zones and alerts again", async () => {
  const dataFolder = temporaryFolder();
  const first = await bootGateway({ dataFolder });
  await showsGoodReadings(first, 0);
  await first.gateway.close();

  const second = await bootGateway({ dataFolder });
  const till = await second.mqtt("till");
  const heard = new Map<string, { retain: boolean; body: Record<string, unknown> }>();
  till.on(
    "message",
    (topic, payload, { retain }) => void heard.set(topic, { retain, body: JSON.parse(payload.toString()) }),
  );
  await till.subscribeAsync(["store/main/state/#", "store/main/alert/+"], { qos: 1 });
  await eventually(() => heard.get(`store/main/state/stock/${sku}`)).toMatchObject({
    retain: true,
    body: { onShelf: 0 },
  });
  await eventually(() => heard.get("store/main/state/zone/till")?.retain).toBe(true);
  await eventually(() => [...heard.keys()].filter((topic) => topic.startsWith("store/main/alert/"))).toHaveLength(1);
});
