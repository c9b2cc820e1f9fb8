import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

const backupsKept = 3;

/** Brings a database to the newest schema, after a copy of it was put aside. Throws a sentence when it is newer than we are. */
export function migrate(database: DatabaseSync, file: string, migrations: readonly string[]) {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (version === migrations.length) return;
  if (version > migrations.length)
    throw new Error(`${file} was written by a newer Vitrine (schema ${version}); update Vitrine or restore a backup`);
  if (version > 0) keepBackup(database, file, version);
  database.exec("BEGIN IMMEDIATE");
  for (const migration of migrations.slice(version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
}

function keepBackup(database: DatabaseSync, file: string, version: number) {
  const prefix = `${basename(file)}.before-schema-`;
  const target = join(dirname(file), `${prefix}${version + 1}`);
  if (!existsSync(target)) {
    // under another name first: half a copy must not pass for one
    rmSync(`${file}.copying`, { force: true });
    database.prepare("VACUUM INTO ?").run(`${file}.copying`);
    chmodSync(`${file}.copying`, 0o600);
    renameSync(`${file}.copying`, target);
  }
  const versions = readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
  for (const older of versions.slice(0, -backupsKept)) rmSync(join(dirname(file), `${prefix}${older}`));
}
