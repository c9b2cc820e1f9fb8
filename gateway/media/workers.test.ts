import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
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
const other = { url: "/whip/M2", token: "mirror-M2" };
const ports = (sdp: string) =>
  new Set([...sdp.matchAll(/^a=candidate:\S+ 1 \S+ \d+ \S+ (\d+) /gm)].map(([, port]) => port));

describe("two video workers", () => {
  test("each mirror is on a port of its own, and its friends come to the same", async () => {
    const { open, media } = await shop({ workers: 2 });
    const [one, two, friend] = [await open(), await open(), await open()];
    await one.publish(mirror);
    await two.publish(other);
    const { workers } = await media.stats();
    expect(workers.map(({ streams }) => streams)).toEqual([1, 1]);
    expect(new Set(workers.map(({ port }) => port)).size).toBe(2);
    const first = await friend.watch({ url: "/whep/t-s1" });
    await friend.frames(5);
    expect(ports(first.offer)).toEqual(new Set([String(workers[0]?.port)]));
    await friend.page.evaluate("peer.close()");
    const second = await friend.watch({ url: "/whep/t-s2" });
    await friend.frames(5);
    expect(ports(second.offer)).toEqual(new Set([String(workers[1]?.port)]));
  });

  test("one is killed in mid-share: the other's friends notice nothing, and it comes back on its port", async () => {
    const { open, media, statuses } = await shop({ workers: 2 });
    const [one, two, lost, safe] = [await open(), await open(), await open(), await open()];
    await one.publish(mirror);
    await two.publish(other);
    await lost.watch({ url: "/whep/t-s1" });
    await safe.watch({ url: "/whep/t-s2" });
    await lost.frames(5);
    await safe.frames(5);
    const before = await media.stats();
    const [killed, kept] = before.workers;
    process.kill(killed?.pid ?? 0, "SIGKILL");
    await until(() => !media.stream("M1").live);
    expect(media.stream("M2")).toEqual({ streamId: "M2", live: true, viewers: 1 });
    await until(() => media.workerPid() !== undefined && media.workerPid() !== killed?.pid);
    await safe.frames(10);
    const after = await media.stats();
    expect(after.workers[0]).toMatchObject({ port: killed?.port, restarts: 1, streams: 0, viewers: 0 });
    expect(after.workers[1]).toMatchObject({ port: kept?.port, pid: kept?.pid, restarts: 0, streams: 1, viewers: 1 });
    expect(media.status()).toEqual({ state: "ready", step: "Video is ready", progress: 1 });
    expect(statuses.map(({ state }) => state)).toEqual(["ready", "ready", "ready"]);
    expect(statuses[1]?.step).toMatch(/1 of 2/);
    // the pages come back by themselves; here by hand
    expect((await one.publish(mirror)).status).toBe(201);
    expect((await lost.watch({ url: "/whep/t-s1" })).patched).toBe(204);
    await lost.frames(10);
    expect((await media.stats()).workers.map(({ streams }) => streams)).toEqual([1, 1]);
  });
});

test("a video worker that hangs is ended and another takes its place", async () => {
  const { open, media } = await shop();
  const [publisher, friend] = [await open(), await open()];
  await publisher.publish(mirror);
  const pid = media.workerPid();
  process.kill(pid ?? 0, "SIGSTOP");
  await until(() => media.workerPid() !== undefined && media.workerPid() !== pid);
  expect(media.stream("M1").live).toBe(false);
  await publisher.publish(mirror);
  await friend.watch({ url: "/whep/t-s1" });
  await friend.frames(5);
});

test("a port that another program has is said in a sentence", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const { media } = await shop({ port });
  expect(media.status().state).toBe("failed");
  expect(media.status().step).toBe(`Video does not start on port ${port}. It is tried again.`);
});

describe("where phones are told to connect", () => {
  const addresses = (sdp: string) =>
    new Set([...sdp.matchAll(/^a=candidate:\S+ 1 \S+ \d+ (\S+) /gm)].map(([, address]) => address));
  const own = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);

  test.skipIf(own.length === 0)("a computer on several networks names its address on each, and one port", async () => {
    const { open, media } = await shop({ listenIp: "0.0.0.0" });
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish(mirror);
    const { offer } = await friend.watch({ url: "/whep/t-s1" });
    expect(addresses(offer)).toEqual(new Set(own));
    expect(ports(offer)).toEqual(new Set([String(media.port())]));
    await friend.frames(5);
  });

  test("a network that lets no UDP pass is no obstacle", async () => {
    const { open } = await shop();
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish({ ...mirror, words: true });
    await friend.watch({ url: "/whep/t-s1", tcp: true });
    await friend.frames(10);
    await friend.hears("beat");
    await friend.stats("stats.some(({ type, protocol }) => type === 'remote-candidate' && protocol === 'tcp')");
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

  test.skipIf(!hasIpv6)("an IPv6 address of this computer counts where somebody wrote it down", async () => {
    const { open } = await shop({ listenIp: "127.0.0.1", addresses: ["0:0:0:0:0:0:0:1", "2001:db8::7"] });
    const [publisher, friend, far] = [await open(), await open(), await open()];
    await publisher.publish(mirror);
    const { offer } = await friend.watch({ url: "/whep/t-s1" });
    expect([...addresses(offer)]).toEqual(["0:0:0:0:0:0:0:1"]);
    await friend.frames(5);
    await friend.stats("stats.some(({ type, address }) => type === 'remote-candidate' && address === '::1')");
    await far.watch({ url: "/whep/t-s1", tcp: true });
    await far.frames(5);
  });

  test("what the configuration says counts, in its order", async () => {
    const { open } = await shop({ listenIp: "0.0.0.0", addresses: ["127.0.0.1", "shop.example"] });
    const [publisher, friend] = [await open(), await open()];
    await publisher.publish(mirror);
    const { offer } = await friend.watch({ url: "/whep/t-s1" });
    expect([...addresses(offer)]).toEqual(["127.0.0.1", "shop.example"]);
    const priorities = [...offer.matchAll(/^a=candidate:\S+ 1 udp (\d+) (\S+) /gm)].map(([, priority]) =>
      Number(priority),
    );
    expect(priorities[0]).toBeGreaterThan(priorities[1] ?? 0);
    await friend.frames(5);
  });
});
