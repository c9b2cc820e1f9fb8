import { execFile } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import type { Device, InboxTopic, StockItem } from "#wire/views.ts";
import { createBleKeys } from "../access/ble-keys.ts";
import { createManualClock } from "../clock.ts";
import { root } from "../commands/setting.ts";
import { silentLog } from "../log.ts";
import { createStorage } from "../storage/storage.ts";
import { type Booted, bootGateway, shopConfig, temporaryFolder } from "../test-gateway.ts";
import { wireFormats } from "./formats.ts";

const runFile = promisify(execFile);
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const mac = "54:48:e6:8f:80:a5";
const key = "231d39c1d7cc1ab1aee224cd096db932";
/** The example of bthome.io: 25.06 °C, 50.55 %. */
const published = hex("d2fc 41 a47266c95f73 00112233 78237214");

/** 0x06: a mass in steps of 10 g, sealed as bthome.io says. */
function sealedMass(counter: number, grams: number) {
  const [tail, objects] = [Buffer.alloc(4), Buffer.alloc(3)];
  tail.writeUInt32LE(counter);
  objects[0] = 0x06;
  objects.writeUInt16LE(grams / 10, 1);
  const nonce = Buffer.concat([hex(mac.replaceAll(":", "")), hex("d2fc41"), tail]);
  const cipher = createCipheriv("aes-128-ccm", hex(key), nonce, { authTagLength: 4 });
  const sealed = Buffer.concat([cipher.update(objects), cipher.final()]);
  return Buffer.concat([hex("d2fc41"), sealed, tail, cipher.getAuthTag()]);
}

async function metric(shop: Booted, name: string): Promise<number> {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}
const replayed = (shop: Booted) => metric(shop, "vitrine_ble_replayed_total");
const device = async (shop: Booted, id: string) =>
  (await shop.api<Device[]>("GET", "/api/v1/devices")).value.find((one) => one.id === id);
const inboxOf = async (shop: Booted) => (await shop.api<InboxTopic[]>("GET", "/api/v1/inbox")).value;

/** A receiver of the shop, on which somebody may also play back what was said before. */
async function receiverOf(shop: Booted, boot: number) {
  const id = shop.loaded.config.receivers[0]?.id;
  const client = await shop.mqtt(`receiver-${boot}`);
  let seq = 0;
  return async (serviceData: Buffer) => {
    const data = `020106${Buffer.from([serviceData.length + 1, 0x16]).toString("hex")}${serviceData.toString("hex")}`;
    const payload = { boot, seq: ++seq, adverts: [{ mac, rssi: -60, data }] };
    await client.publishAsync(`store/main/ble/${id}/adverts`, JSON.stringify(payload), { qos: 1 });
  };
}

/** A shelf and a product on its first plate that weighs whole tens of grams, as a BTHome scale tells them. */
function placeOf(shop: Booted) {
  for (const { id, plates } of shop.loaded.config.shelves) {
    for (const { plate, sku } of plates) {
      const grams = shop.loaded.items.find((item) => item.sku === sku)?.grams ?? 0;
      if (grams >= 100 && grams % 10 === 0) return { shelf: id, plate, sku, grams };
    }
  }
  throw new Error("nothing in the shop weighs 100 g");
}

async function adopt(shop: Booted, id: string, { shelf, plate }: { shelf: string; plate: number }) {
  const body = { name: "Scale", kind: "shelf", place: { at: "shelf", id: shelf }, plates: { 1: plate } };
  const { status } = await shop.api("POST", `/api/v1/devices/${id}/adopt`, { body });
  expect(status).toBe(200);
}

