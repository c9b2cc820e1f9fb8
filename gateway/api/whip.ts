import type { FastifyInstance, FastifyRequest } from "fastify";
import { problems, sendProblem } from "./problem.ts";
import { limitVideo, pathPart, type VideoLimits } from "./video-limits.ts";
import {
  acceptSdp,
  addIceServers,
  allowOtherPages,
  type IceServer,
  isPreflight,
  isType,
  type Opened,
  type Refusal,
  refuseOtherMethods,
  registerSession,
  type SessionPorts,
  sdpType,
  sendCreated,
  sendOptions,
  sendRefusal,
  sendWrongType,
  sessionHolder,
} from "./webrtc-http.ts";

export type WhipPorts = {
  /** Who is asking; only the mirror itself may publish its picture. */
  identify(request: FastifyRequest): { role: string; mirrorId?: string } | undefined;
  knowsMirror(mirrorId: string): boolean;
  limits?: VideoLimits;
  /** Relays for a mirror that is elsewhere; none where none is configured. */
  iceServers?(mirrorId: string): IceServer[];
  media: SessionPorts & { publish(streamId: string, offer: string): Promise<Opened | Refusal> };
};

type Endpoint = { Params: { mirrorId: string }; Body: string };

/** WHIP [RFC 9725]: a mirror publishes its picture under its own name. */
export function registerWhip(
  app: FastifyInstance,
  { identify, knowsMirror, limits, iceServers, media }: WhipPorts,
): void {
  function isMirror(request: FastifyRequest, mirrorId: string): boolean {
    const who = identify(request);
    return who?.role === "mirror" && who.mirrorId === mirrorId;
  }

  app.register(async (scope) => {
    acceptSdp(scope);
    // [RFC 9725 4.1] a page of somebody else's may publish too; what counts is the token, never a cookie
    allowOtherPages(scope);
    limitVideo(scope, limits, (request) => {
      const sessionId = pathPart(request, "sessionId");
      if (sessionId !== undefined) return sessionHolder(media, "publish", sessionId);
      const who = identify(request);
      // what is only looked at needs no password
      if (!who) return request.method === "GET" ? "" : undefined;
      return `${who.role} ${who.mirrorId ?? ""}`;
    });
    const path = "/whip/:mirrorId";
    refuseOtherMethods(scope, path, "OPTIONS, GET, POST");
    scope.options<Endpoint>(path, { schema: { hide: true } }, (request, reply) => {
      const { mirrorId } = request.params;
      if (!isPreflight(request) && isMirror(request, mirrorId)) addIceServers(reply, iceServers?.(mirrorId));
      return sendOptions(reply, "OPTIONS, GET, POST");
    });
    // [RFC 9725 4.1] GET is reserved and answered without content
    scope.get<Endpoint>(path, { schema: { hide: true } }, ({ params }, reply) =>
      knowsMirror(params.mirrorId) ? reply.code(204).send() : sendRefusal(reply, noMirror),
    );
    scope.post<Endpoint>(
      path,
      { schema: { summary: "A mirror publishes its picture: WHIP, RFC 9725", tags: ["video"] } },
      async (request, reply) => {
        if (!identify(request)) return sendProblem(reply.header("www-authenticate", "Bearer"), problems.signIn);
        const { mirrorId } = request.params;
        if (!isMirror(request, mirrorId)) return sendProblem(reply, problems.notYours);
        if (!knowsMirror(mirrorId)) return sendRefusal(reply, noMirror);
        if (!isType(request, sdpType)) return sendWrongType(reply, sdpType);
        const opened = await media.publish(mirrorId, request.body ?? "");
        if (!opened.ok) return sendRefusal(reply, opened);
        return sendCreated(addIceServers(reply, iceServers?.(mirrorId)), "/whip", opened);
      },
    );
    registerSession(scope, {
      prefix: "/whip",
      kind: "publish",
      media,
      // whoever shows a token at all must show the right one; OBS and others send none to the session
      allows: (request, streamId) => request.headers.authorization === undefined || isMirror(request, streamId),
    });
  });
}

const noMirror: Refusal = { ok: false, status: 404, title: "This shop has no such mirror." };
