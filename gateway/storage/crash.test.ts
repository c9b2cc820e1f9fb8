import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import { silentLog } from "../log.ts";
import { temporaryFolder } from "../test-gateway.ts";
import { createStorage, type Storage } from "./storage.ts";

const joined = (n: number): DomainEvent => ({ type: "shopper-joined", at: n, shopperId: `s-${n}` });
const saved = (storage: Storage, batch: number) =>
  new Promise<void>((resolve, reject) => storage.whenCommitted(batch, (error) => (error ? reject(error) : resolve())));

/** Writes as fast as the disk takes it and says what is safe. */
const writer = `
import { createStorage } from ${JSON.stringify(join(import.meta.dirname, "storage.ts"))};
import { silentLog } from ${JSON.stringify(join(import.meta.dirname, "..", "log.ts"))};
const storage = createStorage({ folder: process.argv[2], log: silentLog });
await storage.start();
for (let n = 1; ; n++) {
  const events = [0, 1, 2].map((i) => ({ type: "shopper-joined", at: n, shopperId: "s-" + n + "-" + i }));
  const batch = storage.enqueue(events);
  storage.whenCommitted(batch, (error) => { if (!error) process.stdout.write(n + "\\n"); });
  if (n % 20 === 0) await new Promise((done) => storage.whenCommitted(batch, done));
}`;

test("a process killed in the middle of writing leaves everything it promised, whole and in order", async () => {
  const folder = temporaryFolder();
  const script = join(temporaryFolder(), "writer.mjs");
  writeFileSync(script, writer);
  const child = spawn(process.execPath, [script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let promised = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    promised = Number(line);
    if (promised >= 100) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");

  const storage = createStorage({ folder, log: silentLog });
  onTestFinished(() => storage.close());
  const { events, lastId } = await storage.start();
  expect(promised).toBeGreaterThanOrEqual(100);
  expect(events.length).toBeGreaterThanOrEqual(promised * 3);
  // a decision's events are all there or none of them
  expect(events.length % 3).toBe(0);
  expect(events.map(({ id }) => id)).toEqual(Array.from({ length: lastId }, (_, i) => i + 1));
});

async function open(): Promise<Storage> {
  const storage = createStorage({ folder: temporaryFolder(), log: silentLog });
  await storage.start();
  onTestFinished(() => storage.close());
  return storage;
}

test("what is decided while the disk recovers is never written, and never called saved", async () => {
  const storage = await open();
  const heard: number[] = [];
  let meanwhile = -1;
  const outcomes: string[] = [];
  const outcome = (name: string) => (error?: Error) => void outcomes.push(`${name} ${error ? "lost" : "saved"}`);
  const recovered = new Promise<number>((resolve) => {
    storage.listen({
      committed: (entries) => heard.push(...entries.map(({ id }) => id)),
      failed: (loaded) => resolve(loaded.lastId),
    });
  });
  const row = ["outgoing.put", 1, "till", "a", Buffer.from("x"), 1] as const;
  await saved(storage, storage.enqueue([joined(1)], [[...row]]));
  const broken = storage.enqueue([joined(2)], [[...row]]);
  storage.whenCommitted(broken, (error) => {
    outcome("broken")(error);
    expect(storage.isFailing()).toBe(true);
    expect(storage.lastId()).toBe(1);
    meanwhile = storage.enqueue([joined(3)]);
    storage.whenCommitted(meanwhile, outcome("meanwhile"));
  });
  expect(await recovered).toBe(1);
  await saved(storage, storage.enqueue([joined(4)]));
  storage.whenCommitted(broken, outcome("broken, asked late"));
  storage.whenCommitted(meanwhile, outcome("meanwhile, asked late"));
  expect(outcomes).toEqual(["broken lost", "meanwhile lost", "broken, asked late lost", "meanwhile, asked late lost"]);
  expect(heard).toEqual([1, 2]);
  expect((await storage.info()).journalRows).toBe(2);
});

test("a gateway that is stopped while its disk recovers does stop", async () => {
  const storage = await open();
  const row = ["outgoing.put", 1, "till", "a", Buffer.from("x"), 1] as const;
  await saved(storage, storage.enqueue([], [[...row]]));
  const closed = new Promise<void>((resolve) => {
    storage.whenCommitted(storage.enqueue([], [[...row]]), () => {
      storage.enqueue([joined(1)]);
      resolve(storage.close());
    });
  });
  await closed;
});

test("questions asked at the same time are all answered", async () => {
  const storage = await open();
  const folder = temporaryFolder();
  await Promise.all([
    storage.info(),
    storage.info(),
    storage.backup(join(folder, "a")),
    storage.backup(join(folder, "b")),
  ]);
  await expect(storage.backup(join(folder, "a"))).rejects.toThrow();
});

test("a disk that fails again is left in peace for a moment before everything is read from it again", async () => {
  const storage = await open();
  const row = ["outgoing.put", 1, "till", "a", Buffer.from("x"), 1] as const;
  await saved(storage, storage.enqueue([], [[...row]]));
  let reads = 0;
  let onRead = () => {};
  storage.listen({
    committed: () => {},
    failed: () => {
      reads++;
      onRead();
    },
  });
  const failOnce = () => expect(saved(storage, storage.enqueue([], [[...row]]))).rejects.toThrow();
  const read = new Promise<void>((resolve) => {
    onRead = resolve;
  });
  await failOnce();
  await read;
  await failOnce();
  // the writer answers in order: had it been asked to read, it would have done so before this answer
  await storage.info();
  expect([reads, storage.isFailing()]).toEqual([1, true]);
  await expect.poll(() => storage.isFailing()).toBe(false);
  await saved(storage, storage.enqueue([joined(1)]));
  expect(reads).toBe(2);
});
