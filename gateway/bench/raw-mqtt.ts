import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate } from "mqtt-packet";

/**
 * MQTT 3.1.1 with as little work as possible, so that the load costs less than the servers it measures: frames are
 * written into one buffer per turn, and of what comes in only type, packet id, topic and payload are looked at.
 */
export type RawClient = Awaited<ReturnType<typeof connectRaw>>;

export type RawHandlers = {
  /** PUBACKs that came in one chunk. */
  acknowledged?(count: number): void;
  /** A PUBLISH; it is acknowledged by the client itself. Offsets into `bytes`. */
  published?(bytes: Buffer, topic: [from: number, to: number], payload: [from: number, to: number]): void;
  closed?(): void;
};

const chunkBytes = 64 * 1024;

export async function connectRaw(port: number, clientId: string, handlers: RawHandlers = {}) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  socket.write(
    generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId,
      keepalive: 0,
      username: "demo",
      password: Buffer.from("demo"),
    }),
  );
  const first: Buffer = (await once(socket, "data"))[0];
  if (first[0] !== 0x20 || first[3] !== 0) throw new Error(`connection refused with code ${first[3]}`);
  let rest: Buffer = Buffer.alloc(0);
  let onSuback: (() => void) | undefined;

  socket.on("data", (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const { used, acks, pubacks, suback } = scan(bytes, handlers);
    rest = used === bytes.length ? Buffer.alloc(0) : bytes.subarray(used);
    if (pubacks.length > 0) socket.write(Buffer.from(pubacks));
    if (suback) onSuback?.();
    if (acks > 0) handlers.acknowledged?.(acks);
  });
  socket.on("error", () => {});
  socket.on("close", () => handlers.closed?.());

  const writer = createWriter(socket);
  return {
    ...writer,
    async subscribe(topic: string, qos: 0 | 1) {
      const granted = new Promise<void>((resolve) => {
        onSuback = resolve;
      });
      socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] }));
      await granted;
    },
    close: () => void socket.destroy(),
  };
}

function createWriter(socket: Socket) {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let at = 0;
  let messageId = 0;

  function flush() {
    if (at === 0) return;
    socket.write(chunk.subarray(0, at));
    chunk = Buffer.allocUnsafe(chunkBytes);
    at = 0;
  }

  return {
    /** Queues a QoS 1 PUBLISH for the next `flush()`. Topic and payload are ASCII. */
    publish(topic: string, payload: string) {
      const length = 4 + topic.length + payload.length;
      if (at + length + 5 > chunkBytes) flush();
      messageId = messageId >= 65_535 ? 1 : messageId + 1;
      chunk[at++] = 0x32;
      let left = length;
      do {
        chunk[at++] = left > 127 ? (left & 0x7f) | 0x80 : left;
        left >>= 7;
      } while (left > 0);
      at = chunk.writeUInt16BE(topic.length, at);
      at += chunk.write(topic, at, "latin1");
      at = chunk.writeUInt16BE(messageId, at);
      at += chunk.write(payload, at, "latin1");
    },
    flush,
  };
}

/** Walks the whole frames in `bytes`. */
function scan(bytes: Buffer, { published }: RawHandlers) {
  let used = 0;
  let acks = 0;
  let suback = false;
  const pubacks: number[] = [];
  while (used + 2 <= bytes.length) {
    let at = used + 1;
    let length = 0;
    let shift = 0;
    let digit = 0x80;
    while (digit & 0x80 && at < bytes.length) {
      digit = bytes[at++] ?? 0;
      length |= (digit & 0x7f) << shift;
      shift += 7;
    }
    const end = at + length;
    if (digit & 0x80 || end > bytes.length) break;
    const type = (bytes[used] ?? 0) >> 4;
    if (type === 4) acks++;
    else if (type === 9) suback = true;
    else if (type === 3) {
      const qos = ((bytes[used] ?? 0) >> 1) & 3;
      const topicEnd = at + 2 + bytes.readUInt16BE(at);
      if (qos > 0) pubacks.push(0x40, 0x02, bytes[topicEnd] ?? 0, bytes[topicEnd + 1] ?? 0);
      published?.(bytes, [at + 2, topicEnd], [topicEnd + (qos > 0 ? 2 : 0), end]);
    }
    used = end;
  }
  return { used, acks, pubacks, suback };
}
