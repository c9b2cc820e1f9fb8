import { randomBytes, randomUUID } from "node:crypto";
import type { types as ms } from "mediasoup";
import type { FriendHears, Viewer } from "#wire/share-words.ts";
import type { Log } from "../log.ts";
import type { FragmentSection } from "./answer.ts";
import type { Channel } from "./channel.ts";
import type { Engine } from "./engine.ts";
import { endWhenQuiet, goneAfterSeconds } from "./liveness.ts";
import type { Refusal } from "./results.ts";
import { type MediaSection, maxMessageBytes, type Server } from "./sdp-lines.ts";

export type Via = "page" | "player" | "probe";

/** One peer connection of one publisher or player. */
export type Session = {
  /** The session URL's secret: 192 random bits, so that nobody ends what is not theirs. */
  id: string;
  /** Changes with every ICE restart. */
  etag: string;
  kind: "publish" | "play";
  streamId: string;
  engine: Engine;
  /** A player: on whose behalf it watches, and who it is for the mirror. A probe is nobody. */
  watching?: { audience: string; viewer?: Viewer; address?: string };
  transport: ms.WebRtcTransport;
  /** What our side of the SDP says of the transport. */
  server(): Server;
  /** The section that carries the ICE lines of a fragment. */
  media: FragmentSection;
  /** It began with an offer of ours. */
  offered?: {
    sections: MediaSection[];
    maxViewers: number;
    /** The answer to it: a digest of its text, and what became of it. */
    taken?: { digest: string; result: Promise<{ ok: true } | Refusal> };
  };
  /** A player that offer and answer bind holds one of the places of its audience. */
  admitted: boolean;
  connected: boolean;
  /** It should have shaken hands by now: its seat goes to the next who comes. */
  yields: boolean;
  channel?: Channel;
  /** The other side's half of the handshake; it has a while to do it. Throws what mediasoup throws. */
  connect(dtls: ms.DtlsParameters): Promise<void>;
  close(reason: string): void;
  /** Ends it with a last word: the picture stops at once, the transport follows when the word has gone out. */
  leave(reason: string, lastWord: FriendHears): void;
};

export type Opening = {
  engine: Engine;
  router: ms.Router;
  kind: Session["kind"];
  streamId: string;
  watching?: NonNullable<Session["watching"]>;
  media: FragmentSection;
  /** With a data channel. */
  sctp: boolean;
  /** How long it may take until `connect` is called. */
  patienceMs: number;
};

export type Hooks = {
  onConnected(): void;
  /** Runs once, whoever ended the session. */
  onClosed(session: Session): void;
};

export type Sessions = {
  /** Makes the transport. Throws what mediasoup throws. */
  open(opening: Opening, hooks: Hooks): Promise<Session>;
  get(id: string): Session | undefined;
  /** One of the last sessions that are over. */
  hasEnded(id: string): boolean;
  list(): Session[];
};

/** A player that never finishes its handshake must not hold a place. */
export const handshakeMs = 15_000;
/** Long enough for a last word on a bad radio link, short enough that a link is dead within a second. */
const lastWordMs = 250;
/** Pages say goodbye to sessions that ended already: whoever does is no stranger. */
const maxEnded = 1_000;

/** `yieldsAfterMs`: after that a player that has not shaken hands gives way to others. */
export function createSessions(log: Log, { yieldsAfterMs = 5_000 } = {}): Sessions {
  const sessions = new Map<string, Session>();
  /** Oldest first. */
  const ended = new Set<string>();

  function noteEnd(id: string) {
    sessions.delete(id);
    ended.add(id);
    if (ended.size <= maxEnded) return;
    for (const oldest of ended) {
      ended.delete(oldest);
      break;
    }
  }

  return {
    get: (id) => sessions.get(id),
    hasEnded: (id) => ended.has(id),
    list: () => [...sessions.values()],
    async open(opening, hooks) {
      const { engine, router, kind, streamId, watching, media, sctp, patienceMs } = opening;
      // our own pages run in browsers, which ask for consent again and again
      const asksForConsent = kind === "publish" ? sctp : watching?.viewer?.via === "page";
      const transport = await router.createWebRtcTransport({
        webRtcServer: engine.server,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        initialAvailableOutgoingBitrate: 4_000_000,
        iceConsentTimeout: asksForConsent ? goneAfterSeconds : 0,
        enableSctp: sctp,
        // the whole list of a full share, with long names; as much as a browser takes
        maxSendMessageSize: 256 * 1024,
        maxReceiveMessageSize: maxMessageBytes,
      });
      let leaving = false;
      const consumers: ms.Consumer[] = [];
      transport.observer.on("newconsumer", (consumer) => consumers.push(consumer));
      let why = "closed by the media server";
      const session: Session = {
        id: randomBytes(24).toString("base64url"),
        etag: newEtag(),
        kind,
        streamId,
        engine,
        ...(watching ? { watching } : {}),
        transport,
        server: () => ({
          iceParameters: transport.iceParameters,
          iceCandidates: engine.candidates(transport.iceCandidates),
          dtlsParameters: transport.dtlsParameters,
        }),
        media,
        admitted: false,
        connected: false,
        yields: false,
        async connect(dtlsParameters) {
          waitFor("no handshake", handshakeMs);
          giveWay = setTimeout(() => {
            session.yields = !session.connected;
          }, yieldsAfterMs);
          giveWay.unref();
          await transport.connect({ dtlsParameters });
        },
        close(reason) {
          if (leaving) return;
          why = reason;
          transport.close();
        },
        leave(reason, lastWord) {
          const { channel } = session;
          if (!channel || leaving) return session.close(reason);
          leaving = true;
          why = reason;
          session.admitted = false;
          session.connected = false;
          for (const consumer of consumers) consumer.close();
          channel.say(lastWord);
          setTimeout(() => transport.close(), lastWordMs);
        },
      };
      let patience: NodeJS.Timeout | undefined;
      let giveWay: NodeJS.Timeout | undefined;
      function waitFor(reason: string, ms: number) {
        clearTimeout(patience);
        patience = setTimeout(() => session.close(reason), ms);
        patience.unref();
      }
      waitFor("no answer", patienceMs);
      sessions.set(session.id, session);
      transport.observer.once("close", () => {
        clearTimeout(patience);
        clearTimeout(giveWay);
        noteEnd(session.id);
        session.connected = false;
        log.debug({ kind, streamId, reason: why }, "session ended");
        hooks.onClosed(session);
      });
      transport.on("icestatechange", (state) => {
        if (state === "disconnected" || state === "closed") session.close("the other side is gone");
      });
      transport.on("dtlsstatechange", (state) => {
        if (leaving) return;
        if (state === "connected") {
          clearTimeout(patience);
          session.connected = true;
          session.yields = false;
          if (!asksForConsent) endWhenQuiet(transport, () => session.close("the other side is gone"));
          hooks.onConnected();
        } else if (state === "failed" || state === "closed") session.close(`encryption ${state}`);
      });
      return session;
    },
  };
}

export function newEtag(): string {
  return `"${randomUUID()}"`;
}
