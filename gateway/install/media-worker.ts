import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, release } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MediaStatus } from "#wire/views.ts";
import type { Log } from "../log.ts";
import { fetchForOther, packWorker, takeFromArchive } from "./media-worker/archive.ts";
import { buildWorker } from "./media-worker/build.ts";
import { runs, sha256, speaks } from "./media-worker/checks.ts";
import { type Lock, readHolder, takeLock } from "./media-worker/lock.ts";
import { fetchPrebuilt } from "./media-worker/prebuilt.ts";

export type PrepareOptions = {
  log: Log;
  onStatus(status: MediaStatus): void;
  /** Stops the work; what is fetched or built so far is kept and continued next time. */
  signal?: AbortSignal;
  /** Where finished programs are kept; otherwise VITRINE_CACHE, otherwise ~/.cache/vitrine. */
  cache?: string;
};

type Work = { version: string; packageFolder: string; cache: string; bin: string };

const lookAgainMs = 500;
const damaged = "The kept video worker is not the one that was put there: it is made again";

/**
 * Finds or makes mediasoup's worker program: MEDIASOUP_WORKER_BIN, our cache, mediasoup's own, or a build that takes some
 * minutes once. All heavy work is in child processes. Rejects with a sentence for people when there is no way.
 */
export async function prepareMediaWorker(options: PrepareOptions): Promise<{ bin: string }> {
  const { log, signal } = options;
  const given = process.env.MEDIASOUP_WORKER_BIN;
  if (given) {
    if (!(await runs(given))) throw new Error(`MEDIASOUP_WORKER_BIN (${given}) is not a worker that runs here.`);
    return { bin: given };
  }
  const work = await describeWork(options.cache);
  await mkdir(work.cache, { recursive: true });
  const say = (step: string, progress: number) => options.onStatus({ state: "preparing", step, progress });
  let state = await keptState(work.bin);
  if (state === "altered") {
    log.warn({ bin: work.bin }, damaged);
    say(damaged, 0);
  }
  for (; state !== "intact"; state = await keptState(work.bin)) {
    signal?.throwIfAborted();
    const lockFile = `${work.bin}.lock`;
    const lock = await takeLock(lockFile);
    if (!lock) {
      const holder = await readHolder(lockFile);
      if (holder) say(holder.step, holder.progress);
      await sleep(lookAgainMs, undefined, signal ? { signal } : {});
      continue;
    }
    try {
      await make(work, lock, say, signal);
      log.info({ bin: work.bin }, "video worker made");
    } finally {
      await lock.release();
    }
  }
  return { bin: work.bin };
}

/** Whether a worker is there and runs, without making one. `version` is that of the installed mediasoup. */
export async function mediaWorkerState(
  cache?: string,
): Promise<{ ready: boolean; path: string; version: string; altered: boolean }> {
  const work = await describeWork(cache);
  const { version } = work;
  const given = process.env.MEDIASOUP_WORKER_BIN;
  if (given) return { ready: await runs(given), path: given, version, altered: false };
  const state = await keptState(work.bin);
  return { ready: state === "intact", path: work.bin, version, altered: state === "altered" };
}

/**
 * Puts a worker in its place that somebody brought as a file, for computers without internet. Rejects with a sentence for
 * people when it is for another processor or version, was damaged, or does not run; what was there before then stays.
 */
export async function takeOffline(
  file: string,
  { cache: given, answers = speaks }: { cache?: string; answers?(bin: string): Promise<boolean> } = {},
): Promise<{ bin: string; version: string }> {
  const { bin, cache, version } = await describeWork(given);
  await mkdir(cache, { recursive: true });
  const lock = await takeLock(`${bin}.lock`);
  if (!lock) throw new Error("A gateway is making the video worker just now. Stop it, or wait until it is done.");
  const fresh = `${bin}.fresh`;
  try {
    await takeFromArchive(file, fresh, { version, cache, arch: process.arch });
    await chmod(fresh, 0o755);
    if (!(await runs(fresh))) throw new Error(`The worker in ${file} does not run on this computer.`);
    if (!(await answers(fresh))) throw new Error(`The worker in ${file} is not of version ${version}.`);
    await keep(fresh, bin);
    return { bin, version };
  } finally {
    await rm(fresh, { force: true });
    await lock.release();
  }
}

