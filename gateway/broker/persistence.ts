import { Readable } from "node:stream";
import { type BrokerPacket, createOutgoing, keyOf, type Owed } from "./outgoing.ts";
import { createRetained, formerClient } from "./retained.ts";
import { createSessions } from "./sessions.ts";

/** What the broker keeps on disk, as storage/ provides it. */
export type BrokerStore = {
  write(ops: BrokerOp[]): number;
  whenCommitted(batch: number, done: (error?: Error) => void): void;
};
export type BrokerOp =
  | ["retained.put", string, Uint8Array, number, string]
  | ["retained.delete", string]
  | ["subscription.put", string, string, number]
  | ["subscription.delete", string, string]
  | ["session.delete", string]
  | ["outgoing.put", number, string, string, Uint8Array, number, number]
  | ["outgoing.release", number]
  | ["outgoing.delete", number]
  | ["outgoing.clear", string]
  | ["incoming.put", string, number]
  | ["incoming.delete", string, number]
  | ["incoming.clear", string];

export type BrokerState = {
  retained: { topic: string; payload: Uint8Array; qos: number; client: string | null }[];
  subscriptions: { client: string; filter: string; qos: number }[];
  outgoing: {
    id: number;
    client: string;
    topic: string;
    payload: Uint8Array;
    qos: number;
    message: number | null;
    released: number;
  }[];
  incoming: { client: string; message: number }[];
};

type Will = BrokerPacket & { clientId?: string };

/** In the table of subscriptions, an empty filter says that there is a session, even without any. */
const sessionItself = "";
/** aedes takes a session without subscriptions for none [MQTT-3.2.2-2]; this one it is told of, and nobody may have it. */
export const sessionMarker = "$vitrine/session";

/**
 * aedes' persistence: memory in front, disk behind. What a publish owes to sleeping sessions and to the retained store is
 * named by `owe()` before the publish is acknowledged, so that it shares the commit of the events it caused (decision 002).
 */
