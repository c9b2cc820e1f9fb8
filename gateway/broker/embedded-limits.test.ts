import { expect, test } from "vitest";
import { openRaw, type Person, publish, rawClient, startBroker } from "./test-broker.ts";
import { eventually } from "./test-eventually.ts";

// What happens to clients that do what they must not, and that nobody else notices.

/** Everybody speaks and hears under a topic of their own name only; the owner everywhere. */
const byName = ({ username = "" }: { username?: string }): Person => ({
  name: username,
  may: (topic) => username === "owner" || topic.startsWith(`${username}/`),
});

test("a session without a name cannot be kept: return code 2", async () => {
  const shop = await startBroker();
  const nameless = openRaw(shop.port);
  // CONNECT, MQTT 3.1.1, clean session 0, keep-alive 60 s, client id of length 0: no library sends this
  nameless.write(Buffer.from("100c00044d5154540400003c0000", "hex"));
  await eventually(() => nameless.of("connack")).toMatchObject([{ returnCode: 2, sessionPresent: false }]);
  await eventually(nameless.isClosed).toBe(true);
  const clean = await rawClient(shop.port, { clientId: "", clean: true });
  expect(clean.of("connack")).toMatchObject([{ returnCode: 0 }]);
});

test("a forbidden filter is answered 0x80; the others of the same packet hold and the connection stays", async () => {
  const shop = await startBroker({ identify: byName });
  const device = await rawClient(shop.port, { clientId: "scale", username: "scale" });
  const subscriptions = ["scale/command", "other/command", "#"].map((topic) => ({ topic, qos: 1 as const }));
  device.send({ cmd: "subscribe", messageId: 1, subscriptions });
  await eventually(() => device.of("suback")).toMatchObject([{ granted: [1, 0x80, 0x80] }]);
  await device.ping();
  const owner = await shop.client("owner");
  await owner.publishAsync("other/command", "secret", { qos: 1 });
  await owner.publishAsync("scale/command", "tare", { qos: 1 });
  await eventually(() => device.of("publish")).toMatchObject([{ topic: "scale/command" }]);
  expect(shop.broker.stats().refusedSubscriptions).toBe(2);
});

test("a sleeping session is never owed what it may not hear, and hears none of it when it wakes", async () => {
  const shop = await startBroker({ identify: byName });
  const device = await rawClient(shop.port, { clientId: "scale", username: "scale", clean: false });
  const subscriptions = ["scale/command", "other/command"].map((topic) => ({ topic, qos: 1 as const }));
  device.send({ cmd: "subscribe", messageId: 1, subscriptions });
  await eventually(() => device.of("suback")).toHaveLength(1);
  device.socket.destroy();
  await eventually(() => shop.broker.stats().clients).toBe(0);
  const owner = await shop.client("owner");
  await owner.publishAsync("other/command", "secret", { qos: 1 });
  await owner.publishAsync("scale/command", "tare", { qos: 1 });
  expect(shop.broker.stats().queued).toBe(1);

  const awake = await rawClient(shop.port, { clientId: "scale", username: "scale", clean: false });
  await eventually(() => awake.of("publish")).toHaveLength(1);
  await awake.ping();
  expect(awake.of("publish")).toMatchObject([{ topic: "scale/command" }]);
});

test("whoever publishes in another's name is cut off, and nobody hears it", async () => {
  const shop = await startBroker({ identify: byName });
  const owner = await shop.client("owner");
  await owner.subscribeAsync("#", { qos: 1 });
  const thief = await rawClient(shop.port, { clientId: "thief", username: "thief" });
  thief.send(publish("till/price", 1, 1, "0"));
  await eventually(thief.isClosed).toBe(true);
  expect(thief.ids("puback")).toEqual([]);
  await owner.publishAsync("owner/marker", "", { qos: 1 });
  await eventually(() => owner.heard).toMatchObject([{ topic: "owner/marker" }]);
  expect(shop.judged.map(({ topic }) => topic)).toEqual(["owner/marker"]);
  expect(shop.broker.stats().refusedPublishes).toBe(1);
});

test("a packet of 1 MB closes its own connection only, is counted and leaves a note", async () => {
  const shop = await startBroker();
  const other = await shop.client("other");
  const camera = await rawClient(shop.port, { clientId: "camera" });
  camera.send(publish("camera/picture", 1, 1, Buffer.alloc(1_000_000)));
  await eventually(camera.isClosed).toBe(true);
  expect(shop.refused).toMatchObject([{ client: "camera", reason: expect.stringContaining("larger than") }]);
  expect(shop.broker.stats().oversized).toBe(1);
  await other.publishAsync("shelf/counts", "{}", { qos: 1 });
  expect(shop.judged.map(({ topic }) => topic)).toEqual(["shelf/counts"]);
});

test("a topic of 200 levels closes its own connection only and leaves a note, as a will too", async () => {
  const shop = await startBroker();
  const other = await shop.client("other");
  const deep = Array(200).fill("x").join("/");
  const device = await rawClient(shop.port, { clientId: "device" });
  device.send(publish(deep, 1, 1));
  await eventually(device.isClosed).toBe(true);
  expect(shop.refused).toMatchObject([{ client: "device", reason: expect.stringContaining("too many levels") }]);
  const will = { topic: deep, payload: Buffer.from("gone"), qos: 1, retain: true };
  const dying = await rawClient(shop.port, { clientId: "dying", will });
  dying.socket.destroy();
  await eventually(() => shop.broker.stats().clients).toBe(1);
  await other.publishAsync("shelf/counts", "{}", { qos: 1 });
  expect(shop.broker.stats()).toMatchObject({ broken: 1, retained: 0 });
});

