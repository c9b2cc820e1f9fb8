import { type BrokerPacket, ownBytes } from "./outgoing.ts";
import { filterMatches } from "./topic-filter.ts";

/** What is retained beyond this many topics or bytes is delivered but not retained, and counted. */
export const retainedLimits = {
  topics: 10_000,
  bytes: 16 * 1024 * 1024,
  /** Of what one client retained. The gateway's own words count for none. */
  clientTopics: 1_000,
  clientBytes: 2 * 1024 * 1024,
};

/** Who retained what an earlier version kept is not known: it counts for nobody. */
export const formerClient = "";

/** `client` is undefined for the gateway's own words, which are said again at every start. */
type Entry = { packet: BrokerPacket; client: string | undefined };
type Share = { topics: number; bytes: number };

/** The newest retained message of each topic, and whose it is. */
export function createRetained({
  limits = retainedLimits,
  refused,
}: {
  limits?: typeof retainedLimits;
  refused(client: string): void;
}) {
  const entries = new Map<string, Entry>();
  const shares = new Map<string, Share>();
  let bytes = 0;
  let refusals = 0;

  function count({ packet, client }: Entry, sign: 1 | -1) {
    bytes += sign * packet.payload.length;
    if (!client) return;
    const share = shares.get(client) ?? { topics: 0, bytes: 0 };
    share.topics += sign;
    share.bytes += sign * packet.payload.length;
    if (share.topics === 0) shares.delete(client);
    else shares.set(client, share);
  }

  function remove(topic: string) {
    const before = entries.get(topic);
    if (before) count(before, -1);
    entries.delete(topic);
  }

  /** Asked before the commit and after it. An empty payload always may: it clears the topic. */
  function may({ topic, payload }: BrokerPacket, client: string | undefined): boolean {
    if (payload.length === 0) return true;
    const before = entries.get(topic);
    const more = { topics: before ? 0 : 1, bytes: payload.length - (before?.packet.payload.length ?? 0) };
    if (entries.size + more.topics > limits.topics || bytes + more.bytes > limits.bytes) return false;
    if (!client) return true;
    const share = shares.get(client) ?? { topics: 0, bytes: 0 };
    const own = before?.client === client;
    return (
      share.topics + (own ? 0 : 1) <= limits.clientTopics &&
      share.bytes + (own ? more.bytes : payload.length) <= limits.clientBytes
    );
  }

  return {
    may,
    keep(packet: BrokerPacket, client: string | undefined) {
      if (!may(packet, client)) {
        refusals++;
        refused(client ?? "the gateway");
        return;
      }
      remove(packet.topic);
      if (packet.payload.length === 0) return;
      // a copy: the payload is a piece of a socket's read, which would stay alive with it
      const entry = { packet: { ...packet, payload: ownBytes(packet.payload) }, client };
      entries.set(packet.topic, entry);
      count(entry, 1);
    },
    *matching(patterns: string[]): Generator<BrokerPacket> {
      for (const { packet } of entries.values()) {
        if (patterns.some((pattern) => filterMatches(pattern, packet.topic))) yield packet;
      }
    },
    /** False when something newer has taken its place since it was read. */
    isStill: ({ topic, payload }: { topic: string; payload: unknown }) =>
      entries.get(topic)?.packet.payload === payload,
    /** Forgets what clients retained; the gateway's own words stay. */
    forgetClients() {
      for (const [topic, { client }] of [...entries]) if (client !== undefined) remove(topic);
    },
    stats: () => ({ retained: entries.size, retainedRefused: refusals }),
  };
}
