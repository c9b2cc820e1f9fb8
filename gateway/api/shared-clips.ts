import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { bearerOf } from "./guard.ts";
import { notFound, problems, sendProblem } from "./problem.ts";

/** A clip as the room knows it now. Times are epoch ms. */
export type KnownClip = {
  clipId: string;
  sku?: string;
  mime: "video/mp4" | "video/webm";
  bytes: number;
  durationMs: number;
  keptAt: number;
  expiresAt: number;
  showsPerson: boolean;
  /** Deleted or run out. */
  gone: boolean;
};
type Refused = { ok: false; problem: { status: number; type: string; title: string; detail?: string } };
/** Both ends included. To be closed by whoever opened it. */
type Opened = { length: number; read(start: number, end: number): AsyncGenerator<Buffer>; close(): Promise<void> };

export type SharedClips = {
  /** undefined: no clip's token. */
  find(token: string): KnownClip | undefined;
  /** undefined: it is not there any more. */
  open(clipId: string): Promise<Opened | undefined>;
  /** The picture that the link's preview shows; undefined: none was made. */
  still(clipId: string): Promise<Opened | undefined>;
  mayDelete(clipId: string, ownerKey: string): boolean;
  /** Resolves when nothing of it is left. */
  remove(clipId: string): Promise<{ ok: true } | Refused>;
};

type Ports = {
  clips: SharedClips;
  shop(): { name: string; timeZone: string };
  item(sku: string): { name: string } | undefined;
};
type TokenRoute = { Params: { token: string }; Querystring: { download?: string } };

/** The friend's side of clips: the bytes, for whoever has the link; the end of them, for whoever has the owner's key too. */
export function registerSharedClips(app: FastifyInstance, ports: Ports): void {
  app.route<TokenRoute>({
    method: ["GET", "HEAD"],
    url: "/s/:token/clip",
    exposeHeadRoute: false,
    schema: { hide: true },
    async handler(request, reply) {
      const clip = ports.clips.find(request.params.token);
      if (!clip) return notFound(reply, "There is no such link.");
      const opened = clip.gone ? undefined : await ports.clips.open(clip.clipId);
      if (!opened) return sendProblem(reply, goneHome);
      reply
        .type(clip.mime)
        .header("accept-ranges", "bytes")
        .header("x-robots-tag", "noindex, nofollow")
        .header("cache-control", "private, no-store")
        .header("etag", `"${clip.clipId}"`)
        .header("content-disposition", dispositionOf(ports, clip, request.query.download === "1"));
      return sendParts(request, reply, opened, `"${clip.clipId}"`);
    },
  });
  app.delete<TokenRoute>(
    "/api/v1/shares/:token",
    { schema: { summary: "The shopper deletes a clip: the owner's key as bearer", tags: ["shares"] } },
    async (request, reply) => {
      const clip = ports.clips.find(request.params.token);
      if (!clip) return notFound(reply, "There is no such clip.");
      const key = bearerOf(request);
      if (key === undefined) return sendProblem(reply.header("www-authenticate", "Bearer"), problems.signIn);
      if (!ports.clips.mayDelete(clip.clipId, key)) return sendProblem(reply, problems.notYours);
      const result = await ports.clips.remove(clip.clipId);
      return result.ok ? reply.code(204).send() : sendProblem(reply, result.problem);
    },
  );
}

/** Whether the link's preview shows the person: a shopper who chose so may have a mirror that made no picture of it. */
export async function hasStill(clips: SharedClips, clip: KnownClip): Promise<boolean> {
  const opened = await openStill(clips, clip);
  await opened?.close();
  return opened !== undefined;
}

async function openStill(clips: SharedClips, clip: KnownClip): Promise<Opened | undefined> {
  return clip.gone || !clip.showsPerson ? undefined : clips.still(clip.clipId);
}

/** The preview's picture of the person, if there is one; true when it was sent. */
export async function sendStill(reply: FastifyReply, clips: SharedClips, clip: KnownClip): Promise<boolean> {
  const opened = await openStill(clips, clip);
  if (!opened) return false;
  reply.type("image/jpeg").header("cache-control", "private, no-store").header("content-length", opened.length);
  reply.send(streamOf(opened, 0, opened.length - 1));
  return true;
}

/** One range at most [RFC 9110 14.2]; of several, or of one that is no range, the whole is sent. */
function sendParts(request: FastifyRequest, reply: FastifyReply, opened: Opened, etag: string): FastifyReply {
  const { length } = opened;
  const range = rangeOf(request, length, etag);
  if (range === "outside") {
    void opened.close();
    reply.header("content-range", `bytes */${length}`);
    return sendProblem(reply, { type: "/problems/bad-range", title: "The clip has no such part.", status: 416 });
  }
  if (range) reply.code(206).header("content-range", `bytes ${range.start}-${range.end}/${length}`);
  const { start, end } = range ?? { start: 0, end: length - 1 };
  reply.header("content-length", end - start + 1);
  if (request.method !== "HEAD") return reply.send(streamOf(opened, start, end));
  void opened.close();
  return reply.send();
}

type Range = { start: number; end: number } | "outside" | undefined;

function rangeOf({ headers, method }: FastifyRequest, length: number, etag: string): Range {
  // a range is for GET [RFC 9110 14.2], and only of what If-Range knows [13.1.5]
  if (method === "HEAD" || (headers["if-range"] !== undefined && headers["if-range"] !== etag)) return undefined;
  const [, first, last] = /^bytes=(\d{0,12})-(\d{0,12})$/.exec(headers.range ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") return last === "0" ? "outside" : { start: Math.max(0, length - Number(last)), end: length - 1 };
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= length) return "outside";
  return { start, end: last === "" ? length - 1 : Math.min(Number(last), length - 1) };
}

/** Ends in the middle when the clip is deleted meanwhile. */
function streamOf(opened: Opened, start: number, end: number): Readable {
  async function* parts() {
    try {
      yield* opened.read(start, end);
    } finally {
      await opened.close();
    }
  }
  const stream = Readable.from(parts(), { objectMode: false });
  // one that was never begun has no `finally`
  stream.once("close", () => void opened.close());
  return stream;
}

/** "orso-vitrine-2026-11-22.mp4": what it is, where and when, in letters that every phone's folder takes. */
function dispositionOf({ shop, item }: Ports, { sku, mime, keptAt }: KnownClip, isDownload: boolean): string {
  const { name, timeZone } = shop();
  const day = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone }).format(keptAt);
  const what = (sku === undefined ? undefined : item(sku)?.name) ?? "look";
  const plain = [what, name, day].map(inPlainLetters).filter((part) => part !== "");
  return `${isDownload ? "attachment" : "inline"}; filename="${plain.join("-")}.${mime === "video/mp4" ? "mp4" : "webm"}"`;
}

function inPlainLetters(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
}

const goneHome = { type: "/problems/gone", title: "This look has gone home.", status: 410 };
