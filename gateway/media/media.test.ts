import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { launchChromium } from "./browser-kit.ts";
import { mirror, openShop as open, until } from "./test-sharing.ts";

let bin = "";
let browser: Browser;

beforeAll(async () => {
  ({ bin } = await prepareMediaWorker({ log: silentLog, onStatus: () => {} }));
  browser = await launchChromium();
}, 1_200_000);
afterAll(() => browser?.close());

const openShop = () => open(bin, () => browser);

describe("a friend watches a mirror", () => {
  test("the mirror publishes, two friends see moving frames, a third is told that the places are taken", async () => {
    const shop = await openShop();
    const [publisher, first, second, third] = [
      await shop.open(),
      await shop.open(),
      await shop.open(),
      await shop.open(),
    ];
    expect((await first.play({ url: "/whep/t-s1" })).status).toBe(409);
    const published = await publisher.publish(mirror);
    expect(published).toMatchObject({ status: 201, etag: expect.stringMatching(/^".+"$/) });
    expect((await first.play({ url: "/whep/t-s1" })).status).toBe(201);
    await first.frames(20);
    expect((await second.play({ url: "/whep/t-s1" })).status).toBe(201);
    await second.frames(20);
    expect(await second.decoded()).toMatchObject({ codec: "video/VP8" });
    expect(shop.media.viewersOf("s1")).toBe(2);
    expect(shop.streams.at(-1)).toEqual({ streamId: "M1", live: true, viewers: 2 });
    const refused = await third.play({ url: "/whep/t-s1" });
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.problem)).toMatchObject({ status: 429, title: expect.stringContaining("friends") });
  });

  test("taking the link back stops the picture of everyone who watches, and nobody gets in again", async () => {
    const shop = await openShop();
    const [publisher, friend] = [await shop.open(), await shop.open()];
    await publisher.publish(mirror);
    await friend.play({ url: "/whep/t-s1" });
    await friend.frames(10);
    shop.shares.set("s1", { mirrorId: "M1", over: true, maxViewers: 2 });
    shop.media.closeViewers("s1");
    await friend.frozen(1_000);
    expect(shop.media.viewersOf("s1")).toBe(0);
    expect(shop.media.stream("M1")).toMatchObject({ live: true, viewers: 0 });
    expect((await friend.play({ url: "/whep/t-s1" })).status).toBe(410);
    shop.media.closeStream("M1");
    expect(shop.media.stream("M1").live).toBe(false);
  });

  test("a player with other payload types gets its own numbers, and its relay goes when it goes", async () => {
    const shop = await openShop();
    const [publisher, friend] = [await shop.open(), await shop.open()];
    await publisher.publish(mirror);
    const swap = { 96: "120", 120: "96" };
    const played = await friend.play({ url: "/whep/t-s1", swap });
    expect(played.status).toBe(201);
    await friend.frames(20);
    expect(await friend.decoded()).toMatchObject({ payloadType: 120, codec: "video/VP8" });
    const ended = await fetch(new URL(played.location, shop.url), { method: "DELETE" });
    expect(ended.status).toBe(200);
    await friend.frozen(1_000);
    expect(shop.media.viewersOf("s1")).toBe(0);
  });

  test("H.264 passes as well as VP8", async () => {
    const shop = await openShop();
    const [publisher, friend] = [await shop.open(), await shop.open()];
    const published = await publisher.publish({ ...mirror, codec: "H264" });
    expect(published.status).toBe(201);
    await friend.play({ url: "/whep/t-s1" });
    await friend.frames(20);
    expect((await friend.decoded()).codec).toMatch(/video\/(H264|VP8)/);
  });

  test("people use the npm library whip-whep instead of our pages", async () => {
    const shop = await openShop();
    const [publisher, friend] = [await shop.open(), await shop.open()];
    await publisher.publish({ ...mirror, library: true });
    await friend.play({ url: "/whep/t-s1", library: true });
    await friend.frames(20);
    await friend.page.evaluate("client.stop()");
    await until(() => shop.media.viewersOf("s1") === 0);
    await publisher.page.evaluate("client.stop()");
    await until(() => !shop.media.stream("M1").live);
  });

  test("the mirror's page is loaded again: the new picture takes over, the old one is let go", async () => {
    const shop = await openShop();
    const [before, after, friend] = [await shop.open(), await shop.open(), await shop.open()];
    const old = await before.publish(mirror);
    const fresh = await after.publish(mirror);
    expect((await fetch(new URL(old.location, shop.url))).status).toBe(404);
    expect((await fetch(new URL(fresh.location, shop.url))).status).toBe(204);
    await friend.play({ url: "/whep/t-s1" });
    await friend.frames(10);
  });

  test("the video worker is killed: another takes its place on the same port and the picture plays again", async () => {
    const shop = await openShop();
    const [publisher, friend] = [await shop.open(), await shop.open()];
    await publisher.publish(mirror);
    await friend.play({ url: "/whep/t-s1" });
    await friend.frames(10);
    const [pid, port] = [shop.media.workerPid(), shop.media.port()];
    process.kill(pid ?? 0, "SIGKILL");
    await until(() => shop.media.workerPid() !== undefined && shop.media.workerPid() !== pid);
    expect(shop.media.port()).toBe(port);
    expect(shop.media.stream("M1")).toEqual({ streamId: "M1", live: false, viewers: 0 });
    expect(shop.statuses.map(({ state }) => state)).toEqual(["ready", "preparing", "ready"]);
    expect((await publisher.publish(mirror)).status).toBe(201);
    expect((await friend.play({ url: "/whep/t-s1" })).status).toBe(201);
    await friend.frames(10);
  });
});

