import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createVideoLimits } from "../access/video-limits.ts";
import { mp4, openShop as openClipShop } from "../clips/test-clips.ts";
import { createManualClock } from "../clock.ts";
import { bootGateway } from "../test-gateway.ts";
import { answerTo, asMirror, openVideoShop, sdpType } from "./test-shop.ts";

const offer = readFileSync(new URL("captures/libwebrtc-m98-sendonly.sdp", import.meta.url), "utf8");
const playing = offer.replace("a=sendonly", "a=recvonly");

async function openCountingShop() {
  const clock = createManualClock(1_000_000);
  const limits = createVideoLimits(clock);
  const shop = await openVideoShop({ limits });
  const ask = (method: "POST" | "PATCH" | "DELETE" | "HEAD", path: string, more = {}) =>
    shop.app.inject({ method, url: path, remoteAddress: "10.0.0.7", headers: sdpType, payload: "x", ...more });
  return { ...shop, clock, limits, ask };
}

function tally(answers: { statusCode: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { statusCode } of answers) counts[statusCode] = (counts[statusCode] ?? 0) + 1;
  return counts;
}

const thousand = (work: (index: number) => Promise<{ statusCode: number }>) =>
  Promise.all(Array.from({ length: 1_000 }, (_, index) => work(index)));

test("a thousand guessed links are told to wait, are counted, and cost a friend behind the same address nothing", async () => {
  const { ask, limits, clock, media } = await openCountingShop();
  expect((await ask("POST", "/whip/M1", { headers: { ...sdpType, ...asMirror }, payload: offer })).statusCode).toBe(
    201,
  );
  const answers = await thousand((index) => ask(index % 2 === 0 ? "POST" : "HEAD", `/whep/guess-${index}`));
  expect(tally(answers)).toEqual({ 404: 20, 429: 980 });
  const last = await ask("POST", "/whep/guess");
  expect(last.statusCode).toBe(429);
  expect(last.headers["retry-after"]).toBe("2");
  expect(last.headers["content-type"]).toContain("application/problem+json");
  expect(limits.counters().map(({ value }) => value)).toEqual([1_001, 981]);
  expect((await ask("POST", "/whep/t-s1", { payload: playing })).statusCode).toBe(201);
  clock.advance(2_000);
  expect((await ask("POST", "/whep/guess")).statusCode).toBe(404);
  expect(media.stream("M1").live).toBe(true);
});

test("a thousand guessed passwords of a mirror are told to wait, and the mirror itself publishes", async () => {
  const { ask } = await openCountingShop();
  const answers = await thousand((index) =>
    ask("POST", "/whip/M1", { headers: { ...sdpType, authorization: `Bearer wrong-${index}` }, payload: offer }),
  );
  expect(tally(answers)).toEqual({ 401: 20, 429: 980 });
  expect((await ask("POST", "/whip/M1", { headers: { ...sdpType, ...asMirror }, payload: offer })).statusCode).toBe(
    201,
  );
});

test("a thousand offers by the holder of one link slow down that holder and not the others with the link", async () => {
  const { ask, media } = await openCountingShop();
  await ask("POST", "/whip/M1", { headers: { ...sdpType, ...asMirror }, payload: offer });
  const first = await ask("POST", "/whep/t-s1", { payload: playing, remoteAddress: "10.0.0.8" });
  expect(first.statusCode).toBe(201);
  const counts = tally(await thousand(() => ask("POST", "/whep/t-s1", { payload: "v=0\r\n" })));
  expect(counts).toEqual({ 400: 60, 429: 940 });
  expect((await ask("POST", "/whep/t-s1", { payload: playing, remoteAddress: "10.0.0.9" })).statusCode).toBe(201);
  const session = String(first.headers.location);
  const ended = await ask("DELETE", session, { remoteAddress: "10.0.0.8" });
  expect(ended.statusCode).toBe(200);
  expect(media.viewersOf("s1")).toBe(0);
});

