import { randomBytes, randomUUID } from "node:crypto";
import type { types as ms } from "mediasoup";
import type { Log } from "../log.ts";
import type { Engine } from "./engine.ts";
import type { Offer, OfferedMedia } from "./offer.ts";

/** One peer connection of one publisher or player. */
export type Session = {
  /** The session URL's secret: 192 random bits, so that nobody ends what is not theirs. */
  id: string;
  /** Changes with every ICE restart. */
  etag: string;
  kind: "publish" | "play";
  streamId: string;
  /** On whose behalf a player watches: the share. */
  audience: string;
  transport: ms.WebRtcTransport;
  /** The section that carries the ICE lines of a fragment. */
  media: OfferedMedia;
  /** A player whose answer is out holds one of the places of its audience. */
  admitted: boolean;
  connected: boolean;
  close(reason: string): void;
};

export type Opening = {
  engine: Engine;
  router: ms.Router;
  offer: Offer;
  kind: Session["kind"];
  streamId: string;
  audience: string;
};

export type Sessions = {
  /** Makes the transport; `onClosed` runs once, whoever ended the session. Throws what mediasoup throws. */
  open(opening: Opening, hooks: { onConnected(): void; onClosed(session: Session): void }): Promise<Session>;
  get(id: string): Session | undefined;
  list(): Session[];
};

/** A player that never finishes its handshake must not hold a place. */
const handshakeMs = 15_000;
/** A phone that walked out of the building counts as watching for so long (RFC 7675 consent, seconds). */
const consentSeconds = 15;

export function createSessions(log: Log): Sessions {
  const sessions = new Map<string, Session>();

  return {
    get: (id) => sessions.get(id),
    list: () => [...sessions.values()],
    async open({ engine, router, offer, kind, streamId, audience }, hooks) {
      const transport = await router.createWebRtcTransport({
        webRtcServer: engine.server,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        initialAvailableOutgoingBitrate: 4_000_000,
        iceConsentTimeout: consentSeconds,
      });
      const media = offer.media[0];
      if (!media) throw new Error("an offer without sections came through");
      let why = "closed by the media server";
      const session: Session = {
        id: randomBytes(24).toString("base64url"),
        etag: newEtag(),
        kind,
        streamId,
        audience,
        transport,
        media,
        admitted: false,
        connected: false,
        close(reason) {
          why = reason;
          transport.close();
        },
      };
      sessions.set(session.id, session);
      const patience = setTimeout(() => session.close("no handshake"), handshakeMs);
      patience.unref();
      transport.observer.once("close", () => {
        clearTimeout(patience);
        sessions.delete(session.id);
        session.connected = false;
        log.debug({ kind, streamId, reason: why }, "session ended");
        hooks.onClosed(session);
      });
      transport.on("icestatechange", (state) => {
        if (state === "disconnected" || state === "closed") session.close("the other side is gone");
      });
      transport.on("dtlsstatechange", (state) => {
        if (state === "connected") {
          clearTimeout(patience);
          session.connected = true;
          hooks.onConnected();
        } else if (state === "failed" || state === "closed") session.close(`encryption ${state}`);
      });
      try {
        await transport.connect({ dtlsParameters: offer.dtls });
      } catch (error) {
        session.close("refused");
        throw error;
      }
      return session;
    },
  };
}

export function newEtag(): string {
  return `"${randomUUID()}"`;
}
