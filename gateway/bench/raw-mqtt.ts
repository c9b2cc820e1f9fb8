import { once } from "node:events";
import { connect, type Socket } from "node:net";
import mqttPacket from "mqtt-packet";

/**
 * MQTT 3.1.1 with as little work as possible, so that the load costs less than the servers it measures: frames are
 * written once a turn, and of what comes in only type, packet id, topic and payload are looked at.
 */
export type RawClient = Awaited<ReturnType<typeof connectRaw>>;

export type Account = { username: string; password: string };
const demo: Account = { username: "demo", password: "demo" };

export type RawHandlers = {
  /** PUBACKs that came in one turn. */
  acknowledged?(count: number): void;
  /** A PUBLISH; it is acknowledged by the client itself. Offsets into `bytes`. */
  published?(bytes: Buffer, topic: [from: number, to: number], payload: [from: number, to: number]): void;
  closed?(): void;
};

const chunkBytes = 64 * 1024;
const nothing: Buffer = Buffer.alloc(0);

export async function connectRaw(port: number, clientId: string, handlers: RawHandlers = {}, account = demo) {
  let rest = nothing;
  let onConnack: ((code: number) => void) | undefined;
  let onSuback: (() => void) | undefined;
  let acknowledged = 0;
  let pubacks: number[] = [];
  let scheduled = false;

  /** Once a turn, however many pieces a server sends: many small answers must not make the load dear. */
  function answer() {
    scheduled = false;
    if (pubacks.length > 0) socket.write(Buffer.from(pubacks));
    pubacks = [];
    const count = acknowledged;
    acknowledged = 0;
    if (count > 0) handlers.acknowledged?.(count);
  }

  function read(length: number, into: Uint8Array): boolean {
    const chunk = Buffer.from(into.buffer, into.byteOffset, length);
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const used = walk(bytes, (type, flags, from, end) => {
      if (type === 4) acknowledged++;
      else if (type === 3) {
        const qos = (flags >> 1) & 3;
        const topicEnd = from + 2 + bytes.readUInt16BE(from);
        if (qos > 0) pubacks.push(0x40, 0x02, bytes[topicEnd] ?? 0, bytes[topicEnd + 1] ?? 0);
        handlers.published?.(bytes, [from + 2, topicEnd], [topicEnd + (qos > 0 ? 2 : 0), end]);
      } else if (type === 2) onConnack?.(bytes[from + 1] ?? -1);
      else if (type === 9) onSuback?.();
    });
    // the buffer below is used again for the next read
    rest = used === bytes.length ? nothing : Buffer.from(bytes.subarray(used));
    if (!scheduled) {
      scheduled = true;
      setImmediate(answer);
    }
    return true;
  }

  const socket = connect({
    port,
    host: "127.0.0.1",
    noDelay: true,
    onread: { buffer: Buffer.allocUnsafe(chunkBytes), callback: read },
  });
  await once(socket, "connect");
  socket.on("close", () => handlers.closed?.());
  const code = await new Promise<number>((resolve) => {
    onConnack = resolve;
    socket.on("error", () => resolve(-1));
    socket.once("close", () => resolve(-1));
    socket.write(
      mqttPacket.generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clean: true,
        clientId,
        keepalive: 0,
        username: account.username,
        password: Buffer.from(account.password),
      }),
    );
  });
  if (code !== 0) throw new Error(`the connection was refused with code ${code}`);

  return {
    ...createWriter(socket),
    async subscribe(topic: string, qos: 0 | 1) {
      const granted = new Promise<void>((resolve) => {
        onSuback = resolve;
      });
      socket.write(mqttPacket.generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] }));
      await granted;
    },
    close: () => void socket.destroy(),
  };
}

function createWriter(socket: Socket) {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let from = 0;
  let at = 0;
  let messageId = 0;

  /** What is written is never written over; a new chunk for every flush would keep the collector busy instead. */
  function flush() {
    if (at === from) return;
    socket.write(chunk.subarray(from, at));
    from = at;
  }

  function makeRoom(bytes: number) {
    if (at + bytes <= chunkBytes) return;
    flush();
    chunk = Buffer.allocUnsafe(chunkBytes);
    from = 0;
    at = 0;
  }

  return {
    /** Queues a QoS 1 PUBLISH for the next `flush()`. Topic and payload are ASCII. */
    publish(topic: string, payload: string) {
      const length = 4 + topic.length + payload.length;
      makeRoom(length + 5);
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
    /** Bytes that the other side has not taken yet. */
    unsentBytes: () => socket.writableLength,
  };
}

type Frame = (type: number, flags: number, from: number, end: number) => void;

/** Hands over every frame that is whole, without its header, and says how many bytes those took. */
function walk(bytes: Buffer, frame: Frame): number {
  let used = 0;
  while (used + 2 <= bytes.length) {
    const first = bytes[used] ?? 0;
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
    frame(first >> 4, first & 0x0f, at, end);
    used = end;
  }
  return used;
}
