import type { Browser, Page } from "playwright-core";
import { fixed, percentile, printTable } from "./figures.ts";
import { type Load, startLoad } from "./load.ts";
import { openBenchPage, openBrowser } from "./video-browser.ts";
import type { Watching } from "./video-page.ts";
import { openFriendPage, openFriends, openMirrorPage, takeFrames } from "./video-pages.ts";
import { mirrorId, openVideoShop, otherMirrorId, type Share, type VideoShop } from "./video-shop.ts";

const answers = 50;
const joins = 20;
/** The gateway takes one offer a second of one friend; a few more at once, but not for long. */
const joinEveryMs = 1_050;
const watchers = 10;
const maxBitrate = 1_000_000;
const revocations = 3;
const deaths = 3;
const backWithinMs = 20_000;

/** How soon a publisher is answered, a friend sees something, everybody is gone, and all is back after a crash. */
export async function measureJoin() {
  const rows = [["milliseconds", "p50", "p95", "most", "times", "budget"]];
  const load = startLoad();
  const shop = await openVideoShop({ maxViewers: watchers + 5 });
  const browser = await openBrowser();
  try {
    rows.push(describe("WHIP offer → answer", await whipAnswers(browser, shop), "p95 ≤ 100"));
    const { own, opening, warm, player } = await joinTimes(browser, shop, load);
    const beside = `, ${watchers} others watching`;
    rows.push(describe(`friend's page: WHEP → first frame${beside}`, own, "p95 ≤ 1,000"));
    rows.push(describe("friend's page: link opened → first frame", opening, ""));
    rows.push(describe("the same way in a page that has played before", warm, "p95 ≤ 1,000"));
    rows.push(describe("a player's own offer in such a page", player, "p95 ≤ 1,000"));
    rows.push(
      describe(`link taken back → last of ${watchers + 1} stopped`, await stops(browser, shop, load), "≤ 1,000"),
    );
  } finally {
    load.close();
    await browser.close();
    await shop.close();
  }
  rows.push(describe("video worker killed → picture back", await returns(), "≤ 5,000"));
  printTable("Coming and going, in Chromium", rows);
}

function describe(name: string, milliseconds: number[], budget: string): string[] {
  const came = milliseconds.filter((value) => Number.isFinite(value));
  const missing = milliseconds.length - came.length;
  const shares = [0.5, 0.95, 1].map((share) => (came.length > 0 ? fixed(percentile(came, share), 0) : "–"));
  return [name, ...shares, missing > 0 ? `${came.length} of ${milliseconds.length}` : `${came.length}`, budget];
}

/** Each offer is fresh and its session ended after it; two mirrors by turns, as one may offer once a second for long. */
async function whipAnswers(browser: Browser, shop: VideoShop): Promise<number[]> {
  const page = await openBenchPage(browser, shop.url);
  const mirrors = [mirrorId, otherMirrorId];
  const shares = await Promise.all(mirrors.map((mirror) => shop.share(mirror)));
  const tokens = await Promise.all(mirrors.map((mirror) => shop.tokenOf(mirror)));
  const milliseconds: number[] = [];
  while (milliseconds.length < answers) {
    const turn = milliseconds.length % mirrors.length;
    const publishing = { url: `${shop.url}/whip/${mirrors[turn]}`, token: tokens[turn] ?? "" };
    const { id, status, answerMs } = await page.evaluate((options) => window.bench.publish(options), publishing);
    await page.evaluate((publisher) => window.bench.leave(publisher), id);
    if (status === 201) milliseconds.push(answerMs);
    // asked too often: that is no answer to an offer
    else if (status === 429) await page.waitForTimeout(1_000);
    else throw new Error(`WHIP answered ${status}`);
  }
  for (const [at, { shareId }] of shares.entries()) await shop.revoke(shareId, mirrors[at]);
  await page.context().close();
  return milliseconds;
}

