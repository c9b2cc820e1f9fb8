import { existsSync, readdirSync } from "node:fs";
import { run } from "./run.ts";

/** What builds the worker on Debian 12 and later. All are compilers and libraries: none starts a service. */
const packages = [
  "g++",
  "meson",
  "ninja-build",
  "pkg-config",
  "dpkg-dev",
  "xz-utils",
  "libssl-dev",
  "libuv1-dev",
  "libabsl-dev",
  "libflatbuffers-dev",
  "flatbuffers-compiler",
];
const quiet = { DEBIAN_FRONTEND: "noninteractive" };

/** Installs what is missing when we may; otherwise throws with the one line that somebody must type. */
export async function ensurePackages(signal: AbortSignal | undefined): Promise<void> {
  if (!existsSync("/usr/bin/apt-get")) {
    throw new Error(
      "This system has no apt-get, so the video worker cannot be built here. Set MEDIASOUP_WORKER_BIN to a ready one.",
    );
  }
  const missing = await missingPackages(signal);
  if (missing.length === 0) return;
  const command = ["install", "-y", "-q", "--no-install-recommends", ...missing];
  if (process.getuid?.() !== 0) {
    throw new Error(`Video needs some packages. Please run: sudo apt-get ${command.join(" ")}`);
  }
  if (listsAreEmpty()) await run("apt-get", ["update", "-q"], { env: quiet, signal });
  try {
    await run("apt-get", command, { env: quiet, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    // the lists may be older than the mirror
    await run("apt-get", ["update", "-q"], { env: quiet, signal });
    await run("apt-get", command, { env: quiet, signal });
  }
}

async function missingPackages(signal: AbortSignal | undefined): Promise<string[]> {
  const missing: string[] = [];
  for (const name of packages) {
    const status = await run("dpkg", ["-s", name], { signal }).catch(() => "");
    if (signal?.aborted) throw signal.reason;
    if (!status.includes("Status: install ok installed")) missing.push(name);
  }
  return missing;
}

function listsAreEmpty(): boolean {
  const folder = "/var/lib/apt/lists";
  return !existsSync(folder) || !readdirSync(folder).some((name) => /_(Packages|InRelease)(\.|$)/.test(name));
}
