import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { runs } from "./checks.ts";
import { compileStep } from "./ninja-progress.ts";
import { run } from "./run.ts";

export type CompileOptions = {
  /** The laid-out sources; `build` in it is kept between runs. */
  worker: string;
  /** Where the finished program is put. */
  into: string;
  signal: AbortSignal | undefined;
  /** `progress` 0..1 of the whole build. */
  onStep(step: string, progress: number): void;
};

/** One C++ file of the worker takes up to this much memory to compile. */
const bytesPerJob = 900_000_000;

/** Compiles, going on where an earlier run was cut off. What is left of one that cannot be continued is thrown away, once. */
export async function compile(options: CompileOptions): Promise<void> {
  const { worker, signal, onStep } = options;
  const isContinued = existsSync(join(worker, "build", "build.ninja"));
  try {
    await compileOnce(options);
  } catch (error) {
    if (signal?.aborted || !isContinued) throw error;
    // a power cut leaves empty files that ninja takes for finished ones
    onStep("What was left of an earlier build is no good: building it from the start", 0.12);
    await rm(join(worker, "build"), { recursive: true, force: true });
    await compileOnce(options);
  }
}

async function compileOnce({ worker, into, signal, onStep }: CompileOptions): Promise<void> {
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
