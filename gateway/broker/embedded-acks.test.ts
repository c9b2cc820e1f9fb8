import { expect, test } from "vitest";
import { publish, rawClient, startBroker } from "./test-broker.ts";
import { eventually } from "./test-eventually.ts";

// What an acknowledgement of the built-in broker promises (decision 002), on true sockets and a true disk.

test("no PUBACK leaves before the disk has written, and then all leave in order of arrival", async () => {
  const shop = await startBroker();
  const shelf = await rawClient(shop.port, { clientId: "shelf" });
  shop.disk.stop();
  const ids = Array.from({ length: 100 }, (_, index) => index + 1);
  // every third has an effect; the others must wait behind it all the same
  const topics = ids.map((id) => (id % 3 === 1 ? "shelf/counts" : "shelf/same"));
  shelf.send(...ids.map((id, index) => publish(topics[index]!, id, 1)), { cmd: "pingreq" });
  await eventually(() => shelf.of("pingresp").length).toBe(1);
  expect(shop.judged).toHaveLength(100);
  expect(shelf.ids("puback")).toEqual([]);
  shop.disk.go();
  await eventually(() => shelf.ids("puback")).toEqual(ids);
});

test("what a shelf says while its last reading is being saved is judged at once: it can share the very next commit", async () => {
  const shop = await startBroker();
  const shelf = await rawClient(shop.port, { clientId: "shelf" });
  shop.disk.stop();
  for (const id of [1, 2, 3]) {
    shelf.send(publish("shelf/counts", id, 1, `${id}`));
    await eventually(() => shop.judged.length).toBe(id);
  }
  expect(shelf.ids("puback")).toEqual([]);
  shop.disk.go();
  await eventually(() => shelf.ids("puback")).toEqual([1, 2, 3]);
});

test("a shelf that goes on talking to a disk that has stopped fills its own socket, not our memory", async () => {
  const shop = await startBroker();
  const shelf = await rawClient(shop.port, { clientId: "shelf" });
  const other = await rawClient(shop.port, { clientId: "other" });
  shop.disk.stop();
  const ids = Array.from({ length: 1_000 }, (_, index) => index + 1);
  for (const id of ids) {
    shelf.send(publish("shelf/counts", id, 1, "x".repeat(20)));
    if (id % 50 === 0) await other.ping();
  }
  expect(shop.judged.length).toBeGreaterThan(0);
  expect(shop.judged.length).toBeLessThan(300);
  shop.disk.go();
  await eventually(() => shelf.ids("puback")).toEqual(ids);
  expect(shop.judged).toHaveLength(1_000);

  shop.disk.stop();
  for (const id of ids.slice(0, 20)) {
    shelf.send(publish("shelf/counts", id, 1, "x".repeat(100_000)));
    await other.ping();
  }
  expect(shop.judged.length).toBeLessThan(1_005);
  shop.disk.go();
  await eventually(() => shop.judged.length).toBe(1_020);
});

test("a reading sent once more over a new connection waits for the commit of the first", async () => {
  const shop = await startBroker();
  const before = await rawClient(shop.port, { clientId: "shelf" });
  shop.disk.stop();
  before.send(publish("shelf/counts", 1, 1));
  await eventually(() => shop.judged).toHaveLength(1);
  before.socket.destroy();
  const after = await rawClient(shop.port, { clientId: "shelf" });
  after.send(publish("shelf/same", 1, 1, "{}", true), { cmd: "pingreq" });
  await eventually(() => after.of("pingresp").length).toBe(1);
  expect(after.ids("puback")).toEqual([]);
  shop.disk.go();
  await eventually(() => after.ids("puback")).toEqual([1]);
});

test("a QoS 2 publish that arrives twice while the disk is busy counts once and is forwarded once", async () => {
  const shop = await startBroker();
  const till = await shop.client("till");
  await till.subscribeAsync("#", { qos: 2 });
  const shelf = await rawClient(shop.port, { clientId: "shelf", clean: false });
  shop.disk.stop();
  shelf.send(publish("shelf/counts", 7, 2), publish("shelf/counts", 7, 2, "{}", true), { cmd: "pingreq" });
  await eventually(() => shelf.of("pingresp").length).toBe(1);
  expect(shelf.ids("pubrec")).toEqual([]);
  shop.disk.go();
  await eventually(() => shelf.ids("pubrec")).toEqual([7, 7]);
  // once more, after the answer: still the same message
  shelf.send(publish("shelf/counts", 7, 2, "{}", true));
  await eventually(() => shelf.ids("pubrec")).toHaveLength(3);
  shelf.send({ cmd: "pubrel", messageId: 7 });
  await eventually(() => shelf.ids("pubcomp")).toEqual([7]);
  expect(shop.judged).toHaveLength(1);

  // the packet id is free again: now it is a new message
  shelf.send(publish("shelf/counts", 7, 2));
  await eventually(() => till.heard).toHaveLength(2);
  expect(shop.judged).toHaveLength(2);
});