test("bytes that are no MQTT close their own connection only and leave a note", async () => {
  const shop = await startBroker();
  const other = await shop.client("other");
  for (const bytes of [
    "GET / HTTP/1.1\r\n\r\n",
    "\xff\xff\xff\xff\xff\xff",
    "\x00\x00\x00\x00",
    "\x10\x04\x00\x01a\x04",
  ]) {
    const stranger = openRaw(shop.port);
    stranger.write(Buffer.from(bytes, "latin1"));
    await eventually(stranger.isClosed).toBe(true);
  }
  expect(shop.refused.length).toBeGreaterThanOrEqual(3);
  await other.publishAsync("shelf/counts", "{}", { qos: 1 });
  expect(shop.judged).toHaveLength(1);
});

test("a subscriber that never reads is disconnected while another hears everything and the publisher goes on", async () => {
  const shop = await startBroker();
  const frozen = await rawClient(shop.port, { clientId: "frozen" });
  frozen.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "shelf/#", qos: 0 }] });
  await eventually(() => frozen.of("suback")).toHaveLength(1);
  frozen.socket.pause();
  const reader = await shop.client("reader");
  await reader.subscribeAsync("shelf/#", { qos: 0 });
  const publisher = await shop.client("publisher");
  const payload = "x".repeat(50_000);
  let sent = 0;
  while (shop.broker.stats().slowSubscribers === 0 && sent < 2_000) {
    await publisher.publishAsync("shelf/counts", payload, { qos: 1 });
    sent++;
  }
  expect(shop.broker.stats().slowSubscribers).toBe(1);
  await eventually(() => shop.broker.stats().clients).toBe(2);
  for (let i = 0; i < 10; i++) await publisher.publishAsync("shelf/counts", payload, { qos: 1 });
  await eventually(() => reader.heard.length).toBe(sent + 10);
});

test("the newest connection of a name is the one that counts, and the older is closed", async () => {
  const shop = await startBroker();
  const older = await rawClient(shop.port, { clientId: "till" });
  const newer = await rawClient(shop.port, { clientId: "till" });
  await eventually(older.isClosed).toBe(true);
  await newer.ping();
  expect(shop.broker.stats().clients).toBe(1);
  newer.send(publish("shelf/counts", 5, 1));
  await eventually(() => newer.ids("puback")).toEqual([5]);
});

test.each([true, false])(
  "beyond a hundred filters a connection gets 0x80 and keeps the hundred (clean: %s)",
  async (clean) => {
    const shop = await startBroker();
    const greedy = await rawClient(shop.port, { clientId: "greedy", clean });
    const subscriptions = Array.from({ length: 120 }, (_, index) => ({ topic: `shelf/${index}`, qos: 0 as const }));
    greedy.send({ cmd: "subscribe", messageId: 1, subscriptions });
    const granted = () => greedy.of("suback").flatMap((packet) => packet.granted);
    await eventually(granted).toEqual([...Array(100).fill(0), ...Array(20).fill(0x80)]);
    // room again after giving one back
    greedy.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["shelf/0"] });
    await eventually(() => greedy.of("unsuback")).toHaveLength(1);
    greedy.send({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic: "shelf/119", qos: 0 }] });
    await eventually(() => granted().at(-1)).toBe(0);
  },
);

test("a device that loses power is said to be offline by its will", async () => {
  const shop = await startBroker();
  const board = await shop.client("board");
  await board.subscribeAsync("shelf/+/status", { qos: 1 });
  const will = { topic: "shelf/A/status", payload: Buffer.from("offline"), qos: 1, retain: true };
  const device = await rawClient(shop.port, { clientId: "device", will });
  device.socket.destroy();
  await eventually(() => board.heard).toMatchObject([{ topic: "shelf/A/status", payload: "offline" }]);
  expect(shop.judged).toMatchObject([{ topic: "shelf/A/status", retain: true }]);
  expect(shop.broker.stats().retained).toBe(1);
});

test("wildcards do not hear the broker's own topics, and retained messages come to whoever subscribes later", async () => {
  const shop = await startBroker();
  const device = await shop.client("device");
  await device.publishAsync("$own/x", "hidden", { qos: 1, retain: true });
  await device.publishAsync("shelf/A/status", "online", { qos: 1, retain: true });
  const late = await shop.client("late");
  await late.subscribeAsync(["#", "+/x"], { qos: 1 });
  await eventually(() => late.heard).toHaveLength(1);
  await device.publishAsync("$own/x", "hidden too", { qos: 1 });
  await device.publishAsync("shelf/A/marker", "", { qos: 1 });
  await eventually(() => late.heard.map(({ topic }) => topic)).toEqual(["shelf/A/status", "shelf/A/marker"]);
  await late.subscribeAsync("$own/#", { qos: 1 });
  await eventually(() => late.heard.at(-1)).toEqual({ topic: "$own/x", payload: "hidden", retain: true });
});
