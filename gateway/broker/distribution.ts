import type { Aedes, Client, PublishPacket } from "aedes";
import type { BrokerPacket } from "./outgoing.ts";
import { createRoutes } from "./routes.ts";

/** What distribution needs of persistence.ts. */
type Kept = {
  isOwed(topic: string): boolean;
  retain(packet: BrokerPacket): void;
};

/** The level of `$` topics, which are between clients and the broker. */
const dollar = 0x24;

/**
 * From a message to those who hear it. What nobody sleeping is owed, nearly all of a shop's traffic, goes straight to its
 * subscribers' sockets; aedes would make it two packets, three promises and five callbacks a message. All else is aedes' work.
 */
export function createDistribution(options: {
  aedes: Aedes;
  persistence: Kept;
  /** False: this subscriber's queue is aedes' to keep. */
  isPlain(client: Client): boolean;
  deliver(client: Client, packet: BrokerPacket): void;
}) {
  const { aedes, persistence, deliver, isPlain } = options;
  const routes = createRoutes<Client>();
  /** Topic -> messages that aedes has not handed to all subscribers yet: a later one must not overtake them [MQTT-4.6.0-6]. */
  const underWay = new Map<string, number>();

  function publishSlowly(packet: BrokerPacket, done: (error?: Error | null) => void) {
    const { topic } = packet;
    underWay.set(topic, (underWay.get(topic) ?? 0) + 1);
    const finished = (error?: Error | null) => {
      const left = (underWay.get(topic) ?? 1) - 1;
      if (left > 0) underWay.set(topic, left);
      else underWay.delete(topic);
      done(error);
    };
    // its type wants text or a Buffer, and a QoS of literals
    aedes.publish(packet as PublishPacket, finished);
  }

  return {
    /** `failed` hears why it could not be kept for somebody; whoever cannot be reached comes to an end of its own. */
    publish(packet: BrokerPacket, failed: (error: Error) => void) {
      const { topic, qos } = packet;
      const route = routes.of(topic);
      const isDirect =
        qos < 2 &&
        topic.charCodeAt(0) !== dollar &&
        !underWay.has(topic) &&
        !(qos > 0 && persistence.isOwed(topic)) &&
        route.every(isPlain);
      if (!isDirect) return publishSlowly(packet, (error) => void (error && failed(error)));
      if (packet.retain) persistence.retain(packet);
      for (const subscriber of route) deliver(subscriber, packet);
    },
    subscribed: routes.add,
    unsubscribed: routes.remove,
  };
}
