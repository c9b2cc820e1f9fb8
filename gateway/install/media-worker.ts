import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MediaStatus } from "#wire/views.ts";
import type { Log } from "../log.ts";
import { buildWorker } from "./media-worker/build.ts";
import { type Lock, readHolder, takeLock } from "./media-worker/lock.ts";
import { fetchPrebuilt } from "./media-worker/prebuilt.ts";

export type PrepareOptions = {
  log: Log;
  onStatus(status: MediaStatus): void;
  /** Stops the work; what is built so far is kept and continued next time. */
  signal?: AbortSignal;
  /** Where finished programs are kept; otherwise VITRINE_CACHE, otherwise ~/.cache/vitrine. */
  cache?: string;
};

type Work = { version: string; packageFolder: string; cache: string; bin: string };

const lookAgainMs = 500;
/** mediasoup's program ends with this when nobody has spawned it properly: it runs on this machine. */
const runsStatus = 41;

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
  while (!(await isIntact(work.bin))) {
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

/** Whether a worker is there and runs, without making one. */
export async function mediaWorkerState(): Promise<{ ready: boolean; path: string }> {
  const given = process.env.MEDIASOUP_WORKER_BIN;
  if (given) return { ready: await runs(given), path: given };
  const { bin } = await describeWork(undefined);
  return { ready: await isIntact(bin), path: bin };
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
  if (await isIntact(bin)) return;
  const onStep: Say = (step, progress) => {
    say(step, progress);
    lock.say(step, progress).catch(() => {});
  };
  onStep("Looking for a ready video worker", 0);
  const fresh = `${bin}.fresh`;
  const folder = join(cache, `build-${version}-${process.arch}`);
  const installed = join(packageFolder, "worker", "out", "Release", "mediasoup-worker");
  const found = existsSync(installed) && (await runs(installed));
  if (found) await copyFile(installed, fresh);
  else if (!(await fetchPrebuilt({ version, into: fresh, cache, signal })) || !(await runs(fresh))) {
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

async function isIntact(bin: string): Promise<boolean> {
  try {
    const wanted = (await readFile(`${bin}.sha256`, "utf8")).trim();
    return wanted === (await sha256(bin)) && (await runs(bin));
  } catch {
    return false;
  }
}

async function sha256(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

async function runs(bin: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(bin, [], { env: {}, stdio: "ignore", timeout: 10_000 });
    child.on("error", () => resolve(false));
    child.on("exit", (status) => resolve(status === runsStatus));
  });
}
