import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openBrowser, openPhone } from "../phone/test-page.ts";
import { finished } from "./test-clip.ts";
import { openMirror } from "./test-mirror.ts";

// Chromium with the gaps and habits of other browsers.

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

/** A friend whose browser is made poorer by `habit` before the page is there. */
async function friendWith(habit: () => void) {
  const opened = await openPhone(browser);
  await mirror.reset();
  onTestFinished(() => opened.page.context().close());
  await opened.page.addInitScript(habit);
  return { ...opened, open: () => opened.page.goto(`${mirror.origin}/s/token-1`) };
}

async function linkToClip(bytes: Uint8Array) {
  const { gateway } = mirror;
  gateway.clip = bytes;
  gateway.whepStatus = 404;
  const clip = { url: "/s/token-1/clip", mime: "video/webm" as const, bytes: bytes.length, durationMs: 2_500 };
  gateway.view = { ...gateway.view, state: "clip", clip: { ...clip, recordedAt: Date.now() } };
}

const heading = (page: Page, words: string) => page.getByRole("heading", { level: 1, name: words });
const framesReach = (page: Page, count: number) =>
  page.waitForFunction((least) => Number(document.documentElement.dataset.frames ?? 0) >= least, count);
const offersAsked = () => mirror.asked.filter(({ method }) => method === "POST").length;

const withoutWebRtc = () => Reflect.deleteProperty(window, "RTCPeerConnection");

test("a browser that plays nothing live is told what to do, takes no seat, and hears when the link is closed", async () => {
  const { page, open, complaints } = await friendWith(withoutWebRtc);
  await open();
  await heading(page, "This browser plays nothing live").waitFor();
  await page.getByText("Open the link in Safari, Chrome or Firefox.").waitFor();
  await page.getByText("Orso, in tortoise, €140.").waitFor();
  expect(offersAsked()).toBe(0);
  mirror.gateway.view = { ...mirror.gateway.view, state: "over" };
  await heading(page, "This look has gone home").waitFor();
  expect(complaints).toEqual([]);
});

test("a browser that plays nothing live plays a clip", async () => {
  const { page, open } = await friendWith(withoutWebRtc);
  await linkToClip(await finished(await mirror.record(1_000), 2.5));
  await open();
  await heading(page, "Your friend tried this on").waitFor();
  await expect.poll(() => page.evaluate(() => document.querySelector("video")?.currentTime ?? 0)).toBeGreaterThan(0.5);
});

test("a browser that knows connections and refuses to make one is told the same", async () => {
  const { page, open, complaints } = await friendWith(() => {
    window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
      construct() {
        throw new DOMException("Switched off.", "NotAllowedError");
      },
    });
  });
  await open();
  await heading(page, "This browser plays nothing live").waitFor();
  expect(complaints).toEqual([]);
});

