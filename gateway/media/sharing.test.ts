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
    await first.hears("watching");
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

  test("who was asked to leave does not come back by the same link; a new one is for everybody", async () => {
    const { open, media, shares } = await shop();
    const [publisher, friend, another] = [await open(), await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    await friend.watch({ url: "/whep/t-s1" });
    await friend.frames(5);
    await friend.hears("watching");
    media.removeViewer("s1", media.viewers("s1")[0]?.id ?? "");
    expect(await friend.hears("over")).toMatchObject({ why: "removed" });
    expect((await friend.watch({ url: "/whep/t-s1" })).status).toBe(403);
    expect((await another.play({ url: "/whep/t-s1" })).status).toBe(403);
    shares.set("s3", { mirrorId: "M1", over: false, maxViewers: 2 });
    expect((await friend.watch({ url: "/whep/t-s3" })).status).toBe(201);
  });

  test("the link is taken back: every page hears it first, and the mirror stays", async () => {
    const { open, media, shares } = await shop();
    const [publisher, first, second] = [await open(), await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    for (const friend of [first, second]) {
      await friend.watch({ url: "/whep/t-s1" });
      await friend.frames(5);
      await friend.hears("watching");
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

describe("friends who do not behave", () => {
  test("who floods is not heard for a while; the mirror sees little of it, and everybody goes on watching", async () => {
    const { open, media } = await shop();
    const [publisher, loud, calm] = [await open(), await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    for (const friend of [loud, calm]) {
      await friend.watch({ url: "/whep/t-s1" });
      await friend.frames(5);
      await friend.hears("watching");
    }
    await loud.say({ kind: "reaction", id: 0, reaction: "yes" });
    const spam = "{ kind: 'reaction', id, reaction: 'yes' }";
    await loud.page.evaluate(`for (let id = 1; id < 5_000; id++) channel.send(JSON.stringify(${spam}))`);
    await loud.page.evaluate("until(() => channel.bufferedAmount === 0)");
    await calm.say({ kind: "words", id: 1, text: "I can be heard" });
    await publisher.hears("words");
    const shown = (await publisher.heard()).filter(({ kind }) => kind === "reaction").length;
    expect(shown).toBeGreaterThanOrEqual(5);
    // five in ten seconds; a slow machine takes more than ten
    expect(shown).toBeLessThan(30);
    const { words } = await media.stats();
    expect(words.passed + words.refused + words.broken).toBeLessThan(1_000);
    await calm.frames(5);
    await loud.frames(5);
  });

  test("bytes in place of text are dropped", async () => {
    const { open, media } = await shop();
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    await friend.watch({ url: "/whep/t-s1" });
    await friend.hears("watching");
    await friend.page.evaluate("channel.send(new Uint8Array(4_000)); channel.send(''); channel.send('{');");
    await friend.say({ kind: "words", id: 1, text: "hello" });
    await friend.hears("said", "message.ok");
    expect((await media.stats()).words).toEqual({ passed: 1, refused: 0, broken: 2 });
  });

  test("who comes and goes leaves nothing behind", async () => {
    const { open, media } = await shop();
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    for (const swap of [undefined, { 96: "120", 120: "96" }]) {
      for (let visit = 0; visit < 3; visit++) {
        if (swap) await friend.play({ url: "/whep/t-s1", swap });
        else await friend.watch({ url: "/whep/t-s1" });
        await friend.connected();
        await friend.page.evaluate("peer.close()");
        await until(() => media.viewersOf("s1") === 0);
      }
    }
    expect((await media.stats()).workers).toMatchObject([{ streams: 1, viewers: 0, relays: 0 }]);
    await publisher.page.evaluate("peer.close()");
    await until(() => !media.stream("M1").live);
    expect((await media.stats()).workers).toMatchObject([{ streams: 0, viewers: 0, relays: 0 }]);
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
