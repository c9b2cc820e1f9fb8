import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { DomainEvent, JournalEntry } from "../events.ts";
import { silentLog } from "../log.ts";
import { createStorage, type Storage } from "./storage.ts";

const joined = (n: number): DomainEvent => ({ type: "shopper-joined", at: n, shopperId: `s-${n}` });

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-storage-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function open(folder: string): Promise<Storage> {
  const storage = createStorage({ folder, log: silentLog });
  await storage.start();
  onTestFinished(() => storage.close());
  return storage;
}

const committed = (storage: Storage, batch: number) =>
  new Promise<void>((resolve, reject) => storage.whenCommitted(batch, (error) => (error ? reject(error) : resolve())));

test("the live connection waits for the disk at every commit", async () => {
  const storage = await open(temporaryFolder());
  expect(await storage.info()).toMatchObject({ synchronous: 2, journalMode: "wal" });
});

test("what was committed is there after a restart, in order and with the same ids", async () => {
  const folder = temporaryFolder();
  const first = await open(folder);
  const heard: JournalEntry[] = [];
  first.listen({ committed: (entries) => heard.push(...entries), failed: () => {} });
  first.enqueue([joined(1), joined(2)]);
  await committed(first, first.enqueue([joined(3)], [["outgoing.put", 7, "till", "a/b", Buffer.from("x"), 1]]));
  await first.close();

  const second = createStorage({ folder, log: silentLog });
  onTestFinished(() => second.close());
  const loaded = await second.start();
  expect(loaded.events.map((row) => [row.id, JSON.parse(row.body)])).toEqual(heard.map(({ id, event }) => [id, event]));
  expect(loaded.events).toHaveLength(3);
  expect(loaded.outgoing).toMatchObject([{ id: 7, client: "till", topic: "a/b", qos: 1 }]);
  expect(second.lastId()).toBe(3);
});

test("a snapshot replaces the rows before it", async () => {
  const folder = temporaryFolder();
  const first = await open(folder);
  first.enqueue([joined(1), joined(2)]);
  await committed(
    first,
    first.enqueue(
      [],
      [
        ["snapshot.put", 2, Buffer.from("state")],
        ["journal.prune", 2, 10],
      ],
    ),
  );
  await committed(first, first.enqueue([joined(3)]));
  await first.close();

  const second = createStorage({ folder, log: silentLog });
  onTestFinished(() => second.close());
  const loaded = await second.start();
  expect(loaded.snapshot?.upTo).toBe(2);
  expect(loaded.events.map((row) => row.id)).toEqual([3]);
});

test("an old journal is given up about a hundred rows a commit, and never what no snapshot has", async () => {
  const storage = await open(temporaryFolder());
  const rows = async () => (await storage.info()).journalRows;
  const say = (...events: DomainEvent[]) => committed(storage, storage.enqueue(events));
  await say(...Array.from({ length: 250 }, (_, n) => joined(n)));
  storage.pruneJournal(200);
  await say(joined(250));
  expect(await rows()).toBe(251);

  await committed(storage, storage.enqueue([], [["snapshot.put", 120, Buffer.from("state")]]));
  for (const left of [150, 133, 134]) {
    storage.pruneJournal(200);
    await say(joined(left));
    expect(await rows()).toBe(left);
  }
  expect((await storage.readEvents({ after: 0, limit: 1 })).events[0]?.id).toBe(121);
});

test("how many rows the journal has is known without counting them, also after a commit that failed", async () => {
  const folder = temporaryFolder();
  const storage = await open(folder);
  storage.listen({ committed: () => {}, failed: () => {} });
  const rows = async () => (await storage.info()).journalRows;
  expect(await rows()).toBe(0);
  await committed(storage, storage.enqueue([joined(1), joined(2)], [["journal.scrub", 2, "s-1"]]));
  expect(await rows()).toBe(1);
  const row = ["outgoing.put", 1, "till", "a", Buffer.from("x"), 1] as const;
  await expect(committed(storage, storage.enqueue([joined(3)], [[...row], [...row]]))).rejects.toThrow();
  expect(await rows()).toBe(1);
  await storage.close();
  expect((await (await open(folder)).info()).journalRows).toBe(1);
});

test("a batch that cannot be saved is refused whole, and so is what was decided after it", async () => {
  const storage = await open(temporaryFolder());
  let reloaded = false;
  storage.listen({ committed: () => {}, failed: () => (reloaded = true) });
  await committed(storage, storage.enqueue([], [["outgoing.put", 1, "till", "a", Buffer.from("x"), 1]]));

  const twice = storage.enqueue([joined(1)], [["outgoing.put", 1, "till", "a", Buffer.from("x"), 1]]);
  await expect(committed(storage, twice)).rejects.toThrow(/cannot save/);
  await expect.poll(() => reloaded).toBe(true);
  await committed(storage, storage.enqueue([joined(2)]));
  expect(storage.lastId()).toBe(1);
});

test("erasing a shopper leaves no row about them", async () => {
  const folder = temporaryFolder();
  const first = await open(folder);
  await committed(first, first.enqueue([joined(1), joined(2)], [["journal.scrub", 2, "s-1"]]));
  await first.close();
  const second = createStorage({ folder, log: silentLog });
  onTestFinished(() => second.close());
  const loaded = await second.start();
  expect(loaded.events.map((row) => JSON.parse(row.body).shopperId)).toEqual(["s-2"]);
});

test("the shop's memory is readable for its owner only, and so is every copy of it", async () => {
  const folder = temporaryFolder();
  const storage = await open(folder);
  await committed(storage, storage.enqueue([joined(1)]));
  await storage.backup(join(folder, "monday.db"));
  const files = readdirSync(folder);
  expect(files).toEqual(expect.arrayContaining(["monday.db", "vitrine.db", "vitrine.db-wal"]));
  for (const file of files) expect((statSync(join(folder, file)).mode & 0o777).toString(8), file).toBe("600");
});

test("a remembered number alone is no commit: it rides with the next one, or goes when it is asked for", async () => {
  const folder = temporaryFolder();
  const first = await open(folder);
  first.listen({ committed: (entries) => first.putFact("effects", entries.at(-1)?.id ?? 0), failed: () => {} });
  const before = first.enqueue([joined(1)]);
  await committed(first, before);
  // the writer answers in order: whatever was sent to it by now is done
  await first.info();
  expect(first.enqueue([joined(2)])).toBe(before + 1);
  await committed(first, before + 1);
  first.flushFacts();
  await committed(first, before + 2);
  expect(first.enqueue([joined(3)])).toBe(before + 3);
  await first.close();

  const second = createStorage({ folder, log: silentLog });
  onTestFinished(() => second.close());
  expect((await second.start()).facts).toMatchObject({ effects: 2 });
});
