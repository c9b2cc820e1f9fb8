import { createWriteStream } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { arch, platform, release } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "./run.ts";

/** A shop's network is often closed; nobody should wait for a time-out of minutes. */
const answerMs = 4_000;
const downloadMs = 120_000;

type Options = { version: string; into: string; cache: string; signal: AbortSignal | undefined };

/**
 * Fetches the program that mediasoup's makers offer for this kind of machine, from where their own installer looks
 * (MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL names a mirror). False when there is none within reach.
 */
export async function fetchPrebuilt({ version, into, cache, signal }: Options): Promise<boolean> {
  if (process.env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) return false;
  const base =
    process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL ??
    "https://github.com/versatica/mediasoup/releases/download";
  const kernel = platform() === "linux" ? `-kernel${release().split(".")[0]}` : "";
  const url = `${base}/${version}/mediasoup-worker-${version}-${platform()}-${arch()}${kernel}.tgz`;
  const scratch = await mkdtemp(join(cache, "prebuilt-"));
  const patience = new AbortController();
  let timer = setTimeout(() => patience.abort(), answerMs);
  try {
    const stop = signal ? AbortSignal.any([signal, patience.signal]) : patience.signal;
    const answer = await fetch(url, { signal: stop });
    if (!answer.ok || !answer.body) return false;
    clearTimeout(timer);
    timer = setTimeout(() => patience.abort(), downloadMs);
    const archive = join(scratch, "worker.tgz");
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(archive), { signal: stop });
    await run("tar", ["-xzf", archive, "-C", scratch, "mediasoup-worker"], { signal });
    await rename(join(scratch, "mediasoup-worker"), into);
    return true;
  } catch (error) {
    if (signal?.aborted) throw error;
    return false;
  } finally {
    clearTimeout(timer);
    await rm(scratch, { recursive: true, force: true });
  }
}
