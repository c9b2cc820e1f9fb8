import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import fc from "fast-check";
import mqttPacket, { type Packet } from "mqtt-packet";
import { expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { publish, rawClient, startBroker } from "./test-broker.ts";
import { eventually } from "./test-eventually.ts";

// Whatever arrives at the socket: nothing throws, nobody else waits, nothing is left behind. For a longer look:
// VITRINE_FUZZ_RUNS=100000 npx vitest run gateway/broker/fuzz.test.ts

const runs = Number(process.env.VITRINE_FUZZ_RUNS ?? 300);

const clientId = fc.constantFrom("f1", "f2", "f3", "");
const topic = fc.constantFrom("shelf/counts", "shelf/a", "a", "+/#", "shelf/+", "größe", "$SYS/x");
const messageId = fc.integer({ min: 0, max: 65_535 });
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const payload = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

const hello = fc
  .record({
    clientId,
    clean: fc.boolean(),
    keepalive: fc.constantFrom(0, 1, 60),
    will: fc.option(fc.record({ topic, payload, qos, retain: fc.boolean() }), { nil: undefined }),
  })
  .map(
    ({ will, ...packet }): Packet => ({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      ...packet,
      ...(will ? { will } : {}),
    }),
  );
const said = fc
  .record({ topic, payload, qos, messageId, retain: fc.boolean(), dup: fc.boolean() })
  .map((packet): Packet => ({ cmd: "publish", ...packet }));
const anything = fc.oneof(
  hello,
  said,
  messageId.map((id): Packet => ({ cmd: "puback", messageId: id })),
  messageId.map((id): Packet => ({ cmd: "pubrec", messageId: id })),
  messageId.map((id): Packet => ({ cmd: "pubrel", messageId: id })),
  messageId.map((id): Packet => ({ cmd: "pubcomp", messageId: id })),
  fc
    .tuple(messageId, fc.array(fc.record({ topic, qos }), { maxLength: 4 }))
    .map(([id, subscriptions]): Packet => ({ cmd: "subscribe", messageId: id, subscriptions })),
  fc
    .tuple(messageId, fc.array(topic, { maxLength: 4 }))
    .map(([id, unsubscriptions]): Packet => ({ cmd: "unsubscribe", messageId: id, unsubscriptions })),
  fc.constant<Packet>({ cmd: "pingreq" }),
  fc.constant<Packet>({ cmd: "disconnect" }),
);

/** mqtt-packet will not write everything we may think of. */
function bytesOf(packet: Packet): Buffer {
  try {
    return mqttPacket.generate(packet);
  } catch {
    return Buffer.from([0x82, 0x02, 0x00, 0x01]);
  }
}

const wound = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: fc.nat(), value: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant("set" as const), at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), value: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }),
  // Remaining Length is the second byte of a packet: here it lies
  fc.record({ kind: fc.constant("lie" as const), at: fc.nat(), value: fc.constantFrom(0, 1, 127, 128, 255) }),
);
type Wound = { kind: "flip" | "set" | "cut" | "insert" | "lie"; at: number; value: number };

function hurt(packets: Buffer[], wounds: Wound[]): Buffer {
  const copies = packets.map((bytes) => Buffer.from(bytes));
  for (const { kind, at, value } of wounds) {
    const packet = copies[at % copies.length];
    if (kind === "lie" && packet && packet.length > 1) packet[1] = value;
  }
  let bytes = Buffer.concat(copies);
  for (const { kind, at, value } of wounds) {
    const place = at % Math.max(1, bytes.length);
    if (kind === "flip") bytes[place] = (bytes[place] ?? 0) ^ (1 << value);
    else if (kind === "set") bytes[place] = value;
    else if (kind === "cut") bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + value)]);
    else if (kind === "insert")
      bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from([value]), bytes.subarray(place)]);
  }
  return bytes;
}

const attack = fc.record({
  greets: fc.boolean(),
  packets: fc.array(anything, { minLength: 1, maxLength: 8 }),
  wounds: fc.array(wound, { maxLength: 4 }),
  cuts: fc.array(fc.nat(), { maxLength: 6 }),
  by: fc.constantFrom("tcp" as const, "ws" as const),
  ends: fc.constantFrom("politely" as const, "abruptly" as const),
});

