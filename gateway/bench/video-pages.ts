import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { root } from "../commands/setting.ts";
import { openContext } from "./video-browser.ts";
import type { Frame } from "./video-page.ts";
import type { Share, VideoShop } from "./video-shop.ts";

/** Where video-face.ts asks for it. */
const facePath = "/bench/face.png";
const waitMs = 60_000;
const face = join(root, "mirror-ui", "mirror", "fixtures", "astronaut.png");

/** The true mirror's page with a camera that shows a face and the clock, sharing what it draws. */
export async function openMirrorPage(browser: Browser, shop: VideoShop): Promise<{ page: Page; share: Share }> {
  const context = await openContext(browser, "video-face.ts", { width: 540, height: 960 });
  await context.route(`${shop.url}${facePath}`, async (route) => route.fulfill({ body: await readFile(face) }));
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

/** A context for friends' pages, whose frames are noted. */
export const openFriends = (browser: Browser): Promise<BrowserContext> =>
  openContext(browser, "video-friend.ts", { width: 390, height: 844 });

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
