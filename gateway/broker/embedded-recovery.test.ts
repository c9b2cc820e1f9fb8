import type { Packet } from "mqtt-packet";
import { expect, test } from "vitest";
import { publish, rawClient, startBroker } from "./test-broker.ts";
import { eventually } from "./test-eventually.ts";

// What the broker remembers after the disk refused a commit: what the disk has, and nothing that never got there.

const subscribe = (topic: string): Packet => ({
  cmd: "subscribe",
  messageId: 1,
  subscriptions: [{ topic, qos: 1 }],
});

test("a subscription that was lost with a failed commit is not kept in memory either", async () => {
  const shop = await startBroker();
  const till = await rawClient(shop.port, { clientId: "till", clean: false });
  await till.ping();
  // in one write, so that they share a commit
  till.send(subscribe("shelf/#"), publish("shelf/breaks", 2, 1));
  await eventually(till.isClosed).toBe(true);
  expect(till.of("suback")).toEqual([]);

  const shelf = await shop.client("shelf");
  await eventually(async () => {
    const again = await rawClient(shop.port, { clientId: "till", clean: false });
    again.socket.destroy();
    return again.of("connack")[0]?.sessionPresent;
  }).toBe(true);
  await eventually(() => shop.broker.stats().clients).toBe(1);
  await shelf.publishAsync("shelf/counts", "{}", { qos: 1 });
  expect(shop.broker.stats().queued).toBe(0);
});

test("what a failed commit took from a queue is owed again, and a will of whom we cut off is not said", async () => {
  const shop = await startBroker();
  const will = { topic: "shelf/board/status", payload: Buffer.from("offline"), qos: 1, retain: true };
  const till = await rawClient(shop.port, { clientId: "till", clean: false });
  const board = await rawClient(shop.port, { clientId: "board", clean: false, will });
  till.send(subscribe("shelf/counts"));
  await eventually(() => till.of("suback")).toHaveLength(1);
  const shelf = await shop.client("shelf");
  await shelf.publishAsync("shelf/counts", "owed", { qos: 1 });
  await eventually(() => till.of("publish")).toHaveLength(1);
  const first = till.of("publish")[0];
  // acknowledged together with what cannot be saved: on disk the message is still owed
  till.send({ cmd: "puback", messageId: first?.messageId ?? 0 }, publish("shelf/breaks", 2, 1));
  await eventually(till.isClosed).toBe(true);
  await eventually(async () => {
    const again = await rawClient(shop.port, { clientId: "till", clean: false });
    await eventually(() => again.isClosed() || again.of("publish").length > 0).toBe(true);
    return again.of("publish");
  }).toMatchObject([{ payload: Buffer.from("owed"), messageId: first?.messageId, dup: true }]);
  await eventually(board.isClosed).toBe(true);
  expect(shop.judged.map(({ topic }) => topic)).not.toContain(will.topic);
});

test("retained messages of devices are what the disk has; whoever has no session stays connected", async () => {
  const shop = await startBroker();
  shop.broker.publish("shelf/gateway/state", "said by the gateway", { retain: true });
  const shelf = await shop.client("shelf");
  await shelf.publishAsync("shelf/A/status", "online", { qos: 1, retain: true });
  const reader = await shop.client("reader");
  const bad = await rawClient(shop.port, { clientId: "bad" });
  bad.send(publish("shelf/breaks", 1, 1));
  await eventually(bad.isClosed).toBe(true);
  await eventually(async () => shelf.publishAsync("shelf/counts", "{}", { qos: 1 }).then(() => true)).toBe(true);
  await reader.subscribeAsync("shelf/+/+", { qos: 1 });
  await eventually(() => reader.heard.map(({ payload }) => payload).toSorted()).toEqual([
    "online",
    "said by the gateway",
  ]);
});