describe("what a stranger may send", () => {
  const offer = readFileSync(new URL("captures/libwebrtc-m98-sendonly.sdp", import.meta.url), "utf8");
  const sdp = { "content-type": "application/sdp" };
  const asMirror = { ...sdp, authorization: "Bearer mirror-M1" };

  test("WHIP answers by the letter of RFC 9725, with a reason for people", async () => {
    const { app } = await openShop();
    const post = (url: string, headers: Record<string, string>, payload: string) =>
      app.inject({ method: "POST", url, headers, payload });
    const options = await app.inject({ method: "OPTIONS", url: "/whip/M1" });
    expect(options.statusCode).toBe(200);
    expect(options.headers["accept-post"]).toBe("application/sdp");
    expect((await post("/whip/M1", sdp, offer)).statusCode).toBe(401);
    expect((await post("/whip/M2", asMirror, offer)).statusCode).toBe(403);
    expect((await post("/whip/M1", { ...asMirror, "content-type": "text/plain" }, offer)).statusCode).toBe(415);
    expect((await post("/whip/M1", asMirror, "hello")).statusCode).toBe(400);
    expect((await post("/whip/M1", asMirror, "v=0\r\n".repeat(20_000))).statusCode).toBe(413);
    expect((await post("/whip/M1", asMirror, offer.replace(/VP8|VP9|H264|AV1X?/g, "FOO"))).statusCode).toBe(422);
    expect((await post("/whip/M1", asMirror, offer.replace("a=sendonly", "a=recvonly"))).statusCode).toBe(422);
    const bad = await post("/whip/M1", asMirror, "hello");
    expect(bad.headers["content-type"]).toContain("application/problem+json");
    expect(bad.json()).toMatchObject({ status: 400, title: expect.stringMatching(/\.$/) });
  });

  test("a session is trickled to, restarted and ended by its own rules", async () => {
    const { app, media } = await openShop();
    const created = await app.inject({ method: "POST", url: "/whip/M1", headers: asMirror, payload: offer });
    expect(created.statusCode).toBe(201);
    expect(created.headers["accept-patch"]).toBe("application/trickle-ice-sdpfrag");
    expect(created.body).toContain("a=recvonly");
    const url = String(created.headers.location);
    const etag = String(created.headers.etag);
    const fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=video 9 RTP/AVP 0\r\na=mid:0\r\n";
    const patch = (headers: Record<string, string>) =>
      app.inject({
        method: "PATCH",
        url,
        headers: { "content-type": "application/trickle-ice-sdpfrag", ...headers },
        payload: fragment,
      });
    expect((await patch({ "if-match": etag })).statusCode).toBe(204);
    expect((await patch({})).statusCode).toBe(428);
    expect((await patch({ "if-match": '"old"' })).statusCode).toBe(412);
    expect((await patch({ "if-match": etag, "content-type": "application/sdp" })).statusCode).toBe(415);
    const restarted = await patch({ "if-match": "*" });
    expect(restarted.statusCode).toBe(200);
    expect(restarted.headers.etag).not.toBe(etag);
    expect(restarted.body).toMatch(/^a=ice-lite\r\na=ice-ufrag:\S+\r\na=ice-pwd:\S+\r\n/);
    expect((await app.inject({ method: "DELETE", url: "/whep/session/x" })).statusCode).toBe(404);
    expect((await app.inject({ method: "DELETE", url: url.replace("/whip/", "/whep/") })).statusCode).toBe(404);
    expect((await app.inject({ method: "DELETE", url })).statusCode).toBe(200);
    expect((await app.inject({ method: "DELETE", url })).statusCode).toBe(404);
    expect(media.stream("M1").live).toBe(false);
  });

  test("a link is discoverable for players of other people, and a forged one is nothing", async () => {
    const { app, shares } = await openShop();
    const head = await app.inject({ method: "HEAD", url: "/whep/t-s1", headers: { origin: "https://player.example" } });
    expect(head.statusCode).toBe(200);
    expect(head.headers["content-type"]).toContain("application/sdp");
    expect(head.headers["access-control-allow-origin"]).toBe("*");
    expect(head.headers["access-control-expose-headers"]).toContain("Location");
    expect((await app.inject({ method: "HEAD", url: "/whep/forged" })).statusCode).toBe(404);
    const playing = offer.replace("a=sendonly", "a=recvonly");
    const post = () => app.inject({ method: "POST", url: "/whep/t-s1", headers: sdp, payload: playing });
    const waiting = await post();
    expect(waiting.statusCode).toBe(409);
    expect(waiting.headers["retry-after"]).toBe("2");
    shares.set("s1", { mirrorId: "M1", over: true, maxViewers: 2 });
    expect((await post()).statusCode).toBe(410);
  });

  test("a rush of friends never takes more places than there are", async () => {
    const { app } = await openShop();
    await app.inject({ method: "POST", url: "/whip/M1", headers: asMirror, payload: offer });
    const playing = offer.replace("a=sendonly", "a=recvonly");
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        app.inject({ method: "POST", url: "/whep/t-s1", headers: sdp, payload: playing }),
      ),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(2);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(10);
  });
});
