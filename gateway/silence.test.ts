import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MqttClient } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import type { Alert } from "#wire/views.ts";
import { startMosquitto } from "./broker/test-mosquitto.ts";
import { createManualClock } from "./clock.ts";
import { root } from "./commands/setting.ts";
import { type Booted, bootGateway, shopConfig, temporaryFolder } from "./test-gateway.ts";
import { config, device, first, gramsOf, noon, shelf, speaker, weigh } from "./test-registry.ts";

/** The shop's clock goes on by seconds while other devices speak. */
async function pass(clock: ReturnType<typeof createManualClock>, seconds: number, each: (second: number) => unknown) {
  for (let second = 1; second <= seconds; second++) {
    clock.advance(1_000);
    await each(second);
  }
}

test("a scale that speaks every two seconds and falls silent is offline, is one alert, and is back with its next word", async () => {
  const clock = createManualClock(noon);
  const shop = await bootGateway({ clock });
  const say = await speaker(shop);
  const grams = 3 * gramsOf(first.sku);
  let seq = 0;
  const scale = () => say(`store/main/shelf/${shelf.device}/reading`, weigh(first.plate, grams, ++seq));
  const reader = config.rfid[0]?.id;
  let reads = 0;
  const others = () => say(`store/main/rfid/${reader}/reads`, { boot: 1, seq: ++reads, reads: [] });
  await pass(clock, 30, (second) => (second % 2 === 0 ? scale() : others()));
  expect((await device(shop, shelf.device))?.health).toMatchObject({ intervalMs: 2_000, lost: 0, restarts: 0 });
  await pass(clock, 20, others);
  expect(await device(shop, shelf.device)).toMatchObject({ state: "online" });
  await pass(clock, 20, others);
  // the second in which it was silent for too long is an input of its own, so no acknowledgement waits for it
  await expect.poll(() => device(shop, shelf.device)).toMatchObject({ state: "offline" });
  const alerts = async () => (await shop.api<Alert[]>("GET", "/api/v1/alerts")).value;
  expect((await alerts()).filter(({ kind }) => kind === "device-down")).toMatchObject([{ deviceId: shelf.device }]);
  const lastSeenAt = (await device(shop, shelf.device))?.lastSeenAt;
  await say(`store/main/shelf/${shelf.device}/status`, { state: "offline" });
  expect((await device(shop, shelf.device))?.lastSeenAt).toBe(lastSeenAt);
  await scale();
  expect(await device(shop, shelf.device)).toMatchObject({ state: "online" });
  expect(await alerts()).toEqual([]);
});

test("after a restart of the gateway nothing flaps: nobody is called silent for the time in which nobody listened", async () => {
  const dataFolder = temporaryFolder();
  const clock = createManualClock(noon);
  const shop = await bootGateway({ dataFolder, clock });
  const will = {
    topic: `store/main/shelf/${shelf.device}/status`,
    payload: Buffer.from('{"state":"offline"}'),
    qos: 1 as const,
  };
  const scale = await shop.mqtt("scale", { will });
  let seq = 0;
  const speak = (client: typeof scale) => {
    const reading = weigh(first.plate, 3 * gramsOf(first.sku), ++seq);
    return client.publishAsync(`store/main/shelf/${shelf.device}/reading`, JSON.stringify(reading), { qos: 1 });
  };
  await pass(clock, 30, () => speak(scale));
  const happened = async (at: Booted) => (await at.gateway.storageInfo()).journalRows;
  const before = await happened(shop);
  await shop.gateway.close();

  clock.advance(2 * 3_600_000);
  const again = await bootGateway({ dataFolder, clock });
  const say = await speaker(again);
  const other = () => say("store/main/rfid/nobody/status", { state: "offline" });
  await pass(clock, 25, other);
  expect(await device(again, shelf.device)).toMatchObject({ state: "online", health: { intervalMs: 1_000 } });
  await speak(await again.mqtt("scale"));
  await pass(clock, 25, other);
  expect(await device(again, shelf.device)).toMatchObject({ state: "online", health: { lost: 0, restarts: 0 } });
  expect(await again.api("GET", "/api/v1/alerts")).toMatchObject({ value: [] });
  expect(await happened(again)).toBe(before);
});