test("a QoS 2 publish that was received before a restart is not counted again after it", async () => {
  const first = await startBroker();
  const before = await rawClient(first.port, { clientId: "shelf", clean: false });
  before.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "shelf/command", qos: 1 }] });
  await eventually(() => before.of("suback")).toHaveLength(1);
  before.send(publish("shelf/counts", 9, 2));
  await eventually(() => before.ids("pubrec")).toEqual([9]);
  await first.close();

  const second = await startBroker({ folder: first.folder });
  const after = await rawClient(second.port, { clientId: "shelf", clean: false });
  expect(after.of("connack")).toMatchObject([{ sessionPresent: true, returnCode: 0 }]);
  after.send(publish("shelf/counts", 9, 2, "{}", true));
  await eventually(() => after.ids("pubrec")).toEqual([9]);
  expect(second.judged).toEqual([]);
  after.send({ cmd: "pubrel", messageId: 9 });
  await eventually(() => after.ids("pubcomp")).toEqual([9]);
});

test("messages for a sleeping till survive a restart of the gateway, in order, and are gone once it has them", async () => {
  const first = await startBroker();
  const till = await first.client("till", { clean: false });
  await till.subscribeAsync("shelf/+", { qos: 1 });
  await till.endAsync();
  const shelf = await first.client("shelf");
  const said = Array.from({ length: 30 }, (_, index) => `{"n":${index}}`);
  for (const text of said) await shelf.publishAsync("shelf/counts", text, { qos: 1 });
  await first.close();

  const second = await startBroker({ folder: first.folder });
  const raw = await rawClient(second.port, { clientId: "till", clean: false });
  const texts = () => raw.of("publish").map(({ payload }) => payload.toString());
  const answered = new Set<number>();
  await eventually(() => {
    for (const { messageId } of raw.of("publish")) {
      if (messageId === undefined || answered.has(messageId)) continue;
      answered.add(messageId);
      raw.send({ cmd: "puback", messageId });
    }
    return texts();
  }).toEqual(said);
  await eventually(() => second.broker.stats().queued).toBe(0);
  await second.close();

  const third = await startBroker({ folder: first.folder });
  expect(third.broker.stats()).toMatchObject({ queued: 0, sessions: 1 });
});

test("the retained status of a device survives a restart, and clearing it does too", async () => {
  const first = await startBroker();
  const device = await first.client("device");
  const online = JSON.stringify({ state: "online" });
  await device.publishAsync("shelf/A/status", online, { qos: 1, retain: true });
  await device.publishAsync("shelf/B/status", online, { qos: 1, retain: true });
  await device.publishAsync("shelf/B/status", "", { qos: 1, retain: true });
  await first.close();

  const second = await startBroker({ folder: first.folder });
  const till = await second.client("till");
  await till.subscribeAsync("shelf/+/status", { qos: 1 });
  await eventually(() => till.heard).toHaveLength(1);
  expect(till.heard).toEqual([{ topic: "shelf/A/status", payload: online, retain: true }]);
  expect(second.broker.stats().retained).toBe(1);
});

test("what could not be saved is not acknowledged: its connection ends, and the device may say it again", async () => {
  const shop = await startBroker();
  const shelf = await rawClient(shop.port, { clientId: "shelf" });
  const other = await rawClient(shop.port, { clientId: "other" });
  shelf.send(publish("shelf/breaks", 1, 1));
  await eventually(shelf.isClosed).toBe(true);
  expect(shelf.ids("puback")).toEqual([]);
  // it says something about the disk, not about the device
  expect(shop.refused).toEqual([]);
  await other.ping();
  // the disk may take a moment to recover; until then a device is sent away again
  await eventually(async () => {
    const again = await rawClient(shop.port, { clientId: "shelf" });
    again.send(publish("shelf/counts", 1, 1, "{}", true));
    await eventually(() => again.isClosed() || again.ids("puback").length > 0).toBe(true);
    return again.ids("puback");
  }).toEqual([1]);
});
