import { chmodSync, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { dataFolderOf, plain } from "./setting.ts";

/** Works while the gateway runs: SQLite copies a consistent state. Keys and credentials are files beside it. */
export async function run(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { data: { type: "string" } } });
  const [file] = positionals;
  if (!file) throw plain("vitrine backup needs a file to write to, for example: vitrine backup /media/usb/vitrine.db");
  const source = join(dataFolderOf(values.data), "vitrine.db");
  if (!existsSync(source)) throw plain(`There is nothing to back up at ${source}.`);
  if (existsSync(file)) throw plain(`${file} exists already. A backup never overwrites one.`);
  if (!existsSync(dirname(resolve(file)))) throw plain(`There is no folder ${dirname(resolve(file))} to write to.`);
  const db = new DatabaseSync(source, { readOnly: true });
  db.exec("PRAGMA busy_timeout = 10000");
  db.prepare("VACUUM INTO ?").run(resolve(file));
  db.close();
  // it holds what the data folder keeps to itself
  chmodSync(file, 0o600);
  console.log(
    `Backed up to ${resolve(file)}. Keep secret.key, credentials.json and accounts.json of the data folder with it: QR codes, passwords and passkeys depend on them.`,
  );
}
