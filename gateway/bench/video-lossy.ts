import type { Browser, Page } from "playwright-core";
import { fixed, median, percentile, printTable, whole } from "./figures.ts";
import { openBenchPage, openBrowser } from "./video-browser.ts";
import { openFriendPage, openFriends, takeFrames } from "./video-pages.ts";
import { candidateOf, type Line, openRelay, type Relay, throughRelay } from "./video-relay.ts";
import { mirrorId, openVideoShop, type Share, type VideoShop } from "./video-shop.ts";

const seed = 5;
const lines: Line[] = [
  { loss: 0, delayMs: 0, seed },
  { loss: 0, delayMs: 50, seed },
  { loss: 0.05, delayMs: 50, seed },
];
const settleMs = 5_000;
const seconds = 20;
const maxBitrate = 1_000_000;

/** The friend's own page behind a bad line: how long its picture stands still. Video, feedback and checks all suffer. */
export async function measureLossy(): Promise<void> {
  const shop = await openVideoShop({ maxViewers: 10 });
  const browser = await openBrowser();
  const rows: string[][] = [];
  try {
    const bench = await openBenchPage(browser, shop.url);
    const share = await shop.share();
    const publishing = { url: `${shop.url}/whip/${mirrorId}`, token: shop.token, maxBitrate };
    const { status } = await bench.evaluate((options) => window.bench.publish(options), publishing);
    if (status !== 201) throw new Error(`WHIP answered ${status}`);
    for (const line of lines) rows.push(await watchBehind(browser, { shop, share, line }));
  } finally {
    await browser.close();
    await shop.close();
  }
  printTable(`The friend's page behind a bad line, ${seconds} s each, seed ${seed}`, [
    ["both ways", "lost", "frames/s", "longest freeze, ms", "freezes", "latency p50", "p95", "kb/s", "budget"],
    ...rows,
  ]);
}

type Watching = { shop: VideoShop; share: Share; line: Line };

async function watchBehind(browser: Browser, { shop, share, line }: Watching): Promise<string[]> {
  const friends = await openFriends(browser);
  const relays: Relay[] = [];
  await friends.route(`${shop.url}/whep/${share.token}`, async (route) => {
    const response = await route.fetch();
    const sdp = await response.text();
    const target = candidateOf(sdp);
    if (response.status() !== 201 || !target) return route.fulfill({ response });
    const relay = await openRelay(target, line);
    relays.push(relay);
    return route.fulfill({ response, body: throughRelay(sdp, relay.port) });
  });
  await friends.addInitScript(keepPeers);
  try {
    const page = await openFriendPage(friends, share);
    await page.waitForTimeout(settleMs);
    const [before, countsBefore] = [await received(page), relays.at(-1)?.counts()];
    await takeFrames(page);
    await page.waitForTimeout(seconds * 1_000);
    const [after, counts] = [await received(page), relays.at(-1)?.counts()];
    const frames = await takeFrames(page);
    const gaps = frames.map(({ at }, index) => at - (frames[index - 1]?.at ?? at));
    const ages = frames.flatMap(({ age }) => (age === undefined ? [] : [age]));
    const passed = (counts?.passed ?? 0) - (countsBefore?.passed ?? 0);
    const lost = (counts?.lost ?? 0) - (countsBefore?.lost ?? 0);
    return [
      `${fixed(100 * line.loss, 0)} % loss, ${line.delayMs} ms`,
      `${whole(lost)} of ${whole(passed)}`,
      fixed(frames.length / seconds, 1),
      whole(Math.max(...gaps)),
      whole(after.freezes - before.freezes),
      whole(median(ages)),
      whole(percentile(ages, 0.95)),
      whole(((after.bytes - before.bytes) * 8) / seconds / 1_000),
      line.loss > 0 ? "freeze ≤ 1,000" : "",
    ];
  } finally {
    await friends.close();
    for (const relay of relays) relay.close();
  }
}

/** Runs in the friend's page before it: its connections are kept where the bench can ask them. */
function keepPeers() {
  const peers: RTCPeerConnection[] = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      peers.push(this);
    }
  };
  Object.defineProperty(window, "benchPeers", { value: peers });
}

declare global {
  interface Window {
    readonly benchPeers: RTCPeerConnection[];
  }
}

/** Bytes of the picture and the browser's own count of freezes, over all connections that the page had. */
function received(page: Page): Promise<{ bytes: number; freezes: number }> {
  return page.evaluate(async () => {
    let [bytes, freezes] = [0, 0];
    for (const peer of window.benchPeers) {
      for (const report of (await peer.getStats()).values()) {
        if (report.type !== "inbound-rtp" || report.kind !== "video") continue;
        bytes += report.bytesReceived ?? 0;
        freezes += report.freezeCount ?? 0;
      }
    }
    return { bytes, freezes };
  });
}
