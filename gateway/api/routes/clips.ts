import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import type { MirrorClip } from "#wire/views.ts";
import { thisMirrorOnly } from "../guard.ts";
import { badInput, notFound, sendProblem } from "../problem.ts";
import { IdParams, Sku, strict } from "../schemas.ts";

/** What a route tells its caller; `received`: where the upload stands. */
export type ClipRefusal = {
  ok: false;
  problem: { status: number; type: string; title: string; detail?: string };
  received?: number;
  retryAfterS?: number;
};
type Outcome = { ok: true; clip: MirrorClip } | ClipRefusal;

export type ClipsPorts = {
  /** All of one mirror: what belongs to another is unknown to it. */
  clips: {
    maxBytes: number;
    maxStillBytes: number;
    begin(mirrorId: string, wish: ClipWish): Promise<Outcome>;
    /** Answers when the bytes are on disk; after the last ones, when the clip was looked at and is kept. */
    append(mirrorId: string, clipId: string, part: ClipPart, body: Readable): Promise<Outcome>;
    list(mirrorId: string): MirrorClip[];
    /** "gone": deleted or run out. */
    find(mirrorId: string, clipId: string): MirrorClip | "gone" | undefined;
    putStill(mirrorId: string, clipId: string, jpeg: Buffer): Promise<{ ok: true } | ClipRefusal>;
    /** Resolves when nothing of it is left. */
    remove(mirrorId: string, clipId: string): Promise<{ ok: true } | ClipRefusal>;
  };
  knowsItem(sku: string): boolean;
};
export type ClipWish = { sku?: string; mime: "video/mp4" | "video/webm"; bytes: number; showsPerson: boolean };
/** Both ends included; without them it only asks where the upload stands. */
export type ClipPart = { start?: number; end?: number; total: number };

const WishBody = Type.Object(
  {
    sku: Type.Optional(Sku),
    mime: Type.Enum(["video/mp4", "video/webm"]),
    bytes: Type.Integer({ minimum: 1, description: "of the whole recording" }),
    showsPerson: Type.Boolean({ description: "the link's preview may show the person; else a drawing of the product" }),
  },
  strict,
);
const ClipParams = Type.Object(
  { id: IdParams.properties.id, clipId: Type.String({ minLength: 1, maxLength: 64 }) },
  strict,
);
const ClipSchema = Type.Object({
  clipId: Type.String(),
  state: Type.Enum(["uploading", "kept"]),
  received: Type.Integer(),
  bytes: Type.Integer(),
  expiresAt: Type.Optional(Type.Integer({ description: "epoch milliseconds" })),
  url: Type.Optional(Type.String({ description: "for friends" })),
  ownerUrl: Type.Optional(Type.String({ description: "for the shopper's own phone, which may also delete it" })),
});
type OneRoute = { Params: Static<typeof ClipParams> };
const tags = ["clips"];

/** What a mirror does with the clips of its shoppers. Friends' side: ../shared-clips.ts. */
export function registerClips(app: FastifyInstance, { clips, knowsItem }: ClipsPorts): void {
  app.post<{ Params: Static<typeof IdParams>; Body: Static<typeof WishBody> }>(
    "/api/v1/mirrors/:id/clips",
    {
      onRequest: thisMirrorOnly,
      schema: {
        summary: "A mirror begins to hand over a recording",
        ...{ tags, who: "mirror", params: IdParams, body: WishBody, response: { 201: ClipSchema } },
      },
    },
    async ({ params: { id }, body }, reply) => {
      if (body.sku !== undefined && !knowsItem(body.sku)) return notFound(reply, "No item has this SKU.");
      const result = await clips.begin(id, body);
      return result.ok ? sendClip(reply.code(201), id, result.clip) : sendRefusal(reply, result);
    },
  );
  registerReading(app, clips);
  registerUpload(app, clips);
}

