import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import sharp from "sharp";
import { expect, onTestFinished, test } from "vitest";
import type { Command, CommandResult, CommandValue } from "#wire/commands.ts";
import type { Viewer } from "#wire/share-words.ts";
import { createTokens } from "../access/tokens.ts";
import { createManualClock } from "../clock.ts";
import { createPosters } from "../media/poster.ts";
import { isOver, mirrors } from "../mirrors/mirrors.ts";
import { decideShareEnd, decideShareStart } from "../mirrors/sharing.ts";
import type { Decision } from "../room.ts";
import { registerShares } from "./shares.ts";

const start = Date.parse("2026-11-21T10:00:00Z");
const ring = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="80"><circle cx="60" cy="40" r="30"/></svg>';

/** The real room, tokens, posters and routes; only the rest of the gateway is missing. */
async function openShop() {
  const folder = await mkdtemp(join(tmpdir(), "vitrine-share-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const friendPage = join(folder, "index.html");
  await writeFile(friendPage, "<!doctype html><html><head><title>Vitrine</title></head><body>the page</body></html>");
  const clock = createManualClock(start);
  const tokens = createTokens(Buffer.alloc(32, 7), clock);
  const state = mirrors.initial();
  const known = new Set(["M1", "M2"]);
  const live = new Set<string>();
  const posters = createPosters();
  const watching: Viewer[] = [
    { id: "v-1", name: "A friend", since: start, via: "page" },
    { id: "v-2", name: "Mia", since: start + 5_000, via: "player" },
  ];

  function decide(command: Command): Decision<unknown> {
    const context = {
      now: clock.now(),
      derive: (label: string) => createHash("sha256").update(label).digest("hex"),
    };
    if (command.command === "share.start") return decideShareStart(state, command, context, known);
    if (command.command === "share.end") return decideShareEnd(state, command, context);
    throw new Error(`nobody here decides ${command.command}`);
  }
  const app = Fastify({ routerOptions: { maxParamLength: 512 } });
  onTestFinished(() => app.close());
  registerShares(app, {
    preview: () => undefined,
    identify: ({ headers }) =>
      headers.authorization?.startsWith("Bearer ")
        ? { role: "mirror", mirrorId: headers.authorization.slice(7) }
        : undefined,
    async run<C extends Command>(command: C) {
      const decision = decide(command);
      if (!decision.ok) return decision;
      for (const event of decision.events) {
        if (event.type === "share-started") mirrors.evolve["share-started"]?.(state, event);
        if (event.type === "share-ended") mirrors.evolve["share-ended"]?.(state, event);
      }
      return { ok: true, value: decision.value } as CommandResult<CommandValue<C["command"]>>;
    },
    signShare: tokens.signShare,
    verifyShare: tokens.verifyShare,
    share(shareId) {
      const share = state.shares.get(shareId);
      const sku = share && state.mirrors.get(share.mirrorId)?.sku;
      return share && { ...share, over: isOver(share, clock.now()), ...(sku === undefined ? {} : { sku }) };
    },
    shop: () => ({
      name: "Vitrine & Söhne",
      address: "Rue des Lisières 14",
      locale: "en-IE",
      currency: "EUR",
      timeZone: "Europe/Brussels",
    }),
    item: (sku) =>
      sku === "GLASSES-ORSO"
        ? { name: "Orso", note: 'acetate, "tortoise"', price: 14_000, picture: "glasses" }
        : undefined,
    media: {
      stream: (mirrorId) => ({ live: live.has(mirrorId) }),
      viewers: () => watching,
      removeViewer(_shareId, viewerId) {
        const at = watching.findIndex(({ id }) => id === viewerId);
        return at >= 0 && watching.splice(at, 1).length === 1;
      },
    },
    clips: {
      find: () => undefined,
      open: async () => undefined,
      still: async () => undefined,
      mayDelete: () => false,
      remove: async () => ({ ok: true }),
    },
    poster: posters.render,
    drawing: () => ring,
    publicUrl: () => "http://192.168.1.5:8080",
    friendPage,
    settings: { shareMinutes: 30, maxViewers: 10 },
  });

  async function share(body: object = { sku: "GLASSES-ORSO" }) {
    const answer = await app.inject({
      method: "POST",
      url: "/api/v1/mirrors/M1/shares",
      headers: { authorization: "Bearer M1" },
      payload: body,
    });
    return { answer, token: String(answer.json().url).split("/s/")[1] ?? "", shareId: String(answer.json().shareId) };
  }
  return { app, clock, live, share };
}

test("a mirror gets a link for half an hour, and its holder learns what is on", async () => {
  const { app, share, live } = await openShop();
  const { answer, token } = await share();
  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toMatchObject({ expiresAt: start + 30 * 60_000, maxViewers: 10 });
  expect(answer.json().url).toBe(`http://192.168.1.5:8080/s/${token}`);
  const look = () => app.inject(`/api/v1/shares/${token}`);
  expect((await look()).json()).toMatchObject({
    state: "waiting",
    item: { name: "Orso", price: 14_000, currency: "EUR" },
  });
  live.add("M1");
  expect((await look()).json()).toMatchObject({ state: "live" });
});

test("a link that ran out says over, to the minute; one that was guessed says nothing", async () => {
  const { app, share, clock } = await openShop();
  const { token } = await share();
  clock.advance(30 * 60_000 - 1);
  expect((await app.inject(`/api/v1/shares/${token}`)).json().state).toBe("waiting");
  clock.advance(1);
  const over = (await app.inject(`/api/v1/shares/${token}`)).json();
  expect(over).toEqual({ state: "over", shopName: "Vitrine & Söhne", shopAddress: "Rue des Lisières 14" });
  expect((await app.inject(`/s/${token}`)).statusCode).toBe(410);
  for (const guess of ["x", `${token}x`, token.slice(1), "a.b", "%00", "a".repeat(500)]) {
    expect((await app.inject(`/api/v1/shares/${guess}`)).statusCode).toBe(404);
    expect((await app.inject(`/s/${guess}`)).statusCode).toBe(404);
  }
});

test("only the mirror itself makes links and takes them back", async () => {
  const { app, share } = await openShop();
  const { token, shareId } = await share();
  const url = `/api/v1/mirrors/M1/shares/${shareId}`;
  expect((await app.inject({ method: "POST", url: "/api/v1/mirrors/M1/shares", payload: {} })).statusCode).toBe(401);
  const as = (mirror: string) => ({ authorization: `Bearer ${mirror}` });
  expect((await app.inject({ method: "DELETE", url, headers: as("M2") })).statusCode).toBe(403);
  expect((await app.inject({ url, headers: as("M1") })).json()).toMatchObject({ state: "waiting", viewers: 2 });
  expect((await app.inject({ method: "DELETE", url, headers: as("M1") })).statusCode).toBe(204);
  expect((await app.inject(`/api/v1/shares/${token}`)).json().state).toBe("over");
  expect((await share({ sku: "NOT-OURS" })).answer.statusCode).toBe(404);
  expect((await share({ sku: 7 })).answer.statusCode).toBe(404);
});

test("a mirror sees who watches and asks one of them to leave; another mirror may do neither", async () => {
  const { app, share } = await openShop();
  const { shareId } = await share();
  const url = `/api/v1/mirrors/M1/shares/${shareId}`;
  const as = (mirror: string) => ({ authorization: `Bearer ${mirror}` });
  const seen = async () => (await app.inject({ url, headers: as("M1") })).json().viewerList;
  const remove = async (path: string, mirror: string) =>
    (await app.inject({ method: "DELETE", url: `${path}/viewers/v-1`, headers: as(mirror) })).statusCode;
  expect(await seen()).toEqual([
    { id: "v-1", name: "A friend", since: start, via: "page" },
    { id: "v-2", name: "Mia", since: start + 5_000, via: "player" },
  ]);
  expect(await remove(url, "M2")).toBe(403);
  expect(await remove(url.replace("M1", "M2"), "M2")).toBe(404);
  expect(await seen()).toHaveLength(2);
  expect(await remove(url, "M1")).toBe(204);
  expect((await seen()).map(({ id }: Viewer) => id)).toEqual(["v-2"]);
  expect(await remove(url, "M1")).toBe(404);
});

test("a chat app finds title and picture without running anything, and search engines are asked to stay away", async () => {
  const { app, share } = await openShop();
  const { token } = await share();
  const page = await app.inject(`/s/${token}`);
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('<meta property="og:title" content="Your friend is trying on Orso">');
  expect(page.body).toContain(`<meta property="og:image" content="http://192.168.1.5:8080/s/${token}/poster.jpg">`);
  expect(page.body).toContain("acetate, &#34;tortoise&#34;, €140");
  expect(page.body).toContain("Vitrine &#38; Söhne");
  expect(page.body).toContain("<title>Your friend is trying on Orso</title>");
  expect(page.body).toContain("the page");
  expect(page.headers).toMatchObject({
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "no-referrer",
    "cache-control": "private, no-store",
  });
});

test("the preview picture is a JPEG of 1200 by 630 that shows the thing in the drawing's own colour", async () => {
  const { app, share } = await openShop();
  const { token, shareId } = await share();
  const answer = await app.inject(`/s/${token}/poster.jpg`);
  expect(answer.headers["content-type"]).toBe("image/jpeg");
  const picture = sharp(answer.rawPayload);
  expect(await picture.metadata()).toMatchObject({ format: "jpeg", width: 1200, height: 630 });
  const darkest = async (top: number, height: number) =>
    (await sharp(await sharp(answer.rawPayload).extract({ left: 0, top, width: 1200, height }).toBuffer()).stats())
      .channels[0]?.min;
  expect(await darkest(60, 300)).toBeLessThan(40);
  // the name and the shop are written on the sill
  expect(await darkest(450, 160)).toBeLessThan(90);
  await app.inject({
    method: "DELETE",
    url: `/api/v1/mirrors/M1/shares/${shareId}`,
    headers: { authorization: "Bearer M1" },
  });
  const { token: plain } = await share({});
  const empty = await app.inject(`/s/${plain}/poster.jpg`);
  expect(Buffer.compare(empty.rawPayload, answer.rawPayload)).not.toBe(0);
});
