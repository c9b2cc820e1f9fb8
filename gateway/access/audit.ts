import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../clock.ts";
import { createRateLimit } from "./throttle.ts";
import { belongTo } from "./whole-file.ts";

const AuditEntry = Type.Object({
  /** Epoch ms. */
  at: Type.Integer(),
  /** Id of a person or device, "command line", "gateway", or whatever a stranger called themselves. */
  by: Type.String(),
  action: Type.String(),
  subject: Type.Optional(Type.String()),
  ok: Type.Boolean(),
  address: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  /** How many entries before this one were not written, because there were too many. */
  missed: Type.Optional(Type.Integer()),
});
export type AuditEntry = Static<typeof AuditEntry>;
export type AuditNote = Omit<AuditEntry, "at" | "missed">;
const checker = Compile(AuditEntry);

const maxTextLength = 120;
/** Lines that wait for the disk; further ones are counted, not kept. */
const maxWaiting = 2_000;

export type Audit = {
  /** Remembers who did what. Returns at once and never throws; never hand it a secret. */
  note(entry: AuditNote): void;
  /** The newest `limit` entries, oldest first. */
  read(limit: number): Promise<AuditEntry[]>;
  counters(): { written: number; missed: number };
  /** Resolves when everything noted so far is on disk. */
  flush(): Promise<void>;
};

export type AuditOptions = { dataFolder: string; clock: Clock; maxBytes?: number; files?: number };

/**
 * Who did what when: JSON Lines in `audit.jsonl`, appended and synced. At `maxBytes` the file is put aside as
 * `audit.1.jsonl`, the oldest of `files` is forgotten. Refusals that strangers can cause are limited to one a second on
 * average, so that nobody can wash the log away; how many were left out stands in the next entry.
 */
export function createAudit({ dataFolder, clock, maxBytes = 1024 * 1024, files = 5 }: AuditOptions): Audit {
  const path = (index: number) => join(dataFolder, index === 0 ? "audit.jsonl" : `audit.${index}.jsonl`);
  const refusals = createRateLimit(clock, { perSecond: 1, burst: 200 });
  let waiting: string[] = [];
  let missed = 0;
  let missedInAll = 0;
  let written = 0;
  let writing: Promise<void> | undefined;
  let appended = false;

  async function writeAll() {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      try {
        await append(lines.join(""));
        written += lines.length;
      } catch {
        // A full disk must not stop the shop; the gap is told as soon as something can be written again.
        missed += lines.length;
        missedInAll += lines.length;
      }
    }
    writing = undefined;
  }

  async function append(text: string) {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const size = await stat(path(0)).then(
      (info) => info.size,
      () => 0,
    );
    if (size > 0 && size + Buffer.byteLength(text) > maxBytes) await rotate();
    const file = await open(path(0), "a", 0o600);
    try {
      // A power cut may have left the last line without its end.
      await file.appendFile(size > 0 && !appended ? `\n${text}` : text);
      appended = true;
      if (size === 0) await belongTo(file, dataFolder);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async function rotate() {
    await rm(path(files - 1), { force: true });
    for (let index = files - 2; index >= 0; index -= 1) {
      await rename(path(index), path(index + 1)).catch(() => undefined);
    }
  }

  function leaveOut() {
    missed += 1;
    missedInAll += 1;
  }

  async function flush() {
    while (writing) await writing;
  }

  return {
    note(entry) {
      if (waiting.length >= maxWaiting) return leaveOut();
      if (!entry.ok && refusals.take("refusals") > 0) return leaveOut();
      const line: AuditEntry = { at: clock.now(), ...shorten(entry), ...(missed > 0 ? { missed } : {}) };
      missed = 0;
      waiting.push(`${JSON.stringify(line)}\n`);
      writing ??= writeAll();
    },
    async read(limit) {
      await flush();
      let found: AuditEntry[] = [];
      for (let index = 0; index < files && found.length < limit; index += 1) {
        const text = await readFile(path(index), "utf8").catch(() => "");
        found = [...text.split("\n").flatMap(parse), ...found];
      }
      return limit <= 0 ? [] : found.slice(-limit);
    },
    counters: () => ({ written, missed: missedInAll }),
    flush,
  };
}

/** Names come from outside: none is longer than a line, none breaks one. */
function shorten({ by, action, subject, ok, address, detail }: AuditNote): AuditNote {
  const short = (text: string) => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ").slice(0, maxTextLength);
  return {
    by: short(by),
    action: short(action),
    ...(subject === undefined ? {} : { subject: short(subject) }),
    ok,
    ...(address === undefined ? {} : { address: short(address) }),
    ...(detail === undefined ? {} : { detail: short(detail) }),
  };
}

/** A line that a power cut left half is skipped. */
function parse(line: string): AuditEntry[] {
  if (line === "") return [];
  try {
    const entry: unknown = JSON.parse(line);
    return checker.Check(entry) ? [entry] : [];
  } catch {
    return [];
  }
}
