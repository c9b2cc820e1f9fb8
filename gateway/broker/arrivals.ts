import type { Client, PublishPacket } from "aedes";
import type { Log } from "../log.ts";
import type { Message } from "./embedded.ts";
import type { BrokerPacket } from "./outgoing.ts";
import type { BrokerOp, Persistence } from "./persistence.ts";
import { notAllowed } from "./troubles.ts";
import { createWaiting } from "./waiting.ts";

type Done = (error?: Error | null) => void;

/**
 * A publish from its arrival to its acknowledgement: who may say it, what it means, and the commit it waits for (decision
 * 002). QoS 0 and 1 come straight from the socket; QoS 2 and wills through aedes.
 */
export function createArrivals<Identity>(options: {
  log: Log;
  store: { whenCommitted(batch: number, done: (error?: Error) => void): void; isBehind(): boolean };
  persistence: Pick<Persistence, "owe" | "isKnownIncoming" | "incomingStorePacket">;
  troubles: { overheard(client: Client, packet: { topic: string }): void };
  maxTopicLevels: number;
  accept(message: Message, ops: BrokerOp[]): number;
  mayPublish(identity: Identity, topic: string): boolean;
  mayOverhear(identity: Identity, topic: string): boolean;
  identityOf(client: Client): Identity | undefined;
  /** We hang up on this one, not it on us. */
  isOver(client: Client | null): boolean;
  /** Its connection may be read on. */
  judged(client: Client, payloadBytes: number): void;
  mustDrain(client: Client): void;
  distribute(packet: BrokerPacket, failed: (error: Error) => void): void;
}) {
  const { log, store, persistence } = options;
  /**
   * Client id -> the newest batch its acknowledgements depend on, until it is on disk: a no-op waits behind its
   * predecessors, those of a former connection too, because what comes once more is a no-op only thanks to them.
   */
  const pendingBatch = new Map<string, number>();
  /** QoS 2 publishes that wait for the disk, by client and packet id: the same one again is not judged again. */
  const arriving = new Map<string, number>();
  const counters = { messages: 0, refusedPublishes: 0 };
  const waiting = createWaiting({
    whenCommitted: store.whenCommitted,
    goOn(client, packet, batch, error) {
      if (pendingBatch.get(client.id) === batch) pendingBatch.delete(client.id);
      if (error) end(client, error);
      else acknowledge(client, packet);
    },
  });

  function end(client: Client, error: Error) {
    if (!client.closed) client.emit("error", error);
  }

  /** The commit that a publish waits for, 0 for none, or why it is refused. */
  function judge(client: Client | null, packet: BrokerPacket): number | Error {
    // those whom we cut off come back, so that their wills are no news
    if (options.isOver(client)) return new Error("the broker is closing");
    counters.messages++;
    // whether a sender repeats itself is between it and us [MQTT-3.3.1-3]
    packet.dup = false;
    const clientId = client?.id ?? "will";
    const { topic, payload, qos, retain } = packet;
    const identity = client === null ? undefined : options.identityOf(client);
    if (client !== null && (identity === undefined || !options.mayPublish(identity, topic))) {
      counters.refusedPublishes++;
      if (identity !== undefined && options.mayOverhear(identity, topic)) {
        options.troubles.overheard(client, packet);
        return pendingBatch.get(clientId) ?? 0;
      }
      log.warn({ client: clientId, topic }, "publish refused: not this client's topic");
      return new Error(notAllowed);
    }
    const batch = options.accept({ topic, payload, qos, retain, client: clientId }, persistence.owe(packet, clientId));
    if (client === null || (qos === 0 && !store.isBehind())) return 0;
    return Math.max(batch, pendingBatch.get(clientId) ?? 0);
  }

  /** What it promises is on disk. */
  function acknowledge(client: Client, packet: BrokerPacket) {
    if (!client.closed) {
      options.judged(client, packet.payload.length);
      if (packet.qos > 0 && !client.conn.write(puback(packet.messageId ?? 0))) options.mustDrain(client);
    }
    // its sender may have gone before it could be told: those it is for get it all the same
    options.distribute(packet, (error) => end(client, error));
  }

  /** Answers with the commit it waits for, 0 for none; undefined when it was refused. */
  function waitForDisk(client: Client, packet: BrokerPacket, done: Done): number | undefined {
    const need = judge(client, packet);
    if (need instanceof Error) {
      done(need);
      return undefined;
    }
    if (need === 0) {
      done();
      return 0;
    }
    pendingBatch.set(client.id, need);
    store.whenCommitted(need, (error) => {
      if (pendingBatch.get(client.id) === need) pendingBatch.delete(client.id);
      done(error);
    });
    return need;
  }

  /** [MQTT-4.3.3-2]: the same packet id again is the same message. */
  function takeOnce(client: Client, packet: BrokerPacket, done: Done) {
    if (persistence.isKnownIncoming(client.id, packet.messageId)) return done();
    const key = `${client.id} ${packet.messageId}`;
    const batch = arriving.get(key);
    // after the first one's turn, so that aedes knows this packet id by then
    if (batch !== undefined) return store.whenCommitted(batch, (error) => setImmediate(done, error));
    const need = waitForDisk(client, packet, (error) => {
      setImmediate(() => arriving.delete(key));
      done(error);
    });
    if (need !== undefined) arriving.set(key, need);
  }

  /** Saved, but its sender has gone before it could be told: aedes would forget it, and those it is owed to with it. */
  async function goOnWithout(client: Client, packet: BrokerPacket) {
    if (!client.clean) await persistence.incomingStorePacket(client, { ...packet, payload: nothing });
    options.distribute({ ...packet, dup: false }, () => {});
  }

  return {
    /** QoS 0 or 1. Acknowledged when it may be; an error ends the connection. */
    take(client: Client, packet: BrokerPacket) {
      if (levelsOf(packet.topic) > options.maxTopicLevels) return end(client, new Error("topic has too many levels"));
      const need = judge(client, packet);
      if (need instanceof Error) return end(client, need);
      if (need === 0) return acknowledge(client, packet);
      pendingBatch.set(client.id, need);
      waiting.add(client, packet, need);
    },

    /** A will, whose client has closed or is not known any more, or QoS 2. */
    authorize(client: Client | null, received: PublishPacket, done: Done) {
      const packet: BrokerPacket = Object.assign(received, { payload: bytesOf(received.payload) });
      if (client === null) {
        const need = judge(null, packet);
        return done(need instanceof Error ? need : undefined);
      }
      if (client.closed) return void waitForDisk(client, packet, done);
      takeOnce(client, packet, (error) => {
        if (client.closed && !error) return void goOnWithout(client, packet);
        done(error);
        if (!error) options.judged(client, packet.payload.length);
      });
    },

    counts: () => ({ ...counters, unsaved: pendingBatch.size + arriving.size }),
  };
}

/** The parser always hands out a Buffer; only the type allows text. */
const bytesOf = (payload: string | Buffer): Buffer => (typeof payload === "string" ? Buffer.from(payload) : payload);
const nothing = Buffer.alloc(0);

const puback = (messageId: number) => Buffer.from([0x40, 0x02, messageId >> 8, messageId & 0xff]);

function levelsOf(topic: string): number {
  let levels = 1;
  for (let at = topic.indexOf("/"); at !== -1; at = topic.indexOf("/", at + 1)) levels++;
  return levels;
}
