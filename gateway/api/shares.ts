import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Command, CommandResult, CommandValue } from "#wire/commands.ts";
import type { Viewer } from "#wire/share-words.ts";
import type { MirrorShare, ShareView } from "#wire/views.ts";
import { notFound, problems, sendProblem } from "./problem.ts";
import { createSharePage } from "./share-page.ts";
import { cardOf, previewOf } from "./share-preview.ts";
import { hasStill, type KnownClip, registerSharedClips, type SharedClips, sendStill } from "./shared-clips.ts";

type Caller = { role: string; mirrorId?: string };
/** A share as the room knows it now. `sku` is what is on at the mirror. */
export type KnownShare = { mirrorId: string; over: boolean; expiresAt: number; maxViewers: number; sku?: string };
export type SharedItem = { name: string; note?: string; price: number; picture: string; colour?: string };

export type SharesPorts = {
  identify(request: FastifyRequest): Caller | undefined;
  run<C extends Command>(command: C): Promise<CommandResult<CommandValue<C["command"]>>>;
  signShare(shareId: string, expiresAt: number): string;
  verifyShare(token: string): { shareId: string; expiresAt: number } | undefined;
  share(shareId: string): KnownShare | undefined;
  /** A relay for friends who are elsewhere; none where none is configured. */
  iceServers?(shareId: string): NonNullable<ShareView["iceServers"]>;
  shop(): { name: string; address: string; locale: string; currency: string; timeZone: string };
  item(sku: string): SharedItem | undefined;
  media: {
    stream(mirrorId: string): { live: boolean };
    /** Everybody who watches a share now. */
    viewers(shareId: string): Viewer[];
    /** False: nobody of that id watches it. */
    removeViewer(shareId: string, viewerId: string): boolean;
  };
  clips: SharedClips;
  /** A 1200 × 630 JPEG. */
  poster(card: { title: string; line: string; shop: string; drawing?: string }): Promise<Uint8Array>;
  /** Of this share, 1200 × 630, where the shopper wants their picture in the preview. */
  preview(shareId: string): Uint8Array | undefined;
  /** A whole SVG of a product. */
  drawing(picture: string, colour?: string): string;
  /** Where phones reach this gateway, without a slash at the end. */
  publicUrl(): string;
  /** The built friend page. */
  friendPage: string;
  settings: { shareMinutes: number; maxViewers: number };
};

/** An ended link still verifies for a day, so that its holder is told "over" and not "unknown"; the room decides. */
const rememberedMs = 24 * 3_600_000;

type MirrorRoute = { Params: { id: string }; Body: { sku?: unknown } | undefined };
type OneRoute = { Params: { id: string; shareId: string } };
type ViewerRoute = { Params: { id: string; shareId: string; viewerId: string } };
type TokenRoute = { Params: { token: string } };

/** Links to a mirror: made and taken back by the mirror, opened by whoever holds them. */
export function registerShares(app: FastifyInstance, ports: SharesPorts): void {
  const page = createSharePage(ports.friendPage);
  registerMirrorSide(app, ports);
  registerSharedClips(app, ports);

  app.get<TokenRoute>(
    "/api/v1/shares/:token",
    { schema: { summary: "What a link shows, for whoever holds it", tags: ["shares"] } },
    ({ params }, reply) => {
      const view = viewOf(ports, params.token);
      reply.header("cache-control", "no-store");
      return view ? reply.send(view) : notFound(reply, "There is no such link.");
    },
  );
  app.get<TokenRoute>("/s/:token/poster.jpg", { schema: { hide: true } }, async ({ params }, reply) => {
    const view = viewOf(ports, params.token);
    if (!view) return notFound(reply, "There is no such link.");
    reply.header("x-robots-tag", "noindex, nofollow");
    const clip = ports.clips.find(params.token);
    if (clip && (await sendStill(reply, ports.clips, clip))) return reply;
    const person = chosenPicture(ports, params.token, view);
    // a drawing may be kept for a while; a person is gone when the link is
    reply.type("image/jpeg").header("cache-control", person ? "private, no-store" : "private, max-age=60");
    if (person) return reply.send(person);
    const sku = (clip ?? find(ports, params.token))?.sku;
    return reply.send(await ports.poster(cardOf(ports, view, sku)));
  });
  app.get<TokenRoute>("/s/:token", { schema: { hide: true } }, async ({ params }, reply) => {
    const view = viewOf(ports, params.token);
    const html = await page.render(previewOf(ports, params.token, view, await isPerson(ports, params.token, view)));
    if (html === undefined) return sendProblem(reply, notBuilt);
    // the page says it in kind words; the status is for machines
    const status = view === undefined ? 404 : view.state === "over" ? 410 : 200;
    return sendPage(reply.code(status), html);
  });
}

