import type { MqttClient } from "mqtt";
import { expect, test } from "vitest";
import type { Device, StockItem } from "#wire/views.ts";
import { type Booted, bootGateway, shopConfig, temporaryFolder } from "./test-gateway.ts";

const loaded = shopConfig();
const shelf = loaded.config.shelves[0];
const other = loaded.config.shelves[1];
const plate = shelf?.plates[0];
if (!shelf || !other || !plate) throw new Error("the shop has two shelves with plates");
const grams = loaded.items.find(({ sku }) => sku === plate.sku)?.grams ?? 0;
const device = shelf.device;
const topic = (channel: string, id = device) => `store/${loaded.config.store.id}/shelf/${id}/${channel}`;

/** The scale under the first shelf, by hand. */
async function scaleOf(gateway: Booted, boot = 7) {
  const client = await gateway.mqtt(`scale-${boot}`);
  const heard: { id: string; command: string }[] = [];
  client.on("message", (_topic, payload) => heard.push(JSON.parse(payload.toString())));
  await client.subscribeAsync(topic("command"), { qos: 1 });
  await say(client, "status", { state: "online", firmware: "test 1.0.0", boot });
  let seq = 0;
  return {
    client,
    heard,
    weigh: (weight: number) =>
      say(client, "reading", { boot, seq: seq++, plates: [{ plate: plate?.plate, grams: weight }] }),
    async asked(command: string) {
      await expect.poll(() => heard.findLast((one) => one.command === command)).toBeDefined();
      return heard.findLast((one) => one.command === command)?.id ?? "";
    },
    reply: (id: string, more: object = {}) => say(client, "reply", { id, ok: true, ...more }),
  };
}

const say = (client: MqttClient, channel: string, body: object, id = device) =>
  client.publishAsync(topic(channel, id), JSON.stringify(body), { qos: 1, retain: channel === "status" });

async function requestOf(gateway: Booted) {
  const { value } = await gateway.api<Device>("GET", `/api/v1/devices/${device}`);
  const devices = await gateway.api<Device[]>("GET", "/api/v1/devices");
  expect(value).toBeDefined();
  return devices.value.find(({ id }) => id === device)?.request;
}
const ask = (gateway: Booted, body: object) =>
  gateway.api<{ requestId: string; title?: string }>("POST", `/api/v1/devices/${device}/commands`, { body });
async function countOf(gateway: Booted) {
  const { value } = await gateway.api<StockItem>("GET", `/api/v1/stock/${plate?.sku}`);
  return value.places.find((place) => place.shelf === shelf?.id && place.plate === plate?.plate)?.count;
}

/** What a monitoring system reads of requests. */
async function countsOf(gateway: Booted) {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const value = (metric: string) =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`vitrine_device_requests_${metric} `))
        ?.split(" ")[1],
    );
  const [open, done] = [value("open"), value('total{state="done"}')];
  return { open, done, refused: value('total{state="refused"}'), unanswered: value('total{state="unanswered"}') };
}

test("an engineer makes a shelf blink and sees that it did", async () => {
  const gateway = await bootGateway({ loaded });
  expect(await ask(gateway, { command: "identify" })).toMatchObject({ status: 409 });
  const scale = await scaleOf(gateway);
  const { status, value } = await ask(gateway, { command: "identify", seconds: 5 });
  expect(status).toBe(202);
  expect(await scale.asked("identify")).toBe(value.requestId);
  expect(scale.heard.at(-1)).toEqual({ id: value.requestId, command: "identify", seconds: 5 });
  expect(await requestOf(gateway)).toMatchObject({ requestId: value.requestId, state: "sent" });

  // another device's word for it is worth nothing, nor is a guess
  await say(scale.client, "reply", { id: value.requestId, ok: true }, other.device);
  await scale.reply("somebody-elses");
  expect((await requestOf(gateway))?.state).toBe("sent");
  expect(await countsOf(gateway)).toEqual({ open: 1, done: 0, refused: 0, unanswered: 0 });
  await scale.reply(value.requestId, { detail: "blinking" });
  expect(await requestOf(gateway)).toMatchObject({ state: "done", detail: "blinking" });
  // the same reply once more, and another opinion
  await scale.reply(value.requestId, { ok: false, detail: "no" });
  expect(await requestOf(gateway)).toMatchObject({ state: "done", detail: "blinking" });
  expect(await countsOf(gateway)).toEqual({ open: 0, done: 1, refused: 0, unanswered: 0 });
});

