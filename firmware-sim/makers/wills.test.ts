import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { decodeSparkplugPayload } from "#wire/formats/sparkplug-payload.ts";
import { createDeviceLink } from "../device-link.ts";
import { createForeignDevice } from "../foreign-device.ts";
import { readForeignPlan } from "../foreign-plan.ts";
import { createShop } from "../shop.ts";
import { openBroker } from "../test-broker.ts";
import { still } from "../test-shop.ts";
import { smallShop } from "../test-world.ts";
import { encodeSparkplug } from "./sparkplug-payload.ts";

const startMs = Date.UTC(2026, 4, 12, 9, 0);

/** One foreign device of the small shop on a true broker, and somebody who hears everything. */
async function alone(plan: string) {
  const url = await openBroker();
  const listener = await connectAsync(url);
  onTestFinished(() => listener.endAsync(true));
  const heard: { topic: string; payload: Buffer; text: string }[] = [];
  listener.on("message", (topic, payload) => heard.push({ topic, payload, text: payload.toString() }));
  await listener.subscribeAsync("#", { qos: 1 });

  const shop = createShop({ world: smallShop(), scenario: still, seed: "1", startMs, tell() {} });
  const read = readForeignPlan(plan);
  const device = read.ok ? createForeignDevice(read.value, { shop, seed: "1", startMs, air: () => [] }) : undefined;
  if (!device) throw new Error(`no such device: ${plan}`);
  const link = createDeviceLink(device, { url, username: "demo", password: "demo", warn() {} });
  onTestFinished(() => link.close());
  let now = startMs;
  async function run(seconds: number) {
    for (let ms = 0; ms < seconds * 1_000; ms += 100) {
      now += 100;
      await Promise.all(device?.step(now).map(link.publish) ?? []);
    }
  }
  return { heard, link, listener, run };
}

test.each([
  ["tasmota:scale9@A1/1", "tele/scale9/LWT", "Online", "Offline"],
  ["esphome:shelf@A1", "shelf/status", "online", "offline"],
  ["espresense:salon@ble-left", "espresense/rooms/salon/status", "online", "offline"],
  ["openmqttgateway:salon@ble-left", "home/salon/LWT", "online", "offline"],
  ["frigate:door@entrance", "frigate/available", "online", "offline"],
  ["zigbee2mqtt:salon@left", "zigbee2mqtt/salon/availability", '{"state":"online"}', '{"state":"offline"}'],
])(
  "%s is there, is missed at once when its network goes, and is back with it",
  async (plan, topic, online, offline) => {
    const { heard, link } = await alone(plan);
    const said = () => heard.filter((message) => message.topic === topic).map(({ text }) => text);
    await expect.poll(said).toEqual([online]);
    link.follow("away");
    await expect.poll(said).toEqual([online, offline]);
    link.follow("up");
    await expect.poll(said).toEqual([online, offline, online]);
  },
);

test("a Sparkplug node is born, numbers what it says from 0 to 255, dies with the number of its birth, and is reborn when asked", async () => {
  const { heard, link, listener, run } = await alone("sparkplug:edge@A1");
  const all = () =>
    heard.flatMap(({ topic, payload }) => {
      const [, , type = "", node] = topic.split("/");
      const read = decodeSparkplugPayload(payload);
      if (!read.ok) throw new Error(read.reason);
      const bdSeq = read.value.metrics.find(({ name }) => name === "bdSeq")?.value;
      return type === "NCMD" ? [] : [{ type, node, bdSeq, seq: read.value.seq, metrics: read.value.metrics }];
    });
  const of = (type: string) => all().filter((message) => message.type === type);
  await expect.poll(() => of("NBIRTH").length).toBe(1);
  expect(of("NBIRTH")[0]).toMatchObject({ seq: 0, bdSeq: 0 });
  await run(3_000);
  await expect.poll(() => of("DDATA").length).toBeGreaterThan(290);
  const born = of("DBIRTH").at(-1);
  expect(born?.metrics.map(({ name, alias }) => [name, alias])).toEqual([
    ["plate/1/grams", 1],
    ["plate/2/grams", 2],
    ["Properties/Firmware", undefined],
  ]);
  for (const { metrics } of of("DDATA")) for (const metric of metrics) expect(metric).not.toHaveProperty("name");
  const numbered = all().slice(all().findLastIndex(({ type }) => type === "NBIRTH"));
  expect(numbered.map(({ seq }) => seq)).toEqual(numbered.map((_, index) => index % 256));

  const births = of("NBIRTH").length;
  const ask = { metrics: [{ name: "Node Control/Rebirth", datatype: 11, value: true }] };
  await listener.publishAsync("spBv1.0/test/NCMD/edge", encodeSparkplug(ask), { qos: 0 });
  await expect
    .poll(async () => {
      await run(1);
      return of("NBIRTH").length;
    })
    .toBe(births + 1);
  expect(of("NBIRTH").at(-1)).toMatchObject({ seq: 0, bdSeq: 0 });

  link.follow("away");
  await expect.poll(() => of("NDEATH").map(({ bdSeq }) => bdSeq)).toEqual([0]);
  expect(of("NDEATH")[0]?.seq).toBeUndefined();
  link.follow("up");
  await expect.poll(() => of("NBIRTH").at(-1)?.bdSeq).toBe(1);
});
