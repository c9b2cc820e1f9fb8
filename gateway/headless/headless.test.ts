import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { prepareMediaWorker } from "../install/media-worker.ts";
import { silentLog } from "../log.ts";
import { createMedia, type Media } from "../media/media.ts";
import { bars, barsHeight, barsWidth } from "./colour-bars.ts";
import { createHeadless, type HeadlessOptions, type Join, type Open } from "./headless.ts";

let bin = "";
beforeAll(async () => {
  ({ bin } = await prepareMediaWorker({ log: silentLog, onStatus: () => {} }));
}, 1_200_000);

async function openSfu() {
  const quiet = { onStatus: () => {}, onStreams: () => {} };
  const media = createMedia({ log: silentLog, listenIp: "127.0.0.1", port: 0, ...quiet });
  onTestFinished(() => media.close());
  await media.start(bin);
  return media;
}

function openHeadless(options: Partial<HeadlessOptions> = {}) {
  const headless = createHeadless({ log: silentLog, ...options });
  onTestFinished(() => headless.close());
  return headless;
}

/** A mirror that shows colour bars, published through the video server. */
async function showBars(media: Media) {
  const mirror = openHeadless();
  const shown = await mirror.show(async (offer) => {
    const opened = await media.publish("M1", offer);
    return opened.ok
      ? { ok: true, answer: opened.answer, leave: () => void media.end(opened.sessionId) }
      : { ok: false, reason: opened.title };
  });
  if (!shown.ok) throw new Error(shown.reason);
}

function watching(media: Media): Join {
  return async (offer) => {
    const request = { streamId: "M1", audience: "s1", maxViewers: 2, offer };
    const opened = await media.play(request);
    return opened.ok
      ? { ok: true, answer: opened.answer, leave: () => void media.end(opened.sessionId) }
      : { ok: false, reason: opened.title };
  };
}

/** As friends' pages come in: the video server offers. */
function asAPage(media: Media): Open {
  return {
    async open() {
      const offered = await media.offer({ streamId: "M1", audience: "s1", maxViewers: 2, via: "probe" });
      if (!offered.ok) return { ok: false, reason: offered.title };
      const { sessionId, offer } = offered;
      return {
        ...{ ok: true, offer, leave: () => void media.end(sessionId) },
        async answer(sdp) {
          const taken = await media.answer(sessionId, sdp);
          return taken.ok ? taken : { ok: false, reason: taken.title };
        },
      };
    },
  };
}

async function until(isTrue: () => boolean) {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("a still of what a mirror shows is a photograph in its true colours, and who took it is gone again", async () => {
  const media = await openSfu();
  await showBars(media);
  const headless = openHeadless();
  const still = await headless.still(asAPage(media));
  if (!still.ok) throw new Error(still.reason);
  const { data, info } = await sharp(still.jpeg).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([barsWidth, barsHeight]);
  const barWidth = barsWidth / bars.length;
  for (const [index, { name, rgb }] of bars.entries()) {
    const at = 3 * (100 * barsWidth + Math.round((index + 0.5) * barWidth));
    const seen = [...data.subarray(at, at + 3)];
    for (const [channel, value] of seen.entries()) {
      expect(Math.abs(value - (rgb[channel] ?? 0)), `${name}: ${seen}`).toBeLessThan(20);
    }
  }
  expect(media.viewers("s1")).toEqual([]);
  expect((await media.stats()).viewers).toEqual({ page: 0, player: 0, probe: 0 });
});

test.each([
  ["as a page", asAPage],
  ["as a player of somebody else", watching],
])("the test friend comes %s and tells what it saw: the codec, the frames, the way they came", async (_how, way) => {
  const media = await openSfu();
  await showBars(media);
  const result = await openHeadless().probe(way(media), 4);
  if (!result.ok) throw new Error(result.reason);
  const { quality } = result;
  expect(quality).toMatchObject({ codec: "video/VP8", width: barsWidth, height: barsHeight });
  expect(quality).toMatchObject({ protocol: "udp", address: "127.0.0.1" });
  // how good the picture is is the machine's affair; that it was counted is ours
  expect(quality.lossShare).toBeGreaterThanOrEqual(0);
  expect(quality.lossShare).toBeLessThan(0.5);
  expect(quality.frames).toBeGreaterThan(0);
  expect(quality.bitsPerSecond).toBeGreaterThan(0);
  expect(quality.roundTripMs).toBeGreaterThanOrEqual(0);
});

test("nobody shows anything: the reason is the video server's own", async () => {
  const media = await openSfu();
  const headless = openHeadless();
  const nobody = { ok: false, why: "refused", reason: "Nobody is showing anything here yet." };
  expect(await headless.still(watching(media))).toEqual(nobody);
  expect(await headless.still(asAPage(media))).toEqual(nobody);
});

test("the peer dies in the middle of a look: that look fails, its place is free, and the next one works", async () => {
  const media = await openSfu();
  await showBars(media);
  const headless = openHeadless();
  const cutOff = headless.probe(watching(media), 60);
  await until(() => media.viewersOf("s1") === 1);
  const { pid = 0 } = headless.stats();
  process.kill(pid, "SIGKILL");
  expect(await cutOff).toMatchObject({ ok: false, why: "failed", reason: expect.stringContaining("SIGKILL") });
  await until(() => media.viewersOf("s1") === 0);
  expect((await headless.still(watching(media))).ok).toBe(true);
  expect(headless.stats()).toMatchObject({ starts: 2, deaths: 1 });
});

test("a peer that hangs is ended when its time is over, and takes nobody with it", async () => {
  const headless = openHeadless({ program: program("setInterval(() => {}, 1000)"), patienceMs: 200 });
  const still = headless.still(unasked);
  const { pid = 0 } = headless.stats();
  expect(isAlive(pid)).toBe(true);
  expect(await still).toMatchObject({ ok: false, why: "failed", reason: expect.stringContaining("no result within") });
  await until(() => !isAlive(pid));
  expect(headless.stats().pid).toBeUndefined();
});

test("one job at a time and a short queue: whoever comes beyond it is told so at once, closing tells all others", async () => {
  const headless = openHeadless({ program: program("setInterval(() => {}, 1000)") });
  const asked = Array.from({ length: 6 }, () => headless.still(unasked));
  expect(await asked[5]).toMatchObject({ ok: false, why: "busy" });
  expect(headless.stats().starts).toBe(1);
  const { pid = 0 } = headless.stats();
  headless.close();
  for (const one of asked.slice(0, 5)) expect(await one).toMatchObject({ ok: false, why: "failed" });
  await until(() => !isAlive(pid));
});

test("a peer with nothing to do is ended, and one whose gateway is gone ends itself", async () => {
  const media = await openSfu();
  const headless = openHeadless({ idleMs: 1 });
  expect(await headless.still(watching(media))).toMatchObject({ ok: false, why: "refused" });
  await until(() => headless.stats().pid === undefined);
  const orphan = fork(new URL("peer.ts", import.meta.url).pathname, { stdio: "ignore" });
  onTestFinished(() => void orphan.kill("SIGKILL"));
  const ended = once(orphan, "exit");
  orphan.disconnect();
  expect((await ended)[1]).toBe("SIGKILL");
});

const unasked: Join = async () => ({ ok: false, reason: "never asked" });

function program(text: string) {
  const file = join(mkdtempSync(join(tmpdir(), "vitrine-peer-")), "peer.mjs");
  writeFileSync(file, text);
  onTestFinished(() => rmSync(file, { force: true }));
  return file;
}
