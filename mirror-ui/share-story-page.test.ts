import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test, vi } from "vitest";
import { prepareMediaWorker } from "../gateway/install/media-worker.ts";
import { silentLog } from "../gateway/log.ts";
import { bootGateway } from "../gateway/test-gateway.ts";
import { begin, createVisits, launchBefore, WAIT_MS, wearing } from "./mirror/test-visits.ts";

// The true gateway between the true mirror page and the true friend page.
vi.setConfig({ testTimeout: 6 * WAIT_MS });

const visits = createVisits();
const soon = { timeout: WAIT_MS };

async function openShop() {
  const pagesFolder = visits.pagesFolder();
  const shop = await bootGateway({
    pagesFolder,
    prepareVideo: (onStatus) => prepareMediaWorker({ log: silentLog, onStatus }),
  });
  const browser = await launchBefore(join(pagesFolder, "../pose-0.y4m"));
  onTestFinished(() => browser.close());
  const complaints: string[] = [];
  const open = async (url: string, viewport = { width: 540, height: 960 }) => {
    const page = await (await browser.newContext({ viewport })).newPage();
    page.on("pageerror", (error) => complaints.push(`${url}: ${error.message}`));
    await page.goto(url);
    return page;
  };
  const mirror = await open(`${shop.url}/mirror/mirror-1`);
  await begin(mirror);
  await wearing(mirror);
  return { shop, mirror, open, complaints };
}

const linkOn = async (mirror: Page) => {
  const code = mirror.getByRole("img", { name: /^Code for http/ });
  await code.waitFor(soon);
  return ((await code.getAttribute("aria-label")) ?? "").replace("Code for ", "");
};
const workers = () => {
  try {
    const found = execFileSync("pgrep", ["-P", String(process.pid), "-f", "mediasoup-worker"], { encoding: "utf8" });
    return found.trim().split("\n").map(Number);
  } catch {
    // there is none
    return [];
  }
};
const frames = (friend: Page) => friend.evaluate(() => Number(document.documentElement.dataset.frames ?? 0));
const moreFrames = async (friend: Page, count = 10) => {
  const before = await frames(friend);
  await expect.poll(() => frames(friend), soon).toBeGreaterThan(before + count);
};

test("friends watch, speak and are let go, and when the video process is killed mirror and friend are back by themselves", async () => {
  const { shop, mirror, open, complaints } = await openShop();
  await expect
    .poll(async () => (await shop.api<{ state: string }>("GET", "/api/v1/media")).value.state, { timeout: 3 * WAIT_MS })
    .toBe("ready");
  await mirror.getByRole("button", { name: "Show a friend" }).click();
  const link = await linkOn(mirror);
  const friend = await open(link, { width: 390, height: 844 });
  await moreFrames(friend);
  await mirror.getByText("Live. 1 friend watches.").waitFor(soon);
  await friend.getByRole("button", { name: "Another" }).click();
  await mirror.getByRole("log").getByText("Another").waitFor(soon);

  for (const page of [mirror, friend]) await page.evaluate(() => Object.assign(window, { stayed: true }));
  const before = workers();
  const killedAt = performance.now();
  for (const pid of before) process.kill(pid, "SIGKILL");
  // another process, and pictures that it carries
  await expect.poll(() => workers().filter((pid) => !before.includes(pid)), soon).not.toEqual([]);
  await moreFrames(friend);
  console.log(`back ${Math.round(performance.now() - killedAt)} ms after the video process was killed`);
  await mirror.getByText("Live. 1 friend watches.").waitFor(soon);
  for (const page of [mirror, friend]) expect(await page.evaluate("stayed")).toBe(true);
  expect(await linkOn(mirror)).toBe(link);

  await mirror.getByRole("button", { name: "1 watching" }).click();
  await mirror.getByRole("button", { name: /^Let .+ go$/ }).click();
  await friend.getByRole("heading", { name: "You were asked to leave" }).waitFor(soon);
  await mirror.getByText("Live. Nobody watches yet.").waitFor(soon);
  expect(complaints).toEqual([]);
});

test("a clip goes to the phone over a line that breaks once, its link plays there, and is gone when the mirror deletes it", async () => {
  const { shop, mirror, open, complaints } = await openShop();
  await mirror.getByRole("button", { name: "Record a clip" }).click();
  await mirror.getByText("Turn slowly").waitFor(soon);
  await mirror.getByText("This is your clip").waitFor(soon);
  let broken = 0;
  await mirror.route("**/clips/*", (route) => {
    if (route.request().method() !== "PUT" || broken > 0) return route.continue();
    broken += 1;
    return route.abort("connectionreset");
  });
  await mirror.getByRole("button", { name: "Send it to my phone" }).click();
  await mirror.getByText("Scan it with your phone").waitFor(soon);
  expect(broken).toBe(1);
  const owned = await linkOn(mirror);
  expect(owned).toContain("#owner=");
  const phone = await open(shop.url + new URL(owned).pathname, { width: 390, height: 844 });
  await phone.getByRole("heading", { level: 1, name: "Your friend tried this on" }).waitFor(soon);
  await expect
    .poll(
      () =>
        phone.evaluate(async () => {
          const video = document.querySelector("video");
          await video?.play().catch(() => {});
          return (video?.videoWidth ?? 0) > 0 && (video?.currentTime ?? 0) > 0;
        }),
      soon,
    )
    .toBe(true);
  await mirror.bringToFront();
  await mirror.getByRole("button", { name: "Delete it now" }).click();
  await mirror.getByText("Deleted. Its link is closed").waitFor(soon);
  const { pathname } = new URL(owned);
  expect((await fetch(`${shop.url}${pathname}/clip`)).status).toBeGreaterThanOrEqual(404);
  await phone.reload();
  await phone.getByRole("heading", { level: 1 }).waitFor(soon);
  expect(await phone.locator("video").count()).toBe(0);
  expect(complaints).toEqual([]);
});
