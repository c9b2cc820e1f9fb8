import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { type Booted, basketAdvert, bootGateway, temporaryFolder } from "../test-gateway.ts";

type Joined = {
  shopperId: string;
  token: string;
  mqtt: { clientId: string; username: string; password: string; topic: string };
};

const noon = () => createManualClock(Date.UTC(2026, 10, 20, 11));

/** Somebody joins with a basket, says yes, and stands long enough where an offer waits. */
async function receiveOffer(shop: Booted, clock: ReturnType<typeof createManualClock>) {
  const { config, items } = shop.loaded;
  const rule = shop.loaded.offers[0];
  const receiver = config.receivers.find(({ zone }) => zone === rule?.zone);
  const shelf = config.shelves.find(({ plates }) => plates.some(({ sku }) => sku === rule?.sku));
  const plate = shelf?.plates.find(({ sku }) => sku === rule?.sku)?.plate;
  const grams = 6 * (items.find(({ sku }) => sku === rule?.sku)?.grams ?? 0);
  const device = await shop.mqtt("devices");
  const say = (topic: string, message: object) =>
    device.publishAsync(`store/main/${topic}`, JSON.stringify(message), { qos: 1 });
  await say(`shelf/${shelf?.device}/reading`, { boot: 1, seq: 1, plates: [{ plate, grams }] });
  const basketKey = shop.gateway.access.tokens.basketKey(1);
  const { value } = await shop.api<Joined>("POST", "/api/v1/shoppers", { body: { basket: 1, basketKey } });
  const { token } = value;
  const consents = { presence: true, offers: true, mirror: false, textVersion: "1" };
  await shop.api("POST", "/api/v1/shoppers/me/consents", { token, body: consents });
  for (let seq = 1; seq <= 8; seq++) {
    clock.advance(500);
    const adverts = [{ mac: "c3:00:00:00:00:01", rssi: -52, data: basketAdvert(config.baskets, 1) }];
    await say(`ble/${receiver?.id}/adverts`, { boot: 1, seq, adverts });
  }
  const offers = async () => (await shop.api<{ code: string }[]>("GET", "/api/v1/shoppers/me/offers", { token })).value;
  await expect.poll(offers).toHaveLength(1);
  return { ...value, code: (await offers())[0]?.code ?? "" };
}

const filesHolding = (folder: string, text: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));

test("someone who leaves is gone from every file while the shop is open, with all that became of their offers", async () => {
  const clock = noon();
  const shop = await bootGateway({ clock });
  const { shopperId, token, code } = await receiveOffer(shop, clock);
  await shop.api("POST", `/api/v1/offers/${code}/redeem`, { headers: { "idempotency-key": "till-1" }, body: {} });
  expect(filesHolding(shop.dataFolder, shopperId)).not.toEqual([]);
  expect(filesHolding(shop.dataFolder, code)).not.toEqual([]);
  expect((await shop.api("DELETE", "/api/v1/shoppers/me", { token })).status).toBeLessThan(300);
  await expect.poll(() => filesHolding(shop.dataFolder, shopperId)).toEqual([]);
  expect(filesHolding(shop.dataFolder, code)).toEqual([]);
});

/** The shop's memory as it is on disk now, as a crash at this moment leaves it. */
async function crashCopy(shop: Booted, edit: (db: DatabaseSync) => void) {
  const folder = temporaryFolder();
  for (const file of ["secret.key", "credentials.json"]) {
    const from = join(shop.dataFolder, file);
    if (readdirSync(shop.dataFolder).includes(file)) copyFileSync(from, join(folder, file));
  }
  await shop.gateway.backup(join(folder, "vitrine.db"));
  const db = new DatabaseSync(join(folder, "vitrine.db"));
  edit(db);
  db.close();
  return folder;
}

test("an erasure that a crash cut off is finished at the next start", async () => {
  const clock = noon();
  const shop = await bootGateway({ clock });
  const { shopperId, code } = await receiveOffer(shop, clock);
  const folder = await crashCopy(shop, (db) => {
    // the promise was committed, its traces were not removed yet
    const body = JSON.stringify({ type: "shopper-erased", at: clock.now(), shopperId });
    db.prepare("INSERT INTO journal (id, body) SELECT max(id) + 1, ? FROM journal").run(body);
  });
  expect(filesHolding(folder, shopperId)).not.toEqual([]);
  await bootGateway({ clock, dataFolder: folder });
  await expect.poll(() => filesHolding(folder, shopperId)).toEqual([]);
  expect(filesHolding(folder, code)).toEqual([]);
});

