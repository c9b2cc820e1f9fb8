import type { FastifyInstance, FastifyRequest } from "fastify";
import { limitVideo, pathPart, type VideoLimits } from "./video-limits.ts";
import {
  acceptSdp,
  addIceServers,
  allowOtherPages,
  type IceServer,
  isPreflight,
  isType,
  type Offered,
  type Opened,
  type Refusal,
  refuseOtherMethods,
  registerSession,
  type SessionPorts,
  sdpType,
  sendCreated,
  sendOffered,
  sendOptions,
  sendRefusal,
  sendWrongType,
  sessionHolder,
} from "./webrtc-http.ts";

export type WhepPorts = {
  /** undefined: forged, altered or too old. */
  verifyShare(token: string): { shareId: string; expiresAt: number } | undefined;
  /** A share as the room knows it now; undefined when it never was, or was forgotten. */
  share(shareId: string): { mirrorId: string; over: boolean; maxViewers: number } | undefined;
  /** The clip behind a link that is none to a picture; undefined: this token is no clip's. */
  clip?(token: string): { clipId: string; gone: boolean } | undefined;
  limits?: VideoLimits;
  /** Relays for friends who are elsewhere, as long as this share lasts; none where none is configured. */
  iceServers?(shareId: string): IceServer[];
  media: SessionPorts & {
    /** 406: an offer of ours might do. */
    play(request: Watching & { offer: string }): Promise<Opened | Refusal>;
    offer(request: Watching): Promise<Offered | Refusal>;
  };
};
type Watching = { streamId: string; audience: string; maxViewers: number; via: "page" | "player"; address: string };

type Endpoint = { Params: { shareToken: string }; Body: string };
type Found = { ok: true; shareId: string; mirrorId: string; maxViewers: number } | Refusal;

/** WHEP (draft-ietf-wish-whep; offers of the player's, or ours to an empty body): whoever holds a share's link may watch. The token in the URL is the key. */
export function registerWhep(app: FastifyInstance, ports: WhepPorts): void {
  const { verifyShare, share, clip, limits, iceServers, media } = ports;

  function find(token: string): Found {
    const recorded = clip?.(token);
    if (recorded) return recorded.gone ? over : notLive;
    const verified = verifyShare(token);
    const known = verified && share(verified.shareId);
    if (!known) return { ok: false, status: 404, title: "There is no such link." };
    if (known.over) return over;
    return { ok: true, shareId: verified.shareId, mirrorId: known.mirrorId, maxViewers: known.maxViewers };
  }

  app.register(async (scope) => {
    acceptSdp(scope);
    // Players of other people run on pages of other people. There is no cookie to steal: the token is in the URL.
    allowOtherPages(scope);
    limitVideo(scope, limits, (request) => {
      const sessionId = pathPart(request, "sessionId");
      if (sessionId !== undefined) return sessionHolder(media, "play", sessionId);
      const token = pathPart(request, "shareToken") ?? "";
      // who has a clip's link guesses nothing
      return verifyShare(token)?.shareId ?? clip?.(token)?.clipId;
    });
    const path = "/whep/:shareToken";
    refuseOtherMethods(scope, path, "OPTIONS, GET, HEAD, POST");
    scope.options<Endpoint>(path, { schema: { hide: true } }, (request, reply) => {
      const found = isPreflight(request) ? undefined : find(request.params.shareToken);
      if (found?.ok) addIceServers(reply, iceServers?.(found.shareId));
      return sendOptions(reply, "OPTIONS, GET, HEAD, POST");
    });
    scope.route<Endpoint>({
      method: ["GET", "HEAD"],
      url: path,
      exposeHeadRoute: false,
      schema: { hide: true },
      handler({ params, method }, reply) {
        const found = find(params.shareToken);
        if (!found.ok) return sendRefusal(reply, found);
        reply.header("cache-control", "no-store").header("accept-post", sdpType);
        // HEAD with this type is how players discover that a URL speaks WHEP
        return method === "HEAD" ? reply.code(200).type(sdpType).send() : reply.code(204).send();
      },
    });
    scope.post<Endpoint>(
      path,
      { schema: { summary: "A friend watches a share: WHEP with the player's offer", tags: ["video"] } },
      async (request, reply) => {
        const offer = request.body ?? "";
        if (offer !== "" && !isType(request, sdpType)) return sendWrongType(reply, sdpType);
        const found = find(request.params.shareToken);
        if (!found.ok) return sendRefusal(reply, found);
        const { shareId, mirrorId, maxViewers } = found;
        const watching = { streamId: mirrorId, audience: shareId, maxViewers, address: request.ip };
        const counter = prefers(request, "counter-offer");
        const opened = offer === "" || counter ? undefined : await media.play({ ...watching, via: "player", offer });
        if (opened && !opened.ok && opened.status !== 406) return sendRefusal(reply, opened);
        const via = offer === "" ? "page" : "player";
        const session = opened?.ok ? opened : await media.offer({ ...watching, via });
        if (!session.ok) return sendRefusal(reply, session);
        // the share may have ended while this was being made
        const still = find(request.params.shareToken);
        if (!still.ok) {
          media.end(session.sessionId);
          return sendRefusal(reply, still);
        }
        addIceServers(reply, iceServers?.(shareId));
        if ("answer" in session) return sendCreated(reply, "/whep", session);
        return sendOffered(reply, "/whep", offer === "" ? 201 : 406, session);
      },
    );
    registerSession(scope, { prefix: "/whep", kind: "play", media, allows: () => true });
  });
}

const over: Refusal = { ok: false, status: 410, title: "This look has gone home." };
const notLive: Refusal = {
  ok: false,
  status: 409,
  problem: "clip",
  title: "This link is a clip, not a live picture: open it in a browser.",
};

/** [RFC 7240] */
function prefers(request: FastifyRequest, preference: string): boolean {
  const wishes = String(request.headers.prefer ?? "").split(",");
  return wishes.some((wish) => wish.split(";")[0]?.trim().toLowerCase() === preference);
}
