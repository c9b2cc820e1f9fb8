import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { LoadedConfig } from "#wire/store-config.ts";
import { formatConfigErrors, loadConfig } from "../config.ts";

/** The project's folder, wherever vitrine was called from. */
export const root = fileURLToPath(new URL("../../", import.meta.url));
export const pagesFolder = join(root, "mirror-ui", "dist");

/** An error that is said in one line, without a stack: the reader can mend it. */
export function plain(message: string): Error {
  const error = new Error(message);
  error.name = "Plain";
  return error;
}

/** Reads the configuration, or ends the process with every mistake in it. */
export function loadOrExit(path: string | undefined): LoadedConfig {
  const file = path ?? join(root, "config", "store.yaml");
  const result = loadConfig(file);
  if (result.ok) return result.value;
  console.error(formatConfigErrors(result.errors));
  const count = result.errors.length;
  console.error(`\n${count === 1 ? "One mistake" : `${count} mistakes`} in the configuration. Nothing was started.`);
  process.exit(1);
}

export function dataFolderOf(option: string | undefined, fallback = "data"): string {
  return resolve(option ?? process.env.VITRINE_DATA ?? join(root, fallback));
}

/** One gateway per data folder: two writers would each believe to know the shop. Returns how to let go. */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "gateway.pid");
  if (!claim(file)) {
    const pid = Number(readFileSync(file, "utf8"));
    if (pid !== process.pid && isAlive(pid)) {
      throw plain(
        `A gateway (process ${pid}) already uses ${folder}. Stop it first, or give another folder with --data.`,
      );
    }
    // left behind by one that was killed
    writeFileSync(file, String(process.pid), { mode: 0o600 });
  }
  return () => rmSync(file, { force: true });
}

/** Only one of two that start at the same moment makes the file. */
function claim(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** The system's short name of an error, such as EADDRINUSE. */
export const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

export function isLocked(folder: string): boolean {
  const file = join(folder, "gateway.pid");
  return existsSync(file) && isAlive(Number(readFileSync(file, "utf8")));
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    // a number that was given to another program since; where there is no /proc it is believed
    if (!existsSync("/proc/self/cmdline")) return true;
    const started = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return started.includes("vitrine") || started.includes("main.ts");
  } catch {
    return false;
  }
}

/** Runs `close` once on Ctrl-C or a service manager's stop, then leaves. */
export function onStop(close: () => Promise<void>) {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      close().then(
        () => process.exit(0),
        (error) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}
