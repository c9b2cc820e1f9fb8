import { expect, onTestFinished, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { silentLog } from "../log.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { createStorage, type Storage } from "./storage.ts";

const joined = (n: number): DomainEvent => ({ type: "shopper-joined", at: n, shopperId: `s-${n}` });
const left = (n: number): DomainEvent => ({ type: "zone-left", at: n, carrier: "b-1", zone: "door" });
const saved = (storage: Storage, batch: number) =>
  new Promise<void>((resolve, reject) => storage.whenCommitted(batch, (error) => (error ? reject(error) : resolve())));

async function openWith(events: DomainEvent[]) {
  const storage = createStorage({ folder: temporaryFolder(), log: silentLog });
  await storage.start();
  onTestFinished(() => storage.close());
  await saved(storage, storage.enqueue(events));
  return storage;
}

test("the journal is read in pages, in order, to its end", async () => {
  const events = Array.from({ length: 25 }, (_, n) => joined(n + 1));
  const storage = await openWith(events);
  const read: DomainEvent[] = [];
  let after = 0;
  for (;;) {
    const page = await storage.readEvents({ after, limit: 10 });
    read.push(...page.events.map(({ event }) => event));
    after = page.upTo;
    if (!page.more) break;
  }
  expect(read).toEqual(events);
  expect(await storage.readEvents({ after: 25, limit: 10 })).toEqual({ events: [], upTo: 25, first: 1, more: false });
});

test("whoever asks for one kind only is told how far was looked, also where there is none of it", async () => {
  const storage = await openWith([joined(1), left(2), joined(3), left(4), joined(5)]);
  const ask = (after: number, limit: number) => storage.readEvents({ after, limit, types: ["zone-left"] });
  expect(await ask(0, 3)).toEqual({ events: [{ id: 2, event: left(2) }], upTo: 3, first: 1, more: true });
  expect(await ask(4, 3)).toEqual({ events: [], upTo: 5, first: 1, more: false });
  expect(await storage.readEvents({ after: 0, limit: 5, types: [] })).toMatchObject({ events: [], upTo: 5 });
});

test("what was deleted from the journal is told by its first row, and an empty journal has none", async () => {
  const storage = await openWith([joined(1), joined(2), joined(3)]);
  await saved(
    storage,
    storage.enqueue(
      [],
      [
        ["snapshot.put", 3, Buffer.from("state")],
        ["journal.prune", 2, 10],
      ],
    ),
  );
  expect(await storage.readEvents({ after: 0, limit: 10 })).toMatchObject({ first: 3, upTo: 3 });
  await saved(storage, storage.enqueue([], [["journal.prune", 3, 10]]));
  expect(await storage.readEvents({ after: 0, limit: 10 })).toEqual({ events: [], upTo: 0, first: 0, more: false });
});

test("a page is never longer than a thousand rows, whatever is asked, and commits go on meanwhile", async () => {
  const storage = await openWith(Array.from({ length: 1_500 }, (_, n) => joined(n)));
  const pages = Array.from({ length: 5 }, () => storage.readEvents({ after: 0, limit: 1e9 }));
  await saved(storage, storage.enqueue([left(1)]));
  for (const page of await Promise.all(pages)) expect(page.events).toHaveLength(1_000);
});

test("a journal that is closed says so", async () => {
  const storage = await openWith([joined(1)]);
  await storage.close();
  await expect(storage.readEvents({ after: 0, limit: 1 })).rejects.toThrow("closed");
});
