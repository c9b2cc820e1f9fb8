import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/**
 * What a gateway needs beside its database to be the same gateway again: who may come in, and what others have learned to
 * trust. Nothing else is ever written by a restore, whatever a backup says.
 */
export const keptFiles = [
  "secret.key",
  "credentials.json",
  "accounts.json",
  "channels.json",
  "webhooks.json",
  "ble-keys.json",
  "ca/ca.pem",
  "ca/server.pem",
  "firmware/keys.json",
] as const;
export const leftOut = "Not in it: clips, firmware images, the audit log, and who is signed in just now.";

export type KeptFile = { name: (typeof keptFiles)[number]; body: Uint8Array };

const table = "kept_file";
const secretBytes = 32;

/** Puts the files of a data folder into a copy of its database. Each is replaced in one step, so each is whole. */
export function packFiles(db: DatabaseSync, folder: string): string[] {
  const found = keptFiles.filter((name) => existsSync(join(folder, name)));
  db.exec(`CREATE TABLE ${table} (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID`);
  const insert = db.prepare(`INSERT INTO ${table} (name, body) VALUES (?, ?)`);
  for (const name of found) insert.run(name, readFileSync(join(folder, name)));
  return found;
}

/** The files in a backup; none in one of an earlier version. Throws a sentence when one of them is damaged. */
export function unpackFiles(db: DatabaseSync): KeptFile[] {
  const isHere = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table);
  if (!isHere) return [];
  const select = db.prepare(`SELECT body FROM ${table} WHERE name = ?`);
  return keptFiles.flatMap((name) => {
    const body = select.get(name)?.body;
    if (body === undefined) return [];
    if (!(body instanceof Uint8Array) || !isWhole(name, body)) throw new Error(`${name} in it is damaged`);
    return [{ name, body }];
  });
}

/** What was put in leaves again, and is overwritten: a database in use has no secrets of others in it. */
export function dropFiles(db: DatabaseSync) {
  db.exec(`PRAGMA secure_delete = ON; DROP TABLE IF EXISTS ${table}`);
}

function isWhole(name: KeptFile["name"], body: Uint8Array): boolean {
  if (name === "secret.key") return body.length === secretBytes;
  const text = Buffer.from(body).toString("utf8");
  if (name.endsWith(".pem")) return text.includes("PRIVATE KEY-----") && text.includes("-----END CERTIFICATE-----");
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** Beside its place, on disk, for its owner only; `moveIn` does the rest. */
export function writeDraft(folder: string, { name, body }: KeptFile): string {
  const draft = `${join(folder, name)}.restoring`;
  const parent = dirname(draft);
  if (!existsSync(parent)) {
    mkdirSync(parent, { mode: 0o700 });
    belongTo(parent, folder);
  }
  const file = openSync(draft, "w", 0o600);
  try {
    writeSync(file, body);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  belongTo(draft, folder);
  return draft;
}

/** Root puts things back for the gateway's own user, not for itself. */
export function belongTo(path: string, folder: string) {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  chownSync(path, uid, gid);
}

/** What stood there stays beside it under `suffix`. */
export function moveIn(draft: string, target: string, suffix: string) {
  if (existsSync(target)) renameSync(target, target + suffix);
  renameSync(draft, target);
}

/** What stands in a file, or which names stand in a folder, outlives a power cut from here on. */
export function onDisk(path: string) {
  const opened = openSync(path, "r");
  fsyncSync(opened);
  closeSync(opened);
}