function registerReading(app: FastifyInstance, clips: ClipsPorts["clips"]) {
  app.get<{ Params: Static<typeof IdParams> }>(
    "/api/v1/mirrors/:id/clips",
    {
      onRequest: thisMirrorOnly,
      schema: {
        summary: "The clips of a mirror that are arriving or kept",
        ...{ tags, who: "mirror", params: IdParams, response: { 200: Type.Array(ClipSchema) } },
      },
    },
    ({ params }, reply) => reply.header("cache-control", "no-store").send(clips.list(params.id)),
  );
  app.get<OneRoute>(
    "/api/v1/mirrors/:id/clips/:clipId",
    {
      onRequest: thisMirrorOnly,
      schema: {
        summary: "How a clip stands",
        ...{ tags, who: "mirror", params: ClipParams, response: { 200: ClipSchema } },
      },
    },
    ({ params }, reply) => {
      const clip = clips.find(params.id, params.clipId);
      if (clip === "gone") return sendProblem(reply, gone);
      if (!clip) return notFound(reply, "This mirror has no such clip.");
      return reply.header("cache-control", "no-store").send(clip);
    },
  );
  app.delete<OneRoute>(
    "/api/v1/mirrors/:id/clips/:clipId",
    {
      onRequest: thisMirrorOnly,
      schema: { summary: "Deletes a clip, kept or arriving", tags, who: "mirror", params: ClipParams },
    },
    async ({ params }, reply) => {
      const result = await clips.remove(params.id, params.clipId);
      return result.ok ? reply.code(204).send() : sendRefusal(reply, result);
    },
  );
}

function registerUpload(app: FastifyInstance, clips: ClipsPorts["clips"]) {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // as it arrives: a clip is never in memory and on its way twice
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    scope.put<OneRoute & { Body: Readable | undefined }>(
      "/api/v1/mirrors/:id/clips/:clipId",
      {
        onRequest: thisMirrorOnly,
        bodyLimit: clips.maxBytes,
        schema: {
          summary:
            "A part of a recording, by Content-Range: bytes first-last/total; bytes */total asks where it stands",
          ...{ tags, who: "mirror", params: ClipParams, response: { 201: ClipSchema } },
        },
      },
      async (request, reply) => {
        const { id, clipId } = request.params;
        const part = partOf(request);
        if (!part) return badInput(reply, "content-range", "bytes first-last/total, or bytes */total without a body");
        const result = await clips.append(id, clipId, part, request.body ?? request.raw);
        if (!result.ok) return sendRefusal(reply, result);
        if (result.clip.state === "kept") return sendClip(reply.code(201), id, result.clip);
        return sayReceived(reply.code(308), result.clip.received).header("cache-control", "no-store").send();
      },
    );
  });
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser<Buffer>(
      "image/jpeg",
      { parseAs: "buffer", bodyLimit: clips.maxStillBytes },
      (_request, body, done) => done(null, body),
    );
    scope.put<OneRoute & { Body: Buffer | undefined }>(
      "/api/v1/mirrors/:id/clips/:clipId/still",
      {
        onRequest: thisMirrorOnly,
        bodyLimit: clips.maxStillBytes,
        schema: {
          summary: "The picture that the link's preview shows, as image/jpeg; only where the shopper chose to be seen",
          ...{ tags, who: "mirror", params: ClipParams },
        },
      },
      async ({ params, body }, reply) => {
        const result = await clips.putStill(params.id, params.clipId, body ?? Buffer.alloc(0));
        return result.ok ? reply.code(204).send() : sendRefusal(reply, result);
      },
    );
  });
}

/** [RFC 9110 14.4], in a request as RFC 9110 14.5 allows it; without one the body is the whole. */
function partOf({ headers }: FastifyRequest): ClipPart | undefined {
  const length = /^\d{1,12}$/.test(headers["content-length"] ?? "") ? Number(headers["content-length"]) : undefined;
  const range = headers["content-range"];
  if (range === undefined) return length ? { start: 0, end: length - 1, total: length } : undefined;
  const [, first, last, asks, total] = /^bytes (?:(\d{1,12})-(\d{1,12})|(\*))\/(\d{1,12})$/.exec(range) ?? [];
  if (total === undefined) return undefined;
  if (asks !== undefined) return length ? undefined : { total: Number(total) };
  const part = { start: Number(first), end: Number(last), total: Number(total) };
  return length === undefined || length === part.end - part.start + 1 ? part : undefined;
}

/** `Range: bytes=0-last`, as resumable uploads elsewhere say it; none when nothing has arrived. */
function sayReceived(reply: FastifyReply, received: number): FastifyReply {
  return received > 0 ? reply.header("range", `bytes=0-${received - 1}`) : reply;
}

function sendClip(reply: FastifyReply, mirrorId: string, clip: MirrorClip): FastifyReply {
  return reply
    .header("location", `/api/v1/mirrors/${encodeURIComponent(mirrorId)}/clips/${clip.clipId}`)
    .header("cache-control", "no-store")
    .send(clip);
}

function sendRefusal(reply: FastifyReply, { problem, received, retryAfterS }: ClipRefusal): FastifyReply {
  if (received !== undefined) sayReceived(reply, received);
  if (retryAfterS !== undefined) reply.header("retry-after", retryAfterS);
  return sendProblem(reply, problem);
}

const gone = { type: "/problems/gone", title: "This look has gone home.", status: 410 };
