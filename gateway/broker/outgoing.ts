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

/** A sleeping client's queue holds this many messages; then the oldest is dropped and counted. */
const queueLimit = 10_000;

/** Messages owed to persistent sessions, in order, until each is acknowledged. */
export function createOutgoing() {
  const queues = new Map<string, { byKey: Map<string, Entry>; byMessageId: Map<number, Entry> }>();
  let dropped = 0;

  const keyOf = (packet: BrokerPacket) => `${packet.brokerId}:${packet.brokerCounter}`;

  function queueOf(clientId: string) {
    const queue = queues.get(clientId) ?? { byKey: new Map(), byMessageId: new Map() };
    queues.set(clientId, queue);
    return queue;
  }

  return {
    /** Returns the durable ids of messages that had to make room. */
    enqueue(clientId: string, packet: BrokerPacket, durableId: number | undefined): number[] {
      const queue = queueOf(clientId);
      const key = keyOf(packet);
      queue.byKey.set(key, { packet: { ...packet, messageId: undefined }, key, durableId });
      const evicted: number[] = [];
      while (queue.byKey.size > queueLimit) {
        const oldest: Entry | undefined = queue.byKey.values().next().value;
        if (!oldest) break;
        queue.byKey.delete(oldest.key);
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
      else entry.packet = packet;
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
      if (queue.byKey.size === 0) queues.delete(clientId);
      return entry;
    },

    list: (clientId: string): BrokerPacket[] =>
      [...(queues.get(clientId)?.byKey.values() ?? [])].map((entry) => entry.packet),
    forget: (clientId: string) => queues.delete(clientId),
    dropped: () => dropped,
    waiting: () => [...queues.values()].reduce((sum, queue) => sum + queue.byKey.size, 0),
  };
}
