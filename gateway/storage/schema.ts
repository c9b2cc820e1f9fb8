/** Migrations of data/vitrine.db, oldest first. `PRAGMA user_version` counts those that ran; none is ever edited. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE journal (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE snapshot (name TEXT PRIMARY KEY, up_to INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE stock (sku TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE retained (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE subscription (
    client TEXT NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL, PRIMARY KEY (client, filter)
  ) WITHOUT ROWID;
  CREATE TABLE outgoing (
    id INTEGER PRIMARY KEY, client TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL
  );
  CREATE TABLE incoming (client TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (client, message)) WITHOUT ROWID;
  `,
  // what a subscriber has seen of a message, so that a restart goes on under the same packet id; who retained what
  `
  ALTER TABLE outgoing ADD COLUMN message INTEGER;
  ALTER TABLE outgoing ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE retained ADD COLUMN client TEXT;
  `,
];

/**
 * Statements a batch may carry beside its events. The key is what crosses the thread border, the arguments follow it.
 * `stock.put` and `cursor.put` are written often: the newest of a batch is enough, so the writer keeps one per key.
 */
export const statements = {
  "stock.put": "INSERT INTO stock (sku, body) VALUES (?, ?) ON CONFLICT (sku) DO UPDATE SET body = excluded.body",
  "fact.put": "INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  "fact.delete": "DELETE FROM fact WHERE name = ?",
  "retained.put":
    "INSERT INTO retained (topic, payload, qos, client) VALUES (?, ?, ?, ?) ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload, qos = excluded.qos, client = excluded.client",
  "retained.delete": "DELETE FROM retained WHERE topic = ?",
  "subscription.put":
    "INSERT INTO subscription (client, filter, qos) VALUES (?, ?, ?) ON CONFLICT (client, filter) DO UPDATE SET qos = excluded.qos",
  "subscription.delete": "DELETE FROM subscription WHERE client = ? AND filter = ?",
  "session.delete": "DELETE FROM subscription WHERE client = ?",
  "outgoing.put": "INSERT INTO outgoing (id, client, topic, payload, qos, message) VALUES (?, ?, ?, ?, ?, ?)",
  "outgoing.release": "UPDATE outgoing SET released = 1 WHERE id = ?",
  "outgoing.delete": "DELETE FROM outgoing WHERE id = ?",
  "outgoing.clear": "DELETE FROM outgoing WHERE client = ?",
  "incoming.put": "INSERT OR IGNORE INTO incoming (client, message) VALUES (?, ?)",
  "incoming.delete": "DELETE FROM incoming WHERE client = ? AND message = ?",
  "incoming.clear": "DELETE FROM incoming WHERE client = ?",
  "snapshot.put":
    "INSERT INTO snapshot (name, up_to, body) VALUES ('state', ?, ?) ON CONFLICT (name) DO UPDATE SET up_to = excluded.up_to, body = excluded.body",
  // a few at a time, because everybody waits for a commit that deletes half a journal; none that the snapshot has not
  "journal.prune": `DELETE FROM journal WHERE id IN (SELECT id FROM journal
    WHERE id <= min(?, (SELECT up_to FROM snapshot WHERE name = 'state')) ORDER BY id LIMIT ?)`,
  // what became of a shopper's offers names only the code, so the codes are looked up first
  "journal.scrub": `DELETE FROM journal WHERE id <= ?1 AND (json_extract(body, '$.shopperId') = ?2
    OR json_extract(body, '$.code') IN (SELECT json_extract(body, '$.code') FROM journal
      WHERE json_extract(body, '$.shopperId') = ?2 AND json_extract(body, '$.type') = 'offer-issued'))`,
  "journal.scrub-device": "DELETE FROM journal WHERE id <= ?1 AND json_extract(body, '$.deviceId') = ?2",
} as const;

export type StatementName = keyof typeof statements;
export type Value = string | number | Uint8Array;
/** One statement of a batch: its name and its arguments. */
export type Op = [StatementName, ...Value[]];
