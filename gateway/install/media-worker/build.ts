import { compile } from "./compile.ts";
import { ensurePackages } from "./packages.ts";
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

/** Builds the worker from the sources in the npm package and Debian's libraries. About 5 minutes on two cores. */
export async function buildWorker({ packageFolder, folder, into, signal, onStep }: BuildOptions): Promise<void> {
  onStep("Getting the tools that build the video worker", 0.02);
  await ensurePackages(signal);
  onStep("Laying out the video worker's sources", 0.08);
  const worker = await layOutSources({ packageFolder, folder, signal });
  await compile({ worker, into, signal, onStep });
}