test("a thousand empty requests of one phone keep nobody out, and little of them is kept", async () => {
  const { ask, media } = await openCountingShop();
  await ask("POST", "/whip/M1", { headers: { ...sdpType, ...asMirror }, payload: offer });
  const empty = { headers: {}, payload: "" };
  const friend = await ask("POST", "/whep/t-s1", { ...empty, remoteAddress: "10.0.0.8" });
  const counts = tally(await thousand(() => ask("POST", "/whep/t-s1", empty)));
  expect(counts[429]).toBe(940);
  // what is being made cannot be taken back yet
  expect((counts[201] ?? 0) + (counts[503] ?? 0)).toBe(60);
  expect((await media.stats()).workers[0]?.viewers).toBe(16);
  const answer = { payload: answerTo(friend.body), remoteAddress: "10.0.0.8" };
  expect((await ask("PATCH", String(friend.headers.location), answer)).statusCode).toBe(204);
  expect((await ask("POST", "/whep/t-s1", { ...empty, remoteAddress: "10.0.0.9" })).statusCode).toBe(201);
});

test("nor do a thousand from everywhere at once", async () => {
  const { media } = await openVideoShop();
  expect(await media.publish("M1", offer)).toMatchObject({ ok: true });
  const request = { streamId: "M1", audience: "s1", maxViewers: 3, via: "page" } as const;
  let most = 0;
  const made = Array.from({ length: 1_000 }, async (_, index) => {
    const offered = await media.offer({ ...request, address: `10.0.${index % 250}.7` });
    most = Math.max(most, (await media.stats()).workers[0]?.viewers ?? 0);
    return offered;
  });
  const outcomes = await Promise.all(made);
  expect(outcomes.some(({ ok }) => ok)).toBe(true);
  expect(most).toBeLessThanOrEqual(16);
  media.closeViewers("s1");
  expect(await media.offer(request)).toMatchObject({ ok: true });
});

test("a thousand guessed sessions end nobody's picture", async () => {
  const { ask, media } = await openCountingShop();
  await ask("POST", "/whip/M1", { headers: { ...sdpType, ...asMirror }, payload: offer });
  const answers = await thousand((index) => ask("DELETE", `/whip/session/guess-${index}`));
  expect(tally(answers)).toEqual({ 404: 20, 429: 980 });
  expect(media.stream("M1").live).toBe(true);
});

test("pages that say goodbye to a picture which has ended already are no strangers", async () => {
  const { ask, media, limits } = await openCountingShop();
  await ask("POST", "/whip/M1", { headers: { ...sdpType, ...asMirror }, payload: offer });
  const offers = await Promise.all([1, 2, 3].map(() => ask("POST", "/whep/t-s1", { headers: {}, payload: "" })));
  media.closeViewers("s1");
  for (const { headers } of offers) {
    while (media.session(String(headers.location).replace("/whep/session/", ""))) await new Promise(setImmediate);
    expect((await ask("DELETE", String(headers.location))).statusCode).toBe(404);
  }
  expect(limits.counters()[0]?.value).toBe(0);
  expect((await ask("DELETE", "/whep/session/guessed")).statusCode).toBe(404);
  expect(limits.counters()[0]?.value).toBe(1);
});

test("the shop's own gateway counts what strangers try", async () => {
  const shop = await bootGateway();
  const guess = { method: "POST", headers: sdpType, body: "v=0\r\n" };
  const answers = [];
  for (let count = 0; count < 40; count += 1) answers.push((await fetch(`${shop.url}/whep/guess`, guess)).status);
  expect(answers.slice(0, 20)).toEqual(Array(20).fill(404));
  expect(answers).toContain(429);
  const metrics = await (await fetch(`${shop.url}/metrics`)).text();
  expect(metrics).toMatch(/^vitrine_video_guesses_total 40$/m);
});

test("a clip's link in the hands of a player is told what it is, and locks out nobody behind the same address", async () => {
  const shop = await openClipShop();
  const { token, location } = await shop.keep(mp4());
  const ask = (path: string, method = "POST") =>
    fetch(`${shop.url}/whep/${path}`, { method, ...(method === "POST" ? { headers: sdpType, body: playing } : {}) });
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(token)));
  expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(409));
  const problem = await answers[0]?.json();
  expect(problem).toMatchObject({ type: "/problems/clip", title: expect.stringContaining("is a clip") });
  expect(answers[0]?.headers.get("content-type")).toContain("application/problem+json");
  expect(answers[0]?.headers.get("retry-after")).toBeNull();
  expect((await ask(token, "HEAD")).status).toBe(409);
  const metrics = await (await fetch(`${shop.url}/metrics`)).text();
  expect(metrics).toMatch(/^vitrine_video_guesses_total 0$/m);
  await shop.ask(location, { method: "DELETE" });
  expect((await ask(token)).status).toBe(410);
  expect((await ask(`${token}x`)).status).toBe(404);
});
