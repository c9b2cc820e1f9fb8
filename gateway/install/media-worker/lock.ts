import { readFile, rename, rm, writeFile } from "node:fs/promises";

/** What the holder of a lock is doing, for those who wait. */
export type Holding = { pid: number; step: string; progress: number };
export type Lock = { say(step: string, progress: number): Promise<void>; release(): Promise<void> };

/** Takes a lock that is a file with the holder's process id; undefined when somebody who is alive has it. */
export async function takeLock(file: string): Promise<Lock | undefined> {
  if (!(await create(file))) {
    const holder = await readHolder(file);
    // an unreadable lock is one that is being written just now
    if (!holder || isAlive(holder.pid)) return undefined;
    // moved aside first: of two that find it stale, one fails here and looks again
    const stale = `${file}.${process.pid}.stale`;
    await rename(file, stale).catch(() => {});
    await rm(stale, { force: true });
    if (!(await create(file))) return undefined;
  }
  let last: Promise<unknown> = Promise.resolve();
  return {
    say(step, progress) {
      const next = `${file}.${process.pid}.next`;
      const write = last.then(async () => {
        await writeFile(next, JSON.stringify({ pid: process.pid, step, progress } satisfies Holding));
        await rename(next, file);
      });
      last = write.catch(() => {});
      return write;
    },
    async release() {
      await last;
      await rm(file, { force: true });
    },
  };
}

export async function readHolder(file: string): Promise<Holding | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, step, progress }: { pid?: unknown; step?: unknown; progress?: unknown } = value;
    return { pid: Number(pid), step: String(step), progress: Number(progress) };
  } catch {
    return undefined;
  }
}

async function create(file: string): Promise<boolean> {
  try {
    const holding: Holding = { pid: process.pid, step: "Preparing the video worker", progress: 0 };
    await writeFile(file, JSON.stringify(holding), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but is somebody else's
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