test("a sealed scale counts stock, and so does a replay of the record, in which somebody plays back what it said", {
  timeout: 60_000,
}, async () => {
  const dataFolder = temporaryFolder();
  const clock = createManualClock(Date.now());
  await createBleKeys(dataFolder).set(mac, key, clock.now());
  const shop = await bootGateway({ dataFolder, clock });
  const place = placeOf(shop);
  const onShelf = async () => (await shop.api<StockItem>("GET", `/api/v1/stock/${place.sku}`)).value.onShelf;
  const hear = await receiverOf(shop, 1);
  const pieces = (count: number, counter: number) => sealedMass(counter, count * place.grams);
  await hear(pieces(4, 1_000));
  expect(await device(shop, mac)).toMatchObject({ state: "pending", kind: "shelf" });
  await adopt(shop, mac, place);
  await hear(pieces(4, 1_001));
  await expect.poll(onShelf).toBe(4);
  await hear(pieces(3, 1_002));
  await expect.poll(onShelf).toBe(3);

  const stop = new AbortController();
  const recording = await fetch(`${shop.url}/api/v1/recording`, { signal: stop.signal });
  const lines = linesOf(recording);
  await expect.poll(() => lines.text()).toContain('"begin"');
  clock.advance(120_000);
  await hear(pieces(4, 1_001));
  expect(await replayed(shop)).toBe(1);
  await hear(pieces(2, 1_003));
  await expect.poll(onShelf).toBe(2);
  await expect.poll(() => lines.text().match(/adverts/g)?.length).toBe(4);
  stop.abort();
  await lines.ended;
  expect(lines.text()).not.toContain(key);
  const file = join(dataFolder, "record.jsonl");
  writeFileSync(file, lines.text());
  const counts = async (...args: string[]) => {
    const { stdout } = await runFile(process.execPath, [join(root, "gateway", "main.ts"), "replay", file, ...args]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    return events.flatMap(({ type, count, sku }) => (type === "stock-changed" && sku === place.sku ? [count] : []));
  };
  expect(await counts("--keys", dataFolder)).toEqual([2]);
  expect(await counts(), "a record holds no key").toEqual([]);
});

function linesOf(response: Response) {
  let text = "";
  const ended = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  })().catch(() => {});
  return { text: () => text, ended };
}

test("what a sealed sensor said is refused when somebody plays it back, also after a restart", async () => {
  const dataFolder = temporaryFolder();
  const clock = createManualClock(Date.now());
  await createBleKeys(dataFolder).set(mac, key, clock.now());
  const first = await bootGateway({ dataFolder, clock });
  const hear = await receiverOf(first, 1);

  await hear(published);
  expect(await device(first, mac)).toMatchObject({ state: "pending", kind: "ble" });
  await hear(sealedMass(0x33221101, 500));
  expect(await metric(first, "vitrine_ble_unopened_total")).toBe(0);

  clock.advance(120_000);
  await hear(published);
  expect(await replayed(first)).toBe(1);
  const [note] = await inboxOf(first);
  expect(note?.reason).toMatch(/^54:48:e6:8f:80:a5 said counter .* Somebody plays back/);
  expect(JSON.stringify(note?.samples), "the receiver's message itself may tell of others").not.toContain(
    "a47266c95f73",
  );

  await first.gateway.close();
  const second = await bootGateway({ dataFolder, clock });
  const hearAgain = await receiverOf(second, 2);
  clock.advance(120_000);
  await hearAgain(sealedMass(0x33221101, 500));
  await hearAgain(published);
  expect(await replayed(second)).toBe(2);
  await hearAgain(sealedMass(0x33221102, 500));
  expect(await replayed(second)).toBe(2);
  expect(await metric(second, "vitrine_ble_unopened_total")).toBe(0);
  for (const file of ["vitrine.db", "vitrine.db-wal"]) {
    expect(readFileSync(join(dataFolder, file)).includes(hex(key)), file).toBe(false);
    expect(readFileSync(join(dataFolder, file)).includes(key), file).toBe(false);
  }
});

test("what a sealed sensor said in a commit that failed counts when it is said again", async () => {
  const dataFolder = temporaryFolder();
  const clock = createManualClock(Date.now());
  await createBleKeys(dataFolder).set(mac, key, clock.now());
  const storage = createStorage({ folder: dataFolder, log: silentLog });
  onTestFinished(() => storage.close());
  const onDisk = await storage.start();
  const formats = await wireFormats({
    ...{ loaded: shopConfig(), storeId: "main", dataFolder, storage, onDisk, clock, log: silentLog },
  });
  onTestFinished(() => formats.close());
  let seq = 0;
  const hear = (serviceData: Buffer) => {
    const data = `020106${Buffer.from([serviceData.length + 1, 0x16]).toString("hex")}${serviceData.toString("hex")}`;
    const payload = JSON.stringify({ boot: 1, seq: ++seq, adverts: [{ mac, rssi: -60, data }] });
    const result = formats.decode("store/main/ble/B1/adverts", Buffer.from(payload), clock.now());
    return result.ok && result.value.readings.some(({ kind }) => kind === "sensor");
  };
  expect(hear(sealedMass(41, 500))).toBe(true);
  expect(hear(sealedMass(41, 500))).toBe(false);
  formats.reload({ ...onDisk, facts: {} });
  expect(hear(sealedMass(41, 500))).toBe(true);
  const { id } = (await createBleKeys(dataFolder).load()).get(mac) ?? {};
  formats.reload({ ...onDisk, facts: { [`ble-counter/${mac}/${id}`]: 41 } });
  expect(hear(sealedMass(41, 500)), "what is on disk stays heard").toBe(false);
  expect(hear(sealedMass(42, 500))).toBe(true);
});

