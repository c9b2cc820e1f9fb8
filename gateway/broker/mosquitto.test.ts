import { connectAsync, type MqttClient } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import type { Alert, Offer, StockItem } from "#wire/views.ts";
import { createManualClock } from "../clock.ts";
import { type Booted, basketAdvert, bootGateway, shopConfig, temporaryFolder } from "../test-gateway.ts";
import { eventually } from "./test-eventually.ts";
import { startMosquitto } from "./test-mosquitto.ts";

// The true gateway as client of a true Mosquitto: what a department store has already.

type Mosquitto = Awaited<ReturnType<typeof startMosquitto>>;
const sku = "HAND-BALM";

const boot = (mosquitto: Mosquitto, more: Parameters<typeof bootGateway>[0] = {}) =>
  bootGateway({ loaded: shopConfig({ VITRINE_BROKER_URL: mosquitto.url }), ...more });
const isReady = async (shop: Booted) => (await shop.api("GET", "/readyz")).status === 200;
const onShelf = async (shop: Booted) => (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value.onShelf;

const nextMessage = (client: MqttClient) =>
  new Promise<string>((resolve) => void client.once("message", (_topic, payload) => resolve(payload.toString())));

let seq = 0;
function readingOf(shop: Pick<Booted, "loaded">, count: number) {
  const shelf = shop.loaded.config.shelves.find(({ plates }) => plates.some((plate) => plate.sku === sku));
  const plate = shelf?.plates.find((candidate) => candidate.sku === sku);
  const grams = shop.loaded.items.find((item) => item.sku === sku)?.grams;
  if (!shelf || !plate || grams === undefined) throw new Error(`${sku} stands nowhere`);
  const reading = { boot: 1, seq: ++seq, plates: [{ plate: plate.plate, grams: grams * count }] };
  return { topic: `store/main/shelf/${shelf.device}/reading`, payload: JSON.stringify(reading) };
}

test("a shelf that speaks to the store's own broker changes stock, and its till hears of it there", async () => {
  const mosquitto = await startMosquitto();
  const shop = await boot(mosquitto);
  await eventually(() => isReady(shop)).toBe(true);
  const till = await mosquitto.client("till");
  await till.subscribeAsync(`store/main/state/stock/${sku}`, { qos: 1 });
  const heard = nextMessage(till);

  const shelf = await mosquitto.client("shelf");
  const { topic, payload } = readingOf(shop, 5);
  await shelf.publishAsync(topic, payload, { qos: 1 });
  await eventually(() => onShelf(shop)).toBe(5);
  expect(JSON.parse(await heard)).toMatchObject({ sku, onShelf: 5 });
});

test("what shelves say while the gateway is away counts when it is back", async () => {
  const mosquitto = await startMosquitto();
  const dataFolder = temporaryFolder();
  const first = await boot(mosquitto, { dataFolder });
  await eventually(() => isReady(first)).toBe(true);
  const shelf = await mosquitto.client("shelf");
  const before = readingOf(first, 5);
  await shelf.publishAsync(before.topic, before.payload, { qos: 1 });
  await eventually(() => onShelf(first)).toBe(5);
  await first.gateway.close();

  const missed = readingOf(first, 3);
  await shelf.publishAsync(missed.topic, missed.payload, { qos: 1 });
  const second = await boot(mosquitto, { dataFolder });
  await eventually(() => onShelf(second)).toBe(3);
});

test("when the broker restarts the gateway says so, waits for it and goes on", async () => {
  const mosquitto = await startMosquitto();
  const shop = await boot(mosquitto);
  await eventually(() => isReady(shop)).toBe(true);
  await mosquitto.stop();
  await eventually(() => isReady(shop)).toBe(false);
  const ready = await shop.api<unknown>("GET", "/readyz");
  expect(JSON.stringify(ready.value)).toContain("the broker");

  await mosquitto.start();
  await eventually(() => isReady(shop)).toBe(true);
  const shelf = await mosquitto.client("shelf");
  const { topic, payload } = readingOf(shop, 4);
  await shelf.publishAsync(topic, payload, { qos: 1 });
  await eventually(() => onShelf(shop)).toBe(4);
});

test("a gateway whose broker is not there yet shows its pages, and joins when it comes", async () => {
  const mosquitto = await startMosquitto();
  await mosquitto.stop();
  const shop = await boot(mosquitto);
  expect((await shop.api("GET", "/api/v1/stock")).status).toBe(200);
  expect(await isReady(shop)).toBe(false);
  await mosquitto.start();
  await eventually(() => isReady(shop)).toBe(true);
});

test("an alert that nobody knows any more is cleared from the store's broker after a restart, an open one stays", async () => {
  const mosquitto = await startMosquitto();
  const dataFolder = temporaryFolder();
  const first = await boot(mosquitto, { dataFolder });
  await eventually(() => isReady(first)).toBe(true);
  const shelf = await mosquitto.client("shelf");
  const { topic, payload } = readingOf(first, 0);
  await shelf.publishAsync(topic, payload, { qos: 1 });
  const alerts = async (shop: Booted) => (await shop.api<Alert[]>("GET", "/api/v1/alerts")).value;
  await eventually(() => alerts(first)).toHaveLength(1);
  const open = (await alerts(first))[0]?.id ?? "";
  await first.gateway.close();
  // as if the gateway had been cut off between closing this alert and telling the broker
  await shelf.publishAsync("store/main/alert/old", JSON.stringify({ id: "old", state: "open" }), {
    qos: 1,
    retain: true,
  });

  const board = await mosquitto.client("board");
  const shown = new Map<string, string>();
  board.on("message", (about, body) => void shown.set(about, body.toString()));
  await board.subscribeAsync("store/main/alert/+", { qos: 1 });
  await eventually(() => shown.get("store/main/alert/old")).toContain("old");
  await boot(mosquitto, { dataFolder });
  await eventually(() => shown.get("store/main/alert/old")).toBe("");
  expect(shown.get(`store/main/alert/${open}`)).toContain(open);
});

test("a phone hears its offers from the gateway while the shelves and receivers speak to the store's broker", async () => {
  const mosquitto = await startMosquitto();
  const clock = createManualClock(Date.UTC(2026, 10, 20, 11));
  const shop = await boot(mosquitto, { clock });
  await eventually(() => isReady(shop)).toBe(true);
  const rule = shop.loaded.offers[0];
  const receiver = shop.loaded.config.receivers.find(({ zone }) => zone === rule?.zone);
  if (!rule || !receiver) throw new Error("the first offer has no receiver in its zone");
  const shelf = shop.loaded.config.shelves.find(({ plates }) => plates.some((plate) => plate.sku === rule.sku));
  const plate = shelf?.plates.find((candidate) => candidate.sku === rule.sku)?.plate;
  const grams = 6 * (shop.loaded.items.find((item) => item.sku === rule.sku)?.grams ?? 0);

  const devices = await mosquitto.client("devices");
  const say = (topic: string, body: object) => devices.publishAsync(topic, JSON.stringify(body), { qos: 1 });
  await say(`store/main/shelf/${shelf?.device}/reading`, { boot: 1, seq: ++seq, plates: [{ plate, grams }] });

  const basketKey = shop.gateway.access.tokens.basketKey(1);
  type Joined = { token: string; mqtt: { clientId: string; username: string; password: string; topic: string } };
  const joined = await shop.api<Joined>("POST", "/api/v1/shoppers", { body: { basket: 1, basketKey } });
  const { token, mqtt } = joined.value;
  const consents = { presence: true, offers: true, mirror: false, textVersion: "2026-11" };
  await shop.api("POST", "/api/v1/shoppers/me/consents", { body: consents, token });
  const phone = await connectAsync(`${shop.url.replace("http", "ws")}/mqtt`, { ...mqtt, reconnectPeriod: 0 });
  onTestFinished(() => phone.endAsync(true));
  await phone.subscribeAsync(mqtt.topic, { qos: 1 });
  let offer: string | undefined;
  void nextMessage(phone).then((message) => {
    offer = String(message);
  });

  // Mosquitto acknowledges before the gateway has heard: the basket is carried about until the offer is there
  await eventually(async () => {
    clock.advance(500);
    const adverts = [{ mac: "c3:00:00:00:00:01", rssi: -52, data: basketAdvert(shop.loaded.config.baskets, 1) }];
    await say(`store/main/ble/${receiver.id}/adverts`, { boot: 1, seq: ++seq, at: clock.now(), adverts });
    return offer;
  }).toBeDefined();
  const shown: Offer = JSON.parse(offer ?? "");
  expect(shown.sku).toBe(rule.sku);
});

test("rubbish on every topic lies in the inbox, and the next good reading counts", async () => {
  const mosquitto = await startMosquitto();
  const shop = await boot(mosquitto);
  await eventually(() => isReady(shop)).toBe(true);
  const device = await mosquitto.client("device");
  const { topic, payload } = readingOf(shop, 7);
  const rubbish = [
    "{",
    payload.slice(0, -9),
    '{"boot":"x","seq":{},"plates":7}',
    '{"boot":1,"seq":1,"plates":[{"plate":1,"grams":1e308}]}',
  ];
  for (const bad of [...rubbish, Buffer.from([0xff, 0x00, 0xfe])]) await device.publishAsync(topic, bad, { qos: 1 });
  type Sample = { topic: string; reason: string; count: number };
  const inbox = async () => (await shop.api<Sample[]>("GET", "/api/v1/inbox")).value;
  await eventually(inbox).toMatchObject([{ topic, count: 5, reason: expect.stringMatching(/./) }]);
  await device.publishAsync(topic, payload, { qos: 1 });
  await eventually(() => onShelf(shop)).toBe(7);
});

test("at the store's own broker an unknown payload lies in the inbox where the shop asks for it, and our own words never come in", async () => {
  const mosquitto = await startMosquitto();
  const loaded = shopConfig({ VITRINE_BROKER_URL: mosquitto.url });
  const broker = loaded.config.broker;
  if (!broker) throw new Error("the shop has a broker");
  const dataFolder = temporaryFolder();
  const listening = { ...loaded, config: { ...loaded.config, homeAssistant: { discoveryPrefix: "homeassistant" } } };
  listening.config.broker = { ...broker, listen: ["#"] };
  const first = await boot(mosquitto, { loaded: listening, dataFolder });
  await eventually(() => isReady(first)).toBe(true);
  const device = await mosquitto.client("device");
  const inbox = async (shop: Booted) =>
    (await shop.api<{ topic: string }[]>("GET", "/api/v1/inbox")).value.map(({ topic }) => topic);

  // a reading is heard once although two filters match, and what follows from it is said and comes back
  const said = await mosquitto.client("board");
  const state = new Promise<void>((resolve) => {
    said.on("message", (topic, payload) => {
      if (topic === `store/main/state/stock/${sku}` && JSON.parse(payload.toString()).onShelf === 6) resolve();
    });
  });
  await said.subscribeAsync("store/main/state/#", { qos: 1 });
  const { topic, payload } = readingOf(first, 6);
  await device.publishAsync(topic, payload, { qos: 1 });
  await eventually(() => onShelf(first)).toBe(6);
  await state;
  // somebody in our name, a request of ours, and a stranger
  await device.publishAsync("store/main/state/people", "?", { qos: 1 });
  await device.publishAsync("store/main/shelf/A1/command", "{}", { qos: 1 });
  const scale = loaded.config.shelves.find(({ plates }) => plates.some((plate) => plate.sku === sku))?.device;
  const asked = await first.api("POST", `/api/v1/devices/${scale}/commands`, { body: { command: "identify" } });
  expect(asked.status).toBe(202);
  await device.publishAsync("acme/scale/7", '{"load_g":12}', { qos: 1 });
  await eventually(() => inbox(first)).toEqual(["acme/scale/7"]);
  await first.gateway.close();

  // all that is retained comes at once when it joins again
  const second = await boot(mosquitto, { loaded: listening, dataFolder });
  await eventually(() => isReady(second)).toBe(true);
  await device.publishAsync("acme/scale/8", '{"load_g":13}', { qos: 1 });
  await eventually(() => inbox(second)).toEqual(["acme/scale/8"]);
  await second.gateway.close();

  // no longer asked for: the session at the broker remembers the wish, and nobody hears it
  const third = await boot(mosquitto, { dataFolder });
  await eventually(() => isReady(third)).toBe(true);
  await device.publishAsync("acme/scale/9", '{"load_g":14}', { qos: 1 });
  const again = readingOf(third, 4);
  await device.publishAsync(again.topic, again.payload, { qos: 1 });
  await eventually(() => onShelf(third)).toBe(4);
  expect(await inbox(third)).toEqual([]);
});