/** Writes the file that `takeOffline` reads: this computer's worker, or the makers' for another processor. */
export async function packOffline(
  file: string,
  { arch, cache: given, ...options }: PrepareOptions & { arch?: string },
): Promise<{ sum: string; version: string }> {
  const { cache, version } = await describeWork(given);
  await mkdir(cache, { recursive: true });
  if (arch === undefined || arch === process.arch) {
    const { bin } = await prepareMediaWorker({ ...options, cache });
    return { sum: await packWorker(bin, file), version };
  }
  // the system of a Raspberry Pi has kernel 6
  const machine = { platform: "linux", arch, kernel: "6" };
  return { sum: await fetchForOther({ version, machine, cache }, file), version };
}

/** Where the installed mediasoup is, and where its worker is kept once made. */
async function describeWork(cacheOption: string | undefined): Promise<Work> {
  const packageFolder = dirname(dirname(dirname(createRequire(import.meta.url).resolve("mediasoup"))));
  const manifest: unknown = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  const cache = cacheOption ?? process.env.VITRINE_CACHE ?? join(homedir(), ".cache", "vitrine");
  const bin = join(cache, `mediasoup-worker-${version}-${process.arch}`);
  return { version: String(version), packageFolder, cache, bin };
}

type Say = (step: string, progress: number) => void;

async function make(work: Work, lock: Lock, say: Say, signal: AbortSignal | undefined): Promise<void> {
  const { version, packageFolder, cache, bin } = work;
  if ((await keptState(bin)) === "intact") return;
  const onStep: Say = (step, progress) => {
    say(step, progress);
    lock.say(step, progress).catch(() => {});
  };
  onStep("Looking for a ready video worker", 0);
  const fresh = `${bin}.fresh`;
  const folder = join(cache, `build-${version}-${process.arch}`);
  const installed = join(packageFolder, "worker", "out", "Release", "mediasoup-worker");
  const machine = { platform: process.platform, arch: process.arch, kernel: release() };
  const fetched = () => fetchPrebuilt({ version, machine, into: fresh, cache, signal, onStep });
  const found = existsSync(installed) && (await runs(installed));
  if (found) await copyFile(installed, fresh);
  else if (!(await fetched()) || !(await runs(fresh))) {
    await buildWorker({ packageFolder, folder, into: fresh, signal, onStep });
  }
  await chmod(fresh, 0o755);
  if (!(await runs(fresh))) throw new Error("The video worker that was built does not run on this machine.");
  onStep("Putting the video worker in its place", 0.99);
  await keep(fresh, bin);
  // the sources and objects take 300 MB, and an SD card is small
  await rm(folder, { recursive: true, force: true });
}

/** The program first, then its checksum: one without the other counts as none. */
async function keep(fresh: string, bin: string): Promise<void> {
  const sum = await sha256(fresh);
  await rm(`${bin}.sha256`, { force: true });
  await rename(fresh, bin);
  await writeFile(`${bin}.sha256.fresh`, `${sum}\n`);
  await rename(`${bin}.sha256.fresh`, `${bin}.sha256`);
}

/** The checksum is looked at before each use: a card that loses bits, or a copy that was cut off, is found here. */
async function keptState(bin: string): Promise<"intact" | "altered" | "missing"> {
  if (!existsSync(bin)) return "missing";
  try {
    const wanted = (await readFile(`${bin}.sha256`, "utf8")).trim();
    return wanted === (await sha256(bin)) && (await runs(bin)) ? "intact" : "altered";
  } catch {
    return "altered";
  }
}
