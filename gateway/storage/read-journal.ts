import type { DatabaseSync } from "node:sqlite";
import type { PageOfRows, ReadQuestion } from "./messages.ts";

/** A commit waits behind a reader no longer than this takes: some milliseconds. */
const maxRows = 1_000;

/**
 * Pages of the journal for whoever follows it from a place of their own. The writer's connection reads them between two
 * commits: a second connection would keep the write-ahead log from being emptied after an erasure.
 */
export function createJournalReader(db: DatabaseSync) {
  const window = "SELECT id, body FROM journal WHERE id > ?1 ORDER BY id LIMIT ?2";
  const all = db.prepare(window);
  const some = db.prepare(
    `SELECT id, body FROM (${window}) WHERE json_extract(body, '$.type') IN (SELECT value FROM json_each(?3))`,
  );
  const edge = db.prepare("SELECT max(id) AS last FROM (SELECT id FROM journal WHERE id > ?1 ORDER BY id LIMIT ?2)");
  const ends = db.prepare("SELECT min(id) AS first, max(id) AS last FROM journal");

  return function read({ after, limit, types }: ReadQuestion): PageOfRows {
    const window = Math.max(1, Math.min(limit, maxRows));
    const found = types ? some.all(after, window, JSON.stringify(types)) : all.all(after, window);
    const last = Number(edge.get(after, window)?.last ?? after);
    const { first, last: newest } = ends.get() ?? {};
    return {
      rows: found.map(({ id, body }) => ({ id: Number(id), body: String(body) })),
      upTo: last,
      first: Number(first ?? 0),
      more: Number(newest ?? 0) > last,
    };
  };
}
