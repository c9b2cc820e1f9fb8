/** aedes' packet with the fields it adds while a message is on its way to one client. */
export type BrokerPacket = {
  cmd: string;
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
  dup?: boolean;
  brokerId?: string;
  brokerCounter?: number;
  messageId?: number | undefined;
};

/** A message owed to one session, until its subscriber has acknowledged it. */
export type Owed = {
  key: string;
  topic: string;
  payload: Uint8Array;
  qos: number;
  /** Its packet id, the same one however often it is sent [MQTT-4.4.0-1]. */
  messageId: number;
  durableId: number | undefined;
  /** It was, or before a restart may have been, sent: from now on with DUP [MQTT-3.3.1-1]. */
  isSent: boolean;
  /** The subscriber has it (PUBREC): only PUBREL is still to be said. */
  isReleased: boolean;
};
type Queue = { byKey: Map<string, Owed>; byMessageId: Map<number, Owed>; bytes: number };

/** What a sleeping client's queue, and all of them together, hold. Beyond, the oldest of the queue that grew is dropped and counted. */
export const defaultLimits = { messages: 10_000, queueBytes: 8 * 1024 * 1024, allBytes: 64 * 1024 * 1024 };

export const keyOf = (packet: Pick<BrokerPacket, "brokerId" | "brokerCounter">) =>
  `${packet.brokerId}:${packet.brokerCounter}`;

/** Messages owed to persistent sessions, in order, until each is acknowledged. */
export function createOutgoing(limits = defaultLimits) {
  const queues = new Map<string, Queue>();
  let allBytes = 0;
  let dropped = 0;

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

  function remove(clientId: string, queue: Queue, owed: Owed) {
    queue.byKey.delete(owed.key);
    queue.byMessageId.delete(owed.messageId);
    count(queue, -sizeOf(owed));
    if (queue.byKey.size === 0) queues.delete(clientId);
  }

  return {
    /** Returns the durable ids of messages that had to make room. */
    enqueue(clientId: string, message: Omit<Owed, "isSent" | "isReleased"> & Partial<Owed>): number[] {
      const queue = queueOf(clientId);
      // a copy: a few bytes of a socket's read would keep all of its 64 kB alive while the client sleeps
      const owed: Owed = { isSent: false, isReleased: false, ...message, payload: ownBytes(message.payload) };
      queue.byKey.set(owed.key, owed);
      queue.byMessageId.set(owed.messageId, owed);
      count(queue, sizeOf(owed));
      const evicted: number[] = [];
      while (isFull(queue)) {
        const oldest: Owed | undefined = queue.byKey.values().next().value;
        if (!oldest) break;
        remove(clientId, queue, oldest);
        if (oldest.durableId !== undefined) evicted.push(oldest.durableId);
        dropped++;
      }
      return evicted;
    },

    find: (clientId: string, key: string) => queues.get(clientId)?.byKey.get(key),

    /** PUBREC: the message itself is forgotten, that it was here is not. The entry, when this is news. */
    release(clientId: string, messageId: number): Owed | undefined {
      const queue = queues.get(clientId);
      const owed = queue?.byMessageId.get(messageId);
      if (!queue || !owed || owed.isReleased) return undefined;
      count(queue, -sizeOf(owed));
      owed.payload = nothing;
      owed.isReleased = true;
      count(queue, sizeOf(owed));
      return owed;
    },

    /** Acknowledged: forgets the message and says what to delete on disk. */
    clear(clientId: string, messageId: number): Owed | undefined {
      const queue = queues.get(clientId);
      const owed = queue?.byMessageId.get(messageId);
      if (queue && owed) remove(clientId, queue, owed);
      return owed;
    },

    isInUse: (clientId: string, messageId: number) => queues.get(clientId)?.byMessageId.has(messageId) ?? false,

    /** Everything owed, oldest first; what is queued meanwhile comes along. */
    *walk(clientId: string): Generator<Owed> {
      let queue = queues.get(clientId);
      while (queue) {
        yield* queue.byKey.values();
        // an emptied queue is given up, and the next message begins another
        const now = queues.get(clientId);
        queue = now === queue ? undefined : now;
      }
    },
    forget(clientId: string) {
      allBytes -= queues.get(clientId)?.bytes ?? 0;
      queues.delete(clientId);
    },
    clearAll() {
      queues.clear();
      allBytes = 0;
    },
    bytes: () => allBytes,
    dropped: () => dropped,
    waiting: () => [...queues.values()].reduce((sum, queue) => sum + queue.byKey.size, 0),
  };
}

const nothing = new Uint8Array(0);

/** About what an entry costs in memory: its payload and topic, and the objects around them. */
const sizeOf = ({ payload, topic }: Pick<Owed, "payload" | "topic">) => payload.byteLength + topic.length + 200;

/** A copy in memory of its own. Buffer.from would take it from a pool that outlives it as a whole. */
export const ownBytes = (bytes: Uint8Array): Buffer => Buffer.from(new Uint8Array(bytes).buffer);
