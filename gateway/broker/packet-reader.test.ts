import { EventEmitter } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Client } from "aedes";
import fc from "fast-check";
import mqttPacket, { type Packet } from "mqtt-packet";
import { expect, onTestFinished, test } from "vitest";
import { type PublishRate, readPackets } from "./packet-reader.ts";

// mqtt-packet is the judge: what keeps the rules is read as it would read it, however the network cuts it; what it would
// refuse is refused here too.

const hello: Packet = {
  cmd: "connect",
  protocolId: "MQTT",
  protocolVersion: 4,
  clean: true,
  clientId: "x",
  keepalive: 0,
};

/** A client as aedes has it, which is done with each packet at once. */
function openReader(rate?: PublishRate, conn: Duplex = new PassThrough()) {
  const seen: unknown[] = [];
  const parser = mqttPacket.parser();
  const client = Object.assign(new EventEmitter(), { conn, closed: false, _parser: parser, _nextBatch: () => {} });
  const as = client as unknown as Client & { _nextBatch(error?: Error): void; resume(): void };
  let pauses = 0;
  const publish = (packet: { payload: Uint8Array }) => {
    seen.push({ ...packet });
    reader.judged(packet.payload.length);
  };
  const reader = readPackets(as, {
    limits: { packet: 256 * 1024, connect: 32 * 1024 },
    tooLarge: () => void seen.push("too large"),
    rate: () => rate,
    publish,
    throttled: () => void pauses++,
  });
  client.on("error", () => {
    seen.push("refused");
    conn.destroy();
  });
  conn.on("error", () => {});
  parser.on("error", (error: Error) => client.emit("error", error));
  parser.on("packet", (packet: Packet) => {
    if (packet.cmd === "connect") return void setImmediate(() => as.resume());
    seen.push({ ...packet });
    if (packet.cmd === "publish") reader.judged(packet.payload.length);
    else as._nextBatch();
  });
  return { conn, seen, pauses: () => pauses };
}

async function read(pieces: Buffer[]) {
  const { conn, seen } = openReader();
  for (const piece of [mqttPacket.generate(hello), ...pieces]) {
    conn.write(piece);
    if (pieces.length > 1) await nextTurn();
  }
  conn.end();
  for (let quiet = 0, length = -1; quiet < 5; quiet++) {
    await nextTurn();
    if (seen.length !== length) quiet = 0;
    length = seen.length;
  }
  return seen;
}

function readByLibrary(bytes: Buffer) {
  const parser = mqttPacket.parser();
  const seen: unknown[] = [];
  parser.on("packet", (packet: Packet) => void seen.push({ ...packet }));
  parser.on("error", () => void seen.push("refused"));
  parser.parse(bytes);
  return seen;
}

function cut(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const messageId = fc.integer({ min: 1, max: 65_535 });
const publish = fc
  .record({
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    topic: fc.constantFrom("store/main/shelf/A1/reading", "regal/größe", "a", "t".repeat(200)),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constant(new Uint8Array(20_000)),
      fc.constant(new Uint8Array()),
    ),
    retain: fc.boolean(),
    dup: fc.boolean(),
    messageId,
  })
  // [MQTT-3.3.1-2]
  .map(
    (packet): Packet => ({
      cmd: "publish",
      ...packet,
      dup: packet.dup && packet.qos > 0,
      payload: Buffer.from(packet.payload),
    }),
  );
const packet = fc.oneof(
  { weight: 5, arbitrary: publish },
  { weight: 4, arbitrary: messageId.map((id): Packet => ({ cmd: "puback", messageId: id })) },
  fc.constant<Packet>({ cmd: "pingreq" }),
  messageId.map((id): Packet => ({ cmd: "pubrel", messageId: id })),
  messageId.map((id): Packet => ({ cmd: "subscribe", messageId: id, subscriptions: [{ topic: "a/+", qos: 1 }] })),
);
const bytesOf = (packets: Packet[]) => Buffer.concat(packets.map((each) => mqttPacket.generate(each)));
const places = fc.array(fc.nat(), { maxLength: 8 });

test("packets are read as mqtt-packet reads them, however the network cuts them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 12 }), places, async (packets, at) => {
      const bytes = bytesOf(packets);
      const seen = await read(cut(bytes, at));
      expect(seen).toHaveLength(packets.length);
      expect(seen).toEqual(readByLibrary(bytes));
    }),
  );
});

test("byte by byte makes no difference", async () => {
  const about = { topic: "store/main/shelf/A1/reading", payload: "x".repeat(200), qos: 1, messageId: 7 } as const;
  const bytes = bytesOf([
    { cmd: "publish", ...about, retain: false, dup: false },
    { cmd: "puback", messageId: 9 },
  ]);
  expect(await read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(readByLibrary(bytes));
});

test("what mqtt-packet refuses is never read, and what is read is what mqtt-packet reads", async () => {
  const broken = fc.tuple(fc.array(packet, { minLength: 1, maxLength: 4 }), fc.nat(), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(broken, async ([packets, place, byte]) => {
      const bytes = bytesOf(packets);
      bytes[place % bytes.length] = byte;
      const ends = (what: unknown) => typeof what === "string";
      const seen = await read([bytes]);
      const whole = seen.slice(0, seen.findIndex(ends) === -1 ? undefined : seen.findIndex(ends));
      expect(readByLibrary(bytes).slice(0, whole.length)).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test("more than one turn's packets in one read are all read, also when their sender has hung up already", async () => {
  const packets = Array.from({ length: 1_000 }, (_, n): Packet => ({ cmd: "puback", messageId: n + 1 }));
  const bytes = bytesOf(packets);
  expect(await read([bytes])).toEqual(readByLibrary(bytes));
});

test("who publishes faster than allowed waits; nothing is lost and the order stays", async () => {
  const { conn, seen, pauses } = openReader({ perSecond: 2_000, burst: 50 });
  const about = { topic: "a", qos: 0, retain: false, dup: false } as const;
  const packets = Array.from({ length: 300 }, (_, n): Packet => ({ cmd: "publish", ...about, payload: `${n}` }));
  conn.end(bytesOf([hello, ...packets]));
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(300);
  expect(pauses()).toBeGreaterThan(0);
  expect(seen).toEqual(readByLibrary(bytesOf(packets)));
});

test("what somebody too loud says waits with the sender, not in our memory", async () => {
  const about = { topic: "a", qos: 0, retain: false, dup: false } as const;
  const many = bytesOf(Array.from({ length: 60 }, () => ({ cmd: "publish", ...about, payload: "x".repeat(1_000) })));
  // as a socket does whose sender always has more: whenever it is asked, it gives, a little later
  const conn = new Duplex({
    read: () => void setImmediate(() => conn.push(many)),
    write: (_bytes, _how, done) => done(),
  });
  onTestFinished(() => void conn.destroy());
  let most = 0;
  const { pauses } = openReader({ perSecond: 100, burst: 1 }, conn);
  conn.unshift(mqttPacket.generate(hello));
  const watched = () => {
    most = Math.max(most, conn.readableLength);
    return pauses();
  };
  await expect.poll(watched, { interval: 5, timeout: 20_000 }).toBeGreaterThan(40);
  expect(most).toBeLessThan(3 * conn.readableHighWaterMark);
});
