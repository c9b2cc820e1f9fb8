/** aedes' packet with the fields it adds while a message is on its way to one client. */
export type BrokerPacket = {
  cmd: string;
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
  brokerId?: string;
  brokerCounter?: number;
  messageId?: number | undefined;
};
type Entry = { packet: BrokerPacket; key: string; durableId: number | undefined };
type Queue = { byKey: Map<string, Entry>; byMessageId: Map<number, Entry>; bytes: number };

/** What a sleeping client's queue, and all of them together, hold. Beyond, the oldest of the queue that grew is dropped and counted. */
export const defaultLimits = { messages: 10_000, queueBytes: 8 * 1024 * 1024, allBytes: 64 * 1024 * 1024 };

/** Messages owed to persistent sessions, in order, until each is acknowledged. */
export function createOutgoing(limits = defaultLimits) {
  const queues = new Map<string, Queue>();
  let allBytes = 0;
  let dropped = 0;

  const keyOf = (packet: BrokerPacket) => `${packet.brokerId}:${packet.brokerCounter}`;

  function queueOf(clientId: string) {
    const queue = queues.get(clientId) ?? { byKey: new Map(), byMessageId: new Map(), bytes: 0 };
    queues.set(clientId, queue);
    return queue;
  }

  function count(queue: Queue, bytes: number) {
    queue.bytes += bytes;
    allBytes += bytes;
  }

  const isFull = ({ byKey, bytes }: Queue) =>
    byKey.size > limits.messages || bytes > limits.queueBytes || allBytes > limits.allBytes;

  return {
    /** Returns the durable ids of messages that had to make room. */
    enqueue(clientId: string, packet: BrokerPacket, durableId: number | undefined): number[] {
      const queue = queueOf(clientId);
      const key = keyOf(packet);
      // a copy: a few bytes of a socket's read would keep all of its 64 kB alive while the client sleeps
      const payload = ownBytes(packet.payload);
      queue.byKey.set(key, { packet: { ...packet, payload, messageId: undefined }, key, durableId });
      count(queue, sizeOf(packet));
      const evicted: number[] = [];
      while (isFull(queue)) {
        const oldest: Entry | undefined = queue.byKey.values().next().value;
        if (!oldest) break;
        queue.byKey.delete(oldest.key);
        count(queue, -sizeOf(oldest.packet));
        if (oldest.packet.messageId) queue.byMessageId.delete(oldest.packet.messageId);
        if (oldest.durableId !== undefined) evicted.push(oldest.durableId);
        dropped++;
      }
      return evicted;
    },

    /** The message got a packet id, or its PUBLISH was answered and a PUBREL takes its place. */
    update(clientId: string, packet: BrokerPacket): boolean {
      const queue = queues.get(clientId);
      const byKey = packet.brokerId === undefined ? undefined : queue?.byKey.get(keyOf(packet));
      const entry = byKey ?? (packet.messageId ? queue?.byMessageId.get(packet.messageId) : undefined);
      if (!queue || !entry || !packet.messageId) return false;
      if (byKey) entry.packet.messageId = packet.messageId;
      else {
        count(queue, sizeOf(packet) - sizeOf(entry.packet));
        entry.packet = packet;
      }
      queue.byMessageId.set(packet.messageId, entry);
      return true;
    },

    /** Acknowledged: forgets the message and says what to delete on disk. */
    clear(clientId: string, messageId: number | undefined): Entry | undefined {
      const queue = queues.get(clientId);
      const entry = messageId === undefined ? undefined : queue?.byMessageId.get(messageId);
      if (!queue || !entry || messageId === undefined) return undefined;
      queue.byMessageId.delete(messageId);
      queue.byKey.delete(entry.key);
      count(queue, -sizeOf(entry.packet));
      if (queue.byKey.size === 0) queues.delete(clientId);
      return entry;
    },

    list: (clientId: string): BrokerPacket[] =>
      [...(queues.get(clientId)?.byKey.values() ?? [])].map((entry) => entry.packet),
    forget(clientId: string) {
      allBytes -= queues.get(clientId)?.bytes ?? 0;
      queues.delete(clientId);
    },
    bytes: () => allBytes,
    dropped: () => dropped,
    waiting: () => [...queues.values()].reduce((sum, queue) => sum + queue.byKey.size, 0),
  };
}

/** About what an entry costs in memory: its payload and topic, and the objects around them. A PUBREL has neither. */
const sizeOf = ({ payload, topic }: Partial<Pick<BrokerPacket, "payload" | "topic">>) =>
  (payload?.byteLength ?? 0) + (topic?.length ?? 0) + 200;

/** A copy in memory of its own. Buffer.from would take it from a pool that outlives it as a whole. */
export const ownBytes = (bytes: Uint8Array): Buffer => Buffer.from(new Uint8Array(bytes).buffer);
