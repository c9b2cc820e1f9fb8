import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { problems, sendProblem } from "./problem.ts";

/** What WHIP and WHEP share: SDP bodies, the 201 with its headers, and the session resource. */

/** `problem`: the problem type's name, where the status alone does not tell. */
export type Refusal = { ok: false; status: number; title: string; problem?: string; retryAfterS?: number };
export type Opened = { ok: true; sessionId: string; etag: string; answer: string };
/** An offer of the gateway's own, whose answer must come until `validUntil` (epoch ms). */
export type Offered = { ok: true; sessionId: string; etag: string; offer: string; validUntil: number };
export type Patched = { ok: true; status: 204 } | { ok: true; status: 200; etag: string; fragment: string } | Refusal;
export type SessionPorts = {
  /** `offered`: it began with an offer of ours. */
  session(sessionId: string): { kind: "publish" | "play"; streamId: string; offered: boolean } | undefined;
  /** Whether it was a session not long ago: whoever knows it guesses nothing. */
  hasEnded(sessionId: string): boolean;
  answer(sessionId: string, sdp: string): Promise<{ ok: true } | Refusal>;
  patch(sessionId: string, ifMatch: string | undefined, fragment: string): Promise<Patched>;
  end(sessionId: string): boolean;
};

export const sdpType = "application/sdp";
export const fragmentType = "application/trickle-ice-sdpfrag";
const maxBodyBytes = 64 * 1024;

/** Bodies are text whatever they claim to be; the route looks at the claim and answers 415 itself. */
export function acceptSdp(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "string", bodyLimit: maxBodyBytes }, (_request, body, done) =>
    done(null, body),
  );
}

/** CORS as players and publishers on other pages need it [RFC 9725 4.1]. */
export function allowOtherPages(scope: FastifyInstance): void {
  scope.addHook("onRequest", async (request, reply) => {
    if (request.headers.origin === undefined) return;
    reply
      .header("access-control-allow-origin", "*")
      .header("access-control-allow-methods", "OPTIONS, GET, HEAD, POST, PATCH, DELETE")
      .header("access-control-allow-headers", "Authorization, Content-Type, If-Match, Prefer")
      .header("access-control-expose-headers", "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After");
  });
}

export function isType(request: FastifyRequest, type: string): boolean {
  return request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() === type;
}

export function sendWrongType(reply: FastifyReply, wanted: string): FastifyReply {
  const problem = { type: "/problems/wrong-content-type", title: "That could not be understood.", status: 415 };
  return sendProblem(reply.header("accept-post", sdpType), { ...problem, detail: `The body must be ${wanted}.` });
}

export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, title, retryAfterS, problem = problemNames[status] ?? "video" } = refusal;
  if (retryAfterS !== undefined) reply.header("retry-after", retryAfterS);
  return sendProblem(reply, { type: `/problems/${problem}`, title, status });
}

const problemNames: Record<number, string> = {
  400: "bad-sdp",
  403: "asked-to-leave",
  404: "not-found",
  406: "counter-offer",
  409: "nobody-publishes",
  410: "over",
  413: "too-large",
  422: "unusable-sdp",
  429: "full",
  503: "video-not-ready",
};

/** A TURN relay for those who cannot reach this computer directly, as RTCPeerConnection takes it. */
export type IceServer = { urls: string[]; username: string; credential: string };

/** [RFC 9725 4.6] */
export function addIceServers(reply: FastifyReply, servers: IceServer[] = []): FastifyReply {
  const links = servers.flatMap(({ urls, username, credential }) => {
    const login = `username="${username}"; credential="${credential}"; credential-type="password"`;
    return urls.map((url) => `<${url}>; rel="ice-server"; ${login}`);
  });
  return links.length > 0 ? reply.header("link", links) : reply;
}

/** A browser's question before the request itself, which nobody has signed in for. */
export function isPreflight(request: FastifyRequest): boolean {
  return request.headers["access-control-request-method"] !== undefined;
}

/** [RFC 9725 4.2] */
export function sendCreated(reply: FastifyReply, prefix: string, { sessionId, etag, answer }: Opened): FastifyReply {
  return reply
    .code(201)
    .header("location", `${prefix}/session/${sessionId}`)
    .header("etag", etag)
    .header("accept-patch", fragmentType)
    .header("cache-control", "no-store")
    .type(sdpType)
    .send(answer);
}