export function createPersistence<Client extends { id: string }>(
  store: BrokerStore,
  state: BrokerState,
  ports: { mayKeep(client: Client, filter: string): boolean; retainRefused(client: string): void },
) {
  const sessions = createSessions();
  const outgoing = createOutgoing();
  const retained = createRetained({ refused: ports.retainRefused });
  const incoming = new Map<string, Map<number, BrokerPacket | true>>();
  const wills = new Map<string, Will>();
  /** Session -> the packet id given last. Bounded by the sessions. */
  const messageIds = new Map<string, number>();
  /** payload -> client -> row: how the queueing that follows an acknowledgement finds what was already written. */
  const owedRows = new WeakMap<Uint8Array, Map<string, { row: number; messageId: number }>>();
  /** Who retained this, until aedes hands it over to be kept. Not in here: the gateway itself. */
  const retainers = new WeakMap<Uint8Array, string>();
  let broker: { id: string } = { id: "" };
  let nextRow = 1;

  function load(from: BrokerState) {
    for (const { client, filter, qos } of from.subscriptions) {
      if (filter === sessionItself) sessions.open(client);
      else sessions.add(client, filter, qos);
    }
    for (const { client, message } of from.incoming) incomingOf(client).set(message, true);
    for (const { topic, payload, qos, client } of from.retained)
      retained.keep({ cmd: "publish", topic, payload, qos, retain: true }, client ?? formerClient);
    nextRow = from.outgoing.reduce((next, row) => Math.max(next, row.id + 1), nextRow);
    for (const { id, client, topic, payload, qos, message, released } of from.outgoing) {
      const messageId = message ?? nextMessageId(client);
      messageIds.set(client, messageId);
      const kept = { key: `row ${id}`, topic, payload, qos, messageId, durableId: id };
      giveUp(outgoing.enqueue(client, { ...kept, isSent: true, isReleased: released === 1 }));
    }
  }
  load(state);

  function incomingOf(clientId: string) {
    const packets = incoming.get(clientId) ?? new Map<number, BrokerPacket | true>();
    incoming.set(clientId, packets);
    return packets;
  }

  /** One that no message under way to this session has [MQTT-2.3.1-4]. A queue holds far fewer than there are. */
  function nextMessageId(clientId: string): number {
    let id = messageIds.get(clientId) ?? 0;
    do id = id >= 65_535 ? 1 : id + 1;
    while (outgoing.isInUse(clientId, id));
    messageIds.set(clientId, id);
    return id;
  }

  const written = (ops: BrokerOp[]) =>
    new Promise<void>((resolve, reject) =>
      store.whenCommitted(store.write(ops), (error) => (error ? reject(error) : resolve())),
    );

  /** Messages that had to make room. Nobody waits for it: after a crash they are given up once more. */
  function giveUp(rows: number[]) {
    if (rows.length > 0) store.write(rows.map((row): BrokerOp => ["outgoing.delete", row]));
  }

  function queue(sub: { clientId: string; qos: number }, packet: BrokerPacket): BrokerOp[] {
    const { topic, payload } = packet;
    const qos = Math.min(packet.qos, sub.qos);
    const rows = owedRows.get(payload);
    const promised = rows?.get(sub.clientId);
    rows?.delete(sub.clientId);
    const { row, messageId } = promised ?? { row: nextRow++, messageId: nextMessageId(sub.clientId) };
    giveUp(outgoing.enqueue(sub.clientId, { key: keyOf(packet), topic, payload, qos, messageId, durableId: row }));
    return promised ? [] : [["outgoing.put", row, sub.clientId, topic, payload, qos, messageId]];
  }

  function forgetSession(clientId: string) {
    messageIds.delete(clientId);
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

  function forgetOldest() {
    const oldest = sessions.tooOld();
    if (oldest !== undefined) forgetSession(oldest);
  }

  return {
    /** Rows for the commit that this publish waits for. `clientId` is who publishes. */
    owe(packet: BrokerPacket, clientId: string): BrokerOp[] {
      const { topic, payload, qos } = packet;
      const ops: BrokerOp[] = [];
      if (packet.retain) {
        retainers.set(payload, clientId);
        if (payload.length === 0) ops.push(["retained.delete", topic]);
        else if (retained.may(packet, clientId)) ops.push(["retained.put", topic, payload, qos, clientId]);
      }
      const owed = qos > 0 ? sessions.owed(topic) : [];
      if (owed.length > 0) {
        const rows = new Map<string, { row: number; messageId: number }>();
        for (const sub of owed) {
          const promised = { row: nextRow++, messageId: nextMessageId(sub.clientId) };
          rows.set(sub.clientId, promised);
          const { row, messageId } = promised;
          ops.push(["outgoing.put", row, sub.clientId, topic, payload, Math.min(qos, sub.qos), messageId]);
        }
        owedRows.set(payload, rows);
      }
      if (qos === 2 && packet.messageId !== undefined && sessions.has(clientId)) {
        ops.push(["incoming.put", clientId, packet.messageId]);
      }
      return ops;
    },

    forget: forgetSession,
    hasSession: sessions.has,
    /** Some session is to have this topic, awake or not. */
    isOwed: (topic: string) => sessions.count() > 0 && sessions.owed(topic).length > 0,
    retain: (packet: BrokerPacket) => retained.keep(packet, retainers.get(packet.payload)),
    isStillRetained: retained.isStill,
    nextMessageId,
    owedTo: outgoing.walk,
    findOwed: outgoing.find,
    /** Given up without an acknowledgement: its subscriber may not have it. */
    dropOwed(clientId: string, { messageId, durableId }: Owed) {
      outgoing.clear(clientId, messageId);
      if (durableId !== undefined) store.write([["outgoing.delete", durableId]]);
    },

    /** After a failed commit memory is ahead of the disk: everything is taken from there again. */
    reload(again: BrokerState) {
      sessions.clear();
      outgoing.clearAll();
      incoming.clear();
      messageIds.clear();
      retained.forgetClients();
      load(again);
    },

    /** A QoS 2 publish whose packet id is already known was decided before. */
    isKnownIncoming: (clientId: string, messageId: number | undefined) =>
      messageId !== undefined && (incoming.get(clientId)?.has(messageId) ?? false),

    stats: () => ({
      sessions: sessions.count(),
      queued: outgoing.waiting(),
      dropped: outgoing.dropped(),
      incoming: incoming.size,
      wills: wills.size,
      ...retained.stats(),
    }),

    // --- what aedes calls
    async setup(owner: { id: string }) {
      broker = owner;
    },
    async storeRetained(packet: BrokerPacket) {
      retained.keep(packet, retainers.get(packet.payload));
    },
    createRetainedStream: (pattern: string) => Readable.from(retained.matching([pattern])),
    createRetainedStreamCombi: (patterns: string[]) => Readable.from(retained.matching(patterns)),

    async addSubscriptions(client: Client, subs: { topic: string; qos: number }[]) {
      const ops: BrokerOp[] = [];
      for (const { topic, qos } of subs) {
        if (!ports.mayKeep(client, topic) || sessions.qosOf(client.id, topic) === qos) continue;
        if (!sessions.add(client.id, topic, qos)) throw new Error("too many subscriptions in one session");
        ops.push(["subscription.put", client.id, topic, qos]);
      }
      forgetOldest();
      if (ops.length > 0) await written(ops);
    },
    async removeSubscriptions(client: Client, topics: string[]) {
      if (!sessions.has(client.id)) return;
      for (const topic of topics) sessions.remove(client.id, topic);
      await written(topics.map((topic): BrokerOp => ["subscription.delete", client.id, topic]));
    },
    /** Asked when a client comes to its kept session, or begins one. */
    async subscriptionsByClient({ id }: { id: string }) {
      if (!sessions.has(id)) {
        sessions.open(id);
        forgetOldest();
        store.write([["subscription.put", id, sessionItself, 0]]);
        return [];
      }
      sessions.touch(id);
      const subs = sessions.of(id).map(({ topic, qos }) => ({ topic, qos }));
      return subs.length > 0 ? subs : [{ topic: sessionMarker, qos: 0 }];
    },
    countOffline: async () => ({ subsCount: sessions.count(), clientsCount: sessions.count() }),
    subscriptionsByTopic: async (topic: string) => sessions.owed(topic),
    async cleanSubscriptions(client: Client) {
      forgetSession(client.id);
    },

    async outgoingEnqueue(sub: { clientId: string; qos?: number }, packet: BrokerPacket) {
      const ops = queue({ clientId: sub.clientId, qos: sub.qos ?? 2 }, packet);
      if (ops.length > 0) await written(ops);
    },
    async outgoingEnqueueCombi(subs: { clientId: string; qos: number }[], packet: BrokerPacket) {
      if (subs.length === 0) return;
      const ops = subs.flatMap((sub) => queue(sub, packet));
      if (ops.length > 0) await written(ops);
    },
    /** A message leaves under the packet id it was saved with; PUBREL leaves when it is on disk that it may. */
    async outgoingUpdate(client: Client, packet: BrokerPacket) {
      if (packet.cmd === "pubrel") {
        const released = packet.messageId ? outgoing.release(client.id, packet.messageId) : undefined;
        if (released?.durableId !== undefined) await written([["outgoing.release", released.durableId]]);
        return;
      }
      const owed = outgoing.find(client.id, keyOf(packet));
      if (!owed) return;
      packet.messageId = owed.messageId;
      owed.isSent = true;
    },
    async outgoingClearMessageId(client: Client, packet: BrokerPacket) {
      const owed = packet.messageId ? outgoing.clear(client.id, packet.messageId) : undefined;
      // not waited for: if the crash comes first, the message is sent once more, which QoS 1 allows
      if (owed?.durableId !== undefined) store.write([["outgoing.delete", owed.durableId]]);
      return owed && { topic: owed.topic, payload: owed.payload, qos: owed.qos, messageId: owed.messageId };
    },
    /** resend.ts does it: in order, also with what comes meanwhile, and with DUP. */
    outgoingStream: () => Readable.from([]),

    async incomingStorePacket(client: Client, packet: BrokerPacket) {
      if (packet.messageId !== undefined) incomingOf(client.id).set(packet.messageId, true);
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
