import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { MirrorClip, MirrorShare } from "#wire/views.ts";
import { prepareMediaWorker } from "../../gateway/install/media-worker.ts";
import { silentLog } from "../../gateway/log.ts";
import { bootGateway } from "../../gateway/test-gateway.ts";
import { buildPage, openBrowser, openPhone } from "../phone/test-page.ts";
import { publish } from "./test-publisher.ts";

// The true gateway, its true video process and the true page; only the mirror's picture is drawn for the test.

let browser: Browser;
let pagesFolder: string;

beforeAll(async () => {
  browser = await openBrowser();
  pagesFolder = await buildPage("friend");
}, 600_000);
afterAll(() => browser?.close());

const mirrorId = "mirror-1";

/** A shop, and a mirror of it that has signed in. */
async function openShop() {
  const shop = await bootGateway({
    pagesFolder,
    prepareVideo: (onStatus) => prepareMediaWorker({ log: silentLog, onStatus }),
  });
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const mirror = await context.newPage();
  await mirror.goto(`${shop.url}/healthz`);
  const base = `/api/v1/mirrors/${mirrorId}`;
  const signIn = `fetch("${base}/sessions", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })`;
  const { token } = await mirror.evaluate<{ token: string }>(`${signIn}.then((answer) => answer.json())`);
  const ask = async <T>(method: string, path: string, body?: unknown) =>
    (await shop.api<T>(method, base + path, { token, ...(body === undefined ? {} : { body }) })).value;
  return { shop, mirror, token, base, ask };
}

/** A mirror that shares its picture, and the link to it. */
async function openShare() {
  const opened = await openShop();
  const { shop, mirror, token, ask } = opened;
  await expect
    .poll(async () => (await shop.api<{ state: string }>("GET", "/api/v1/media")).value.state, { timeout: 60_000 })
    .toBe("ready");
  const { shareId, url } = await ask<{ shareId: string; url: string }>("POST", "/shares", {});
  const publisher = await publish(mirror, { whip: `/whip/${mirrorId}`, token });
  await expect.poll(async () => (await ask<MirrorShare>("GET", `/shares/${shareId}`)).live).toBe(true);
  return { ...opened, shareId, link: `${shop.url}${new URL(url).pathname}`, publisher };
}

async function openFriend(link: string) {
  const opened = await openPhone(browser);
  onTestFinished(() => opened.page.context().close());
  await opened.page.goto(link);
  return opened;
}

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });
const frames = (page: Page) => page.evaluate(() => Number(document.documentElement.dataset.frames ?? 0));
async function moreFrames(page: Page, count: number) {
  const before = await frames(page);
  await page.waitForFunction((least) => Number(document.documentElement.dataset.frames) >= least, before + count);
}

/** Process ids of the video's own processes. */
function workers(): number[] {
  try {
    const found = execFileSync("pgrep", ["-P", String(process.pid), "-f", "mediasoup-worker"], { encoding: "utf8" });
    return found.trim().split("\n").map(Number);
  } catch {
    // there is none
    return [];
  }
}

test("a friend sees the mirror, and what a friend answers stands at the mirror under the friend's name", async () => {
  const { link, publisher } = await openShare();
  const { page, complaints, hosts } = await openFriend(link);
  await heading(page, "Your friend is at the mirror").waitFor();
  await page.getByText("Your friend sees that you watch").waitFor();
  await moreFrames(page, 20);
  await page.getByRole("button", { name: "Another" }).click();
  await page.getByText("Your answer stands at the mirror.").waitFor();
  const line = page.getByRole("textbox", { name: "One line to your friend" });
  await line.fill("The round ones");
  await line.press("Enter");
  await page.getByPlaceholder("Your first name").fill("Mia");
  await page.getByRole("button", { name: "That’s me" }).click();
  await page.getByText("The mirror calls you Mia now.").waitFor();
  const heard = () => publisher.heard();
  await expect
    .poll(heard)
    .toContainEqual(expect.objectContaining({ kind: "reaction", reaction: "another", name: "A friend" }));
  await expect.poll(heard).toContainEqual(expect.objectContaining({ kind: "words", text: "The round ones" }));
  await expect
    .poll(async () => (await publisher.viewers()).map(({ name, via }) => [name, via]))
    .toEqual([["Mia", "page"]]);
  // sound is offered, and none is sent
  expect(await page.getByRole("button", { name: "Tap for sound" }).count()).toBe(0);
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(link).host]);
});

