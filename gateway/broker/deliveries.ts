import type { AedesPublishPacket, Client } from "aedes";
import { type BrokerPacket, keyOf, type Owed } from "./outgoing.ts";
import { publishBytes } from "./publish-bytes.ts";
import { resendOwed } from "./resend.ts";
import { filterMatches } from "./topic-filter.ts";
import { createTraffic } from "./traffic.ts";

/** What deliveries need of persistence.ts. */
type Sessions = {
  owedTo(clientId: string): Iterator<Owed>;
  findOwed(clientId: string, key: string): Owed | undefined;
  dropOwed(clientId: string, message: Owed): void;
  nextMessageId(clientId: string): number;
  isStillRetained(packet: { topic: string; payload: unknown }): boolean;
};

type Subscriber = {
  /** Filter -> the QoS it was granted. */
  filters: Map<string, number>;
  /** Nothing may be sent before the CONNACK [MQTT-3.2.0-1]; then what a kept session is owed goes first. */
  phase: "before" | "resending" | "live";
  /** The message delivered last, by aedes' number. */
  last: number | undefined;
};

/** aedes keeps these on its client (1.2.0). */
type Insides = { duplicates: object; _nextId: number; waitForDrain(done: () => void): void };

/** A subscriber that lets this much pile up in its socket is disconnected; its session keeps what it is owed. */
const maxUnsentBytes = 1024 * 1024;

/**
 * What of a message reaches a subscriber, and at which QoS. aedes hands over every message once for every filter that matches
 * and leaves QoS to the filter that comes first; by the rules it is one message, at the highest QoS of all of them.
 */
export function createDeliveries(options: {
  sessions: Sessions;
  /** aedes' own name, under which it would remember what it delivered. */
  brokerId(): string;
  mayReceive(client: Client, topic: string): boolean;
  tooSlow(client: Client): void;
}) {
  const { sessions } = options;
  const subscribers = new WeakMap<Client, Subscriber>();
  const traffic = createTraffic();
  let delivered = 0;

  function of(client: Client): Subscriber {
    const known = subscribers.get(client);
    if (known) return known;
    const subscriber: Subscriber = { filters: new Map(), phase: "before", last: undefined };
    subscribers.set(client, subscriber);
    return subscriber;
  }

  /** [MQTT-3.3.5-1], [MQTT-3.8.4-6] */
  function grantedQos({ filters }: Subscriber, topic: string): number {
    let highest = -1;
    for (const [filter, qos] of filters) {
      if (qos > highest && (filters.size === 1 || filterMatches(filter, topic))) highest = qos;
    }
    return highest;
  }

  /** Whoever takes nothing for too long is disconnected by aedes. */
  function mustDrain(client: Client) {
    (client as unknown as Insides).waitForDrain(() => {});
  }

  function resend(client: Client, subscriber: Subscriber) {
    subscriber.phase = "resending";
    resendOwed(client, sessions.owedTo(client.id), {
      maySend(message) {
        const may =
          message.isReleased ||
          (options.mayReceive(client, message.topic) && grantedQos(subscriber, message.topic) >= 0);
        if (!may) sessions.dropOwed(client.id, message);
        return may;
      },
      finished() {
        subscriber.phase = "live";
      },
    });
  }

  /** Packet ids of all that goes to a kept session come from one place, so that no two are the same [MQTT-2.3.1-4]. */
  function sharePacketIds(client: Client) {
    let current: number | undefined;
    Object.defineProperty(client, "_nextId", {
      get: () => (current ??= sessions.nextMessageId(client.id)),
      set: () => {
        current = undefined;
      },
    });
  }

  return {
    filtersOf: (client: Client) => of(client).filters,
    hasConnected: (client: Client) => of(client).phase !== "before",

    /**
     * aedes takes a message for a repetition when a newer one has gone to the same client, even when it was only
     * overtaken. `forward` knows repetitions itself, so this memory is made to forget.
     */
    adopt(client: Client) {
      // a WebSocket is a stream without numbers of its own; the socket below it has them
      traffic.watch(client.req?.socket ?? client.conn);
      const forgets = { get: () => 0, set: () => {} };
      (client as unknown as Insides).duplicates = Object.create(null, { [options.brokerId()]: forgets });
    },

    connackSent(client: Client) {
      const subscriber = of(client);
      if (client.clean) subscriber.phase = "live";
      else {
        sharePacketIds(client);
        resend(client, subscriber);
      }
    },

    /** The packet as it may be written to this client, or null. Called once for every matching filter, one after the other. */
    forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
      const subscriber = of(client);
      const { phase, last } = subscriber;
      if (phase === "before" || !options.mayReceive(client, packet.topic)) return null;
      if (client.conn.writableLength > maxUnsentBytes) {
        options.tooSlow(client);
        return null;
      }
      // retained messages that a new subscription finds have no number: they come once for each subscription
      const isNumbered = Boolean(packet.brokerId);
      if (isNumbered && last === packet.brokerCounter) return null;
      // what replaced it meanwhile has gone to this subscriber already, and must be the last that it hears
      if (!isNumbered && !sessions.isStillRetained(packet)) return null;
      const qos = Math.min(packet.qos, grantedQos(subscriber, packet.topic));
      if (qos < 0) return null;
      if (isNumbered) subscriber.last = packet.brokerCounter;
      if (qos > 0 && isNumbered && !client.clean) {
        // the queue has it: it goes when its turn comes, or has gone already
        const owed = sessions.findOwed(client.id, keyOf(packet));
        if (phase === "resending" || !owed || owed.isSent) return null;
      }
      delivered++;
      return Object.assign(packet, { qos, dup: false });
    },

    /** The same straight to the socket, for a clean session: it has no queue, and each of these comes once. */
    deliver(client: Client, packet: BrokerPacket) {
      const subscriber = of(client);
      const { conn } = client;
      if (subscriber.phase !== "live" || client.closed || !options.mayReceive(client, packet.topic)) return;
      if (conn.writableLength > maxUnsentBytes) return options.tooSlow(client);
      const qos = Math.min(packet.qos, grantedQos(subscriber, packet.topic));
      if (qos < 0) return;
      delivered++;
      const aedes = client as unknown as Insides;
      let messageId = 0;
      if (qos > 0) {
        messageId = aedes._nextId || 1;
        aedes._nextId = messageId >= 65_535 ? 1 : messageId + 1;
      }
      if (!conn.write(publishBytes(packet, qos, { messageId }))) mustDrain(client);
    },
    mustDrain,

    counts: () => ({ delivered, ...traffic.stats() }),
  };
}
