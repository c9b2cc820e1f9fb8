import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../log.ts";
import type { Message } from "./embedded.ts";
import { createExternalBroker } from "./external.ts";
import { eventually } from "./test-eventually.ts";
import { createStandIn, type StandIn } from "./test-stand-in.ts";

// What the gateway promises a broker of somebody else, watched on the wire by a stand-in broker. This also pins what we
// rely on in mqtt.js: that a PUBACK goes through `_sendPacket`, and that it reads on while ours wait.

type Done = (error?: Error) => void;

/** A disk that writes when told: every message with an effect is a batch of its own unless they share one. */
function createSlowDisk() {
  let newest = 0;
  let onDisk = 0;
  let waiting: { batch: number; done: Done }[] = [];
  return {
    behind: false,
    next: () => ++newest,
    newest: () => newest,
    whenCommitted(batch: number, done: Done) {
      if (batch <= onDisk) done();
      else waiting.push({ batch, done });
    },
    commit() {
      onDisk = newest;
      const ready = waiting;
      waiting = [];
      for (const { done } of ready) done();
    },
    fail() {
      const lost = waiting;
      waiting = [];
      for (const { done } of lost) done(new Error("no space left on the disk"));
    },
  };
}

async function connected(
  standIn: StandIn,
  judge: (message: Message, disk: ReturnType<typeof createSlowDisk>) => number,
) {
  const disk = createSlowDisk();
  const judged: string[] = [];
  const broker = createExternalBroker({
    log: silentLog,
    url: standIn.url,
    clientId: "vitrine-main",
    filters: ["store/main/shelf/+/reading"],
    ownFilters: ["store/main/alert/+"],
    store: { whenCommitted: disk.whenCommitted, isBehind: () => disk.behind },
    accept(message) {
      judged.push(message.topic);
      return judge(message, disk);
    },
    retryMs: { first: 20, most: 100 },
  });
  onTestFinished(async () => {
    disk.commit();
    await broker.close();
  });
  await broker.start();
  await eventually(() => broker.isConnected()).toBe(true);
  let markers = 0;
  /** Whatever the gateway sent before this marker has arrived when it has. */
  async function marker() {
    const topic = `marker/${++markers}`;
    broker.publish(topic, "now", { qos: 1 });
    await eventually(() => standIn.topics()).toContain(topic);
  }
  return { broker, disk, judged, marker };
}

const reading = (n: number) => `store/main/shelf/S${n}/reading`;
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("many readings wait for one commit; none is acknowledged before it, all in their order after it", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, (_message, disk) => disk.next());
  for (const n of numbers(1, 200)) standIn.deliver(reading(n), n);
  await eventually(() => shop.judged).toHaveLength(200);
  await shop.marker();
  expect(standIn.pubacks()).toEqual([]);
  expect(shop.broker.stats().held).toBe(200);

  shop.disk.commit();
  await shop.marker();
  expect(standIn.pubacks()).toEqual(numbers(1, 200));
});

test("a reading that changes nothing waits behind those before it", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, ({ topic }, disk) => (topic === reading(1) ? disk.next() : 0));
  standIn.deliver(reading(1), 1);
  standIn.deliver(reading(2), 2);
  await eventually(() => shop.judged).toHaveLength(2);
  await shop.marker();
  expect(standIn.pubacks()).toEqual([]);
  shop.disk.commit();
  await eventually(() => standIn.pubacks()).toEqual([1, 2]);
  standIn.deliver(reading(2), 3);
  await eventually(() => standIn.pubacks()).toEqual([1, 2, 3]);
});

test("nothing of a lost connection is acknowledged on the next one", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, (_message, disk) => disk.next());
  for (const n of [1, 2, 3]) standIn.deliver(reading(n), n);
  await eventually(() => shop.judged).toHaveLength(3);
  standIn.hangUp();
  await eventually(() => standIn.connections()).toBe(2);
  await eventually(() => shop.broker.isConnected()).toBe(true);
  shop.disk.commit();
  await shop.marker();
  expect(standIn.pubacks()).toEqual([]);
  expect(shop.broker.stats().held).toBe(0);
});

test("a reading that comes once more waits for the commit of its first coming", async () => {
  const standIn = await createStandIn();
  const seen = new Set<string>();
  const shop = await connected(standIn, ({ topic }, disk) => {
    const batch = seen.has(topic) ? 0 : disk.next();
    seen.add(topic);
    return batch;
  });
  standIn.deliver(reading(1), 1);
  await eventually(() => shop.judged).toHaveLength(1);
  standIn.hangUp();
  await eventually(() => standIn.connections()).toBe(2);
  await eventually(() => shop.broker.isConnected()).toBe(true);
  standIn.deliver(reading(1), 1, { dup: true });
  await eventually(() => shop.judged).toHaveLength(2);
  await shop.marker();
  expect(standIn.pubacks()).toEqual([]);
  shop.disk.commit();
  await eventually(() => standIn.pubacks()).toEqual([1]);
  expect(shop.broker.stats().redelivered).toBe(1);
});

