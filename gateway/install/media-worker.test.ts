import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { MediaStatus } from "#wire/views.ts";
import { silentLog } from "../log.ts";
import { packWorker } from "./media-worker/archive.ts";
import { readHolder, takeLock } from "./media-worker/lock.ts";
import { compileStep } from "./media-worker/ninja-progress.ts";
import { run } from "./media-worker/run.ts";
import { mediaWorkerState, prepareMediaWorker, takeOffline } from "./media-worker.ts";

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

test.each([
  ["altered", "#!/bin/sh\nexit 41 # but not the bytes we know\n"],
  ["cut off", honest.slice(0, 12)],
])("a worker that was %s on the card is not used: it is fetched again, and a line says so", async (_how, bytes) => {
  const asked = await serveWorkers(honest);
  const cache = await scratch();
  const said: string[] = [];
  const prepare = () => prepareMediaWorker({ log: silentLog, onStatus: ({ step }) => said.push(step), cache });
  const { bin } = await prepare();
  expect(said.join()).not.toContain("is not the one that was put there");
  await writeFile(bin, bytes);
  expect(await mediaWorkerState(cache)).toMatchObject({ ready: false, altered: true });
  await prepare();
  expect(asked).toHaveLength(2);
  expect(said.join()).toContain("is not the one that was put there");
  expect(await readFile(bin, "utf8")).toBe(honest);
  expect(await mediaWorkerState(cache)).toMatchObject({ ready: true, altered: false });
});

/** A file as somebody carries it to a shop without internet. */
async function packed(program: string) {
  const folder = await scratch();
  const bin = join(folder, "made-elsewhere");
  await writeFile(bin, program);
  await chmod(bin, 0o755);
  const file = join(folder, "mediasoup-worker.tgz");
  await packWorker(bin, file);
  return file;
}
const trusting = { answers: async () => true };

test("a shop without internet: the worker comes as a file, and the next start finds it", async () => {
  const file = await packed(honest);
  const asked = await serveWorkers(honest);
  const cache = await scratch();
  const { bin, version } = await takeOffline(file, { cache, ...trusting });
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(await prepareMediaWorker({ log: silentLog, onStatus: () => {}, cache })).toEqual({ bin });
  expect(asked).toEqual([]);
});

test("a file that is not the right worker is refused with the reason, and what was there stays", async () => {
  const cache = await scratch();
  const { bin } = await takeOffline(await packed(honest), { cache, ...trusting });
  const refused = async (file: string, answers = async () => true) =>
    takeOffline(file, { cache, answers }).then(
      () => "taken",
      (error: Error) => error.message,
    );
  const cut = await packed(honest);
  await writeFile(cut, (await readFile(cut)).subarray(0, 90));
  expect(await refused(cut)).toContain("SHA-256");
  await rm(`${cut}.sha256`);
  expect(await refused(cut)).toContain("cannot be unpacked");
  const old = join(await scratch(), "mediasoup-worker-3.14.0-linux-x64-kernel6.tgz");
  await writeFile(old, "x");
  expect(await refused(old)).toMatch(/is version 3\.14\.0; .* needs exactly/);
  const foreign = Buffer.alloc(64);
  foreign.write("\x7fELF", "latin1");
  foreign.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);
  expect(await refused(await packed(foreign.toString("latin1")))).toContain("and this computer is");
  expect(await refused(await packed("#!/bin/sh\nexit 3\n"))).toContain("does not run on this computer");
  expect(await refused(await packed(honest), async () => false)).toContain("is not of version");
  expect(await refused("/no/such/file.tgz")).toBe("There is no file /no/such/file.tgz.");
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