test("when the shop's own broker restarts nothing flaps, though it says of everybody that they are gone", {
  timeout: 60_000,
}, async () => {
  const mosquitto = await startMosquitto();
  const clock = createManualClock(noon);
  const shop = await bootGateway({ clock, loaded: shopConfig({ VITRINE_BROKER_URL: mosquitto.url }) });
  const isReady = async () => (await shop.api("GET", "/readyz")).status === 200;
  await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
  const payload = Buffer.from('{"state":"offline"}');
  const will = { topic: `store/main/shelf/${shelf.device}/status`, payload, qos: 1 as const, retain: true };
  const scale = () => mosquitto.client("scale", { will });
  let seq = 0;
  const speak = (client: MqttClient) => {
    const reading = weigh(first.plate, 3 * gramsOf(first.sku), ++seq);
    return client.publishAsync(`store/main/shelf/${shelf.device}/reading`, JSON.stringify(reading), { qos: 1 });
  };
  const before = await scale();
  const received = async () => (await device(shop, shelf.device))?.health?.received;
  for (let second = 1; second <= 20; second++) {
    clock.advance(1_000);
    await speak(before);
    await expect.poll(received, { timeout: 10_000, interval: 5 }).toBe(second);
  }
  await mosquitto.stop();
  await expect.poll(isReady).toBe(false);
  // any command lets the seconds be judged
  for (let i = 0; i < 12; i++) {
    clock.advance(9_000);
    await shop.api("POST", "/api/v1/stock/HAND-BALM/count", { body: { shelf: "NONE", plate: 1, count: 1 } });
  }
  expect(await device(shop, shelf.device)).toMatchObject({ state: "online" });
  await mosquitto.start();
  await expect.poll(isReady, { timeout: 40_000 }).toBe(true);
  await speak(await scale());
  await expect.poll(received, { timeout: 20_000 }).toBe(21);
  expect(await device(shop, shelf.device)).toMatchObject({ state: "online" });
  expect((await shop.api<Alert[]>("GET", "/api/v1/alerts")).value).toEqual([]);
});

test("a device whose link flaps is one alert, and back only once it stays", async () => {
  const clock = createManualClock(noon);
  const shop = await bootGateway({ clock });
  const say = await speaker(shop);
  const opened: string[] = [];
  const stream = await fetch(`${shop.url}/api/v1/stream`);
  const reader = stream.body?.getReader();
  onTestFinished(() => void reader?.cancel());
  const heard = (async () => {
    for (;;) {
      const chunk = await reader?.read();
      if (!chunk || chunk.done) return;
      for (const match of Buffer.from(chunk.value)
        .toString()
        .matchAll(/"id":"(device-down-[^"]+)"/g))
        opened.push(match[1] ?? "");
    }
  })().catch(() => {});
  const status = (state: string) => say(`store/main/shelf/${shelf.device}/status`, { state });
  let seq = 0;
  const speak = () => say(`store/main/shelf/${shelf.device}/reading`, weigh(first.plate, 0, ++seq));
  await speak();
  for (let i = 0; i < 20; i++) {
    await pass(clock, 2, () => status("offline"));
    await pass(clock, 2, speak);
  }
  expect(await device(shop, shelf.device)).toMatchObject({ state: "offline" });
  await pass(clock, 58, speak);
  expect(await device(shop, shelf.device)).toMatchObject({ state: "offline" });
  await pass(clock, 3, speak);
  await expect.poll(() => device(shop, shelf.device)).toMatchObject({ state: "online" });
  await reader?.cancel();
  await heard;
  expect(new Set(opened).size).toBeLessThanOrEqual(3);
});

test("a record with a time in it that nobody could hear replays to the same silences", {
  timeout: 60_000,
}, async () => {
  const clock = createManualClock(noon);
  const shop = await bootGateway({ clock });
  const say = await speaker(shop);
  const file = join(temporaryFolder(), "record.jsonl");
  const record = await fetch(`${shop.url}/api/v1/recording`);
  const written = record.text();
  let seq = 0;
  const speak = (id = shelf.device) => say(`store/main/shelf/${id}/reading`, weigh(first.plate, 0, ++seq));
  const other = config.shelves.find(({ device }) => device !== shelf.device)?.device;
  await pass(clock, 30, () => speak());
  // one falls silent, and just when it is missed the machine sleeps for ten minutes
  await pass(clock, 31, () => speak(other));
  clock.advance(600_000);
  await speak(other);
  await pass(clock, 25, () => speak());
  await expect.poll(() => device(shop, shelf.device)).toMatchObject({ state: "online" });
  expect(await device(shop, other ?? "")).toMatchObject({ state: "online" });
  await pass(clock, 10, () => speak());
  await expect.poll(() => device(shop, other ?? "")).toMatchObject({ state: "offline" });
  await shop.gateway.close();
  writeFileSync(file, await written);
  expect(readFileSync(file, "utf8")).toContain('"command":"deaf"');

  const main = join(root, "gateway", "main.ts");
  const replayed = execFileSync(process.execPath, [main, "replay", file], { cwd: root, encoding: "utf8" });
  const db = new DatabaseSync(join(shop.dataFolder, "vitrine.db"), { readOnly: true });
  const rows = db.prepare("SELECT body FROM journal ORDER BY id").all();
  db.close();
  expect(replayed.trimEnd().split("\n")).toEqual(rows.map(({ body }) => String(body)));
  expect(replayed.match(/"why":"silent"/g)).toHaveLength(2);
});
