import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./whole-file.ts";

export type JsonFile<T> = {
  /** What the file holds now, also after another process has changed it. Not to be changed in place. */
  current(): Promise<T>;
  /** Edits a copy and writes it; one change after the other, also between processes. */
  change<R>(edit: (content: T) => R): Promise<R>;
};

export type JsonFileOptions<T> = {
  folder: string;
  name: string;
  empty(): T;
  check(content: unknown): content is T;
  /** Said when the file is there but is not what it should be. */
  damaged: string;
};

/** Somebody who died while writing holds the lock no longer than this. */
const staleLockMs = 10_000;
const lockRetryMs = 15;

/**
 * A small file of ours that the command line changes while the gateway runs: it is read again whenever it has changed,
 * and written so that a power cut leaves the old one or the new one. Throws when it is damaged: accounts that are taken
 * for none would let nobody in, or the wrong ones.
 */
export function createJsonFile<T>({ folder, name, empty, check, damaged }: JsonFileOptions<T>): JsonFile<T> {
  const path = join(folder, name);
  let loaded: { stamp: string; content: Promise<T> } | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  async function current(): Promise<T> {
    const info = await stat(path, { bigint: true }).catch(ignore("ENOENT"));
    const stamp = info ? `${info.ino} ${info.mtimeNs} ${info.size}` : "none";
    // The promise is kept, not the content: many who ask at once read the file once.
    if (loaded?.stamp !== stamp) loaded = { stamp, content: info ? read() : Promise.resolve(empty()) };
    const attempt = loaded;
    return attempt.content.catch((error: unknown) => {
      if (loaded === attempt) loaded = undefined;
      throw error;
    });
  }

  async function read(): Promise<T> {
    let content: unknown;
    try {
      content = JSON.parse(await readFile(path, "utf8"));
    } catch (cause) {
      throw new Error(`cannot read ${path}`, { cause });
    }
    if (check(content)) return content;
    throw new Error(`${path} ${damaged}`);
  }

  return {
    current,
    change(edit) {
      const turn = writing.then(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const unlock = await lock(`${path}.lock`);
        try {
          const content = structuredClone(await current());
          const result = edit(content);
          await writeWhole(folder, name, `${JSON.stringify(content, null, 2)}\n`);
          loaded = undefined;
          return result;
        } finally {
          await unlock();
        }
      });
      writing = turn.catch(() => undefined);
      return turn;
    },
  };
}

async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    const handle = await open(path, "wx", 0o600).catch(ignore("EEXIST"));
    if (handle) {
      await handle.close();
      return () => rm(path, { force: true });
    }
    const held = await stat(path).catch(ignore("ENOENT"));
    // also from the future: a machine without a clock of its own may start before the moment in which its power failed
    if (held && Math.abs(Date.now() - held.mtimeMs) > staleLockMs) await rm(path, { force: true });
    else await new Promise((again) => setTimeout(again, lockRetryMs));
  }
}

function ignore(code: string) {
  return (error: unknown): undefined => {
    if (error instanceof Error && "code" in error && error.code === code) return undefined;
    throw error;
  };
}
