import { Readable } from "node:stream";
import { type BrokerPacket, createOutgoing, ownBytes } from "./outgoing.ts";
import { createSessions } from "./sessions.ts";
import { filterMatches } from "./topic-filter.ts";

/** What the broker keeps on disk, as storage/ provides it. */
export type BrokerStore = {
  write(ops: BrokerOp[]): number;
  whenCommitted(batch: number, done: (error?: Error) => void): void;
};
export type BrokerOp =
  | ["retained.put", string, Uint8Array, number]
  | ["retained.delete", string]
  | ["subscription.put", string, string, number]
  | ["subscription.delete", string, string]
  | ["session.delete", string]
  | ["outgoing.put", number, string, string, Uint8Array, number]
  | ["outgoing.delete", number]
  | ["outgoing.clear", string]
  | ["incoming.put", string, number]
  | ["incoming.delete", string, number]
  | ["incoming.clear", string];

export type BrokerState = {
  retained: { topic: string; payload: Uint8Array; qos: number }[];
  subscriptions: { client: string; filter: string; qos: number }[];
  outgoing: { id: number; client: string; topic: string; payload: Uint8Array; qos: number }[];
  incoming: { client: string; message: number }[];
};

type Will = BrokerPacket & { clientId?: string };

/** What is retained beyond this many topics or bytes is delivered but not retained, and counted. */
const retainedLimit = 10_000;
const retainedBytesLimit = 16 * 1024 * 1024;

/**
 * aedes' persistence: memory in front, disk behind. What a publish owes to sleeping sessions and to the retained store is
 * named by `owe()` before the publish is acknowledged, so that it shares the commit of the events it caused (decision 002).
 */
