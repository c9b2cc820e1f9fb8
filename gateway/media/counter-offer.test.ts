import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { launchChromium } from "./browser-kit.ts";
import { handshakeMs } from "./sessions.ts";
import { mirror, openShop, until } from "./test-sharing.ts";
import { answerTo } from "./test-shop.ts";

let bin = "";
let browser: Browser;

beforeAll(async () => {
  ({ bin } = await prepareMediaWorker({ log: silentLog, onStatus: () => {} }));
  browser = await launchChromium();
}, 1_200_000);
afterAll(() => browser?.close());

const captured = readFileSync(new URL("captures/libwebrtc-m98-sendonly.sdp", import.meta.url), "utf8");
const playing = captured.replace("a=sendonly", "a=recvonly");
const sdp = { "content-type": "application/sdp" };

/** A shop whose mirror M1 is published by nobody in particular. */
async function openLive(options = {}) {
  const shop = await openShop(bin, () => browser, options);
  const headers = { ...sdp, authorization: `Bearer ${mirror.token}` };
  const published = await shop.app.inject({ method: "POST", url: mirror.url, headers, payload: captured });
  expect(published.statusCode).toBe(201);
  const post = (payload: string, more: Record<string, string> = sdp) =>
    shop.app.inject({ method: "POST", url: "/whep/t-s1", headers: more, payload });
  const patch = (url: unknown, payload: string, type = "application/sdp") =>
    shop.app.inject({ method: "PATCH", url: String(url), headers: { "content-type": type }, payload });
  return { ...shop, post, patch };
}

describe("a player whose offer does not fit", () => {
  test("is answered 406 with our offer, says yes to it, and plays", async () => {
    const { open, media } = await openShop(bin, () => browser);
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish(mirror);
    const watched = await friend.watch({ url: "/whep/t-s1", prefer: "respond-async, counter-offer" });
    expect(watched).toMatchObject({ status: 406, patched: 204 });
    await friend.frames(5);
    expect(media.viewers("s1")).toMatchObject([{ via: "player" }]);
  });

  test("names no codec of the stream: it gets an offer and the time it has", async () => {
    const { post } = await openLive();
    const offered = await post(playing.replace(/VP8|VP9|H264|AV1X?/g, "FOO"));
    expect(offered.statusCode).toBe(406);
    expect(offered.headers["content-type"]).toMatch(/^application\/sdp; valid-until="\w{3}, \d\d \w{3} \d{4} .+ GMT"$/);
    expect(offered.headers.location).toMatch(/^\/whep\/session\/\S+$/);
    expect(offered.headers["accept-patch"]).toBe("application/sdp, application/trickle-ice-sdpfrag");
    expect(offered.body).toMatch(/^v=0\r\n/);
    expect(offered.body).toContain("a=setup:actpass");
  });
});

