import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { createDevice, type Message } from "./device.ts";
import { createDeviceLink, type DeviceLink } from "./device-link.ts";
import { linkKey, runSimulation } from "./run.ts";
import { demo } from "./scenarios/demo.ts";
import { createSimulation } from "./simulation.ts";
import { smallShop } from "./test-world.ts";

async function broker(port = 0) {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const used = typeof address === "object" && address ? address.port : 0;
  async function close() {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  onTestFinished(close);
  return { aedes, port: used, url: `mqtt://127.0.0.1:${used}`, close };
}

const linkOptions = { username: "demo", password: "demo", warn() {} };
const shelf = { kind: "shelf", deviceId: "scale-1" } as const;
/** It has not been asked to say anything yet. */
const silent = () =>
  createDevice({ ...shelf, storeId: "test", seed: "1", startMs: 0, firmware: "vitrine-sim test" }, () => {});
const message = (n: number): Message => ({
  ...shelf,
  at: n,
  topic: "store/test/shelf/scale-1/reading",
  payload: `{"n":${n}}`,
  retain: false,
});

test("every device of the shop speaks over a connection of its own, and everything it says arrives", async () => {
  const { aedes, url } = await broker();
  const arrived: string[] = [];
  const clients = new Set<string>();
  aedes.on("publish", (packet, client) => {
    if (!client) return;
    arrived.push(`${packet.topic} ${packet.payload}`);
    clients.add(client.id);
    expect(packet.qos).toBe(1);
    expect(client.id).toBe(`sim-${packet.topic.split("/")[3]}`);
  });
  const simulation = createSimulation({ world: smallShop(), scenario: demo, seed: "1", startMs: 0, tell() {} });
  const links = new Map<string, DeviceLink>();
  for (const device of simulation.devices)
    links.set(linkKey(device), createDeviceLink(device, { url, ...linkOptions }));

  const sent: Message[] = [];
  const signal = new AbortController().signal;
  await runSimulation({ simulation, links, speed: 0, minutes: 2, record: (m) => sent.push(m), signal });
  expect(arrived.toSorted()).toEqual(sent.map((m) => `${m.topic} ${m.payload}`).toSorted());
  expect(clients.size).toBe(simulation.devices.length);
  for (const link of links.values()) await link.close();
});

test("a device that vanishes is offline at once, by its will", async () => {
  const { aedes, url } = await broker();
  const staff = await connectAsync(url);
  onTestFinished(() => staff.endAsync(true));
  const topic = "store/test/shelf/scale-1/status";
  const states: string[] = [];
  staff.on("message", (_topic, payload) => states.push(JSON.parse(payload.toString()).state));
  await staff.subscribeAsync(topic, { qos: 1 });
  const link = createDeviceLink(silent(), { url, ...linkOptions });
  onTestFinished(() => link.close());
  aedes.on("publish", (packet, client) => {
    if (client?.id === "sim-scale-1" && packet.topic.endsWith("/reading")) client.conn.destroy();
  });
  void link.publish(message(1));
  await expect.poll(() => states.slice(0, 2)).toEqual(["online", "offline"]);
});

test("a broker that was away is greeted and gets the rest, in order, when it is back", async () => {
  const first = await broker();
  const link = createDeviceLink(silent(), { url: first.url, ...linkOptions });
  onTestFinished(() => link.close());
  await link.publish(message(0));
  await first.close();

  const later = [1, 2, 3].map((n) => link.publish(message(n)));
  const second = await broker(first.port);
  const got: string[] = [];
  second.aedes.on("publish", (packet, client) => {
    if (client) got.push(packet.payload.toString());
  });
  await Promise.all(later);
  expect(JSON.parse(got[0] ?? "")).toMatchObject({ state: "online" });
  expect(got.slice(1)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
});
