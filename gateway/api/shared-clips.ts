import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { bearerOf } from "./guard.ts";
import { notFound, problems, sendProblem } from "./problem.ts";
import { createReaders, type Opened, type Readers, type ReadersOptions } from "./readers.ts";

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
  readers?: ReadersOptions;
  shop(): { name: string; timeZone: string };
  item(sku: string): { name: string } | undefined;
};
type TokenRoute = { Params: { token: string }; Querystring: { download?: string } };

/** The friend's side of clips: the bytes, for whoever has the link; the end of them, for whoever has the owner's key too. */
export function registerSharedClips(app: FastifyInstance, ports: Ports): void {
  const readers = createReaders(ports.readers);
  app.route<TokenRoute>({
    method: ["GET", "HEAD"],
    url: "/s/:token/clip",
    exposeHeadRoute: false,
    schema: { hide: true },
    async handler(request, reply) {
      const clip = ports.clips.find(request.params.token);
      if (!clip) return notFound(reply, "There is no such link.");
      if (clip.gone) return sendProblem(reply, goneHome);
      const free = readers.take(clip.clipId);
      if (!free) return sendProblem(reply.header("retry-after", 5), tooManyReaders);
      const file = await ports.clips.open(clip.clipId).catch((error: unknown) => {
        free();
        throw error;
      });
      if (!file) {
        free();
        return sendProblem(reply, goneHome);
      }
      const close = () => {
        free();
        return file.close();
      };
      reply
        .type(clip.mime)
        .header("accept-ranges", "bytes")
        .header("x-robots-tag", "noindex, nofollow")
        .header("cache-control", "private, no-store")
        .header("content-disposition", dispositionOf(ports, clip, request.query.download === "1"));
      return sendParts(request, reply.header("etag", `"${clip.clipId}"`), { ...file, close }, readers);
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

/** They are small: nobody waits for a place. */
const stills = createReaders();

/** The preview's picture of the person, if there is one; true when it was sent. */
export async function sendStill(reply: FastifyReply, clips: SharedClips, clip: KnownClip): Promise<boolean> {
  const opened = await openStill(clips, clip);
  if (!opened) return false;
  reply.type("image/jpeg").header("cache-control", "private, no-store").header("content-length", opened.length);
  reply.send(stills.stream(opened, 0, opened.length - 1));
  return true;
}

/** One range at most [RFC 9110 14.2]; of several, or of one that is no range, the whole is sent. */
function sendParts(request: FastifyRequest, reply: FastifyReply, opened: Opened, readers: Readers): FastifyReply {
  const { length } = opened;
  const range = rangeOf(request, length, String(reply.getHeader("etag")));
  if (range === "outside") {
    void opened.close();
    reply.header("content-range", `bytes */${length}`);
    return sendProblem(reply, { type: "/problems/bad-range", title: "The clip has no such part.", status: 416 });
  }
  if (range) reply.code(206).header("content-range", `bytes ${range.start}-${range.end}/${length}`);
  const { start, end } = range ?? { start: 0, end: length - 1 };
  reply.header("content-length", end - start + 1);
  if (request.method !== "HEAD") return reply.send(readers.stream(opened, start, end));
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

const tooManyReaders = {
  type: "/problems/busy",
  title: "Many are watching this clip right now. Try again in a moment.",
  status: 503,
};
const goneHome = { type: "/problems/gone", title: "This look has gone home.", status: 410 };
