import type { Offer } from "#wire/views.ts";
import { readOffer } from "./read-offer.ts";
import type { Session } from "./session.ts";

export type OfferLine = { close(): void };

export type OfferLineEvents = {
  /** The line stands, for the first time or again. What was missed has to be fetched now. */
  up(): void;
  down(): void;
  offer(offer: Offer): void;
};

/** Spread over a second, so that a hundred phones do not come back in the same instant after the Wi-Fi fails. */
const reconnectMs = () => 1_000 + Math.floor(Math.random() * 1_000);

/**
 * Opens the shopper's own line: MQTT over WebSocket with a session the broker keeps, so that an offer sent while the
 * phone slept arrives when it wakes. mqtt.js is loaded here and nowhere else: a phone that never joins never fetches it.
 */
export async function openOfferLine(account: Session["mqtt"], events: OfferLineEvents): Promise<OfferLine> {
  const { default: mqtt } = await import("mqtt");
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const client = mqtt.connect(`${scheme}://${location.host}${account.path}`, {
    clientId: account.clientId,
    username: account.username,
    password: account.password,
    clean: false,
    protocolVersion: 4,
    keepalive: 20,
    connectTimeout: 8_000,
    reconnectPeriod: reconnectMs(),
    reconnectOnConnackError: true,
    // The other variants start a worker from a blob, which the page's content security policy forbids.
    timerVariant: "native",
  });
  let up = false;
  const fall = () => {
    if (up) events.down();
    up = false;
  };
  client.on("connect", () => {
    client.subscribe(account.topic, { qos: 1 }, (error) => {
      if (error) return;
      up = true;
      events.up();
    });
  });
  client.on("message", (_topic, payload) => {
    const offer = readOffer(payload.toString());
    if (offer) events.offer(offer);
  });
  client.on("close", fall);
  client.on("offline", fall);
  // Every failure ends in "close" and a new attempt; without a listener it would be thrown.
  client.on("error", fall);
  return {
    close() {
      client.removeAllListeners("connect");
      client.end(true);
    },
  };
}
