import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { launchChromium } from "./browser-kit.ts";
import { mirror, openShop, until } from "./test-sharing.ts";

let bin = "";
let browser: Browser;

beforeAll(async () => {
  ({ bin } = await prepareMediaWorker({ log: silentLog, onStatus: () => {} }));
  browser = await launchChromium();
}, 1_200_000);
afterAll(() => browser?.close());

const shop = (options = {}) => openShop(bin, () => browser, options);

describe("a friend's page asks the gateway for an offer", () => {
  test("it plays with sound, resends what is lost, estimates the line, and words go both ways", async () => {
    const { open, media } = await shop();
    const [publisher, friend] = [await open(), await open()];
    const published = await publisher.publish({ ...mirror, sound: true, words: true });
    expect(published).toMatchObject({ status: 201 });
    const watched = await friend.watch({ url: "/whep/t-s1" });
    expect(watched).toMatchObject({ status: 201, patched: 204, etag: expect.stringMatching(/^".+"$/) });
    for (const part of ["m=audio", "m=application 9 UDP/DTLS/SCTP", "rtx/90000", "sdes:mid", "abs-send-time"]) {
      expect(watched.offer).toContain(part);
    }
    expect(watched.offer).toContain("transport-wide-cc");
    await friend.frames(20);
    await friend.stats("stats.some(({ type, kind, packetsReceived }) => kind === 'audio' && packetsReceived > 20)");
    await publisher.hears("viewers", "message.viewers.length === 1 && message.viewers[0].via === 'page'");
    await friend.hears("watching", "message.viewers === 1");
    await friend.say({ kind: "name", id: 1, name: "Mara" });
    await friend.say({ kind: "reaction", id: 2, reaction: "yes" });
    await friend.say({ kind: "words", id: 3, text: "The green\n one\u202e!" });
    expect(await publisher.hears("reaction")).toMatchObject({ name: "Mara", reaction: "yes" });
    expect(await publisher.hears("words")).toMatchObject({ name: "Mara", text: "The green one!" });
    expect(await friend.hears("said", "message.id === 3")).toMatchObject({ ok: true });
    await friend.hears("beat");
    await publisher.hears("beat");
    expect(media.viewers("s1")).toMatchObject([{ name: "Mara", via: "page" }]);
  });

  test("somebody is asked to leave: their page hears it, the picture stops, the others go on watching", async () => {
    const { open, media } = await shop();
    const [publisher, first, second] = [await open(), await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    await first.watch({ url: "/whep/t-s1" });
    await first.frames(5);
    await second.watch({ url: "/whep/t-s1" });
    await second.frames(5);
    const [one] = media.viewers("s1");
    expect(media.removeViewer("s2", one?.id ?? "")).toBe(false);
    expect(media.removeViewer("s1", one?.id ?? "")).toBe(true);
    expect(await first.hears("over")).toMatchObject({ why: "removed" });
    await publisher.hears("viewers", "message.viewers.length === 1");
    expect(media.viewers("s1")).toHaveLength(1);
    await first.frozen(500);
    await second.frames(10);
  });

  test("the link is taken back: every page hears it first, and the mirror stays", async () => {
    const { open, media, shares } = await shop();
    const [publisher, first, second] = [await open(), await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    for (const friend of [first, second]) {
      await friend.watch({ url: "/whep/t-s1" });
      await friend.frames(5);
    }
    shares.set("s1", { mirrorId: "M1", over: true, maxViewers: 2 });
    media.closeViewers("s1");
    for (const friend of [first, second]) {
      expect(await friend.hears("over")).toMatchObject({ why: "ended" });
      await friend.frozen(500);
    }
    expect(media.stream("M1")).toMatchObject({ live: true, viewers: 0 });
    expect((await first.watch({ url: "/whep/t-s1" })).status).toBe(410);
  });
});

describe("a mirror that nobody watches", () => {
  test("need not encode; somebody comes, and the picture is there at once", async () => {
    const { open, media } = await shop();
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish({ ...mirror, sound: true, words: true });
    await publisher.hears("pause");
    expect(media.stream("M1").live).toBe(true);
    await friend.watch({ url: "/whep/t-s1" });
    await publisher.hears("resume", "message.at > heard.find(({ kind }) => kind === 'pause').at");
    await friend.frames(10);
  });

  test("whoever shows something without our words is watched all the same", async () => {
    const { open, media } = await shop();
    const [publisher, first, second] = [await open(), await open(), await open()];
    await publisher.publish(mirror);
    await first.play({ url: "/whep/t-s1" });
    await first.frames(5);
    await first.page.evaluate("peer.close()");
    await second.watch({ url: "/whep/t-s1" });
    await second.frames(5);
    expect(media.stream("M1").live).toBe(true);
  });

  test("it stops sending while somebody watches: pages are told to wait, and told when it is back", async () => {
    const { open, media, streams } = await shop();
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    await friend.watch({ url: "/whep/t-s1" });
    await friend.frames(5);
    await publisher.encode(false);
    await until(() => !media.stream("M1").live);
    expect(streams.at(-1)).toEqual({ streamId: "M1", live: false, viewers: 1 });
    await publisher.encode(true);
    await until(() => media.stream("M1").live);
    expect(streams.at(-1)).toEqual({ streamId: "M1", live: true, viewers: 1 });
    await friend.frames(5);
  });
});