async function openShop() {
  const shop = await startBroker();
  const server = createServer();
  shop.broker.attach(server, () => true);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/mqtt`;
  return { ...shop, url };
}

function pieces(bytes: Buffer, cuts: number[]): Buffer[] {
  const sorted = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

async function attackByTcp(port: number, parts: Buffer[], ends: "politely" | "abruptly") {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  const gone = once(socket, "close");
  await once(socket, "connect");
  for (const part of parts) await new Promise((resolve) => socket.write(part, resolve));
  if (ends === "abruptly") socket.resetAndDestroy();
  else socket.end();
  socket.resume();
  await gone;
}

async function attackByWebSocket(url: string, parts: Buffer[], ends: "politely" | "abruptly") {
  const socket = new WebSocket(url, "mqtt");
  socket.on("error", () => {});
  const gone = once(socket, "close");
  await once(socket, "open");
  for (const part of parts) socket.send(part);
  if (ends === "abruptly") socket.terminate();
  else socket.close();
  await gone;
}

test("mutilated packets, in any pieces, by TCP and WebSocket: others are served and nothing is left behind", {
  timeout: 60_000 + runs * 100,
}, async () => {
  const shop = await openShop();
  const witness = await rawClient(shop.port, { clientId: "witness" });
  let acknowledged = 0;
  await fc.assert(
    fc.asyncProperty(attack, async ({ greets, packets, wounds, cuts, by, ends }) => {
      const greeting: Packet = {
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: true,
        clientId: "f0",
        keepalive: 0,
      };
      const all = greets ? [greeting, ...packets] : packets;
      const bytes = hurt(all.map(bytesOf), wounds);
      const attacking =
        by === "tcp"
          ? attackByTcp(shop.port, pieces(bytes, cuts), ends)
          : attackByWebSocket(shop.url, pieces(bytes, cuts), ends);
      witness.send(publish("shelf/counts", 1 + (acknowledged % 60_000), 1));
      acknowledged++;
      await Promise.all([attacking, eventually(() => witness.ids("puback").length).toBe(acknowledged)]);
    }),
    { numRuns: runs },
  );
  await eventually(() => shop.broker.stats()).toMatchObject({ clients: 1, silent: 0, unsaved: 0, wills: 0 });
  for (const id of ["f0", "f1", "f2", "f3"]) shop.broker.forget(id);
  expect(shop.broker.stats().incoming).toBe(0);
  // sessions have random names only where a CONNECT was hit in its client id
  expect(shop.broker.stats().sessions).toBeLessThan(runs / 4);
});

test("every kind of packet may arrive cut at any byte", async () => {
  const shop = await openShop();
  const packets = (name: string): Packet[] => [
    { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: name, keepalive: 0 },
    { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "shelf/+", qos: 2 }] },
    publish("shelf/counts", 2, 1),
    publish("shelf/counts", 3, 2),
    { cmd: "pubrel", messageId: 3 },
    { cmd: "unsubscribe", messageId: 4, unsubscriptions: ["shelf/+"] },
    { cmd: "pingreq" },
    { cmd: "disconnect" },
  ];
  let attacks = 0;
  const bytesFor = (at: number) => Buffer.concat(packets(`cut-${at + 1_000}`).map(bytesOf));
  for (let at = 1; at < bytesFor(0).length; at++) {
    await attackByTcp(shop.port, pieces(bytesFor(at), [at]), "politely");
    attacks++;
  }
  expect(shop.judged).toHaveLength(attacks * 2);
  await eventually(() => shop.broker.stats()).toMatchObject({ clients: 0, unsaved: 0, incoming: 0, broken: 0 });
});

test("what is saved when its sender has already hung up reaches those it is for, and a sleeping session too", async () => {
  const shop = await openShop();
  const till = await rawClient(shop.port, { clientId: "till", clean: false });
  till.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "shelf/+", qos: 2 }] });
  await eventually(() => till.of("suback")).toHaveLength(1);
  till.socket.destroy();
  const board = await shop.client("board");
  await board.subscribeAsync("shelf/+", { qos: 0 });
  shop.disk.stop();
  const shelf = await rawClient(shop.port, { clientId: "shelf", clean: false });
  shelf.send(publish("shelf/counts", 1, 1, "one"), publish("shelf/counts", 2, 2, "two"));
  await eventually(() => shop.judged).toHaveLength(2);
  shelf.socket.destroy();
  await eventually(() => shop.broker.stats().clients).toBe(1);
  shop.disk.go();
  await eventually(() => board.heard.map(({ payload }) => payload)).toEqual(["one", "two"]);
  expect(shop.broker.stats()).toMatchObject({ queued: 2, incoming: 1 });
  const again = await rawClient(shop.port, { clientId: "shelf", clean: false });
  again.send(publish("shelf/counts", 2, 2, "two", true));
  await eventually(() => again.ids("pubrec")).toEqual([2]);
  expect(shop.judged).toHaveLength(2);
});

test("hundreds who connect and say nothing, or a byte now and then, keep nobody out and are gone after a while", async () => {
  const shop = await openShop();
  const greeting = mqttPacket.generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    clientId: "slow",
    keepalive: 0,
  });
  const sockets = Array.from({ length: 800 }, () => {
    const socket = connect({ port: shop.port, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    return socket;
  });
  await eventually(() => shop.broker.stats().silent).toBeGreaterThanOrEqual(500);
  let sent = 0;
  // never the last byte
  const drip = setInterval(() => {
    const byte = greeting.subarray(sent, sent + 1);
    if (sent++ < greeting.length - 1) for (const socket of sockets.slice(0, 400)) socket.write(byte);
  }, 300);
  onTestFinished(() => clearInterval(drip));
  const device = await shop.client("device");
  for (let n = 0; n < 20; n++) await device.publishAsync("shelf/counts", "{}", { qos: 1 });
  await eventually(() => shop.broker.stats().silent).toBe(0);
  await eventually(() => sockets.every((socket) => socket.destroyed)).toBe(true);
  expect(shop.broker.stats()).toMatchObject({ clients: 1, broken: 0 });
});
