import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { dataFolderOf, isLocked, plain } from "./setting.ts";

/** Puts a backup in place; what was there stays beside it until someone deletes it. */
export async function run(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { data: { type: "string" } } });
  const [file] = positionals;
  if (!file || !existsSync(file)) throw plain("vitrine restore needs the file of a backup");
  const folder = dataFolderOf(values.data);
  if (isLocked(folder)) throw plain(`A gateway uses ${folder}. Stop it first.`);
  if (!isWhole(resolve(file))) throw plain(`${file} is not a whole Vitrine database.`);
  if (resolve(file) === join(folder, "vitrine.db")) throw plain(`${file} is in place already.`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, "vitrine.db");
  const aside = `${target}.replaced-${new Date().toISOString().replaceAll(":", "-")}`;
  // the write-ahead log belongs to the database it was written for: after a power cut the newest changes are in it
  for (const suffix of ["", "-wal"]) if (existsSync(target + suffix)) renameSync(target + suffix, aside + suffix);
  rmSync(`${target}-shm`, { force: true });
  copyFileSync(resolve(file), target);
  chmodSync(target, 0o600);
  console.log(`Restored ${file}.${existsSync(aside) ? ` What was there before is at ${aside}.` : ""}`);
}

function isWhole(file: string): boolean {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    const check = db.prepare("PRAGMA integrity_check").get()?.integrity_check;
    const tables = db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('journal', 'snapshot')").get()?.n;
    db.close();
    return check === "ok" && tables === 2;
  } catch {
    return false;
  }
}