function registerMirrorSide(app: FastifyInstance, ports: SharesPorts): void {
  const { settings } = ports;
  app.post<MirrorRoute>(
    "/api/v1/mirrors/:id/shares",
    { schema: { summary: "A mirror makes a link to its picture", tags: ["shares"] } },
    async (request, reply) => {
      const mirrorId = request.params.id;
      if (!mayUse(ports, request, reply, mirrorId)) return reply;
      const sku = request.body?.sku;
      if (sku !== undefined && (typeof sku !== "string" || !ports.item(sku))) {
        return notFound(reply, "No item has this SKU.");
      }
      const result = await ports.run({
        command: "share.start" as const,
        mirrorId,
        ...(sku === undefined ? {} : { sku }),
        ttlMs: settings.shareMinutes * 60_000,
        maxViewers: settings.maxViewers,
      });
      if (!result.ok) return sendProblem(reply, result.problem);
      const { shareId, expiresAt } = result.value;
      const url = `${ports.publicUrl()}/s/${ports.signShare(shareId, expiresAt + rememberedMs)}`;
      return reply
        .code(201)
        .header("location", `/api/v1/mirrors/${encodeURIComponent(mirrorId)}/shares/${shareId}`)
        .header("cache-control", "no-store")
        .send({ shareId, url, expiresAt, maxViewers: settings.maxViewers });
    },
  );
  app.get<OneRoute>(
    "/api/v1/mirrors/:id/shares/:shareId",
    { schema: { summary: "How a link of this mirror stands", tags: ["shares"] } },
    (request, reply) => {
      const { id, shareId } = request.params;
      if (!mayUse(ports, request, reply, id)) return reply;
      const share = ports.share(shareId);
      if (share?.mirrorId !== id) return notFound(reply, "This mirror has no such link.");
      const { live } = ports.media.stream(id);
      const { expiresAt, maxViewers, over } = share;
      const state = over ? "over" : live ? "live" : "waiting";
      const viewerList = ports.media.viewers(shareId);
      const viewers = viewerList.length;
      const view: MirrorShare = { shareId, state, live, viewers, viewerList, expiresAt, maxViewers };
      return reply.header("cache-control", "no-store").send(view);
    },
  );
  app.delete<OneRoute>(
    "/api/v1/mirrors/:id/shares/:shareId",
    { schema: { summary: "A mirror takes a link back; everyone who watches is let go", tags: ["shares"] } },
    async (request, reply) => {
      const { id, shareId } = request.params;
      if (!mayUse(ports, request, reply, id)) return reply;
      const result = await ports.run({ command: "share.end" as const, shareId, mirrorId: id });
      return result.ok ? reply.code(204).send() : sendProblem(reply, result.problem);
    },
  );
  app.delete<ViewerRoute>(
    "/api/v1/mirrors/:id/shares/:shareId/viewers/:viewerId",
    { schema: { summary: "A mirror asks one friend to leave", tags: ["shares"] } },
    (request, reply) => {
      const { id, shareId, viewerId } = request.params;
      if (!mayUse(ports, request, reply, id)) return reply;
      if (ports.share(shareId)?.mirrorId !== id) return notFound(reply, "This mirror has no such link.");
      if (!ports.media.removeViewer(shareId, viewerId)) return notFound(reply, "Nobody of that name watches now.");
      return reply.code(204).send();
    },
  );
}

/** Answers and returns false when the request does not come from this mirror. */
function mayUse(ports: SharesPorts, request: FastifyRequest, reply: FastifyReply, mirrorId: string): boolean {
  const who = ports.identify(request);
  if (who?.role === "mirror" && who.mirrorId === mirrorId) return true;
  if (who) sendProblem(reply, problems.notYours);
  else sendProblem(reply.header("www-authenticate", "Bearer"), problems.signIn);
  return false;
}

function find(ports: SharesPorts, token: string): KnownShare | undefined {
  const verified = ports.verifyShare(token);
  return verified && ports.share(verified.shareId);
}

function viewOf(ports: SharesPorts, token: string): ShareView | undefined {
  const { name, address } = ports.shop();
  const shop = { shopName: name, shopAddress: address };
  const clip = ports.clips.find(token);
  if (clip) return clip.gone ? { state: "over", ...shop } : { ...shop, ...viewOfClip(ports, token, clip) };
  const share = find(ports, token);
  if (!share) return undefined;
  if (share.over) return { state: "over", ...shop };
  const state = ports.media.stream(share.mirrorId).live ? "live" : "waiting";
  const relays = ports.iceServers?.(ports.verifyShare(token)?.shareId ?? "") ?? [];
  const iceServers = relays.length > 0 ? { iceServers: relays } : {};
  return { state, ...shop, ...itemOf(ports, share.sku), expiresAt: share.expiresAt, ...iceServers };
}

function viewOfClip(ports: SharesPorts, token: string, clip: KnownClip) {
  const { sku, mime, bytes, durationMs, keptAt, expiresAt } = clip;
  const url = `/s/${encodeURIComponent(token)}/clip`;
  const item = itemOf(ports, sku);
  return { state: "clip" as const, ...item, expiresAt, clip: { url, mime, bytes, durationMs, recordedAt: keptAt } };
}

function itemOf(ports: SharesPorts, sku: string | undefined): Pick<ShareView, "item"> {
  const item = sku === undefined ? undefined : ports.item(sku);
  if (!item) return {};
  const { name, note, price } = item;
  return { item: { name, ...(note === undefined ? {} : { note }), price, currency: ports.shop().currency } };
}

async function isPerson(ports: SharesPorts, token: string, view: ShareView | undefined): Promise<boolean> {
  const clip = ports.clips.find(token);
  return clip ? hasStill(ports.clips, clip) : view !== undefined && chosenPicture(ports, token, view) !== undefined;
}

/** A photograph of the look instead of the drawing, if its shopper chose so, as long as the link lives. */
function chosenPicture(ports: SharesPorts, token: string, view: ShareView): Uint8Array | undefined {
  const shareId = ports.verifyShare(token)?.shareId;
  return view.state === "over" || shareId === undefined ? undefined : ports.preview(shareId);
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .type("text/html; charset=utf-8")
    .header("cache-control", "private, no-store")
    .header("x-robots-tag", "noindex, nofollow")
    .header("referrer-policy", "no-referrer")
    .send(html);
}

const notBuilt = { type: "/problems/not-built", title: "The pages are not built yet.", status: 503 };
