import type { Client } from "aedes";
import type { Log } from "../log.ts";
import { packetTooLarge } from "./packet-reader.ts";

export const notAllowed = "not allowed to publish here";
const tooSlow = "subscriber reads too slowly";
/** Reasons for which a connection ends that say nothing about its packets: aedes' own words, then ours. */
const ordinaryEnds = new Set([
  "keep alive timeout",
  "drain timeout",
  "connection closed",
  "connect did not arrive in time",
  "bad user name or password",
  "not authorized",
  notAllowed,
  tooSlow,
  packetTooLarge,
]);
/** The same trouble again is only counted for so long. */
const quietMs = 1_000;

/** What becomes of connections that end badly: a line in the log, a counter, and a note for the engineer where one helps. */
export function createTroubles(options: {
  log: Log;
  maxPacketBytes: number;
  note(client: string, reason: string): void;
  /** Errors that were reported where they came from. */
  isReported(error: Error): boolean;
}) {
  const { log } = options;
  const counts = { slowSubscribers: 0, oversized: 0, broken: 0 };
  const oversized = new WeakSet<Client>();
  const overheard = new WeakSet<Client>();
  let retainRefusedSaidAt = Number.NEGATIVE_INFINITY;

  return {
    counts: () => counts,

    dropSlow(client: Client) {
      counts.slowSubscribers++;
      log.warn(
        { client: client.id, unsentBytes: client.conn.writableLength },
        "subscriber reads too slowly: disconnected, its session is kept",
      );
      client.conn.destroy(new Error(tooSlow));
    },

    tooLarge(client: Client, what: string) {
      // a large packet over WebSocket is noticed by its header and by its body
      if (oversized.has(client)) return;
      oversized.add(client);
      counts.oversized++;
      log.warn({ client: client.id, limit: options.maxPacketBytes }, `${what} is too large: connection closed`);
      options.note(client.id ?? "", `${what} is larger than ${options.maxPacketBytes} bytes`);
    },

    /**
     * Acknowledged, and nothing comes of it [MQTT-3.3.5-2]: hanging up on a device for a word that it says by habit would
     * keep it from saying what it is there for. Nobody may subscribe to a `$` topic, so nobody hears the emptied packet.
     */
    overheard(client: Client, packet: { topic: string }) {
      if (!overheard.has(client)) {
        const { topic } = packet;
        log.warn(
          { client: client.id, topic },
          "speaks outside its grant, where nobody listens: acknowledged and dropped",
        );
      }
      overheard.add(client);
      Object.assign(packet, { topic: "$overheard", payload: Buffer.alloc(0), retain: false });
    },

    retainRefused(client: string) {
      const now = performance.now();
      if (now - retainRefusedSaidAt < quietMs) return;
      retainRefusedSaidAt = now;
      log.warn({ client }, "too much is retained: this message was delivered, but is not kept for later");
    },

    /** A connection ended by an error. Broken packets are for the engineer to see; cables and batteries are not. */
    ended(client: Client, error: Error) {
      const who = client.id ?? addressOf(client);
      log.debug({ client: who, reason: error.message }, "MQTT connection ended");
      if ("code" in error || options.isReported(error) || ordinaryEnds.has(error.message)) return;
      counts.broken++;
      options.note(who, `broken MQTT: ${error.message}`);
    },
  };
}

export function addressOf(client: Client): string {
  return "remoteAddress" in client.conn ? (client.conn.remoteAddress ?? "") : (client.req?.socket.remoteAddress ?? "");
}
