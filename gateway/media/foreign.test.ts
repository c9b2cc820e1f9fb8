import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium, type Remote, remote } from "./browser-kit.ts";
import { startGStreamer } from "./test-gstreamer.ts";
import { openVideoShop } from "./test-shop.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, 60_000);
afterAll(() => browser?.close());

async function openPage(url: string): Promise<Remote> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction("window.ready");
  return remote(page);
}

const asMirror = ["--token", "mirror-M1"];

async function until(condition: () => boolean) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("GStreamer, as Debian ships it, in place of our pages", () => {
  test("publishes and plays picture and sound, restarts ICE and leaves, all by the letter of the RFC", async () => {
    const { url, media } = await openVideoShop();
    const mirror = startGStreamer("publish", `${url}/whip/M1`, ...asMirror, "--audio");
    expect(await mirror.step("options")).toMatchObject({ status: 200, acceptPost: "application/sdp" });
    expect(await mirror.step("post")).toMatchObject({
      status: 201,
      type: "application/sdp",
      location: expect.stringContaining(url),
      etag: expect.stringMatching(/^"\S+"$/),
      links: [],
    });
    expect(await mirror.step("trickle")).toMatchObject({ status: 204, etag: null, bytes: 0 });

    const friend = startGStreamer("play", `${url}/whep/t-s1`, "--audio");
    expect(await friend.step("head")).toMatchObject({ status: 200, type: "application/sdp", bytes: 0 });
    expect(await friend.step("post")).toMatchObject({ status: 201, type: "application/sdp" });
    expect(await friend.step("trickle")).toMatchObject({ status: 204, etag: null, bytes: 0 });
    expect(await friend.ask("frames 30 video")).toMatchObject({ enough: true });
    expect(await friend.ask("frames 30 audio")).toMatchObject({ enough: true });
    expect(await friend.step("first")).toMatchObject({ kind: expect.any(String) });

    const restarted = { status: 200, type: "application/trickle-ice-sdpfrag", newEtag: true };
    expect(await mirror.ask("restart")).toMatchObject(restarted);
    expect(await friend.ask("restart")).toMatchObject(restarted);
    expect(await friend.ask("frames 30 video")).toMatchObject({ enough: true });
    expect(await friend.ask("delete")).toMatchObject({ status: 200 });
    expect(media.viewersOf("s1")).toBe(0);
    expect(await mirror.ask("delete")).toMatchObject({ status: 200 });
    expect(media.stream("M1").live).toBe(false);
  });

  test("publishes H.264 to a browser", async () => {
    const { url } = await openVideoShop();
    const mirror = startGStreamer("publish", `${url}/whip/M1`, ...asMirror, "--codec", "H264");
    expect(await mirror.step("post")).toMatchObject({ status: 201 });
    const friend = await openPage(url);
    expect((await friend.play({ url: "/whep/t-s1" })).status).toBe(201);
    await friend.frames(30);
    expect(await friend.decoded()).toMatchObject({ codec: "video/H264", width: 320 });
  });

  test("plays a browser's picture, under payload types of its own, over UDP", async () => {
    const { url } = await openVideoShop();
    const mirror = await openPage(url);
    await mirror.publish({ url: "/whip/M1", token: "mirror-M1" });
    const friend = startGStreamer("play", `${url}/whep/t-s1`);
    expect(await friend.step("first")).toMatchObject({ kind: "video", width: 320, height: 240 });
    expect(await friend.ask("frames 30")).toMatchObject({ enough: true });
  });

  test("stays as long as it likes, and is let go when its battery is empty", { timeout: 180_000 }, async () => {
    const { url, media } = await openVideoShop();
    const mirror = startGStreamer("publish", `${url}/whip/M1`, ...asMirror);
    await mirror.step("trickle");
    const friend = startGStreamer("play", `${url}/whep/t-s1`);
    // libnice never asks for consent (RFC 7675): without a picture it would be gone after 15 s
    expect(await friend.ask("frames 600 video 90")).toMatchObject({ enough: true });
    friend.vanish();
    mirror.vanish();
    await until(() => media.viewersOf("s1") === 0 && !media.stream("M1").live);
  });

  test.each([
    ["prefers our offer", "prefer", 406],
    ["sends none", "empty", 201],
  ])("plays our offer when it %s, and answers it by PATCH", async (_name, way, status) => {
    const { url, media } = await openVideoShop();
    const mirror = startGStreamer("publish", `${url}/whip/M1`, ...asMirror, "--audio");
    await mirror.step("trickle");
    const friend = startGStreamer("play", `${url}/whep/t-s1`, "--counter-offer", way);
    expect(await friend.step("post")).toMatchObject({ status, type: expect.stringContaining("application/sdp") });
    expect(await friend.step("answer")).toMatchObject({ status: 204, bytes: 0 });
    expect(await friend.ask("frames 30 video")).toMatchObject({ enough: true });
    expect(await friend.ask("frames 30 audio")).toMatchObject({ enough: true });
    expect(await friend.ask("delete")).toMatchObject({ status: 200 });
    expect(media.viewersOf("s1")).toBe(0);
  });

  test("without the mirror's password it is told to sign in, and without a picture to come back", async () => {
    const { url } = await openVideoShop();
    const stranger = startGStreamer("publish", `${url}/whip/M1`);
    expect(await stranger.step("post")).toMatchObject({ status: 401, location: null });
    const early = startGStreamer("play", `${url}/whep/t-s1`);
    expect(await early.step("post")).toMatchObject({ status: 409, retryAfter: "2" });
  });
});

describe("the npm library whip-whep in place of our pages", () => {
  test("restarts ICE in the middle of a picture, at both ends", async () => {
    const { url, media } = await openVideoShop();
    const [mirror, friend] = [await openPage(url), await openPage(url)];
    await mirror.publish({ url: "/whip/M1", token: "mirror-M1", library: true });
    await friend.play({ url: "/whep/t-s1", library: true });
    await friend.frames(10);
    for (const { page } of [mirror, friend]) {
      const before = await page.evaluate("peer.remoteDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]");
      await page.evaluate(repairRestart);
      await page.evaluate("client.restart()");
      expect(await page.evaluate("peer.remoteDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]")).not.toBe(before);
      await page.waitForFunction("peer.iceConnectionState === 'connected'");
    }
    await friend.frames(30);
    await friend.page.evaluate("client.stop()");
    await until(() => media.viewersOf("s1") === 0);
  });
});

/** Version 1.2 joins the server's candidates by commas, which is no SDP as soon as there are two of them. */
const repairRestart = `{
  const set = peer.setRemoteDescription.bind(peer);
  peer.setRemoteDescription = ({ type, sdp }) => set({ type, sdp: sdp.replaceAll(",a=candidate", "a=candidate") });
}`;