export function createPersistence<Client extends { id: string }>(
  store: BrokerStore,
  state: BrokerState,
  { mayKeep }: { mayKeep(client: Client, filter: string): boolean },
) {
  const sessions = createSessions();
  const outgoing = createOutgoing();
  const retained = new Map<string, BrokerPacket>();
  const incoming = new Map<string, Map<number, BrokerPacket | true>>();
  const wills = new Map<string, Will>();
  /** payload -> client -> row: how the queueing that follows an acknowledgement finds what was already written. */
  const owedRows = new WeakMap<Uint8Array, Map<string, number>>();
  let broker: { id: string } = { id: "" };
  let nextRow = 1 + state.outgoing.reduce((max, row) => Math.max(max, row.id), 0);
  let retainedRefused = 0;
  let retainedBytes = 0;

  for (const { client, filter, qos } of state.subscriptions) sessions.add(client, filter, qos);
  for (const { client, message } of state.incoming) incomingOf(client).set(message, true);
  for (const { topic, payload, qos } of state.retained)
    keepRetained({ cmd: "publish", topic, payload: Buffer.from(payload), qos, retain: true });

  function incomingOf(clientId: string) {
    const packets = incoming.get(clientId) ?? new Map<number, BrokerPacket | true>();
    incoming.set(clientId, packets);
    return packets;
  }

  function keepRetained(packet: BrokerPacket) {
    const { topic, payload } = packet;
    if (payload.length > 0 && !mayRetain(packet)) return void retainedRefused++;
    retainedBytes -= retained.get(topic)?.payload.length ?? 0;
    retained.delete(topic);
    if (payload.length === 0) return;
    // a copy: the payload is a piece of a socket's read, which would stay alive with it
    retained.set(topic, { ...packet, payload: ownBytes(payload) });
    retainedBytes += payload.length;
  }

  function mayRetain({ topic, payload }: BrokerPacket): boolean {
    const before = retained.get(topic);
    const bytes = retainedBytes + payload.length - (before?.payload.length ?? 0);
    return bytes <= retainedBytesLimit && (before !== undefined || retained.size < retainedLimit);
  }

  const written = (ops: BrokerOp[]) =>
    new Promise<void>((resolve, reject) =>
      store.whenCommitted(store.write(ops), (error) => (error ? reject(error) : resolve())),
    );

  function queue(clientId: string, packet: BrokerPacket) {
    const rows = owedRows.get(packet.payload);
    let row = rows?.get(clientId);
    const ops: BrokerOp[] = [];
    if (row === undefined) {
      row = nextRow++;
      ops.push(["outgoing.put", row, clientId, packet.topic, packet.payload, packet.qos]);
    } else rows?.delete(clientId);
    for (const evicted of outgoing.enqueue(clientId, packet, row)) ops.push(["outgoing.delete", evicted]);
    return ops;
  }

  function forgetSession(clientId: string) {
    if (!sessions.has(clientId) && !incoming.has(clientId)) return;
    sessions.forget(clientId);
    outgoing.forget(clientId);
    incoming.delete(clientId);
    store.write([
      ["session.delete", clientId],
      ["outgoing.clear", clientId],
      ["incoming.clear", clientId],
    ]);
  }

  function* retainedBy(patterns: string[]) {
    for (const packet of retained.values()) {
      if (patterns.some((pattern) => filterMatches(pattern, packet.topic))) yield packet;
    }
  }

  return {
    /** Rows for the commit that this publish waits for. */
    owe(packet: BrokerPacket, clientId: string | undefined): BrokerOp[] {
      const ops: BrokerOp[] = [];
      if (packet.retain && (packet.payload.length === 0 || mayRetain(packet))) {
        ops.push(
          packet.payload.length === 0
            ? ["retained.delete", packet.topic]
            : ["retained.put", packet.topic, packet.payload, packet.qos],
        );
      }
      if (packet.qos > 0) {
        const owed = sessions.owed(packet.topic);
        if (owed.length > 0) {
          const rows = new Map<string, number>();
          for (const sub of owed) {
            const row = nextRow++;
            rows.set(sub.clientId, row);
            ops.push(["outgoing.put", row, sub.clientId, packet.topic, packet.payload, Math.min(packet.qos, sub.qos)]);
          }
          owedRows.set(packet.payload, rows);
        }
      }
      if (packet.qos === 2 && clientId !== undefined && packet.messageId !== undefined && sessions.has(clientId)) {
        ops.push(["incoming.put", clientId, packet.messageId]);
      }
      return ops;
    },

    forget: forgetSession,

    /** A QoS 2 publish whose packet id is already known was decided before. */
    isKnownIncoming: (clientId: string, messageId: number | undefined) =>
      messageId !== undefined && (incoming.get(clientId)?.has(messageId) ?? false),

    stats: () => ({
      sessions: sessions.count(),
      queued: outgoing.waiting(),
      dropped: outgoing.dropped(),
      retained: retained.size,
      retainedRefused,
    }),

    // --- what aedes calls
    async setup(owner: { id: string; counter: number }) {
      broker = owner;
      for (const { id, client, topic, payload, qos } of state.outgoing) {
        const origin = { brokerId: owner.id, brokerCounter: ++owner.counter };
        const packet = { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain: false, ...origin };
        const evicted = outgoing.enqueue(client, packet, id);
        if (evicted.length > 0) store.write(evicted.map((row): BrokerOp => ["outgoing.delete", row]));
      }
    },
    async storeRetained(packet: BrokerPacket) {
      keepRetained(packet);
    },
    createRetainedStream: (pattern: string) => Readable.from(retainedBy([pattern])),
    createRetainedStreamCombi: (patterns: string[]) => Readable.from(retainedBy(patterns)),

    async addSubscriptions(client: Client, subs: { topic: string; qos: number }[]) {
      const ops: BrokerOp[] = [];
      for (const { topic, qos } of subs) {
        if (!mayKeep(client, topic) || sessions.qosOf(client.id, topic) === qos) continue;
        if (!sessions.add(client.id, topic, qos)) throw new Error("too many subscriptions in one session");
        ops.push(["subscription.put", client.id, topic, qos]);
      }
      const oldest = sessions.tooOld();
      if (oldest !== undefined) forgetSession(oldest);
      if (ops.length > 0) await written(ops);
    },
    async removeSubscriptions(client: Client, topics: string[]) {
      if (!sessions.has(client.id)) return;
      for (const topic of topics) sessions.remove(client.id, topic);
      await written(topics.map((topic): BrokerOp => ["subscription.delete", client.id, topic]));
    },
    /** Asked when a client comes to its kept session. */
    async subscriptionsByClient(client: { id: string }) {
      sessions.touch(client.id);
      return sessions.of(client.id).map(({ topic, qos }) => ({ topic, qos }));
    },
    countOffline: async () => ({ subsCount: sessions.count(), clientsCount: sessions.count() }),
    subscriptionsByTopic: async (topic: string) => sessions.owed(topic),
    async cleanSubscriptions(client: Client) {
      forgetSession(client.id);
    },

    async outgoingEnqueue(sub: { clientId: string }, packet: BrokerPacket) {
      const ops = queue(sub.clientId, packet);
      if (ops.length > 0) await written(ops);
    },
    async outgoingEnqueueCombi(subs: { clientId: string }[], packet: BrokerPacket) {
      if (subs.length === 0) return;
      const ops = subs.flatMap((sub) => queue(sub.clientId, packet));
      if (ops.length > 0) await written(ops);
    },
    async outgoingUpdate(client: Client, packet: BrokerPacket) {
      if (!outgoing.update(client.id, packet)) throw new Error("no such packet");
    },
    async outgoingClearMessageId(client: Client, packet: BrokerPacket) {
      const entry = outgoing.clear(client.id, packet.messageId);
      // not waited for: if the crash comes first, the message is sent once more, which QoS 1 allows
      if (entry?.durableId !== undefined) store.write([["outgoing.delete", entry.durableId]]);
      return entry?.packet;
    },
    outgoingStream: (client: Client) => Readable.from(outgoing.list(client.id)),

    async incomingStorePacket(client: Client, packet: BrokerPacket) {
      if (packet.messageId !== undefined) incomingOf(client.id).set(packet.messageId, packet);
    },
    async incomingGetPacket(client: Client, packet: BrokerPacket) {
      const found = incoming.get(client.id)?.get(packet.messageId ?? -1);
      if (!found) throw new Error("no such packet");
      return found;
    },
    async incomingDelPacket(client: Client, packet: BrokerPacket) {
      const messageId = packet.messageId ?? -1;
      if (!incoming.get(client.id)?.delete(messageId)) throw new Error("no such packet");
      if (incoming.get(client.id)?.size === 0) incoming.delete(client.id);
      if (sessions.has(client.id)) store.write([["incoming.delete", client.id, messageId]]);
    },
    async cleanIncoming(client: Client) {
      incoming.delete(client.id);
    },

    async putWill(client: Client, packet: Will) {
      packet.brokerId = broker.id;
      packet.clientId = client.id;
      wills.set(client.id, packet);
    },
    getWill: async (client: Client) => wills.get(client.id),
    async delWill(client: Client) {
      const will = wills.get(client.id);
      wills.delete(client.id);
      return will;
    },
    streamWill: (brokers: Record<string, unknown> = {}) =>
      Readable.from([...wills.values()].filter((will) => will.brokerId === undefined || !brokers[will.brokerId])),
    getClientList: (topic: string) => Readable.from(sessions.subscribedTo(topic)),
    async destroy() {},
  };
}

export type Persistence = ReturnType<typeof createPersistence>;
