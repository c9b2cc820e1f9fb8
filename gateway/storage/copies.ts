import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What was put aside is there to go back to; nobody goes back after so long. */
const keptForMs = 30 * 24 * 3_600_000;
/** Of each kind. */
const setsKept = 3;

const beforeSchema = /\.before-schema-\d+(?:-wal|-shm)?$/;
const replaced = /\.replaced-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z)(?:-wal|-shm)?$/;

/** Names, relative to the data folder. `failed`: those that are still there, since the disk would not let go of them. */
export type Removed = { removed: string[]; failed: string[] };

/**
 * Every copy of the database `file` that an update or `vitrine restore` has put aside beside it, and what a crash left of
 * one: a shopper who was erased is still in them.
 */
export function removeCopies(file: string): Removed {
  const name = basename(file);
  const prefixes = ["before-schema-", "replaced-", "copying", "restoring"].map((what) => `${name}.${what}`);
  const isCopy = (one: string) => prefixes.some((prefix) => one.startsWith(prefix));
  return remove(dirname(file), readdirSync(dirname(file)).filter(isCopy));
}

/** Of what was put aside in the data folder of `file`: whatever is older than 30 days, and all but the newest three. */
export function removeOldCopies(file: string, now: number): Removed {
  const folder = dirname(file);
  const updates = new Map<string, Aside>();
  const restores = new Map<string, Aside>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const stamp = replaced.exec(name)?.[1];
    // a restore moves the files, thus their own times are older; a copy for an update is written anew
    if (stamp !== undefined) note(restores, stamp, { name, madeAt: timeOf(stamp) });
    else if (beforeSchema.test(name)) note(updates, name, { name, madeAt: statSync(join(folder, name)).mtimeMs });
  }
  const old = [updates, restores].flatMap((sets) =>
    [...sets.values()]
      .sort((a, b) => b.madeAt - a.madeAt)
      .filter(({ madeAt }, place) => place >= setsKept || now - madeAt > keptForMs),
  );
  return remove(
    folder,
    old.flatMap(({ names }) => names),
  );
}

/** Files that were put aside together. */
type Aside = { madeAt: number; names: string[] };

function note(sets: Map<string, Aside>, key: string, { name, madeAt }: { name: string; madeAt: number }) {
  const set = sets.get(key) ?? { madeAt, names: [] };
  set.names.push(name);
  sets.set(key, set);
}

/** "2026-01-31T08-15-00.000Z": a colon is no letter for every file system. */
function timeOf(stamp: string): number {
  return Date.parse(stamp.replace(/T(\d\d)-(\d\d)-/, "T$1:$2:"));
}

function remove(folder: string, names: string[]): Removed {
  const result: Removed = { removed: [], failed: [] };
  for (const name of names) {
    try {
      rmSync(join(folder, name));
      result.removed.push(name);
    } catch {
      result.failed.push(name);
    }
  }
  return result;
}