test("one friend is asked to leave and the other stays; when the link is taken back the other's picture is gone too", async () => {
  const { link, publisher, ask, shareId } = await openShare();
  const [leaving, staying] = [(await openFriend(link)).page, (await openFriend(link)).page];
  for (const page of [leaving, staying]) await page.getByText("2 watching, your friend sees it").waitFor();
  const line = leaving.getByRole("textbox", { name: "One line to your friend" });
  await line.fill("Hello");
  await line.press("Enter");
  await leaving.getByText("Your line stands at the mirror.").waitFor();
  const speaker = async () => (await publisher.heard()).find((message) => message.kind === "words")?.viewer;
  await expect.poll(speaker).toBeDefined();
  const viewer = await speaker();
  await ask("DELETE", `/shares/${shareId}/viewers/${viewer}`);
  await heading(leaving, "You were asked to leave").waitFor();
  await staying.getByText("Your friend sees that you watch").waitFor();
  await moreFrames(staying, 10);
  await ask("DELETE", `/shares/${shareId}`);
  await heading(staying, "This look has gone home").waitFor();
  expect(await staying.locator("video").count()).toBe(0);
  await staying.reload();
  await heading(staying, "This look has gone home").waitFor();
});

test("the video process is killed in mid-share, and the picture comes back by itself, words and all", async () => {
  const { link } = await openShare();
  const { page } = await openFriend(link);
  await page.getByText("Your friend sees that you watch").waitFor();
  await moreFrames(page, 10);
  await page.evaluate(() => Object.assign(document.documentElement.dataset, { stayed: "yes" }));
  const before = workers();
  for (const pid of before) process.kill(pid, "SIGKILL");
  // what the page says meanwhile may flash: another process, and pictures that it carries, do not
  await expect.poll(() => workers().filter((pid) => !before.includes(pid))).not.toEqual([]);
  await moreFrames(page, 20);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Yes, this one" }).click();
  await page.getByText("Your answer stands at the mirror.").waitFor();
  expect(await page.evaluate(() => document.documentElement.dataset.stayed)).toBe("yes");
});

test("a clip plays, is sought, can be heard, and its owner deletes it for everybody", async () => {
  const { shop, base, token, ask } = await openShop();
  const bytes = await readFile(new URL("../../gateway/clips/fixtures/vp8-opus.webm", import.meta.url));
  const wish = { mime: "video/webm", bytes: bytes.length, showsPerson: false };
  const { clipId } = await ask<MirrorClip>("POST", "/clips", wish);
  const kept = await fetch(`${shop.url}${base}/clips/${clipId}`, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "video/webm",
      "content-range": `bytes 0-${bytes.length - 1}/${bytes.length}`,
    },
    body: bytes,
  });
  expect(kept.status).toBe(201);
  const clip: MirrorClip = await kept.json();
  const owners = new URL(clip.ownerUrl ?? "");
  const link = shop.url + owners.pathname;

  const friend = await openFriend(link);
  await heading(friend.page, "Your friend at the mirror").waitFor();
  await friend.page.getByText(/^Kept until \d\d:\d\d tomorrow\.$/).waitFor();
  const at = () => friend.page.evaluate(() => document.querySelector("video")?.currentTime ?? -1);
  await expect.poll(at).toBeGreaterThan(0.3);
  await friend.page.getByRole("slider", { name: "Where the clip stands" }).press("End");
  await friend.page.getByRole("button", { name: "Play" }).waitFor();
  await friend.page.getByRole("slider", { name: "Where the clip stands" }).press("Home");
  await expect.poll(at).toBe(0);
  await friend.page.getByRole("button", { name: "Play" }).click();
  await friend.page.getByRole("button", { name: "Tap for sound" }).click();
  expect(await friend.page.evaluate(() => document.querySelector("video")?.muted)).toBe(false);
  const [download] = await Promise.all([
    friend.page.waitForEvent("download"),
    friend.page.getByRole("link", { name: "Save" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.webm$/);
  expect(friend.complaints).toEqual([]);

  const owner = await openFriend(link + owners.hash);
  await heading(owner.page, "Here is your clip").waitFor();
  expect(owner.page.url()).toBe(link);
  await owner.page.getByRole("button", { name: "Delete it" }).click();
  await owner.page.getByRole("button", { name: "Delete it" }).click();
  await heading(owner.page, "The clip is deleted").waitFor();
  await friend.page.reload();
  await heading(friend.page, "This look has gone home").waitFor();
  expect((await fetch(`${link}/clip`)).status).toBe(410);
});

test("a link that was never one says what may have happened", async () => {
  const { shop } = await openShop();
  const { page } = await openFriend(`${shop.url}/s/no-such-link`);
  await heading(page, "This look has gone home").waitFor();
  await page.getByText("There is nothing under this link.").waitFor();
});
