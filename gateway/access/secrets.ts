import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const secretBytes = 32;

/**
 * The gateway's own 32-byte key, from `secret.key` in the data folder; made at the first start, readable by its owner
 * only. Throws when the file is there but is not a key: going on with another one would void every QR in the shop.
 */
export function loadSecret(dataFolder: string): Uint8Array {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const path = join(dataFolder, "secret.key");
  return read(path) ?? create(path);
}

function read(path: string): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new Error(`cannot read the gateway's key ${path}`, { cause });
  }
  if (bytes.length !== secretBytes) {
    throw new Error(`${path} should hold ${secretBytes} bytes and holds ${bytes.length}: restore it from a backup`);
  }
  chmodSync(path, 0o600);
  return bytes;
}

/** Written beside and linked into place, so that a crash leaves no half key and two first starts agree on one. */
function create(path: string): Uint8Array {
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeSync(file, randomBytes(secretBytes));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  } finally {
    rmSync(draft);
  }
  const key = read(path);
  if (!key) throw new Error(`the gateway's key ${path} vanished while it was being made`);
  return key;
}
