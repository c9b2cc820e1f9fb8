import { chmodSync, closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { type Removed, removeCopies, removeOldCopies } from "./copies.ts";
import type { FromWriter, Loaded, StorageInfo, ToWriter } from "./messages.ts";
import { migrate } from "./migrate.ts";
import { createJournalReader } from "./read-journal.ts";
import { migrations, type StatementName, statements } from "./schema.ts";

// The writer's thread: it owns the only connection that writes, so that an fsync never stops a packet.

const port = parentPort;
if (!port) throw new Error("writer.ts runs as a worker thread");
const path: string = workerData.path;
/** Only for measuring what an SD card would cost: added to every commit. */
const commitDelayMs: number = workerData.commitDelayMs ?? 0;

const ownerOnly = 0o600;
const dayMs = 24 * 3_600_000;

const db = openOrRefuse(path);
const prepared = new Map<StatementName, StatementSync>();
for (const name of Object.keys(statements) as StatementName[]) prepared.set(name, db.prepare(statements[name]));
const readJournal = createJournalReader(db);
/** Counted once, then kept: counting reads the whole journal, and a commit would wait for it. */
let journalRows: number | undefined;
const insertEvent = db.prepare("INSERT INTO journal (id, body) VALUES (?, ?)");

function openOrRefuse(file: string): DatabaseSync {
  try {
    return openDatabase(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    answer({ type: "refused", reason: reason.includes(file) ? reason : `${file} cannot be used: ${reason}` });
    // not thrown: an uncaught error may overtake the answer, an exit waits for it
    process.exit(1);
  }
}

function openDatabase(file: string): DatabaseSync {
  // for its owner's eyes only, as the folder is; SQLite gives the files beside it the same rights
  closeSync(openSync(file, "a", ownerOnly));
  chmodSync(file, ownerOnly);
  const database = new DatabaseSync(file);
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA busy_timeout = 5000",
  );
  migrate(database, file, migrations);
  return database;
}

function commit(message: Extract<ToWriter, { type: "batch" }>) {
  const erases = message.ops.some(([name]) => name === "journal.scrub");
  // first: once the rows are gone, nothing tells a next start that copies had to go
  if (erases) tellRemoved("erasure", () => removeCopies(path));
  db.exec("BEGIN IMMEDIATE");
  try {
    let id = message.firstId;
    for (const body of message.events) insertEvent.run(id++, body);
    let deleted = 0;
    for (const [name, ...values] of message.ops) {
      const done = prepared.get(name)?.run(...values);
      if (name.startsWith("journal.")) deleted += Number(done?.changes ?? 0);
    }
    db.exec("COMMIT");
    if (journalRows !== undefined) journalRows += message.events.length - deleted;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
  // what was erased must not live on in the write-ahead log
  if (message.ops.some(([name]) => name.startsWith("journal.scrub"))) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  if (commitDelayMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, commitDelayMs);
}

function load(): Loaded {
  const snapshot = db.prepare("SELECT up_to, body FROM snapshot WHERE name = 'state'").get();
  const upTo = Number(snapshot?.up_to ?? 0);
  const last = db.prepare("SELECT max(id) AS id FROM journal").get();
  const facts = db.prepare("SELECT name, value FROM fact").all();
  return {
    lastId: Math.max(upTo, Number(last?.id ?? 0)),
    ...(snapshot ? { snapshot: { upTo, body: snapshot.body as Uint8Array } } : {}),
    events: db.prepare("SELECT id, body FROM journal WHERE id > ? ORDER BY id").all(upTo) as Loaded["events"],
    facts: Object.fromEntries(facts.map((row) => [String(row.name), Number(row.value)])),
    retained: db.prepare("SELECT topic, payload, qos, client FROM retained").all() as Loaded["retained"],
    subscriptions: db.prepare("SELECT client, filter, qos FROM subscription").all() as Loaded["subscriptions"],
    outgoing: db
      .prepare("SELECT id, client, topic, payload, qos, message, released FROM outgoing ORDER BY id")
      .all() as Loaded["outgoing"],
    incoming: db.prepare("SELECT client, message FROM incoming").all() as Loaded["incoming"],
  };
}

function info(): StorageInfo {
  const number = (sql: string, field: string) => Number(db.prepare(sql).get()?.[field] ?? 0);
  journalRows ??= number("SELECT count(*) AS n FROM journal", "n");
  return {
    synchronous: number("PRAGMA synchronous", "synchronous"),
    journalMode: String(db.prepare("PRAGMA journal_mode").get()?.journal_mode),
    journalRows,
    bytes: number("PRAGMA page_count", "page_count") * number("PRAGMA page_size", "page_size"),
  };
}

/** A folder that lets go of nothing stops neither a start nor a commit: people are told what is left. */
function tellRemoved(why: "erasure" | "age", remove: () => Removed) {
  try {
    const { removed, failed } = remove();
    if (removed.length + failed.length > 0) answer({ type: "copies-removed", why, removed, failed });
  } catch (error) {
    answer({ type: "copies-removed", why, removed: [], failed: [String(error)] });
  }
}

function removeOld() {
  tellRemoved("age", () => removeOldCopies(path, Date.now()));
}

function answer(message: FromWriter) {
  port?.postMessage(message);
}

port.on("message", (message: ToWriter) => {
  switch (message.type) {
    case "batch":
      try {
        commit(message);
        answer({ type: "committed", batch: message.batch });
      } catch (error) {
        answer({
          type: "failed",
          batch: message.batch,
          message: error instanceof Error ? error.message : String(error),
        });
      }
      return;
    case "info":
      return answer({ type: "info", info: info() });
    case "read":
      try {
        return answer({ type: "read", page: readJournal(message) });
      } catch (error) {
        return answer({ type: "read", page: { error: error instanceof Error ? error.message : String(error) } });
      }
    case "reload":
      return answer({ type: "loaded", loaded: load() });
    case "backup":
      try {
        db.prepare("VACUUM INTO ?").run(message.path);
        chmodSync(message.path, ownerOnly);
        answer({ type: "backed-up" });
      } catch (error) {
        answer({ type: "backed-up", error: error instanceof Error ? error.message : String(error) });
      }
      return;
    case "close":
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      answer({ type: "closed" });
      port.close();
  }
});
answer({ type: "loaded", loaded: load() });
removeOld();
setInterval(removeOld, dayMs).unref();
