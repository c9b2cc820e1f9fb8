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
  await mirror.reset();
  onTestFinished(() => opened.page.context().close());
  return opened;
}

/** A friend who sees the picture and may answer. */
async function watchingFriend() {
  const opened = await friend();
  await opened.page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(opened.page, 3);
  await opened.page.getByText("Your friend sees that you watch").waitFor();
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

  const request = mirror.asked.find(({ method, path }) => method === "POST" && path === "/whep/token-1");
  expect(request?.body).toBe("");
  const answer = mirror.asked.find(({ method }) => method === "PATCH");
  expect(answer?.headers["content-type"]).toBe("application/sdp");
  expect(answer?.body).toContain("a=recvonly");
  expect(await page.context().cookies()).toEqual([]);
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(mirror.origin).host]);
});

test("a gateway that makes no offer gets the page's own", async () => {
  const { page } = await friend();
  mirror.gateway.offers = false;
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 3);
  const offer = mirror.asked.findLast(({ method, path }) => method === "POST" && path === "/whep/token-1");
  expect(offer?.headers["content-type"]).toBe("application/sdp");
  expect(offer?.body).not.toContain("m=audio");
  // without a channel there is nobody to answer to
  expect(await page.getByRole("button", { name: "Yes, this one" }).count()).toBe(0);
});

test("an answer and a line reach the mirror, and the page says so", async () => {
  const { page } = await watchingFriend();
  const yes = page.getByRole("button", { name: "Yes, this one" });
  await yes.click();
  await page.getByText("Your answer stands at the mirror.").waitFor();
  expect(await yes.getAttribute("aria-pressed")).toBe("true");
  const line = page.getByRole("textbox", { name: "One line to your friend" });
  await line.fill("  The round ones  ");
  await line.press("Enter");
  await page.getByText("Your line stands at the mirror.").waitFor();
  expect(await line.inputValue()).toBe("");
  expect(await mirror.heard()).toEqual([
    { kind: "reaction", id: 1, reaction: "yes" },
    { kind: "words", id: 2, text: "The round ones" },
  ]);
});

test("after the first line a friend may tell a name, is asked once, and keeps it when the line breaks", async () => {
  const { page } = await watchingFriend();
  const line = page.getByRole("textbox", { name: "One line to your friend" });
  const name = page.getByPlaceholder("Your first name");
  expect(await name.count()).toBe(0);
  await line.fill("Buy them");
  await line.press("Enter");
  await name.fill("Mia");
  await page.getByRole("button", { name: "That’s me" }).click();
  await page.getByText("The mirror calls you Mia now.").waitFor();
  await line.fill("And come for coffee");
  await line.press("Enter");
  await page.getByText("Your line stands at the mirror.").waitFor();
  expect(await name.count()).toBe(0);
  await mirror.hangUp();
  await expect.poll(async () => (await mirror.heard()).filter(({ kind }) => kind === "name").length).toBe(2);
});

test("more than one line is kept in the field and refused kindly, and so is too much at once", async () => {
  const { page } = await watchingFriend();
  const line = page.getByRole("textbox", { name: "One line to your friend" });
  // one sign each, though each is made of several
  await line.fill("👩‍🎨".repeat(118));
  await page.getByText("2 letters left").waitFor();
  await line.fill("x".repeat(124));
  await page.getByText("4 letters too many").waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("That is more than one line.").waitFor();
  expect(await line.inputValue()).toBe("x".repeat(124));
  expect(await mirror.heard()).toEqual([]);
  await mirror.refuse("too-often");
  await line.fill("Again and again");
  await line.press("Enter");
  await page.getByText("A little slower").waitFor();
  expect(await line.inputValue()).toBe("Again and again");
});

test("everything on the page can be done by keyboard, in the order it stands there", async () => {
  const { page } = await watchingFriend();
  const focused = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.ariaLabel);
  const order: unknown[] = [];
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press("Tab");
    order.push(await focused());
  }
  expect(order).toEqual(["Yes, this one", "Not sure", "Another", "One line to your friend", "Send"]);
  await page.getByRole("button", { name: "Not sure" }).focus();
  await page.keyboard.press("Space");
  await page.getByText("Your answer stands at the mirror.").waitFor();
});

test("the number of friends who watch stands on the picture", async () => {
  const { page } = await watchingFriend();
  await mirror.tell({ kind: "watching", viewers: 3 });
  await page.getByText("3 watching, your friend sees it").waitFor();
});

test("the picture is silent until somebody wants to hear it", async () => {
  const { page } = await friend();
  mirror.gateway.sound = true;
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 3);
  const muted = () => page.evaluate(() => document.querySelector("video")?.muted);
  const button = page.getByRole("button", { name: "Tap for sound" });
  expect(await button.getAttribute("aria-pressed")).toBe("false");
  expect(await muted()).toBe(true);
  expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sound is on", pressed: true }).waitFor();
  expect(await muted()).toBe(false);
  // and by a finger
  await page.getByRole("button", { name: "Sound is on" }).tap();
  await page.getByRole("button", { name: "Tap for sound", pressed: false }).waitFor();
  await framesReach(page, (await frames(page)) + 5);
});

test("a mirror that offers sound and sends none gets no button for it", async () => {
  const { page } = await friend();
  mirror.gateway.sound = true;
  await mirror.hush();
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 60);
  expect(await page.getByRole("button", { name: "Tap for sound" }).count()).toBe(0);
});

