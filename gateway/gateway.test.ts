import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Offer, StockItem } from "#wire/views.ts";
import { createManualClock } from "./clock.ts";
import { type Booted, basketAdvert, bootGateway, shopConfig, temporaryFolder } from "./test-gateway.ts";

type Joined = { shopperId: string; token: string };

/** The plate a product stands on, as the planogram says. */
function placeOf({ loaded }: Booted, sku: string) {
  for (const shelf of loaded.config.shelves) {
    const plate = shelf.plates.find((candidate) => candidate.sku === sku);
    const grams = loaded.items.find((item) => item.sku === sku)?.grams;
    if (plate && grams !== undefined) return { shelf, plate: plate.plate, grams, minimum: plate.minimum };
  }
  throw new Error(`${sku} stands nowhere`);
}

let seq = 0;
async function weigh(shop: Booted, sku: string, count: number) {
  const { shelf, plate, grams } = placeOf(shop, sku);
  const device = await shop.mqtt(`scale-${++seq}`);
  const reading = { boot: 1, seq, plates: [{ plate, grams: grams * count }] };
  await device.publishAsync(`store/main/shelf/${shelf.device}/reading`, JSON.stringify(reading), { qos: 1 });
}

const stock = async (shop: Booted, sku: string) => (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value;

test("taking one from the shelf lowers stock by one, and the website sees it", async () => {
  const shop = await bootGateway();
  await weigh(shop, "HAND-BALM", 6);
  expect(await stock(shop, "HAND-BALM")).toMatchObject({ onShelf: 6, available: 6 });
  await weigh(shop, "HAND-BALM", 5);
  const item = await stock(shop, "HAND-BALM");
  expect(item.onShelf).toBe(5);
  const availability = await shop.api<unknown>("GET", `/api/v1/availability?gtin=${item.gtin}`);
  expect(availability.value).toMatchObject({ available: 5 });
});

test("an empty shelf is an alert until it is filled, and two people cannot take it", async () => {
  const shop = await bootGateway();
  const { shelf } = placeOf(shop, "HAND-BALM");
  await weigh(shop, "HAND-BALM", 4);
  await weigh(shop, "HAND-BALM", 0);
  const open = await shop.api<{ id: string; kind: string; shelf: string }[]>("GET", "/api/v1/alerts");
  expect(open.value).toMatchObject([{ kind: "empty", shelf: shelf.id }]);
  const id = open.value[0]?.id;
  expect((await shop.api("POST", `/api/v1/alerts/${id}/assign`, { body: { by: "mia" } })).status).toBe(200);
  expect((await shop.api("POST", `/api/v1/alerts/${id}/assign`, { body: { by: "jonas" } })).status).toBe(409);
  await weigh(shop, "HAND-BALM", 8);
  expect((await shop.api("GET", "/api/v1/alerts")).value).toEqual([]);
});

async function joinAndConsent(shop: Booted, basket: number): Promise<Joined> {
  const basketKey = shop.gateway.access.tokens.basketKey(basket);
  const joined = await shop.api<Joined>("POST", "/api/v1/shoppers", { body: { basket, basketKey } });
  expect(joined.status).toBe(201);
  const consents = { presence: true, offers: true, mirror: false, textVersion: "2026-11" };
  const agreed = await shop.api("POST", "/api/v1/shoppers/me/consents", { body: consents, token: joined.value.token });
  expect(agreed.status).toBe(200);
  return joined.value;
}

/** Lets a receiver hear a basket for three seconds of the shop's clock, loudly. */
async function walkInto(
  shop: Booted,
  clock: ReturnType<typeof createManualClock>,
  { receiver, basket }: { receiver: string; basket: number },
) {
  const device = await shop.mqtt(receiver);
  for (let i = 0; i < 8; i++) {
    clock.advance(500);
    const adverts = [{ mac: "c3:00:00:00:00:01", rssi: -52, data: basketAdvert(shop.loaded.config.baskets, basket) }];
    const message = { boot: 1, seq: ++seq, at: clock.now(), adverts };
    await device.publishAsync(`store/main/ble/${receiver}/adverts`, JSON.stringify(message), { qos: 1 });
  }
}

test("a shopper who said yes gets an offer in a zone, and its code is used once and only once", async () => {
  const clock = createManualClock(Date.UTC(2026, 10, 20, 11));
  const shop = await bootGateway({ clock });
  const rule = shop.loaded.offers[0];
  const receiver = shop.loaded.config.receivers.find(({ zone }) => zone === rule?.zone);
  if (!rule || !receiver) throw new Error("the first offer has no receiver in its zone");
  await weigh(shop, rule.sku, 6);
  const { token } = await joinAndConsent(shop, 1);
  await walkInto(shop, clock, { receiver: receiver.id, basket: 1 });

  const offers = async () => (await shop.api<Offer[]>("GET", "/api/v1/shoppers/me/offers", { token })).value;
  // the second in which the basket had stood long enough is an input of its own, so no acknowledgement waits for it
  await expect.poll(offers).toMatchObject([{ sku: rule.sku, state: "fresh", why: rule.why }]);
  const code = (await offers())[0]?.code ?? "";
  const redeem = (key: string) =>
    shop.api("POST", `/api/v1/offers/${code}/redeem`, { headers: { "idempotency-key": key }, body: {} });
  expect((await redeem("till-1")).status).toBe(200);
  expect((await redeem("till-1")).status).toBe(200);
  expect(await redeem("till-2")).toMatchObject({
    status: 409,
    value: { type: expect.stringContaining("already-redeemed") },
  });
  expect(await offers()).toMatchObject([{ state: "used" }]);
});

test("a shopper who said no gets nothing, however near", async () => {
  const clock = createManualClock(Date.UTC(2026, 10, 20, 11));
  const shop = await bootGateway({ clock });
  const rule = shop.loaded.offers[0];
  const receiver = shop.loaded.config.receivers.find(({ zone }) => zone === rule?.zone);
  if (!rule || !receiver) throw new Error("the first offer has no receiver in its zone");
  await weigh(shop, rule.sku, 6);
  const basketKey = shop.gateway.access.tokens.basketKey(1);
  const joined = await shop.api<Joined>("POST", "/api/v1/shoppers", { body: { basket: 1, basketKey } });
  await walkInto(shop, clock, { receiver: receiver.id, basket: 1 });
  expect((await shop.api("GET", "/api/v1/shoppers/me/offers", { token: joined.value.token })).value).toEqual([]);
});

test("a restart forgets nothing: stock, alerts and offers are as they were", async () => {
  const dataFolder = temporaryFolder();
  const first = await bootGateway({ dataFolder });
  await weigh(first, "HAND-BALM", 0);
  const before = await first.api<unknown>("GET", "/api/v1/alerts");
  const { token } = await joinAndConsent(first, 2);
  await first.gateway.close();

  const second = await bootGateway({ dataFolder });
  expect((await second.api("GET", "/api/v1/alerts")).value).toEqual(before.value);
  expect((await stock(second, "HAND-BALM")).onShelf).toBe(0);
  expect((await second.api("GET", "/api/v1/shoppers/me", { token })).value).toMatchObject({
    basket: "basket-2",
    consents: { presence: true, offers: true, mirror: false },
  });
});

test("someone who leaves is forgotten: no file of the shop still holds their number", async () => {
  const shop = await bootGateway();
  const { token, shopperId } = await joinAndConsent(shop, 3);
  // as an update, a restore and a restore that a power cut ended put them aside
  const stamp = new Date().toISOString().replaceAll(":", "-");
  const ends = ["before-schema-2", `replaced-${stamp}`, `replaced-${stamp}-wal`, "restoring"];
  for (const end of ends) writeFileSync(join(shop.dataFolder, `vitrine.db.${end}`), shopperId);
  expect((await shop.api("DELETE", "/api/v1/shoppers/me", { token })).status).toBeLessThan(300);
  expect((await shop.api("GET", "/api/v1/shoppers/me", { token })).status).toBe(410);
  const phone = { username: shopperId, password: token };
  await expect(shop.mqtt(`shopper-${shopperId}`, phone)).rejects.toThrow(/bad username/i);
  await shop.gateway.close();
  const files = readdirSync(shop.dataFolder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(1);
  for (const { parentPath, name } of files) {
    expect(readFileSync(join(parentPath, name)).includes(shopperId), name).toBe(false);
  }
});

test("a mosquitto-like client hears retained stock as soon as it subscribes", async () => {
  const shop = await bootGateway();
  await weigh(shop, "HAND-BALM", 4);
  const till = await shop.mqtt("till");
  const heard = new Promise<string>((resolve) =>
    till.once("message", (_topic, payload) => resolve(payload.toString())),
  );
  await till.subscribeAsync("store/main/state/stock/HAND-BALM", { qos: 1 });
  expect(JSON.parse(await heard)).toMatchObject({ sku: "HAND-BALM", onShelf: 4, available: 4 });
});

test("a Tasmota scale counts as our own shelves do, and what Frigate sees fills a zone", async () => {
  const loaded = shopConfig();
  const [shelf] = loaded.config.shelves;
  const zone = loaded.config.zones.find(({ camera }) => camera !== undefined);
  const plate = shelf?.plates.find((candidate) => candidate.plate === 1);
  const item = loaded.items.find(({ sku }) => sku === plate?.sku);
  if (!shelf || !zone || !item) throw new Error("the shop has a shelf with a first plate and a camera");
  shelf.device = "tasmota-scale1";
  zone.camera = "frigate";
  const shop = await bootGateway({ loaded });
  const device = await shop.mqtt("foreign");
  const kilograms = ((item.grams ?? 0) * 3) / 1000;
  await device.publishAsync(
    "tele/scale1/SENSOR",
    JSON.stringify({ Time: "2026-11-20T12:00:00", HX711: { Weight: kilograms } }),
    { qos: 1 },
  );
  await expect.poll(() => stock(shop, item.sku)).toMatchObject({ onShelf: 3 });
  await device.publishAsync(`frigate/${zone.id}/person`, "2", { qos: 1 });
  const zones = async () => (await shop.api<{ zone: string; occupancy: number }[]>("GET", "/api/v1/zones")).value;
  await expect.poll(zones).toContainEqual(expect.objectContaining({ zone: zone.id, occupancy: 2 }));
});