test("a key that is set, changed or taken away while the gateway runs is followed", async () => {
  const shop = await bootGateway();
  const keys = createBleKeys(shop.dataFolder);
  const hear = await receiverOf(shop, 1);
  const unopened = () => metric(shop, "vitrine_ble_unopened_total");
  await hear(sealedMass(7, 500));
  expect(await unopened()).toBe(1);
  await keys.set(mac, key, Date.now());
  const seen = async () => {
    await hear(sealedMass(8, 500));
    return (await device(shop, mac)) !== undefined;
  };
  await expect.poll(seen, { interval: 300 }).toBe(true);
  await keys.remove(mac);
  const before = await unopened();
  const shut = async () => {
    await hear(sealedMass(9, 500));
    return await unopened();
  };
  await expect.poll(shut, { interval: 300 }).toBeGreaterThan(before);
});

// Written by the Eclipse project's own encoder, as in sparkplug-b.test.ts.
const t = "08eaf2f5a8a02b";
const nodeBirth = `${t}12120a05626453657118eaf2f5a8a02b2008580312210a144e6f646520436f6e74726f6c2f5265626972746818eaf2f5a8a02b200b7000121f0a0b74656d706572617475726518eaf2f5a8a02b200a6900000000008035401800`;
const nodeDeath = `${t}120b0a05626453657120085803`;
const deviceBirth = `${t}121f0a0d706c6174652f312f6772616d73100118eaf2f5a8a02b20096500509c4412200a0d706c6174652f322f6772616d73100218eaf2f5a8a02b200350fdffffff0f121d0a1050726f706572746965732f4d6f64656c200c7a075363616c6520371801`;
/** Plate 1 by its alias and nothing else. */
function byAlias(seq: number, grams: number) {
  const value = Buffer.alloc(4);
  value.writeFloatLE(grams);
  return `${t}12091001200965${value.toString("hex")}18${Buffer.from([seq]).toString("hex")}`;
}

test("a Sparkplug scale is born, speaks by alias, is asked to be born again after a gap, and goes with its node", async () => {
  const shop = await bootGateway();
  const shelf = shop.loaded.config.shelves.find(({ plates }) => plates.some(({ plate }) => plate === 1));
  const sku = shelf?.plates.find(({ plate }) => plate === 1)?.sku;
  const grams = shop.loaded.items.find((item) => item.sku === sku)?.grams ?? 0;
  const onShelf = async () => (await shop.api<StockItem>("GET", `/api/v1/stock/${sku}`)).value.onShelf;
  const node = await shop.mqtt("node-1");
  const asked: Buffer[] = [];
  node.on("message", (_topic, payload) => asked.push(payload));
  await node.subscribeAsync("spBv1.0/shop/NCMD/node-1");
  const say = (type: string, payload: string) => node.publishAsync(`spBv1.0/shop/${type}`, hex(payload), { qos: 1 });
  const scale = "sparkplug-shop--node-1--scale-1";

  await say("NBIRTH/node-1", nodeBirth);
  await say("DBIRTH/node-1/scale-1", deviceBirth);
  const adopted = await shop.api("POST", `/api/v1/devices/${scale}/adopt`, {
    body: { name: "Scale 1", kind: "shelf", place: { at: "shelf", id: shelf?.id }, plates: { 1: 1 } },
  });
  expect(adopted.status).toBe(200);
  await say("DDATA/node-1/scale-1", byAlias(2, 3 * grams));
  await expect.poll(onShelf).toBe(3);
  expect(asked).toEqual([]);

  await say("DDATA/node-1/scale-1", byAlias(5, 2 * grams));
  expect((await inboxOf(shop))[0]?.reason).toMatch(/^Message 5 of shop\/node-1 came after 2/);
  expect(await onShelf(), "an alias may mean something else by now").toBe(3);
  await expect.poll(() => asked).toHaveLength(1);
  // the Rebirth of the node's own birth, as Eclipse wrote it, with true for false and our time
  const [command] = asked;
  const rebirth = hex("0a144e6f646520436f6e74726f6c2f52656269727468");
  expect(command?.includes(rebirth)).toBe(true);
  expect(command?.subarray(-4)).toEqual(hex("200b7001"));

  await say("NBIRTH/node-1", nodeBirth);
  await say("DBIRTH/node-1/scale-1", deviceBirth);
  await say("DDATA/node-1/scale-1", byAlias(2, 2 * grams));
  await expect.poll(onShelf).toBe(2);
  await say("NDEATH/node-1", nodeDeath.replace("5803", "5809"));
  expect((await device(shop, scale))?.state, "the death of an earlier connection").toBe("online");
  await say("NDEATH/node-1", nodeDeath);
  await expect.poll(async () => (await device(shop, scale))?.state).toBe("offline");
});
