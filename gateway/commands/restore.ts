import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { belongTo, dropFiles, type KeptFile, moveIn, onDisk, unpackFiles, writeDraft } from "./backup-files.ts";
import { noteDeed } from "./note-deed.ts";
import { dataFolderOf, lockDataFolder, plain } from "./setting.ts";

/** Puts a backup in place; what was there stays beside it for 30 days, or until the running shop must forget a shopper. */
export async function run(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { data: { type: "string" } } });
  const [file] = positionals;
  if (!file || !existsSync(file)) throw plain("vitrine restore needs the file of a backup");
  const folder = dataFolderOf(values.data);
  const source = resolve(file);
  if (source === join(folder, "vitrine.db")) throw plain(`${file} is in place already.`);
  const files = filesIn(source);
  if (!files.ok) throw plain(`${file} is not a whole Vitrine database: ${files.reason}.`);
  // nobody starts a gateway on half of it
  const unlock = lockDataFolder(folder);
  try {
    const suffix = `.replaced-${new Date().toISOString().replaceAll(":", "-")}`;
    const replaced = putBack(folder, source, { files: files.value, suffix });
    await noteDeed(folder, "restore", file);
    const names = files.value.map(({ name }) => name);
    console.log(`Restored ${file}${names.length === 0 ? "" : `, with ${names.join(", ")}`}.`);
    if (replaced) console.log(`What was there before is beside it, with ${suffix} behind its name, for 30 days.`);
    if (names.length === 0) console.log("It holds no accounts and no keys: those of this folder stay.");
    else console.log("Who may come in is as it was then; everybody signs in once more.");
  } finally {
    unlock();
  }
}

/** True when something was there before. */
function putBack(folder: string, source: string, { files, suffix }: { files: KeptFile[]; suffix: string }): boolean {
  const target = join(folder, "vitrine.db");
  const wasThere = existsSync(target);
  const draft = `${target}.restoring`;
  copyFileSync(source, draft);
  chmodSync(draft, 0o600);
  belongTo(draft, folder);
  const db = new DatabaseSync(draft);
  dropFiles(db);
  db.close();
  onDisk(draft);
  const drafts = files.map((one) => ({ draft: writeDraft(folder, one), target: join(folder, one.name) }));
  for (const one of drafts) moveIn(one.draft, one.target, suffix);
  // a session of an account that is another one now
  if (files.length > 0) rmSync(join(folder, "sessions.json"), { force: true });
  // the write-ahead log belongs to the database it was written for: after a power cut the newest changes are in it
  for (const end of ["", "-wal"]) if (existsSync(target + end)) renameSync(target + end, target + suffix + end);
  rmSync(`${target}-shm`, { force: true });
  renameSync(draft, target);
  onDisk(folder);
  return wasThere;
}

type Files = { ok: true; value: KeptFile[] } | { ok: false; reason: string };

function filesIn(source: string): Files {
  try {
    const db = new DatabaseSync(source, { readOnly: true });
    try {
      const check = db.prepare("PRAGMA integrity_check").get()?.integrity_check;
      if (check !== "ok") return { ok: false, reason: `damaged (${check})` };
      const tables = db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('journal', 'snapshot')").get();
      if (tables?.n !== 2) return { ok: false, reason: "there is no journal in it" };
      return { ok: true, value: unpackFiles(db) };
    } finally {
      db.close();
    }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
