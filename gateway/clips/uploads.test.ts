import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, statSync, truncateSync, writeSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { bootGateway, shopConfig, temporaryFolder } from "../test-gateway.ts";
import { filesIn, keptOf, mp4, openShop, signIn } from "./test-clips.ts";
import { recording } from "./test-recordings.ts";

async function startProcess(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, "..", "drills", "gateway-process.ts");
  const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { child, ...JSON.parse(line) };
}

/** Announces more than it sends, and hangs up. Resolves when the gateway has closed its end. */
function hangUpAfter(url: string, headers: Record<string, string>, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const half = request(url, { method: "PUT", headers });
    half.on("error", () => {});
    half.once("close", () => resolve());
    half.write(bytes, () => setImmediate(() => half.destroy()));
  });
}

test("an upload that was cut in half goes on where it stopped", async () => {
  const { begin, put, where, as, url } = await openShop();
  const file = await recording({ seconds: 20, sounds: 1 });
  const { location } = await begin({ bytes: file.length });
  const length = file.length;
  const headers = { ...as, "content-range": `bytes 0-${length - 1}/${length}`, "content-length": String(length) };
  await hangUpAfter(url + location, headers, file.subarray(0, 5_000));
  // it may take its breath still; what it says counts
  await expect.poll(async () => (await where(location, length)).range).toBe("bytes=0-4999");
  expect(await put(location, file, 5_000)).toMatchObject({ status: 201 });
});

test("a mirror that comes back while its old connection still hangs does not wait for that one", async () => {
  const { begin, put, where, as, url } = await openShop();
  const file = mp4();
  const { location } = await begin({ bytes: file.length });
  const range = `bytes 0-${file.length - 1}/${file.length}`;
  const headers = { ...as, "content-range": range, expect: "100-continue" };
  const hanging = request(url + location, { method: "PUT", headers });
  onTestFinished(() => void hanging.destroy());
  const ended = new Promise((resolve) => hanging.once("error", resolve).once("response", resolve));
  hanging.flushHeaders();
  // until it has reached the gateway there is nothing to come back to
  await once(hanging, "continue");
  await new Promise((written) => hanging.write(file.subarray(0, 2_000), written));
  expect((await where(location, file.length)).status).toBe(308);
  expect(await put(location, file)).toMatchObject({ status: 201 });
  await ended;
});

test("the gateway restarts in the middle of an upload, and it goes on", async () => {
  const dataFolder = temporaryFolder();
  const file = mp4();
  const first = await openShop({ dataFolder });
  const { location } = await first.begin({ bytes: file.length, sku: "GLASSES-ORSO" });
  await first.put(location, file, 0, 7_000);
  await first.gateway.close();
  const { where, put, friend } = await openShop({ dataFolder });
  expect(await where(location, file.length)).toMatchObject({ status: 308, range: "bytes=0-6999" });
  const { status, body } = await put(location, file, 7_000);
  expect(status).toBe(201);
  const { token } = keptOf(body, location);
  expect(await (await friend(`/api/v1/shares/${token}`)).json()).toMatchObject({ item: { name: "Orso" } });
});

test("the gateway is killed in the middle of an upload: every part that was acknowledged is there", {
  timeout: 180_000,
}, async () => {
  const folder = temporaryFolder();
  const file = await recording({ seconds: 20, sounds: 1 });
  let { child, url } = await startProcess(folder);
  const { begin } = await signIn(url);
  const { location } = await begin({ bytes: file.length });
  const step = Math.ceil(file.length / 5);
  let at = 0;
  for (let round = 0; round < 2; round++) {
    const { put, as } = await signIn(url);
    await put(location, file, at, at + step);
    at += step;
    const headers = { ...as, "content-range": `bytes ${at}-${file.length - 1}/${file.length}` };
    const half = request(url + location, { method: "PUT", headers });
    half.on("error", () => {});
    half.write(file.subarray(at, at + 500));
    child.kill("SIGKILL");
    await once(child, "exit");
    ({ child, url } = await startProcess(folder));
    const { range } = await (await signIn(url)).where(location, file.length);
    const received = Number(range?.split("-")[1]) + 1;
    expect(received).toBeGreaterThanOrEqual(at);
    expect(received).toBeLessThanOrEqual(at + 500);
    at = received;
  }
  const { put, friend } = await signIn(url);
  const { status, body } = await put(location, file, at);
  expect(status).toBe(201);
  expect((await friend(`/s/${keptOf(body, location).token}/clip`)).status).toBe(200);
  child.kill("SIGTERM");
  await once(child, "exit");
});

test("a part torn by a power cut is dropped, and nothing before it", async () => {
  const dataFolder = temporaryFolder();
  const file = mp4();
  const first = await openShop({ dataFolder });
  const { location, body } = await first.begin({ bytes: file.length });
  await first.put(location, file, 0, 4_000);
  await first.put(location, file, 4_000, 8_000);
  await first.gateway.close();
  const path = join(dataFolder, "clips", `${body.clipId}.upload`);
  truncateSync(path, statSync(path).size - 100);
  const { where, put } = await openShop({ dataFolder });
  expect(await where(location, file.length)).toMatchObject({ range: "bytes=0-3999" });
  expect(await put(location, file, 4_000)).toMatchObject({ status: 201 });
});