test("a device that was retired in the moment of a crash cannot sign in at the next start either", async () => {
  const shop = await bootGateway();
  const [before, after] = await Promise.all([
    shop.gateway.access.credentials.addDevice("A1"),
    shop.gateway.access.credentials.addDevice("A2"),
  ]);
  const scale = await shop.mqtt("scale");
  await scale.publishAsync("store/main/shelf/A1/status", JSON.stringify({ state: "online" }), { qos: 1 });
  const folder = await crashCopy(shop, (db) => {
    const retired = (deviceId: string) => JSON.stringify({ type: "device-retired", at: 1, deviceId, by: "ana" });
    const insert = db.prepare("INSERT INTO journal (id, body) SELECT coalesce(max(id), 0) + 1, ? FROM journal");
    // done long ago, and given credentials since
    insert.run(retired("A2"));
    db.exec("INSERT OR REPLACE INTO fact (name, value) SELECT 'effects', max(id) FROM journal");
    insert.run(retired("A1"));
  });
  const { access } = (await bootGateway({ dataFolder: folder })).gateway;
  await expect.poll(() => access.credentials.verifyDevice("A1", before)).toBe(false);
  expect(await access.credentials.verifyDevice("A2", after)).toBe(true);
});

test("an offer that was promised but not yet sent when the power went is sent at the next start, once", async () => {
  const clock = noon();
  const shop = await bootGateway({ clock });
  const { code, mqtt } = await receiveOffer(shop, clock);
  const session = { username: mqtt.username, password: mqtt.password, clean: false };
  const phone = await shop.mqtt(mqtt.clientId, session);
  await phone.subscribeAsync(mqtt.topic, { qos: 1 });
  await phone.endAsync();
  const folder = await crashCopy(shop, (db) => {
    db.exec("DELETE FROM outgoing");
    db.exec(
      "UPDATE fact SET value = (SELECT min(id) - 1 FROM journal WHERE body LIKE '%offer-issued%') WHERE name = 'effects'",
    );
  });

  /** Starts, says what waits for the phone that sleeps, and leaves the disk as another crash would. */
  async function crashAgain(dataFolder: string) {
    const again = await bootGateway({ clock, dataFolder });
    const db = new DatabaseSync(join(dataFolder, "vitrine.db"), { readOnly: true });
    const rows = () => db.prepare("SELECT payload FROM outgoing").all();
    await expect.poll(rows).not.toEqual([]);
    const sent = () =>
      db.prepare("SELECT value >= (SELECT max(id) FROM journal) AS all_sent FROM fact WHERE name = 'effects'").get();
    await expect.poll(sent).toEqual({ all_sent: 1 });
    const codes = rows().map(({ payload }) => JSON.parse(Buffer.from(payload as Uint8Array).toString()).code);
    db.close();
    return { codes, folder: await crashCopy(again, () => {}) };
  }
  const once = await crashAgain(folder);
  expect(once.codes).toEqual([code]);
  expect((await crashAgain(once.folder)).codes, "a second start sends nothing anew").toEqual([code]);
});

test("what the disk refuses is answered with a problem; the shop then goes on from what is saved", async () => {
  const shop = await bootGateway();
  const scale = await shop.mqtt("scale");
  const shelf = shop.loaded.config.shelves[0];
  const plate = shelf?.plates[0];
  const grams = 4 * (shop.loaded.items.find(({ sku }) => sku === plate?.sku)?.grams ?? 0);
  const reading = { boot: 1, seq: 1, plates: [{ plate: plate?.plate, grams }] };
  await scale.publishAsync(`store/main/shelf/${shelf?.device}/reading`, JSON.stringify(reading), { qos: 1 });

  // somebody takes the next number in the journal: the gateway's own commit is then refused by the disk
  const db = new DatabaseSync(join(shop.dataFolder, "vitrine.db"));
  db.exec("PRAGMA busy_timeout = 5000");
  const foreign = JSON.stringify({ type: "share-ended", at: 1, shareId: "none", reason: "expired" });
  db.prepare("INSERT INTO journal (id, body) SELECT max(id) + 1, ? FROM journal").run(foreign);
  db.close();
  const reserve = () =>
    shop.api("POST", "/api/v1/reservations", {
      headers: { "idempotency-key": "customer-1" },
      body: { sku: plate?.sku, quantity: 1 },
    });
  expect(await reserve()).toMatchObject({
    status: 503,
    value: { title: expect.stringContaining("Nothing was changed") },
  });
  await expect.poll(async () => (await reserve()).status).toBe(201);
  expect((await shop.api("GET", `/api/v1/stock/${plate?.sku}`)).value).toMatchObject({ onShelf: 4, reserved: 1 });
});
