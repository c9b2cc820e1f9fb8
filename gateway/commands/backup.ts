import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { leftOut, onDisk, packFiles } from "./backup-files.ts";
import { dataFolderOf, plain } from "./setting.ts";

/** One file with the shop's memory, its accounts and its keys. Works while the gateway runs. */
export async function run(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { data: { type: "string" } } });
  const [file] = positionals;
  if (!file) throw plain("vitrine backup needs a file to write to, for example: vitrine backup /media/usb/vitrine.db");
  const folder = dataFolderOf(values.data);
  const source = join(folder, "vitrine.db");
  const target = resolve(file);
  if (!existsSync(source)) throw plain(`There is nothing to back up at ${source}.`);
  if (existsSync(target)) throw plain(`${file} exists already. A backup never overwrites one.`);
  if (!existsSync(dirname(target))) throw plain(`There is no folder ${dirname(target)} to write to.`);
  const packed = write(folder, source, target);
  console.log(
    `Backed up to ${target}, with ${packed.length === 0 ? "no keys or accounts, as there are none" : packed.join(", ")}.`,
  );
  console.log(`${leftOut} It opens the shop to whoever reads it: keep it as you keep the shop's keys.`);
}

function write(folder: string, source: string, target: string): string[] {
  // for its owner's eyes from the first byte on, and under another name until it is whole
  process.umask(0o077);
  const draft = `${target}.part`;
  rmSync(draft, { force: true });
  try {
    const from = new DatabaseSync(source, { readOnly: true });
    // SQLite copies one consistent state
    from.exec("PRAGMA busy_timeout = 10000");
    from.prepare("VACUUM INTO ?").run(draft);
    from.close();
    const copy = new DatabaseSync(draft);
    copy.exec("PRAGMA journal_mode = DELETE");
    // the files after the database: what was taken back meanwhile does not come back with it
    const packed = packFiles(copy, folder);
    copy.close();
    chmodSync(draft, 0o600);
    onDisk(draft);
    renameSync(draft, target);
    onDisk(dirname(target));
    return packed;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
