import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openBrowser, openPhone } from "../phone/test-page.ts";
import { finished } from "./test-clip.ts";
import { openMirror } from "./test-mirror.ts";

let browser: Browser;
let mirror: Awaited<ReturnType<typeof openMirror>>;
let clip: Uint8Array | undefined;

beforeAll(async () => {
  browser = await openBrowser();
  mirror = await openMirror(browser);
});
afterAll(async () => {
  await mirror?.close();
  await browser?.close();
});

/** A friend with the link to a clip. */
async function friendOfClip(fragment = "") {
  clip ??= await finished(await mirror.record(1_000), 2.5);
  const opened = await openPhone(browser);
  onTestFinished(() => opened.page.context().close());
  await mirror.reset();
  const { gateway } = mirror;
  gateway.clip = clip;
  gateway.whepStatus = 404;
  gateway.view = {
    ...gateway.view,
    state: "clip",
    clip: { url: "/s/token-1/clip", mime: "video/webm", bytes: clip.length, durationMs: 2_500, recordedAt: Date.now() },
  };
  await opened.page.goto(`${mirror.origin}/s/token-1${fragment}`);
  return opened;
}

/** From now on it takes long to its end: a busy machine needs a while to find "Pause". */
const slowly = (page: Page) =>
  page.evaluate(() => {
    const video = document.querySelector("video");
    if (video) video.defaultPlaybackRate = video.playbackRate = 0.1;
  });

const heading = (page: Page, words: string) => page.getByRole("heading", { level: 1, name: words });

test("a clip plays by itself without sound, is paused, sought and saved", async () => {
  const { page, complaints } = await friendOfClip();
  await heading(page, "Your friend tried this on").waitFor();
  await page.getByText(/^Kept until \d\d:\d\d (today|tomorrow)\.$/).waitFor();
  const at = () => page.evaluate(() => document.querySelector("video")?.currentTime ?? -1);
  expect(await page.evaluate(() => document.querySelector("video")?.muted)).toBe(true);
  // it runs to its end
  await expect.poll(() => page.evaluate(() => document.querySelector("video")?.ended)).toBe(true);
  await page.getByRole("button", { name: "Play" }).waitFor();
  expect(await at()).toBeGreaterThan(1);
  const ruler = page.getByRole("slider", { name: "Where the clip stands" });
  await ruler.focus();
  await page.keyboard.press("Home");
  await expect.poll(at).toBe(0);
  await page.keyboard.press("ArrowRight");
  await expect.poll(at).toBeCloseTo(1, 1);
  await expect.poll(() => ruler.getAttribute("aria-valuetext")).toMatch(/^0:01 of 0:0\d$/);
  await slowly(page);
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Play" }).waitFor();
  const save = page.getByRole("link", { name: "Save" });
  expect(await save.getAttribute("href")).toBe("/s/token-1/clip?download=1");
  expect(mirror.asked.some(({ path, headers }) => path === "/s/token-1/clip" && headers.range !== undefined)).toBe(
    true,
  );
  // whoever got the link may not delete it
  expect(await page.getByRole("button", { name: "Delete it" }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("a clip's link is sent on without its owner's key", async () => {
  const { page } = await friendOfClip("#owner=owner-key");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(() => Object.defineProperty(Navigator.prototype, "share", { value: undefined }));
  await heading(page, "Here is your clip").waitFor();
  expect(page.url()).toBe(`${mirror.origin}/s/token-1`);
  await page.getByRole("button", { name: "Send it on" }).click();
  await page.getByText("The link is copied.").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${mirror.origin}/s/token-1`);
});

test("its owner deletes a clip after being asked once, and nothing of it stays on the page", async () => {
  const { page } = await friendOfClip("#owner=owner-key");
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("It cannot be brought back.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Keep it");
  await page.keyboard.press("Enter");
  await page
    .getByRole("button", { name: "Save" })
    .or(page.getByRole("link", { name: "Save" }))
    .waitFor();
  expect(mirror.gateway.clip).toBeDefined();
  // a phone that loads the page again has not forgotten whose it is
  await page.reload();
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByRole("button", { name: "Delete it" }).click();
  await heading(page, "The clip is deleted").waitFor();
  expect(await page.locator("video").count()).toBe(0);
  expect(mirror.gateway.clip).toBeUndefined();
  await page.reload();
  await heading(page, "This look has gone home").waitFor();
});

test("a wrong key deletes nothing and says what to do", async () => {
  const { page } = await friendOfClip("#owner=another-key");
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("This phone may not delete it.").waitFor();
  expect(mirror.gateway.clip).toBeDefined();
});

test("who asked for less motion gets a clip that waits", async () => {
  const { page } = await friendOfClip();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.reload();
  await page.getByRole("button", { name: "Play" }).waitFor();
  expect(await page.evaluate(() => document.querySelector("video")?.paused)).toBe(true);
  await page.locator("video.shown").waitFor();
  await slowly(page);
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
});

test("a phone that plays nothing unasked shows the link's poster, and plays when it is asked", async () => {
  const { page } = await friendOfClip();
  await page.addInitScript(() => {
    const { play } = HTMLMediaElement.prototype;
    let asked = false;
    // not by navigator.userActivation: to the browser every look of this test is a touch
    addEventListener("click", () => (asked = true), { capture: true });
    HTMLMediaElement.prototype.play = async function () {
      if (!asked) throw new DOMException("Not unasked.", "NotAllowedError");
      return play.call(this);
    };
    // nor does it load anything unasked
    Object.defineProperty(HTMLMediaElement.prototype, "preload", { set() {} });
    Object.defineProperty(HTMLMediaElement.prototype, "src", {
      set(url: string) {
        if (this.preload !== "none") this.setAttribute("preload", "none");
        this.setAttribute("src", url);
      },
    });
  });
  await page.reload();
  const poster = () => page.evaluate(() => document.querySelector("video")?.getAttribute("poster"));
  await expect.poll(poster).toBe("/s/token-1/poster.jpg");
  await slowly(page);
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await expect.poll(poster).toBeFalsy();
});
