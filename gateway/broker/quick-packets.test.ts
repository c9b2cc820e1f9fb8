import type { Client } from "aedes";
import fc from "fast-check";
import mqttPacket, { type Packet } from "mqtt-packet";
import { expect, test } from "vitest";
import { readQuickly } from "./quick-packets.ts";

// mqtt-packet is the judge: whatever arrives, in whatever pieces, is read as it would read it.

function read(pieces: Buffer[], quickly: boolean) {
  const parser = mqttPacket.parser();
  const seen: unknown[] = [];
  parser.on("packet", (packet: Packet) => void seen.push({ ...packet }));
  parser.on("error", (error: Error) => void seen.push(error.message));
  if (quickly) readQuickly({ _parser: parser } as unknown as Client);
  for (const piece of pieces) parser.parse(piece);
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
      fc.constant(new Uint8Array(0)),
    ),
    retain: fc.boolean(),
    dup: fc.boolean(),
    messageId,
  })
  .map((packet): Packet => ({ cmd: "publish", ...packet, payload: Buffer.from(packet.payload) }));
const packet = fc.oneof(
  { weight: 5, arbitrary: publish },
  { weight: 4, arbitrary: messageId.map((id): Packet => ({ cmd: "puback", messageId: id })) },
  fc.constant<Packet>({ cmd: "pingreq" }),
  messageId.map((id): Packet => ({ cmd: "pubrel", messageId: id })),
  messageId.map((id): Packet => ({ cmd: "subscribe", messageId: id, subscriptions: [{ topic: "a/+", qos: 1 }] })),
);
const bytesOf = (packets: Packet[]) => Buffer.concat(packets.map((each) => mqttPacket.generate(each)));
const places = fc.array(fc.nat(), { maxLength: 8 });

test("packets are read as mqtt-packet reads them, however the network cuts them", () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 12 }), places, (packets, at) => {
      const pieces = cut(bytesOf(packets), at);
      const seen = read(pieces, true);
      expect(seen).toHaveLength(packets.length);
      expect(seen).toEqual(read(pieces, false));
    }),
  );
});

test("byte by byte makes no difference", () => {
  const bytes = bytesOf([
    {
      cmd: "publish",
      topic: "store/main/shelf/A1/reading",
      payload: "x".repeat(200),
      qos: 1,
      messageId: 7,
      retain: false,
      dup: false,
    },
    { cmd: "puback", messageId: 9 },
  ]);
  const pieces = [...bytes].map((byte) => Buffer.from([byte]));
  expect(read(pieces, true)).toEqual(read([bytes], false));
});

test("broken bytes are refused for the reason mqtt-packet gives", () => {
  const broken = fc.tuple(fc.array(packet, { minLength: 1, maxLength: 4 }), fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(broken, ([packets, place, byte]) => {
      const bytes = bytesOf(packets);
      bytes[place % bytes.length] = byte;
      expect(read([bytes], true)).toEqual(read([bytes], false));
    }),
    { numRuns: 500 },
  );
});
