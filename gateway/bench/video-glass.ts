import type { Page } from "playwright-core";
import { fixed, percentile, printTable, whole } from "./figures.ts";
import { openBenchPage, openBrowser } from "./video-browser.ts";
import type { Frame } from "./video-page.ts";
import { openFriendPage, openFriends, openMirrorPage, takeFrames } from "./video-pages.ts";
import { mirrorId, openVideoShop, type VideoShop } from "./video-shop.ts";

const rounds = 3;
/** Bandwidth estimation starts low and takes its time. */
const warmUpMs = 3_000;
const roundMs = 8_000;

export type Glass = { peer: number[]; gateway: number[]; mirror: number[] };
const mirrorMs = 20_000;

/**
 * From the camera's canvas to the viewer's screen, by a clock in the picture that is read back from every frame shown:
 * plain peer to peer and through the gateway, by turns, in one page with one clock.
 */
export async function measureGlass(): Promise<Glass> {
  const shop = await openVideoShop({ maxViewers: 10 });
  const browser = await openBrowser();
  const ages: Record<"peer" | "gateway", Frame[][]> = { peer: [], gateway: [] };
  try {
    const page = await openBenchPage(browser, shop.url);
    for (let round = 0; round < rounds; round++) {
      ages.peer.push(await peerToPeer(page));
      ages.gateway.push(await throughGateway(page, shop));
    }
  } finally {
    await browser.close();
    await shop.close();
  }
  const [peer, gateway] = [ages.peer.flat(), ages.gateway.flat()];
  printTable(`Glass to glass, 640 × 480 at 30 frames/s, ${rounds} rounds by turns`, [
    ["milliseconds", "p50", "p95", "frames", "unread", "frames/s", "budget"],
    describe("plain peer to peer", peer, ages.peer),
    describe("through the gateway", gateway, ages.gateway),
    [
      "difference",
      ...[0.5, 0.95].map((share) => signed(at(gateway, share) - at(peer, share))),
      "",
      "",
      "",
      "≤ 33 each",
    ],
    ...ages.peer.map((_, round) => [
      `  round ${round + 1}`,
      ...[0.5, 0.95].map(
        (share) => `${fixed(at(ages.peer[round] ?? [], share), 0)} → ${fixed(at(ages.gateway[round] ?? [], share), 0)}`,
      ),
      ...["", "", "", ""],
    ]),
  ]);
  return { peer: read(peer), gateway: read(gateway), mirror: await measureMirror() };
}

/** Camera → face found → frame drawn → gateway → the friend's page, both pages as shoppers have them. */
export async function measureMirror(): Promise<number[]> {
  const shop = await openVideoShop({ maxViewers: 10 });
  const [atTheMirror, onThePhone] = [await openBrowser({ graphics: true }), await openBrowser()];
  try {
    const { page: mirror, share } = await openMirrorPage(atTheMirror, shop);
    const friend = await openFriendPage(await openFriends(onThePhone), share);
    await friend.waitForTimeout(warmUpMs);
    await takeFrames(friend);
    const before = await mirror.evaluate(() => window.vitrineMirror.drawn);
    await friend.waitForTimeout(mirrorMs);
    const frames = await takeFrames(friend);
    const drawn = (await mirror.evaluate(() => window.vitrineMirror.drawn)) - before;
    const seconds = mirrorMs / 1_000;
    printTable("The whole mirror: camera, face, glasses, gateway, friend's page", [
      ["milliseconds", "p50", "p95", "frames", "unread", "frames/s", "budget"],
      [...describe("camera → friend", frames, [frames]).slice(0, 5), fixed(frames.length / seconds, 1), "p50 ≤ 150"],
      ["  drawn by the mirror", "", "", whole(drawn), "", fixed(drawn / seconds, 1), ""],
    ]);
    return read(frames);
  } finally {
    await atTheMirror.close();
    await onThePhone.close();
    await shop.close();
  }
}

async function peerToPeer(page: Page): Promise<Frame[]> {
  return watch(page, await page.evaluate(() => window.bench.peerToPeer()));
}

async function throughGateway(page: Page, shop: VideoShop): Promise<Frame[]> {
  const share = await shop.share();
  const publishing = { url: `${shop.url}/whip/${mirrorId}`, token: shop.token };
  const publisher = await page.evaluate((options) => window.bench.publish(options), publishing);
  if (publisher.status !== 201) throw new Error(`WHIP answered ${publisher.status}`);
  const watching = { url: `${shop.url}/whep/${share.token}`, way: "page" as const };
  const player = await page.evaluate((options) => window.bench.play(options), watching);
  if (player.status !== 201) throw new Error(`WHEP answered ${player.status}`);
  const frames = await watch(page, player.id);
  await page.evaluate((id) => window.bench.leave(id), publisher.id);
  await shop.revoke(share.shareId);
  return frames;
}

async function watch(page: Page, id: number): Promise<Frame[]> {
  await page.waitForTimeout(warmUpMs);
  await page.evaluate((player) => window.bench.frames(player), id);
  await page.waitForTimeout(roundMs);
  const frames = await page.evaluate((player) => window.bench.frames(player), id);
  await page.evaluate((player) => window.bench.leave(player), id);
  return frames;
}

const read = (frames: Frame[]) => frames.flatMap(({ age }) => (age === undefined ? [] : [age]));
const at = (frames: Frame[], share: number) => percentile(read(frames), share);
const signed = (value: number) => `${value < 0 ? "−" : "+"}${fixed(Math.abs(value), 0)}`;

function describe(name: string, frames: Frame[], parts: Frame[][]): string[] {
  const seconds = (parts.length * roundMs) / 1_000;
  return [
    name,
    ...[0.5, 0.95].map((share) => fixed(at(frames, share), 0)),
    whole(frames.length),
    whole(frames.length - read(frames).length),
    fixed(frames.length / seconds, 1),
    "",
  ];
}