test("a phone that plays nothing unasked waits for a tap, however long, and needs none for the next picture", async () => {
  const { page, open } = await friendWith(() => {
    // as an iPhone that saves its battery: by the element, and for good once it was touched
    const touched = new WeakSet<HTMLMediaElement>();
    const { play } = HTMLMediaElement.prototype;
    const { setAttribute } = Element.prototype;
    HTMLVideoElement.prototype.setAttribute = function (name, value) {
      if (name.toLowerCase() !== "autoplay") setAttribute.call(this, name, value);
    };
    // not by navigator.userActivation: to the browser every look of this test is a touch
    addEventListener("click", () => Object.assign(document.documentElement.dataset, { tapped: "" }), { capture: true });
    HTMLMediaElement.prototype.play = async function () {
      if ("tapped" in document.documentElement.dataset) touched.add(this);
      if (!touched.has(this)) throw new DOMException("Not unasked.", "NotAllowedError");
      return play.call(this);
    };
    const { createDataChannel } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.createDataChannel = function (...about) {
      const channel = createDataChannel.apply(this, about);
      channel.addEventListener("message", () => {
        const { dataset } = document.documentElement;
        dataset.heard = String(Number(dataset.heard ?? 0) + 1);
      });
      return channel;
    };
  });
  await open();
  await heading(page, "The picture waits for you").waitFor();
  const asked = offersAsked();
  // twelve beats are longer than any picture may be late
  await page.waitForFunction(() => Number(document.documentElement.dataset.heard) >= 12);
  expect(offersAsked()).toBe(asked);
  await page.getByRole("button", { name: "Show the picture" }).click();
  await framesReach(page, 3);
  await page.getByText("Live", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Show the picture" }).count()).toBe(0);
  const seen = await page.evaluate(() => {
    const { dataset } = document.documentElement;
    delete dataset.tapped;
    return Number(dataset.frames);
  });
  await mirror.hangUp();
  await framesReach(page, seen + 10);
  await page.getByText("Live", { exact: true }).waitFor();
});

test("a browser that does not count frames shows the picture, and sees it break and come back", async () => {
  const { page, open } = await friendWith(() =>
    Reflect.deleteProperty(HTMLVideoElement.prototype, "requestVideoFrameCallback"),
  );
  await open();
  await page.getByText("Live", { exact: true }).waitFor();
  await framesReach(page, 4);
  mirror.gateway.whepStatus = 409;
  await mirror.goSilent();
  await page.getByText("Coming back").waitFor();
  mirror.gateway.whepStatus = 201;
  await page.getByText("Live", { exact: true }).waitFor();
});

test("a phone of 2021, which has no clock to end a request by, sees the picture", async () => {
  const { page, open, complaints } = await friendWith(() => {
    Reflect.deleteProperty(AbortSignal, "timeout");
    Reflect.deleteProperty(Intl, "Segmenter");
  });
  await open();
  await framesReach(page, 3);
  await page.getByRole("textbox", { name: "One line to your friend" }).fill("x".repeat(118));
  await page.getByText("2 letters left").waitFor();
  expect(complaints).toEqual([]);
});

test("Firefox beside the gateway, which takes no video from its own computer, is told where to look", async () => {
  const { page, open } = await friendWith(() => {
    const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
    Object.defineProperty(Navigator.prototype, "userAgent", { get: () => userAgent });
  });
  mirror.gateway.reachable = false;
  await open();
  await heading(page, "The picture does not get through").waitFor();
  await page.getByText("Open the link in Chromium or Chrome.").waitFor();
});

test("a clip that the browser cannot play is said so; it can still be saved, and the link's picture stands for it", async () => {
  const { page, open } = await friendWith(() => {});
  await linkToClip(Buffer.from("no film at all"));
  await open();
  await page.getByText("This browser does not play this kind of clip.").waitFor();
  await page.getByRole("link", { name: "Save" }).waitFor();
  expect(await page.getByRole("button", { name: "Play" }).count()).toBe(0);
  expect(await page.getByRole("slider").count()).toBe(0);
  expect(await page.evaluate(() => document.querySelector("video.shown")?.getAttribute("poster"))).toBe(
    "/s/token-1/poster.jpg",
  );
});

test("a mirror that does not listen: the line waits in its field, an answer is to be tapped again", async () => {
  const { page, open } = await friendWith(() => {});
  await open();
  await page.getByText("Your friend sees that you watch").waitFor();
  await mirror.refuse("nobody-there");
  const yes = page.getByRole("button", { name: "Yes, this one" });
  await yes.click();
  await page.getByText("Tap your answer again in a moment.").waitFor();
  expect(await page.getByText("Your words wait here").count()).toBe(0);
  expect(await yes.getAttribute("aria-pressed")).toBe("false");
  const line = page.getByRole("textbox", { name: "One line to your friend" });
  await line.fill("The round ones");
  await line.press("Enter");
  await page.getByText("Your words wait here").waitFor();
  expect(await line.inputValue()).toBe("The round ones");
});

test("what a friend said leaves the pane with the picture", async () => {
  const { page, open } = await friendWith(() => {});
  await open();
  await page.getByText("Your friend sees that you watch").waitFor();
  const line = page.getByRole("textbox", { name: "One line to your friend" });
  await line.fill("The round ones");
  await line.press("Enter");
  await page.locator(".own").waitFor();
  await mirror.tell({ kind: "over", why: "removed" });
  await heading(page, "You were asked to leave").waitFor();
  expect(await page.locator(".own").count()).toBe(0);
});