async function joinTimes(browser: Browser, shop: VideoShop, load: Load) {
  const bench = await openBenchPage(browser, shop.url);
  const share = await openStream({ shop, load, bench });
  const friends = await openFriends(browser);
  const own: number[] = [];
  const opening: number[] = [];
  const warm: number[] = [];
  const player: number[] = [];
  for (let join = 0; join < joins; join++) {
    const next = bench.waitForTimeout(3 * joinEveryMs);
    const page = await openFriendPage(friends, share);
    const seen = await joinOf(page);
    own.push(seen.own);
    opening.push(seen.opening);
    await page.close();
    warm.push(await warmJoin(bench, { url: `${shop.url}/whep/${share.token}`, way: "page" }));
    player.push(await warmJoin(bench, { url: `${shop.url}/whep/${share.token}`, way: "player" }));
    await next;
  }
  await friends.close();
  await bench.context().close();
  await load.run("unwatch", {});
  await shop.revoke(share.shareId);
  return { own, opening, warm, player };
}

/** Published by Chromium, which gives a key frame when it is asked for one. */
async function openStream({ shop, load, bench }: { shop: VideoShop; load: Load; bench: Page }): Promise<Share> {
  const share = await shop.share();
  const publishing = { url: `${shop.url}/whip/${mirrorId}`, token: shop.token, maxBitrate };
  const { status } = await bench.evaluate((options) => window.bench.publish(options), publishing);
  if (status !== 201) throw new Error(`WHIP answered ${status}`);
  await load.run("watch", { viewers: watchers, at: { url: `${shop.url}/whep/${share.token}` } });
  return share;
}

/** By the page's own clock, which begins when the link is opened. */
function joinOf(page: Page): Promise<{ own: number; opening: number }> {
  return page.evaluate(() => {
    const first = (window.benchFrames[0]?.at ?? Number.NaN) - performance.timeOrigin;
    const asked = performance
      .getEntriesByType("resource")
      .find(({ name }) => new URL(name).pathname.startsWith("/whep/"));
    return { own: first - (asked?.startTime ?? Number.NaN), opening: first };
  });
}

async function warmJoin(bench: Page, watching: Watching): Promise<number> {
  const { id, status, askedAt } = await bench.evaluate((options) => window.bench.play(options), watching);
  if (status !== 201) throw new Error(`WHEP answered ${status}`);
  const firstAt = await bench.evaluate((player) => window.bench.firstFrame(player), id);
  await bench.evaluate((player) => window.bench.leave(player), id);
  return firstAt - askedAt;
}

/** The last frame that the friend's page shows or the last packet that any of the others gets, whichever is later. */
async function stops(browser: Browser, shop: VideoShop, load: Load): Promise<number[]> {
  const milliseconds: number[] = [];
  const bench = await openBenchPage(browser, shop.url);
  for (let time = 0; time < revocations; time++) {
    const share = await openStream({ shop, load, bench });
    const friends = await openFriends(browser);
    const friend = await openFriendPage(friends, share);
    await friend.waitForTimeout(1_000);
    const from = Date.now();
    await shop.revoke(share.shareId);
    await friend.waitForTimeout(2_000);
    const lastFrame = (await takeFrames(friend)).at(-1)?.at ?? Number.NaN;
    milliseconds.push(Math.max(0, lastFrame - from, (await load.run("lastPacket", {})) - from));
    await friends.close();
    await load.run("unwatch", {});
  }
  await bench.context().close();
  return milliseconds;
}

/** The mirror's and the friend's own pages bring it back; back is the first frame that the camera saw after the kill. */
async function returns(): Promise<number[]> {
  const shop = await openVideoShop({ maxViewers: watchers });
  const [atTheMirror, onThePhone] = [await openBrowser({ graphics: true }), await openBrowser()];
  try {
    const { share } = await openMirrorPage(atTheMirror, shop);
    const friend = await openFriendPage(await openFriends(onThePhone), share);
    const milliseconds: number[] = [];
    for (let death = 0; death < deaths; death++) {
      await friend.waitForTimeout(2_000);
      milliseconds.push(await killAndWait(shop, friend));
      if (!Number.isFinite(milliseconds.at(-1))) break;
    }
    return milliseconds;
  } finally {
    await atTheMirror.close();
    await onThePhone.close();
    await shop.close();
  }
}

async function killAndWait(shop: VideoShop, friend: Page): Promise<number> {
  const killedAt = Date.now();
  for (const pid of shop.workerPids()) process.kill(pid, "SIGKILL");
  await takeFrames(friend);
  while (Date.now() - killedAt < backWithinMs) {
    await friend.waitForTimeout(50);
    const fresh = (await takeFrames(friend)).find(({ at, age }) => age !== undefined && at - age > killedAt);
    if (fresh) return fresh.at - killedAt;
  }
  return Number.NaN;
}