test("when the friend at the mirror ends it the picture is gone at once, without a question", async () => {
  const { page } = await watchingFriend();
  const asked = mirror.asked.length;
  await mirror.tell({ kind: "over", why: "ended" });
  await heading(page, "This look has gone home").waitFor();
  expect(await page.locator("video").count()).toBe(0);
  expect(mirror.asked.slice(asked).filter(({ method }) => method === "POST")).toEqual([]);
});

test("whoever is asked to leave is told so kindly, and does not come back by itself", async () => {
  const { page } = await watchingFriend();
  await mirror.tell({ kind: "over", why: "removed" });
  await heading(page, "You were asked to leave").waitFor();
  await page.getByText("It happens, by a slip of the finger too.").waitFor();
  expect(await page.locator("video").count()).toBe(0);
});

test("when the shop's video dies without a word the last frame stands and the picture comes back by itself", async () => {
  const { page } = await watchingFriend();
  mirror.gateway.whepStatus = 409;
  await mirror.goSilent();
  await page.getByText("Coming back").waitFor();
  const still = await page.evaluate(() => {
    const canvas = document.querySelector("canvas");
    return canvas ? [...(canvas.getContext("2d")?.getImageData(1, 1, 1, 1).data ?? [])] : [];
  });
  expect(still[1] ?? 0).toBeGreaterThan(150);
  mirror.gateway.whepStatus = 201;
  await page.getByText("Live", { exact: true }).waitFor();
  await framesReach(page, (await frames(page)) + 3);
  await page.getByRole("button", { name: "Another" }).click();
  await page.getByText("Your answer stands at the mirror.").waitFor();
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
  mirror.gateway.problem = "full";
  await page.goto(`${mirror.origin}/s/token-1`);
  await heading(page, "All places are taken").waitFor();
  // the last place went to somebody else while this page answered
  mirror.gateway.whepStatus = 201;
  mirror.gateway.answerStatus = 429;
  await page.reload();
  await heading(page, "All places are taken").waitFor();
  mirror.gateway.whepStatus = 500;
  await heading(page, "The mirror does not answer").waitFor();
});

test("a first start of the shop's video, and a picture that does not get through, are said for what they are", async () => {
  const { page } = await friend();
  mirror.gateway.whepStatus = 503;
  await page.goto(`${mirror.origin}/s/token-1`);
  await heading(page, "The shop is getting its video ready").waitFor();
  mirror.gateway.reachable = false;
  mirror.gateway.whepStatus = 201;
  await heading(page, "The picture does not get through").waitFor();
  mirror.gateway.reachable = true;
  await framesReach(page, 3);
  await heading(page, "Your friend is trying this on").waitFor();
});

test("a link whose time is up says so", async () => {
  const { page } = await friend();
  mirror.gateway.view = { ...mirror.gateway.view, expiresAt: Date.now() };
  await page.goto(`${mirror.origin}/s/token-1`);
  await page.getByText("Your friend sees that you watch").waitFor();
  await mirror.tell({ kind: "over", why: "ended" });
  await page.getByText("The link’s time is over").waitFor();
});

test("another thing at the mirror is another question", async () => {
  const { page } = await watchingFriend();
  const yes = page.getByRole("button", { name: "Yes, this one" });
  await yes.click();
  await page.getByText("Your answer stands at the mirror.").waitFor();
  const item = { name: "Lido", price: 9_000, currency: "EUR" };
  mirror.gateway.view = { ...mirror.gateway.view, item };
  await page.getByText("Lido, €90.").waitFor();
  expect(await yes.getAttribute("aria-pressed")).toBe("false");
});

test("friends elsewhere go by the shop's own relay, where it has one", async () => {
  const { page } = await friend();
  const relay = { urls: ["turn:127.0.0.1:9?transport=udp"], username: "1800000000:x", credential: "secret" };
  mirror.gateway.view = { ...mirror.gateway.view, iceServers: [relay] };
  await page.addInitScript(() => {
    const set = RTCPeerConnection.prototype.setConfiguration;
    RTCPeerConnection.prototype.setConfiguration = function (configuration) {
      document.documentElement.dataset.relays = JSON.stringify(configuration?.iceServers);
      return set.call(this, configuration);
    };
  });
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 3);
  const relays = await page.evaluate(() => document.documentElement.dataset.relays ?? "");
  expect(JSON.parse(relays)).toEqual([relay]);
});

test("with letters twice as large and written from right to left nothing is cut off", async () => {
  const { page } = await watchingFriend();
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
    document.documentElement.style.fontSize = "32px";
  });
  await framesReach(page, (await frames(page)) + 2);
  expect(await cutOff(page)).toEqual([]);
  expect((await page.getByRole("button", { name: "Send" }).boundingBox())?.height).toBeGreaterThanOrEqual(88);
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
  const none = Buffer.alloc(0);
  // an answer without a body has none to give
  page.on("response", (response) => loads.push({ url: response.url(), bytes: response.body().catch(() => none) }));
  await page.goto(`${mirror.origin}/s/token-1`);
  await framesReach(page, 1);
  const sizes = await Promise.all(loads.map(async ({ url, bytes }) => ({ url, bytes: await bytes })));
  const fonts = sizes.filter(({ url }) => url.endsWith(".woff2"));
  const rest = sizes.filter(({ url }) => !url.endsWith(".woff2"));
  expect(fonts.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(50_000);
  const total = rest.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0);
  expect(total).toBeGreaterThan(5_000);
  expect(total).toBeLessThanOrEqual(100_000);
});
