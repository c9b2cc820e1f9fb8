import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { launchChromium, type Remote } from "./browser-kit.ts";
import { openNarrowLine } from "./test-narrow-line.ts";
import { mirror, openShop } from "./test-sharing.ts";

let bin = "";
let browser: Browser;

beforeAll(async () => {
  ({ bin } = await prepareMediaWorker({ log: silentLog, onStatus: () => {} }));
  browser = await launchChromium();
}, 1_200_000);
afterAll(() => browser?.close());

const wide = (pixels: number) => `stats.some(({ kind, frameWidth }) => kind === 'video' && frameWidth === ${pixels})`;
/** Waits until this is the width that is shown. */
const shows = (friend: Remote, pixels: number) => friend.stats(wide(pixels));

describe("a mirror sends its picture in two sizes", () => {
  test("a friend with a poor line gets the small one, the other the whole; the line mends, and both have it", async () => {
    const { open, media } = await openShop(bin, () => browser);
    const [publisher, near, far] = [await open(), await open(), await open()];
    const published = await publisher.publish({ ...mirror, words: true, layers: 2, width: 640, height: 480 });
    expect(published.status).toBe(201);
    await near.watch({ url: "/whep/t-s1" });
    await shows(near, 640);
    const line = await openNarrowLine(media.port(), 250_000);
    onTestFinished(line.close);
    expect((await far.watch({ url: "/whep/t-s1", port: line.port })).patched).toBe(204);
    await shows(far, 320);
    await far.frames(10);
    await shows(near, 640);
    await near.frames(10);
    line.set(10_000_000);
    await shows(far, 640);
    await far.frames(10);
  }, 180_000);
});
