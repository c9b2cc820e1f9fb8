import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { MediaStatus } from "#wire/views.ts";
import { silentLog } from "../log.ts";
import { readHolder, takeLock } from "./media-worker/lock.ts";
import { compileStep } from "./media-worker/ninja-progress.ts";
import { run } from "./media-worker/run.ts";
import { prepareMediaWorker } from "./media-worker.ts";

async function scratch() {
  const folder = await mkdtemp(join(tmpdir(), "vitrine-worker-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Behaves like mediasoup's program when a stranger starts it. */
const honest = "#!/bin/sh\nexit 41\n";

/** A mirror of prebuilt programs on this computer, as a chain of shops may run one. */
async function serveWorkers(program: string) {
  const folder = await scratch();
  await writeFile(join(folder, "mediasoup-worker"), program);
  await chmod(join(folder, "mediasoup-worker"), 0o755);
  await run("tar", ["-czf", join(folder, "worker.tgz"), "-C", folder, "mediasoup-worker"]);
  const archive = await readFile(join(folder, "worker.tgz"));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const before = { ...process.env };
  delete process.env.MEDIASOUP_WORKER_BIN;
  delete process.env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD;
  process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  onTestFinished(() => {
    process.env = before;
    server.close();
  });
  return asked;
}

test("a ready worker is fetched once, checked, and found in the cache from then on", async () => {
  const asked = await serveWorkers(honest);
  const cache = await scratch();
  const statuses: MediaStatus[] = [];
  const prepare = () => prepareMediaWorker({ log: silentLog, onStatus: (status) => statuses.push(status), cache });
  const [one, two] = await Promise.all([prepare(), prepare()]);
  expect(one.bin).toBe(two.bin);
  expect((await prepare()).bin).toBe(one.bin);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatch(/^\/\d+\.\d+\.\d+\/mediasoup-worker-\d+\.\d+\.\d+-linux-\w+-kernel\d+\.tgz$/);
  expect(statuses.every(({ state, progress }) => state === "preparing" && progress >= 0 && progress <= 1)).toBe(true);
});

test("a worker that was damaged on the card is not used: it is fetched again", async () => {
  const asked = await serveWorkers(honest);
  const cache = await scratch();
  const prepare = () => prepareMediaWorker({ log: silentLog, onStatus: () => {}, cache });
  const { bin } = await prepare();
  await writeFile(bin, "#!/bin/sh\nexit 41 # but not the bytes we know\n");
  await prepare();
  expect(asked).toHaveLength(2);
  expect(await readFile(bin, "utf8")).toBe(honest);
});

test("a worker named by the engineer is used as it is, or refused with its name", async () => {
  const folder = await scratch();
  const good = join(folder, "good");
  await writeFile(good, honest);
  await chmod(good, 0o755);
  const before = process.env.MEDIASOUP_WORKER_BIN;
  onTestFinished(() => {
    if (before === undefined) delete process.env.MEDIASOUP_WORKER_BIN;
    else process.env.MEDIASOUP_WORKER_BIN = before;
  });
  process.env.MEDIASOUP_WORKER_BIN = good;
  expect(await prepareMediaWorker({ log: silentLog, onStatus: () => {} })).toEqual({ bin: good });
  process.env.MEDIASOUP_WORKER_BIN = "/bin/true";
  await expect(prepareMediaWorker({ log: silentLog, onStatus: () => {} })).rejects.toThrow("/bin/true");
});

test("one build at a time: a lock is kept by the living and taken over from the dead", async () => {
  const file = join(await scratch(), "lock");
  const lock = await takeLock(file);
  await lock?.say("Compiling", 0.5);
  expect(await takeLock(file)).toBeUndefined();
  expect(await readHolder(file)).toEqual({ pid: process.pid, step: "Compiling", progress: 0.5 });
  await lock?.release();
  const gone = await run("sh", ["-c", "echo $$"]);
  await writeFile(file, JSON.stringify({ pid: Number(gone), step: "Compiling", progress: 0.5 }));
  const second = await takeLock(file);
  expect(second).toBeDefined();
  await second?.release();
  expect(await readHolder(file)).toBeUndefined();
});

test("what the compiler prints becomes a sentence and a share", () => {
  expect(compileStep("[120/278] Compiling C++ object mediasoup-worker.p/src_RTC_Router.cpp.o")).toEqual({
    text: "Compiling the video worker, 120 of 278",
    share: 120 / 278,
  });
  expect(compileStep("ninja: Entering directory `build'")).toBeUndefined();
  expect(compileStep("[9/0] odd")).toBeUndefined();
});

test("a program that fails says why in its last words", async () => {
  await expect(run("sh", ["-c", "echo the disk is full >&2; exit 3"])).rejects.toThrow("the disk is full");
});
