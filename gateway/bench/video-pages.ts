import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { root } from "../commands/setting.ts";
import { serveBench } from "./video-browser.ts";
import type { Frame } from "./video-page.ts";
import type { Share, VideoShop } from "./video-shop.ts";

const waitMs = 60_000;
const face = join(root, "mirror-ui", "mirror", "fixtures", "astronaut.png");

/** The true mirror's page with a camera that shows a face and the clock, sharing what it draws. */
export async function openMirrorPage(browser: Browser, shop: VideoShop): Promise<{ page: Page; share: Share }> {
  const context = await browser.newContext({ viewport: { width: 540, height: 960 } });
  await serveBench(context, shop.url);
  await context.route(`${shop.url}/bench/face.png`, async (route) => route.fulfill({ body: await readFile(face) }));
  await context.addInitScript(() => {
    const getUserMedia = async () => {
      const path = "/bench/video-face.ts";
      const { openFace }: { openFace(): Promise<MediaStream> } = await import(path);
      return openFace();
    };
    Object.defineProperty(MediaDevices.prototype, "getUserMedia", { value: getUserMedia });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(waitMs);
  await page.goto(shop.mirrorUrl);
  await page.getByRole("button", { name: /begin/i }).click();
  await page.waitForFunction(() => window.vitrineMirror.drawn > 2);
  const answer = page.waitForResponse((response) => /\/shares$/.test(new URL(response.url()).pathname));
  await page.getByRole("button", { name: "Show a friend" }).click();
  const { shareId, url }: { shareId: string; url: string } = await (await answer).json();
  await page.waitForFunction(() => window.vitrineMirror.sharing === "live");
  return { page, share: { shareId, url, token: new URL(url).pathname.split("/").at(-1) ?? "" } };
}

/** A context for friends' pages, whose frames are noted; see video-friend.ts. */
export async function openFriends(browser: Browser, shop: VideoShop): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  await serveBench(context, shop.url);
  await context.addInitScript(() => {
    const path = "/bench/video-friend.ts";
    void import(path);
  });
  return context;
}

/** A friend's page as a link opens it. */
export async function openFriendPage(friends: BrowserContext, share: Share): Promise<Page> {
  const page = await friends.newPage();
  page.setDefaultTimeout(waitMs);
  await page.goto(share.url);
  await page.waitForFunction(() => (window.benchFrames?.length ?? 0) > 0);
  return page;
}

/** The frames that a friend's page has shown since it was asked last. */
export const takeFrames = (page: Page): Promise<Frame[]> => page.evaluate(() => window.benchFrames.splice(0));