test("what the disk changed by itself is noticed, not played", async () => {
  const { keep, friend, dataFolder } = await openShop();
  const { token, clip } = await keep(mp4());
  const path = join(dataFolder, "clips", `${clip.clipId}.clip`);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.from([1, 2, 3]), 0, 3, 500);
  closeSync(file);
  const answer = await friend(`/s/${token}/clip`);
  expect([answer.status, (await answer.json()).title]).toEqual([500, "Something went wrong here."]);
});

test("a mirror that begins again and again has three uploads at most, and the oldest goes", async () => {
  const { begin, where, filesOf } = await openShop();
  const locations: string[] = [];
  for (let n = 0; n < 4; n++) locations.push((await begin({ bytes: 1_000 })).location);
  const states = await Promise.all(locations.map(async (location) => (await where(location, 1_000)).status));
  expect(states).toEqual([404, 308, 308, 308]);
  expect(filesOf()).toHaveLength(6);
});

test("an upload that nobody finishes in half an hour is let go at the next start", async () => {
  const dataFolder = temporaryFolder();
  const clock = createManualClock(Date.parse("2026-11-21T10:00:00Z"));
  const first = await openShop({ dataFolder, clock });
  const { location } = await first.begin({ bytes: 1_000 });
  await first.gateway.close();
  clock.advance(29 * 60_000);
  const second = await openShop({ dataFolder, clock });
  expect((await second.where(location, 1_000)).status).toBe(308);
  await second.gateway.close();
  clock.advance(2 * 60_000);
  const third = await openShop({ dataFolder, clock });
  expect((await third.where(location, 1_000)).status).toBe(404);
  expect(third.filesOf()).toEqual([]);
});

test("where there is no room for another clip this is said before anything is written", async () => {
  const loaded = shopConfig();
  loaded.config.media.clipsMegabytes = 10;
  const { begin, keep, filesOf, ask } = await openShop({ loaded });
  const kept = await keep(mp4());
  const before = filesOf();
  expect(await begin({ bytes: 9_999_000 })).toMatchObject({ status: 507, body: { type: "no-room" } });
  expect(await begin({ bytes: 41 * 1024 ** 2 })).toMatchObject({ status: 413 });
  expect(filesOf()).toEqual(before);
  await ask(kept.location, { method: "DELETE" });
  expect(await begin({ bytes: 9_999_000 })).toMatchObject({ status: 201 });
});

test("whoever has it all at hand sends it in one piece, and says nothing of parts", async () => {
  const { begin, ask } = await openShop();
  const file = mp4();
  const { location } = await begin({ bytes: file.length });
  const headers = { "content-type": "video/mp4" };
  const sent = await ask(location, { method: "PUT", headers, body: Buffer.from(file) });
  expect(sent).toMatchObject({ status: 201, body: { state: "kept" } });
});

test("parts that do not fit together are refused, and what has arrived stays", async () => {
  const { begin, put, where, ask } = await openShop();
  const file = mp4();
  const { location } = await begin({ bytes: file.length });
  await put(location, file, 0, 1_000);
  const odd = (range: string, body: Uint8Array) =>
    ask(location, { method: "PUT", headers: { "content-range": range }, body: Buffer.from(body) });
  const total = file.length;
  for (const [range, status] of [
    [`bytes 1000-1999/${total + 1}`, 409],
    [`bytes ${total - 500}-${total + 499}/${total}`, 400],
    [`bytes 1000-1009/${total}`, 400],
    ["bytes 1999-1000/x", 400],
    ["items 0-999/1000", 400],
    [`bytes */${total}`, 400],
    [`bytes 2000-2999/${total}`, 416],
  ] as const) {
    expect.soft((await odd(range, file.slice(1_000, 2_000))).status, range).toBe(status);
  }
  expect(await where(location, total)).toMatchObject({ status: 308, range: "bytes=0-999" });
});

test("a clip lies on disk as noise from its first byte on, readable by its owner only", async () => {
  const { begin, put, dataFolder } = await openShop();
  const file = Buffer.from(mp4());
  const { location, body } = await begin({ bytes: file.length });
  await put(location, file, 0, 9_000);
  const folder = join(dataFolder, "clips");
  const lies = () => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  expect(readdirSync(folder).sort()).toEqual([`${body.clipId}.key`, `${body.clipId}.upload`]);
  for (const part of ["ftyp", "mirror-1", file.subarray(4_000, 4_016)]) expect(lies().includes(part)).toBe(false);
  await put(location, file, 9_000);
  for (const part of ["ftyp", "moov", file.subarray(4_000, 4_016)]) expect(lies().includes(part)).toBe(false);
  for (const name of filesIn(dataFolder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a start removes what a crash left behind, and keeps what is a shopper's", async () => {
  const dataFolder = temporaryFolder();
  const first = await openShop({ dataFolder });
  const { clip, token } = await first.keep(mp4());
  await first.gateway.close();
  const stray = "c-0123456789abcdef";
  for (const name of [`${stray}.clip`, `${stray}.key`, `${clip.clipId}.clip.part`, `${stray}.still`]) {
    closeSync(openSync(join(dataFolder, "clips", name), "w"));
  }
  await bootGateway({ dataFolder }).then(async ({ url }) => {
    expect((await fetch(`${url}/s/${token}/clip`)).status).toBe(200);
  });
  expect(filesIn(dataFolder)).toEqual([`${clip.clipId}.clip`, `${clip.clipId}.key`]);
});
