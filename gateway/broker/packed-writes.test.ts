import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import mqttPacket from "mqtt-packet";
import { expect, onTestFinished, test } from "vitest";
import { packWrites } from "./packed-writes.ts";

/** A true connection whose near end is packed. */
async function connection(): Promise<{ near: Socket; far: Socket; received(): Buffer }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const far = connect(typeof address === "object" && address ? address.port : 0, "127.0.0.1");
  const [near]: Socket[] = await once(server, "connection");
  if (!near) throw new Error("nobody connected");
  onTestFinished(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  const chunks: Buffer[] = [];
  far.on("data", (chunk: Buffer) => void chunks.push(chunk));
  packWrites(near);
  return { near, far, received: () => Buffer.concat(chunks) };
}

const publish = (topic: string, payload: string | Buffer, messageId: number) =>
  ({ cmd: "publish", topic, payload, qos: 1, messageId, retain: false, dup: false }) as const;

test("packets arrive whole and in order, whether small, with accents, or larger than a buffer", async () => {
  const { near, received } = await connection();
  const packets = [
    publish("store/main/shelf/A1/reading", "é".repeat(900), 1),
    publish("store/main/shelf/Z9/reading", Buffer.alloc(200_000, 7), 2),
    publish("regal/größe", "last", 3),
  ];
  const expected = Buffer.concat(packets.map((packet) => mqttPacket.generate(packet)));
  for (const packet of packets) mqttPacket.writeToStream(packet, near);
  await expect.poll(() => received().length).toBe(expected.length);
  expect(received().equals(expected)).toBe(true);
});

test("many packets of one turn leave in few writes", async () => {
  const { near, received } = await connection();
  const before = near.bytesWritten;
  for (let id = 1; id <= 100; id++) mqttPacket.writeToStream({ cmd: "puback", messageId: id }, near);
  expect(near.bytesWritten).toBe(before);
  await expect.poll(() => received().length).toBe(400);
});

test("what was written leaves before a connection is ended or closed", async () => {
  const ended = await connection();
  ended.near.write("goodbye");
  ended.near.end();
  await expect.poll(() => ended.received().toString()).toBe("goodbye");

  const closed = await connection();
  closed.near.write("refused");
  closed.near.destroy();
  await expect.poll(() => closed.received().toString()).toBe("refused");
});

test("a reader that does not read is noticed, and writing goes on once it does", async () => {
  const { near, far, received } = await connection();
  far.pause();
  const piece = Buffer.alloc(64 * 1024, 1);
  let written = 0;
  let more = true;
  while (more && written < 200_000_000) {
    more = near.write(piece);
    written += piece.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(more).toBe(false);
  const drained = once(near, "drain");
  far.resume();
  await drained;
  expect(near.write("on")).toBe(true);
  await expect.poll(() => received().length).toBe(written + 2);
});
