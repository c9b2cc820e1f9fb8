import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { cutOff, openBrowser, openPhone } from "../phone/test-page.ts";
import { openMirror } from "./test-mirror.ts";

let browser: Browser;
let mirror: Awaited<ReturnType<typeof openMirror>>;

beforeAll(async () => {
  browser = await openBrowser();
  mirror = await openMirror(browser);
});
afterAll(async () => {
  await mirror?.close();
  await browser?.close();
});

async function friend() {
  const opened = await openPhone(browser);
  mirror.gateway.shareStatus = 200;
  mirror.gateway.whepStatus = 201;
  mirror.gateway.view = { ...mirror.gateway.view, state: "live", expiresAt: Date.now() + 1_800_000 };
  onTestFinished(() => opened.page.context().close());
  return opened;
}

const heading = (page: Page, words: string) => page.getByRole("heading", { level: 1, name: words });
const frames = (page: Page) => page.evaluate(() => Number(document.documentElement.dataset.frames ?? 0));
const framesReach = (page: Page, count: number) =>
  page.waitForFunction((least) => Number(document.documentElement.dataset.frames ?? 0) >= least, count);

/** A small copy of the picture as it stands, to see that it moves. */
const snapshot = (page: Page) =>
  page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 36, height: 64 });
    const video = document.querySelector("video");
    if (video) canvas.getContext("2d")?.drawImage(video, 0, 0, 36, 64);
    return canvas.toDataURL();
  });

test("a friend opens the link and sees the picture move, with what it is and where", async () => {
  const { page, complaints, hosts } = await friend();
  await page.goto(`${mirror.origin}/s/token-1`);
  await heading(page, "Your friend is trying this on").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByText("Orso, in tortoise, €140. Vitrine, Rue des Lisières 14").waitFor();
  await framesReach(page, 5);
  const before = await snapshot(page);
  await framesReach(page, (await frames(page)) + 10);
  expect(await snapshot(page)).not.toBe(before);
  expect(await page.evaluate(() => document.querySelector("video")?.videoHeight ?? 0)).toBeGreaterThan(0);

  const offer = mirror.asked.find(({ method, path }) => method === "POST" && path === "/whep/token-1");
  expect(offer?.headers["content-type"]).toBe("application/sdp");
  expect(offer?.body).toContain("a=recvonly");
  expect(offer?.body).not.toContain("m=audio");
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(mirror.origin).host]);
});

test("the seat is given back when the friend leaves", async () => {
  const { page } = await friend();
  mirror.sessions.clear();
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 1);
  expect(mirror.sessions.size).toBe(1);
  await page.goto("about:blank");
  await expect.poll(() => mirror.sessions.size).toBe(0);
});

test("while the mirror shows nothing the page says so, and the picture starts by itself", async () => {
  const { page } = await friend();
  mirror.gateway.view = { ...mirror.gateway.view, state: "waiting" };
  mirror.gateway.whepStatus = 409;
  await page.goto(`${mirror.origin}/s/token-1`);
  await heading(page, "Your friend is not showing anything right now").waitFor();
  expect(await frames(page)).toBe(0);
  mirror.gateway.view = { ...mirror.gateway.view, state: "live" };
  mirror.gateway.whepStatus = 201;
  await framesReach(page, 3);
  await heading(page, "Your friend is trying this on").waitFor();
});

test("a picture that breaks off comes back by itself", async () => {
  const { page } = await friend();
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 3);
  const offers = () => mirror.asked.filter(({ method, path }) => method === "POST" && path.startsWith("/whep/")).length;
  const before = offers();
  await mirror.hangUp();
  await expect.poll(offers, { timeout: 30_000 }).toBeGreaterThan(before);
  await framesReach(page, (await frames(page)) + 3);
  await page.getByText("Live", { exact: true }).waitFor();
});

test("a link that is over has gone home, and asks no more", async () => {
  const { page } = await friend();
  mirror.gateway.shareStatus = 404;
  mirror.gateway.whepStatus = 404;
  await page.goto(`${mirror.origin}/s/token-2`);
  await heading(page, "This look has gone home").waitFor();
  expect(await page.locator("video").count()).toBe(0);
  expect(await cutOff(page)).toEqual([]);
});

test("a link taken back while somebody watches takes the picture away", async () => {
  const { page } = await friend();
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 3);
  mirror.gateway.view = { ...mirror.gateway.view, state: "over" };
  mirror.gateway.whepStatus = 410;
  await mirror.hangUp();
  await heading(page, "This look has gone home").waitFor();
  expect(await page.locator("video").count()).toBe(0);
});

test("when all places are taken, or nobody answers, the page says which", async () => {
  const { page } = await friend();
  mirror.gateway.whepStatus = 429;
  await page.goto(`${mirror.origin}/s/token-1`);
  await heading(page, "All places are taken").waitFor();
  mirror.gateway.whepStatus = 500;
  await heading(page, "The mirror does not answer").waitFor();
});

test("the picture is shown on its side and on a desk without anything cut off", async () => {
  const { page } = await friend();
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 3);
  for (const viewport of [
    { width: 844, height: 390 },
    { width: 1440, height: 900 },
    { width: 320, height: 568 },
  ]) {
    await page.setViewportSize(viewport);
    await framesReach(page, (await frames(page)) + 2);
    expect(await cutOff(page)).toEqual([]);
    const pane = await page.locator("video").boundingBox();
    expect(pane?.height ?? 0).toBeGreaterThan(viewport.height * 0.4);
  }
});

test("the first load is light: under 100 kB without fonts, under 50 kB of fonts", async () => {
  const { page } = await friend();
  const loads: { url: string; bytes: Promise<Buffer> }[] = [];
  page.on("response", (response) => loads.push({ url: response.url(), bytes: response.body() }));
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 1);
  const none = Buffer.alloc(0);
  const sizes = await Promise.all(loads.map(async ({ url, bytes }) => ({ url, bytes: await bytes.catch(() => none) })));
  const fonts = sizes.filter(({ url }) => url.endsWith(".woff2"));
  const rest = sizes.filter(({ url }) => !url.endsWith(".woff2"));
  expect(fonts.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(50_000);
  const total = rest.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0);
  expect(total).toBeGreaterThan(5_000);
  expect(total).toBeLessThanOrEqual(100_000);
});