describe("an offer of ours", () => {
  test("is made for an empty body, and its session follows the rules of all sessions", async () => {
    const { app, post, patch, media } = await openLive();
    const offered = await post("", {});
    expect(offered.statusCode).toBe(201);
    expect(offered.headers["content-type"]).toBe("application/sdp");
    expect(offered.headers.etag).toMatch(/^".+"$/);
    const { location } = offered.headers;
    expect((await patch(location, "hello")).statusCode).toBe(400);
    expect((await patch(location, "x", "text/plain")).statusCode).toBe(415);
    expect((await patch(location, answerTo(offered.body).replace(/^m=video \d+/m, "m=video 0"))).statusCode).toBe(422);
    expect((await patch(location, answerTo(offered.body.split("m=application")[0] ?? ""))).statusCode).toBe(400);
    expect((await patch(location, `${answerTo(offered.body)}${"a=x\r\n".repeat(3_000)}`)).statusCode).toBe(413);
    expect((await patch(location, answerTo(offered.body))).statusCode).toBe(204);
    expect((await patch(location, "a=end-of-candidates\r\n", "application/trickle-ice-sdpfrag")).statusCode).toBe(204);
    const options = await app.inject({ method: "OPTIONS", url: String(location) });
    expect(options.headers.allow).toContain("PATCH");
    expect((await app.inject({ method: "DELETE", url: String(location) })).statusCode).toBe(200);
    expect((await patch(location, answerTo(offered.body))).statusCode).toBe(404);
    expect(media.viewers("s1")).toEqual([]);
  });

  test("takes one answer: said again it is what it was, another one is a conflict", async () => {
    const { app, post, patch } = await openLive();
    const offered = await post("", {});
    const { location } = offered.headers;
    const answer = answerTo(offered.body);
    // as when a phone sends it twice because the line was slow
    const both = await Promise.all([patch(location, answer), patch(location, answer)]);
    expect(both.map(({ statusCode }) => statusCode)).toEqual([204, 204]);
    expect((await patch(location, answer)).statusCode).toBe(204);
    const other = await patch(location, answer.replace(/^a=ice-ufrag:.*$/m, "a=ice-ufrag:other"));
    expect(other.statusCode).toBe(409);
    expect(other.headers["content-type"]).toContain("application/problem+json");
    expect(other.json()).toMatchObject({ type: "/problems/answered-already", status: 409 });
    expect((await patch(location, "hello")).statusCode).toBe(409);
    expect((await app.inject({ method: "GET", url: String(location) })).statusCode).toBe(204);
    // a player that made the offer itself has nothing to answer
    const own = await post(playing);
    expect(own.statusCode).toBe(201);
    expect((await patch(own.headers.location, answer)).statusCode).toBe(415);
  });

  test("holds no seat before it is answered, and then one; whoever is too late may try again", async () => {
    const { app, post, patch } = await openLive();
    const offers = [await post("", {}), await post("", {}), await post("", {}), await post("", {})];
    expect(offers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201, 201]);
    const answer = (index: number) => patch(offers[index]?.headers.location, answerTo(offers[index]?.body ?? ""));
    expect((await answer(0)).statusCode).toBe(204);
    expect((await post(playing)).statusCode).toBe(201);
    const late = await answer(2);
    expect(late.statusCode).toBe(429);
    expect(late.headers["retry-after"]).toBe("20");
    expect(late.json()).toMatchObject({ type: "/problems/full" });
    expect((await post("", {})).statusCode).toBe(429);
    expect((await post(playing)).statusCode).toBe(429);
    await app.inject({ method: "DELETE", url: String(offers[0]?.headers.location) });
    expect((await answer(2)).statusCode).toBe(204);
    expect((await answer(3)).statusCode).toBe(429);
  });

  test("who takes a seat and is never seen again gives way to the next, and who watches does not", async () => {
    const { open, app, post, patch, media } = await openLive({ yieldsAfterMs: 200 });
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish(mirror);
    await friend.watch({ url: "/whep/t-s1" });
    await friend.frames(5);
    const offered = await post("", {});
    const since = performance.now();
    const gone = await post(playing);
    expect(gone.statusCode).toBe(201);
    const ended = () => app.inject({ method: "GET", url: String(gone.headers.location) });
    let answered = await patch(offered.headers.location, answerTo(offered.body));
    while (answered.statusCode === 429) answered = await patch(offered.headers.location, answerTo(offered.body));
    expect(answered.statusCode).toBe(204);
    expect((await ended()).statusCode).toBe(404);
    let next = await post(playing);
    while (next.statusCode === 429) next = await post(playing);
    expect(next.statusCode).toBe(201);
    // sooner than seats of the lost come free by themselves
    expect(performance.now() - since).toBeLessThan(handshakeMs);
    await friend.frames(5);
    expect(media.viewersOf("s1")).toBe(1);
  });

  test("a rush of answers and of players' own offers never takes more seats than there are", async () => {
    const { post, patch, media } = await openLive();
    const offers = await Promise.all(Array.from({ length: 12 }, () => post("", {})));
    const answers = offers.flatMap(({ headers, body }) => [patch(headers.location, answerTo(body)), post(playing)]);
    const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status < 300)).toHaveLength(2);
    expect(statuses.filter((status) => status === 429)).toHaveLength(22);
    expect((await media.stats()).workers[0]?.viewers).toBe(2 + 12 - statuses.filter((status) => status === 204).length);
  });

  test("that nobody answers is taken back", async () => {
    const { post, patch, media } = await openLive({ answerWithinMs: 300 });
    const { headers, body } = await post("", {});
    expect((await post("", {})).statusCode).toBe(201);
    const watched = async () => (await media.stats()).workers[0]?.viewers;
    for (;;) if ((await watched()) === 0) break;
    expect((await patch(headers.location, answerTo(body))).statusCode).toBe(404);
  });

  test("is there for a probe too, which takes no seat and is on no list", async () => {
    const { media, post } = await openLive();
    const request = { streamId: "M1", audience: "s1", maxViewers: 1, via: "probe" } as const;
    expect(await media.offer(request)).toMatchObject({ ok: true });
    expect(await media.offer(request)).toMatchObject({ ok: true });
    expect((await post("", {})).statusCode).toBe(201);
    expect(media.stream("M1").viewers).toBe(0);
  });

  test("is made four hundred times at most, all in all; then the oldest goes, or people are asked to come later", async () => {
    const { media, app, open } = await openLive({ answerWithinMs: 600_000 });
    const request = { streamId: "M1", audience: "s1", maxViewers: 1_000, via: "page" } as const;
    // a probe's offer is no friend's, and is never taken back; and nothing of it ends by itself on a slow machine
    const held = () => media.offer({ ...request, via: "probe" });
    const forgotten = await media.offer(request);
    for (let made = 1; made < 400; made += 1) expect(await held()).toMatchObject({ ok: true });
    expect(forgotten.ok && media.session(forgotten.sessionId)).toBeTruthy();
    expect(await held()).toMatchObject({ ok: true });
    expect(forgotten.ok && media.session(forgotten.sessionId)).toBeUndefined();
    const later = { status: 503, title: expect.stringContaining("Too many"), retryAfterS: 30 };
    expect(await held()).toMatchObject(later);
    expect(await media.play({ ...request, offer: playing })).toMatchObject(later);
    // the mirror itself is not shut out by its friends
    const page = await open();
    expect((await page.publish({ url: "/whip/M2", token: "mirror-M2" })).status).toBe(201);
    media.closeViewers("s1");
    await until(() => media.viewersOf("s1") === 0);
    const viewers = async () => (await media.stats()).workers[0]?.viewers;
    while ((await viewers()) !== 0);
    expect((await app.inject({ method: "POST", url: "/whep/t-s1" })).statusCode).toBe(201);
  });

  test("without a mirror that shows something there is none, and everything is given back in the end", async () => {
    const { app, post, media, shares } = await openLive();
    await post("", {});
    media.closeStream("M1");
    expect((await post("", {})).statusCode).toBe(409);
    shares.set("s1", { mirrorId: "M1", over: true, maxViewers: 2 });
    expect((await post("", {})).statusCode).toBe(410);
    expect((await app.inject({ method: "POST", url: "/whep/forged" })).statusCode).toBe(404);
    await until(() => !media.stream("M1").live);
    expect((await media.stats()).workers).toMatchObject([{ streams: 0, viewers: 0, relays: 0 }]);
  });
});
