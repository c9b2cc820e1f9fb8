import {
  closeSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** A private key and its certificate in one file, so that no power cut ever leaves one without the other. */
export type PemPair = { key: string; cert: string };

/** undefined when there is no such file. Throws when it holds something else. */
export function readPem(path: string): PemPair | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new Error(`cannot read ${path}`, { cause });
  }
  const pair = splitPem(text);
  if (!pair) throw new Error(`${path} should hold a key and a certificate: restore it from a backup, or delete it`);
  return pair;
}

export function splitPem(text: string): PemPair | undefined {
  const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----\n?/.exec(text)?.[0];
  const certs = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g);
  return key !== undefined && certs ? { key, cert: certs.join("") } : undefined;
}

/** Writes a file that must not be there yet; whoever was first is believed, and their pair is returned. */
export function placePem(path: string, pair: PemPair): PemPair {
  const draft = writeDraft(path, pair);
  try {
    linkSync(draft, path);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  } finally {
    rmSync(draft);
  }
  return readPem(path) ?? pair;
}

/** A power cut leaves the old file or the new one, never half of either. */
export function replacePem(path: string, pair: PemPair): PemPair {
  renameSync(writeDraft(path, pair), path);
  return { key: pair.key, cert: pair.cert };
}

function writeDraft(path: string, { key, cert }: PemPair): string {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, key + cert);
    // a command that was run as root must not leave what the gateway's own user cannot read
    const { uid, gid } = statSync(dirname(path));
    if (process.getuid?.() === 0) fchownSync(file, uid, gid);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return draft;
}