/**
 * An offer instead of an answer: 201 to who sent none, 406 to whose offer could not be served as it is
 * [draft-ietf-wish-whep, counter-offers]. The answer comes by PATCH.
 */
export function sendOffered(reply: FastifyReply, prefix: string, status: 201 | 406, offered: Offered): FastifyReply {
  const validUntil = new Date(offered.validUntil).toUTCString();
  return reply
    .code(status)
    .header("location", `${prefix}/session/${offered.sessionId}`)
    .header("etag", offered.etag)
    .header("accept-patch", `${sdpType}, ${fragmentType}`)
    .header("cache-control", "no-store")
    .header("content-type", status === 201 ? sdpType : `${sdpType}; valid-until="${validUntil}"`)
    .send(offered.offer);
}

export function sendOptions(reply: FastifyReply, methods: string): FastifyReply {
  return reply.code(200).header("allow", methods).header("accept-post", sdpType).header("content-length", 0).send();
}

/** What is no part of the protocol is refused by name, so that a client learns what is [RFC 9110 15.5.6]. */
export function refuseOtherMethods(scope: FastifyInstance, url: string, allow: string): void {
  const title = "That is not how video is asked for.";
  scope.route({
    method: (["POST", "PUT", "PATCH", "DELETE"] as const).filter((method) => !allow.includes(method)),
    url,
    schema: { hide: true },
    handler: (_request, reply) =>
      sendProblem(reply.header("allow", allow), { type: "/problems/method-not-allowed", title, status: 405 }),
  });
}

type SessionRoute = { Params: { sessionId: string }; Body: string };
type SessionOptions = {
  prefix: string;
  kind: "publish" | "play";
  media: SessionPorts;
  /** May this request touch sessions of this stream? The session URL itself is already unguessable. */
  allows(request: FastifyRequest, streamId: string): boolean;
};

/** Whose request to a session it is, for the limits on requests; undefined when there is and was none of that id. */
export function sessionHolder(media: SessionPorts, kind: "publish" | "play", sessionId: string): string | undefined {
  return media.session(sessionId)?.kind === kind || media.hasEnded(sessionId) ? sessionId : undefined;
}

/** The session resource: trickle, ICE restart and the end [RFC 9725 4.2 to 4.4]. */
export function registerSession(scope: FastifyInstance, { prefix, kind, media, allows }: SessionOptions): void {
  const path = `${prefix}/session/:sessionId`;
  const methods = "OPTIONS, GET, PATCH, DELETE";
  refuseOtherMethods(scope, path, methods);
  const gone: Refusal = { ok: false, status: 404, title: "This session is over." };

  /** Answers those who have no such session, or not with this password. */
  function refuse(request: FastifyRequest<SessionRoute>, reply: FastifyReply): FastifyReply | undefined {
    const session = media.session(request.params.sessionId);
    if (session?.kind !== kind) return sendRefusal(reply, gone);
    if (allows(request, session.streamId)) return undefined;
    return sendProblem(reply.header("www-authenticate", "Bearer"), problems.signIn);
  }

  scope.options(path, { schema: { hide: true } }, (_request, reply) => sendOptions(reply, methods));
  scope.get<SessionRoute>(
    path,
    { schema: { hide: true } },
    (request, reply) => refuse(request, reply) ?? reply.code(204).send(),
  );
  scope.patch<SessionRoute>(path, { schema: { hide: true } }, async (request, reply) => {
    const refused = refuse(request, reply);
    if (refused) return refused;
    const { sessionId } = request.params;
    if (isType(request, sdpType) && media.session(sessionId)?.offered) {
      const answered = await media.answer(sessionId, request.body ?? "");
      return answered.ok ? reply.code(204).send() : sendRefusal(reply, answered);
    }
    if (!isType(request, fragmentType)) return sendWrongType(reply, fragmentType);
    const patched = await media.patch(sessionId, request.headers["if-match"], request.body ?? "");
    if (!patched.ok) return sendRefusal(reply, patched);
    if (patched.status === 204) return reply.code(204).send();
    return reply.code(200).header("etag", patched.etag).type(fragmentType).send(patched.fragment);
  });
  scope.delete<SessionRoute>(path, { schema: { hide: true } }, (request, reply) => {
    const refused = refuse(request, reply);
    if (refused) return refused;
    media.end(request.params.sessionId);
    return reply.code(200).header("content-length", 0).send();
  });
}
