import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { download } from "./download.ts";
import { run } from "./run.ts";

/** A computer that a worker is for. `kernel` is the release of Linux, as in "6.12.47+rpt-rpi-2712". */
export type Machine = { platform: string; arch: string; kernel: string };

type Options = {
  version: string;
  machine: Machine;
  into: string;
  cache: string;
  signal: AbortSignal | undefined;
  /** `share` 0..1 of the download. */
  onStep?(step: string, share: number): void;
};

/** The oldest kernel that mediasoup's makers build for; a program made on it runs on newer ones too. */
const builtOnKernel = "6";

/**
 * Names of the archives that may fit, best first, as mediasoup's own installer composes them: on a Raspberry Pi with a
 * 64-bit system mediasoup-worker-<version>-linux-arm64-kernel6.tgz.
 */
export function prebuiltNames(version: string, { platform, arch, kernel }: Machine): string[] {
  const name = `mediasoup-worker-${version}-${platform}-${arch}`;
  if (platform !== "linux") return [`${name}.tgz`];
  const major = kernel.split(".")[0] ?? "";
  // 32-bit ARM and older kernels are built by nobody
  const older = Number(major) > Number(builtOnKernel) ? [builtOnKernel] : [];
  return [major, ...older].map((number) => `${name}-kernel${number}.tgz`);
}

/** Where to fetch an archive of that name from (MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL names a mirror). */
export function prebuiltUrl(version: string, name: string): string {
  const makers = "https://github.com/versatica/mediasoup/releases/download";
  return `${process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL ?? makers}/${version}/${name}`;
}

/** Fetches the archive that mediasoup's makers offer for this kind of machine; false when there is none within reach. */
export async function fetchArchive({ version, machine, into, signal, onStep }: Options): Promise<boolean> {
  for (const name of prebuiltNames(version, machine)) {
    const onProgress = (bytes: number, share: number) =>
      onStep?.(`Fetching the video worker, ${(bytes / 1e6).toFixed(1)} MB`, share);
    if (await download(prebuiltUrl(version, name), into, { signal, onProgress })) return true;
  }
  return false;
}

/** The program out of such an archive. False when there is none to be had that can be read. */
export async function fetchPrebuilt(options: Options): Promise<boolean> {
  if (process.env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) return false;
  const { version, machine, cache, into, signal } = options;
  // named after what it is, so that a download that was cut off is found again
  const archive = join(cache, prebuiltNames(version, machine)[0] ?? "mediasoup-worker.tgz");
  try {
    if (!(await fetchArchive({ ...options, into: archive }))) return false;
    return await unpack(archive, into, { cache, signal });
  } finally {
    await rm(archive, { force: true });
  }
}

/** Takes the program out of an archive; false when it is not one, was cut off, or holds no worker. */
export async function unpack(
  archive: string,
  into: string,
  { cache, signal }: { cache: string; signal: AbortSignal | undefined },
): Promise<boolean> {
  const scratch = await mkdtemp(join(cache, "unpack-"));
  try {
    await run("tar", ["-xzf", archive, "-C", scratch, "mediasoup-worker"], { signal });
    await rename(join(scratch, "mediasoup-worker"), into);
    return true;
  } catch (error) {
    if (signal?.aborted) throw error;
    return false;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