test("what could not be saved is asked for again, and counts when it comes", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, (_message, disk) => disk.next());
  for (const n of [1, 2]) standIn.deliver(reading(n), n);
  await eventually(() => shop.judged).toHaveLength(2);
  shop.disk.fail();
  await eventually(() => standIn.connections()).toBe(2);
  await eventually(() => shop.broker.isConnected()).toBe(true);
  expect(standIn.pubacks()).toEqual([]);
  for (const n of [1, 2]) standIn.deliver(reading(n), n, { dup: true });
  await eventually(() => shop.judged).toHaveLength(4);
  shop.disk.commit();
  await eventually(() => standIn.pubacks()).toEqual([1, 2]);
  expect(shop.broker.stats().lostCommits).toBe(1);
});

test("while the disk is far behind, the gateway stops reading, and goes on after the commit", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, (_message, disk) => disk.next());
  shop.disk.behind = true;
  for (const n of numbers(1, 50)) standIn.deliver(reading(n), n);
  await eventually(() => shop.judged).toHaveLength(1);
  await shop.marker();
  expect(shop.judged).toHaveLength(1);
  shop.disk.behind = false;
  shop.disk.commit();
  await eventually(() => shop.judged).toHaveLength(50);
  shop.disk.commit();
  await eventually(() => standIn.pubacks()).toEqual(numbers(1, 50));
});

test("a broker that refuses the gateway's password is asked again until it agrees", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, () => 0);
  standIn.answerConnectWith(5);
  standIn.hangUp();
  await eventually(() => standIn.connections()).toBeGreaterThan(3);
  expect(shop.broker.isConnected()).toBe(false);
  standIn.answerConnectWith(0);
  await eventually(() => shop.broker.isConnected()).toBe(true);
});

test("leaving, the gateway acknowledges what the disk still writes, says goodbye and takes nothing more", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, (_message, disk) => disk.next());
  standIn.deliver(reading(1), 1);
  await eventually(() => shop.judged).toHaveLength(1);
  const closing = shop.broker.close();
  standIn.deliver(reading(2), 2);
  shop.disk.commit();
  await closing;
  await eventually(() => standIn.received.at(-1)).toMatchObject({ cmd: "disconnect" });
  expect(standIn.pubacks()).toEqual([1]);
  expect(shop.judged).toEqual([reading(1)]);
});

test("the session is the same at every connection and asks for QoS 1", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, () => 0);
  standIn.hangUp();
  await eventually(() => standIn.connections()).toBe(2);
  await shop.marker();
  const connects = standIn.received.filter((packet) => packet.cmd === "connect");
  expect(connects).toMatchObject(Array(2).fill({ clientId: "vitrine-main", clean: false, protocolVersion: 4 }));
  const subscriptions = standIn.received.flatMap((packet) => (packet.cmd === "subscribe" ? packet.subscriptions : []));
  const devices = subscriptions.filter(({ topic }) => topic === "store/main/shelf/+/reading");
  expect(devices).toMatchObject([{ qos: 1 }, { qos: 1 }]);
});

test("an alert that a former run left behind is cleared; one that still stands is kept", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, () => 0);
  shop.broker.publish("store/main/alert/open", "{}", { qos: 1, retain: true });
  standIn.deliver("store/main/alert/open", 1, { retain: true });
  standIn.deliver("store/main/alert/closed", 2, { retain: true });
  await eventually(() => standIn.topics()).toContain("store/main/alert/closed");
  await shop.marker();
  const said = standIn.received.flatMap((packet) =>
    packet.cmd === "publish" && packet.retain ? [[packet.topic, packet.payload.toString()]] : [],
  );
  expect(said).toEqual([
    ["store/main/alert/open", "{}"],
    ["store/main/alert/closed", ""],
  ]);
  expect(shop.judged).toEqual([]);
});

test("while the broker is away only the newest state of a topic waits for it", async () => {
  const standIn = await createStandIn();
  const shop = await connected(standIn, () => 0);
  standIn.setThere(false);
  await eventually(() => shop.broker.isConnected()).toBe(false);
  for (const n of numbers(1, 500)) {
    shop.broker.publish("store/main/state/stock/BALM", String(n), { qos: 1, retain: true });
  }
  expect(shop.broker.stats().waiting).toBe(1);
  standIn.setThere(true);
  await eventually(() => standIn.topics()).toContain("store/main/state/stock/BALM");
  await shop.marker();
  const said = standIn.received.flatMap((packet) => (packet.cmd === "publish" ? [packet.payload.toString()] : []));
  expect(said).toEqual(["500", "now"]);
});