test("what a device may be asked is checked before it is asked", async () => {
  const gateway = await bootGateway({ loaded });
  const scale = await scaleOf(gateway);
  for (const body of [
    { command: "explode" },
    { command: "update", version: "1" },
    { command: "configure" },
    { command: "configure", settings: { reportMs: 1 } },
    { command: "identify", seconds: 1e9 },
    { command: "tare", plates: [] },
  ]) {
    expect((await ask(gateway, body)).status, JSON.stringify(body)).toBe(400);
  }
  const nobody = await gateway.api("POST", "/api/v1/devices/nobody/commands", { body: { command: "identify" } });
  expect(nobody.status).toBe(404);
  expect(scale.heard).toEqual([]);
});

test("a device may not answer in another one's name", async () => {
  const dataFolder = temporaryFolder();
  const gateway = await bootGateway({ loaded, dataFolder });
  const scale = await scaleOf(gateway);
  const { value } = await gateway.api<{ username: string; password: string }>(
    ...(["POST", `/api/v1/devices/${other.device}/credentials`] as const),
    { body: {} },
  );
  const thief = await gateway.mqtt(value.username, { username: value.username, password: value.password });
  const { requestId } = (await ask(gateway, { command: "reboot" })).value;
  await scale.asked("reboot");
  const shownOut = new Promise<void>((resolve) => thief.once("close", () => resolve()));
  thief.publish(topic("reply"), JSON.stringify({ id: requestId, ok: true }), { qos: 1 });
  await shownOut;
  expect((await requestOf(gateway))?.state).toBe("sent");
});

test("a request that nobody answered before the gateway fell is made again, under the same id", async () => {
  const dataFolder = temporaryFolder();
  const first = await bootGateway({ loaded, dataFolder });
  await scaleOf(first);
  const { requestId } = (await ask(first, { command: "reboot" })).value;
  await first.gateway.close();

  const second = await bootGateway({ loaded, dataFolder });
  expect(await requestOf(second)).toMatchObject({ requestId, state: "sent" });
  const scale = await scaleOf(second);
  expect(await scale.asked("reboot")).toBe(requestId);
  await scale.reply(requestId);
  expect(await requestOf(second)).toMatchObject({ requestId, state: "done" });
});

test("a scale is not set to zero by a request from before the gateway fell: goods may stand on it by now", async () => {
  const dataFolder = temporaryFolder();
  const first = await bootGateway({ loaded, dataFolder });
  const before = await scaleOf(first);
  const { requestId } = (await ask(first, { command: "tare" })).value;
  await before.asked("tare");
  await first.gateway.close();

  const second = await bootGateway({ loaded, dataFolder });
  expect(await requestOf(second)).toMatchObject({
    ...{ requestId, state: "unanswered", detail: "The gateway restarted meanwhile. Ask again." },
  });
  const scale = await scaleOf(second, 8);
  await ask(second, { command: "identify" });
  await scale.asked("identify");
  expect(scale.heard.map(({ command }) => command)).toEqual(["identify"]);
});

test("setting a scale to zero never counts its goods as taken", async () => {
  const gateway = await bootGateway({ loaded });
  const scale = await scaleOf(gateway);
  await scale.weigh(3 * grams);
  await expect.poll(() => countOf(gateway)).toBe(3);
  expect((await ask(gateway, { command: "tare" })).value).toMatchObject({
    title: `There are goods on plate ${plate.plate}.`,
  });

  // taken off, and the scale has drifted by a few grams
  await scale.weigh(0);
  await expect.poll(() => countOf(gateway)).toBe(0);
  await scale.weigh(2);
  expect((await ask(gateway, { command: "tare" })).status).toBe(202);
  const id = await scale.asked("tare");
  expect(scale.heard.at(-1)).toEqual({ id, command: "tare" });
  // while it is at it, what it shows is neither the old nor the new weight
  await scale.weigh(2 * grams);
  await scale.reply(id);
  expect(await requestOf(gateway)).toMatchObject({ command: "tare", state: "done" });
  expect(await countOf(gateway)).toBe(0);
  await scale.weigh(4 * grams);
  await expect.poll(() => countOf(gateway)).toBe(4);
});

test("whoever sees that a plate is empty may set it to zero although we count goods there", async () => {
  const gateway = await bootGateway({ loaded });
  const scale = await scaleOf(gateway);
  await scale.weigh(3 * grams);
  await expect.poll(() => countOf(gateway)).toBe(3);
  expect((await ask(gateway, { command: "tare", plates: [plate.plate], empty: true })).status).toBe(202);
  await scale.reply(await scale.asked("tare"));
  await expect.poll(async () => (await requestOf(gateway))?.state).toBe("done");
  await scale.weigh(0);
  await expect.poll(() => countOf(gateway)).toBe(0);
  await scale.weigh(grams);
  await expect.poll(() => countOf(gateway)).toBe(1);
});
