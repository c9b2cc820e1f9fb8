import type { types as ms } from "mediasoup";
import type { Codec, Kind } from "./codecs.ts";

/** A producer that a player wants, and the codec with the payload type that the player offered for it. */
export type Wanted = { kind: Kind; producer: ms.Producer; codec: Codec };
export type Source = { router: ms.Router; producers: ms.Producer[]; release(): void };
export type Relays = {
  /** The router and producers to consume from; undefined when too many kinds of players watch at once. */
  acquire(wanted: Wanted[]): Promise<Source | undefined>;
  count(): number;
};

type Relay = { router: Promise<ms.Router>; piped: Map<string, Promise<ms.Producer>>; users: number };

/** Real players offer a handful of payload type profiles; someone who tries them all is told to come back later. */
const maxRelays = 12;

/**
 * A mediasoup consumer sends the payload types of its router, and SDP obliges us to send those of the player's offer.
 * So there is one relay router per profile of payload types, made when first needed, fed by a pipe per producer,
 * shared by all players with that profile and closed with the last of them. Chromium's profile is the base router's.
 */
export function createRelays(worker: ms.Worker, base: ms.Router): Relays {
  const relays = new Map<string, Relay>();

  function open(key: string, wanted: Wanted[]): Relay {
    const mediaCodecs = wanted.map(({ kind, producer, codec }) => {
      const { mimeType, clockRate, channels, parameters } = native(producer);
      return {
        kind,
        mimeType,
        clockRate,
        preferredPayloadType: codec.payloadType,
        ...(parameters ? { parameters } : {}),
        ...(channels === undefined ? {} : { channels }),
      };
    });
    const relay: Relay = { router: worker.createRouter({ mediaCodecs }), piped: new Map(), users: 0 };
    // a failure reaches every acquire() below; this one only keeps it from counting as unhandled
    relay.router.catch(() => relays.delete(key));
    relays.set(key, relay);
    return relay;
  }

  function pipe(relay: Relay, router: ms.Router, producer: ms.Producer): Promise<ms.Producer> {
    const known = relay.piped.get(producer.id);
    if (known) return known;
    // keepId must be false: inside one worker two producers cannot share an id
    const piped = base.pipeToRouter({ producerId: producer.id, router, keepId: false }).then(({ pipeProducer }) => {
      if (!pipeProducer) throw new Error("mediasoup made no pipe producer");
      return pipeProducer;
    });
    relay.piped.set(producer.id, piped);
    const forget = () => relay.piped.delete(producer.id);
    piped.catch(forget);
    producer.observer.once("close", forget);
    return piped;
  }

  return {
    count: () => relays.size,
    async acquire(wanted) {
      if (wanted.every(({ producer, codec }) => native(producer).payloadType === codec.payloadType)) {
        return { router: base, producers: wanted.map(({ producer }) => producer), release() {} };
      }
      const key = profile(wanted);
      const known = relays.get(key);
      if (!known && relays.size >= maxRelays) return;
      const relay = known ?? open(key, wanted);
      relay.users += 1;
      let held = true;
      const release = () => {
        if (!held) return;
        held = false;
        relay.users -= 1;
        if (relay.users > 0) return;
        relays.delete(key);
        relay.router.then((router) => router.close()).catch(() => {});
      };
      try {
        const router = await relay.router;
        const producers = await Promise.all(wanted.map(({ producer }) => pipe(relay, router, producer)));
        return { router, producers, release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

function native(producer: ms.Producer): Codec {
  const codec = producer.consumableRtpParameters.codecs[0];
  if (!codec) throw new Error(`producer ${producer.id} has no codec`);
  return codec;
}

function profile(wanted: Wanted[]): string {
  const parts = wanted.map(({ producer, codec }) => {
    const { mimeType, parameters } = native(producer);
    return JSON.stringify([mimeType.toLowerCase(), parameters, codec.payloadType]);
  });
  return parts.sort().join();
}
