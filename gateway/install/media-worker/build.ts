import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { runs } from "./checks.ts";
import { compileStep } from "./ninja-progress.ts";
import { ensurePackages } from "./packages.ts";
import { run } from "./run.ts";
import { layOutSources } from "./sources.ts";

export type BuildOptions = {
  packageFolder: string;
  /** Kept between runs: a build that was cut off goes on where it stopped. */
  folder: string;
  /** Where the finished program is put. */
  into: string;
  signal: AbortSignal | undefined;
  /** `progress` 0..1 of the whole build. */
  onStep(step: string, progress: number): void;
};

/** One C++ file of the worker takes up to this much memory to compile. */
const bytesPerJob = 900_000_000;

/** Builds the worker from the sources in the npm package and Debian's libraries. About 5 minutes on two cores. */
export async function buildWorker({ packageFolder, folder, into, signal, onStep }: BuildOptions): Promise<void> {
  onStep("Getting the tools that build the video worker", 0.02);
  await ensurePackages(signal);
  onStep("Laying out the video worker's sources", 0.08);
  const worker = await layOutSources({ packageFolder, folder, signal });
  const isContinued = existsSync(join(worker, "build", "build.ninja"));
  try {
    await compile({ worker, into, signal, onStep });
  } catch (error) {
    if (signal?.aborted || !isContinued) throw error;
    // a power cut leaves empty files that ninja takes for finished ones
    onStep("What was left of an earlier build is no good: building it from the start", 0.12);
    await rm(join(worker, "build"), { recursive: true, force: true });
    await compile({ worker, into, signal, onStep });
  }
}

type Compiling = Pick<BuildOptions, "into" | "signal" | "onStep"> & { worker: string };

async function compile({ worker, into, signal, onStep }: Compiling): Promise<void> {
  const build = join(worker, "build");
  const at = { cwd: worker, signal };
  if (!existsSync(join(build, "build.ninja"))) {
    // a set-up that was cut off counts as done to meson, which then writes nothing
    await rm(build, { recursive: true, force: true });
    onStep("Setting up the build of the video worker", 0.12);
    const settings = ["--wrap-mode=nodownload", "--buildtype", "release", "-Db_ndebug=true"];
    await run("meson", ["setup", ...settings, "build"], at);
  }
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / bytesPerJob)));
  // libwebrtc includes headers that this target makes, without saying so
  await run("meson", ["compile", "-C", "build", "flatbuffers-generator"], at);
  await run("ninja", ["-C", "build", `-j${jobs}`, "mediasoup-worker"], {
    ...at,
    onLine(line) {
      const step = compileStep(line);
      if (step) onStep(step.text, 0.15 + 0.84 * step.share);
    },
  });
  await run("strip", ["-o", into, join(build, "mediasoup-worker")], at);
  if (!(await runs(into))) throw new Error("The video worker that was built does not run on this machine.");
}
