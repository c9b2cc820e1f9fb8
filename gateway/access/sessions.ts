import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../clock.ts";
import type { StaffRole } from "./identity.ts";
import { writeWhole } from "./whole-file.ts";

const Session = Type.Object({
  /** SHA-256 of the cookie. */
  key: Type.String(),
  /** What the session is called in lists; worth nothing. */
  id: Type.String(),
  account: Type.String(),
  generation: Type.String(),
  role: Type.Union([Type.Literal("staff"), Type.Literal("manager"), Type.Literal("engineer")]),
  by: Type.Union([Type.Literal("pin"), Type.Literal("password"), Type.Literal("passkey")]),
  since: Type.Integer(),
  lastUsedAt: Type.Integer(),
  userAgent: Type.String(),
  address: Type.String(),
});
export type Session = Static<typeof Session>;
const checker = Compile(Type.Object({ version: Type.Literal(1), sessions: Type.Array(Session) }));

/** One shift, however busy. */
const absoluteMs = 12 * 3_600_000;
/** How long nothing may be asked. A page that is open asks: its live stream counts. */
const idleMs: Record<StaffRole, number> = {
  staff: 4 * 3_600_000,
  manager: 2 * 3_600_000,
  engineer: 3_600_000,
};
const maxPerAccount = 20;
const maxSessions = 1_000;
const name = "sessions.json";
/** The time of last use is worth a write of the SD card once in a while only. */
const writeUseMs = 60_000;

export type Sessions = ReturnType<typeof createSessions>;

/**
 * Who is signed in. In memory, and in `sessions.json` so that a restart sends nobody away; the file holds hashes of the
 * cookies, so a copy of it opens nothing. At 20 per person, or 1,000 in all, the one longest unused ends.
 */
export function createSessions(dataFolder: string, clock: Clock) {
  const sessions = new Map<string, Session>();
  /** What must stop when a session ends: open streams. */
  const watchers = new Map<string, Set<() => void>>();
  let loading: Promise<void> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let dirtySince: number | undefined;
  /** Seen once to stand for nothing. Whoever is just changing their own password stands again a moment later. */
  let doubtful = new Set<string>();

  async function load() {
    const text = await readFile(join(dataFolder, name), "utf8").catch(() => undefined);
    if (text === undefined) return;
    for (const session of parse(text)) sessions.set(session.key, session);
  }
  const ready = () => {
    loading ??= load();
    return loading;
  };

  function save(): Promise<void> {
    dirtySince = undefined;
    writing = writing
      .catch(() => undefined)
      .then(() => writeWhole(dataFolder, name, JSON.stringify({ version: 1, sessions: [...sessions.values()] })));
    return writing;
  }

  const isOver = (session: Session) => {
    const now = clock.now();
    return now - session.since >= absoluteMs || now - session.lastUsedAt >= idleMs[session.role];
  };

  function drop(key: string) {
    sessions.delete(key);
    const stops = watchers.get(key);
    watchers.delete(key);
    for (const stop of stops ?? []) stop();
  }

  async function end(which: (session: Session) => boolean): Promise<number> {
    await ready();
    const ended = [...sessions.values()].filter(which);
    for (const { key } of ended) drop(key);
    if (ended.length > 0) await save();
    return ended.length;
  }

  function makeRoom(account: string) {
    const all = [...sessions.values()].sort((a, b) => a.lastUsedAt - b.lastUsedAt);
    const own = all.filter((session) => session.account === account);
    const tooMany = [
      ...own.slice(0, Math.max(0, own.length - maxPerAccount + 1)),
      ...all.slice(0, Math.max(0, all.length - maxSessions + 1)),
    ];
    for (const { key } of tooMany) drop(key);
  }

  return {
    /** Resolves with the cookie once the session is on disk. */
    async begin(from: Omit<Session, "key" | "id" | "since" | "lastUsedAt">): Promise<string> {
      await ready();
      makeRoom(from.account);
      const token = randomBytes(32).toString("base64url");
      const key = keyOf(token);
      const now = clock.now();
      const id = randomBytes(6).toString("base64url");
      const userAgent = from.userAgent.replace(/\p{Cc}/gu, " ").slice(0, 160);
      sessions.set(key, { ...from, userAgent, key, id, since: now, lastUsedAt: now });
      await save();
      return token;
    },
    /** The session of this cookie, and counts as use of it; undefined when it is over or was never one. */
    async use(token: string): Promise<Session | undefined> {
      // Ours are 43 letters: nothing else is worth a hash.
      if (token.length !== 43) return undefined;
      await ready();
      const session = sessions.get(keyOf(token));
      if (!session) return undefined;
      if (isOver(session)) {
        drop(session.key);
        dirtySince ??= clock.now();
        return undefined;
      }
      session.lastUsedAt = clock.now();
      dirtySince ??= session.lastUsedAt;
      return session;
    },
    /** Calls `stop` when the session ends, at once if it has. Returns how to forget about it. */
    whenEnded(key: string, stop: () => void): () => void {
      if (!sessions.has(key)) {
        stop();
        return () => {};
      }
      const stops = watchers.get(key) ?? new Set();
      stops.add(stop);
      watchers.set(key, stops);
      return () => {
        stops.delete(stop);
        if (stops.size === 0 && watchers.get(key) === stops) watchers.delete(key);
      };
    },
    end,
    /** All sessions of `account` end but one, which goes on under the account's new generation. */
    async keepOnly(account: string, key: string, generation: string): Promise<void> {
      await ready();
      const kept = sessions.get(key);
      if (kept) kept.generation = generation;
      await end((session) => session.account === account && session.key !== key);
      await save();
    },
    async of(account: string): Promise<Session[]> {
      await ready();
      return [...sessions.values()].filter((session) => session.account === account && !isOver(session));
    },
    /**
     * Once a second or so: ends what is over, and what `stands` has not spoken for twice in a row. A session with an open
     * stream is in use.
     */
    async sweep(stands: (session: Session) => boolean): Promise<void> {
      await ready();
      for (const key of watchers.keys()) {
        const session = sessions.get(key);
        if (session) session.lastUsedAt = clock.now();
      }
      const before = doubtful;
      doubtful = new Set([...sessions.values()].filter((session) => !stands(session)).map(({ key }) => key));
      await end((session) => isOver(session) || (before.has(session.key) && doubtful.has(session.key)));
      if (watchers.size > 0) dirtySince ??= clock.now();
      if (dirtySince !== undefined && clock.now() - dirtySince >= writeUseMs) await save();
    },
    count: () => sessions.size,
    /** Writes what is not on disk yet. */
    async close() {
      if (dirtySince !== undefined) await save();
      await writing;
    },
  };
}

const keyOf = (token: string) => createHash("sha256").update(token).digest("base64url");

/** A file that cannot be read means signing in once more, no more. */
function parse(text: string): Session[] {
  try {
    const content: unknown = JSON.parse(text);
    return checker.Check(content) ? content.sessions.slice(0, maxSessions) : [];
  } catch {
    return [];
  }
}
