import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { DomainEvent, JournalEntry } from "../events.ts";
import type { Log } from "../log.ts";
import type { FromWriter, Loaded, PageOfRows, ReadQuestion, StorageInfo, ToWriter } from "./messages.ts";
import type { Op } from "./schema.ts";

export type { Loaded, StorageInfo } from "./messages.ts";
export type { Op } from "./schema.ts";

/** Called once the batch is on disk, or with the error that kept it from getting there. */
export type Committed = (error?: Error) => void;

/** A disk that failed again is asked again only after so long: twice the time before, up to the last. */
const retryMs = [0, 250, 500, 1_000, 2_000, 5_000] as const;

/** Beyond this many rows waiting, `isBehind()` says so and the broker stops reading from its sockets. */
const backlogLimit = 20_000;

const prunedAtOnce = 100;

type Batch = {
  number: number;
  firstId: number;
  events: DomainEvent[];
  bodies: string[];
  ops: Op[];
  facts: Map<string, number>;
  waiting: Committed[];
};

/**
 * The append-only journal and what else must survive. Everything enqueued between two commits shares the next one, so
 * one fsync serves as many packets as arrived during the last.
 */
export function createStorage({
  folder,
  log,
  commitDelayMs = 0,
}: {
  folder: string;
  log: Log;
  commitDelayMs?: number;
}) {
  let worker: Worker | undefined;
  let nextId = 1;
  let nextBatch = 1;
  let committedBatch = 0;
  let current = emptyBatch();
  let inFlight: Batch | undefined;
  let flushScheduled = false;
  /** Rows up to this one may go; 0 for none. */
  let prunable = 0;
  /** Facts have waited long enough for something to ride with. */
  let factsAreDue = false;
  let failing = false;
  let failuresInRow = 0;
  let retry: NodeJS.Timeout | undefined;
  /** Batches of the last failure: they never become committed, however late someone asks. */
  let lost = { from: 0, to: -1 };
  let started = false;
  let closing = false;
  let onCommit: (entries: JournalEntry[]) => void = () => {};
  let onFailure: (loaded: Loaded) => void = () => {};
  const answers: { [T in FromWriter["type"]]?: (message: Extract<FromWriter, { type: T }>) => void } = {};
  // the writer answers in the order it is asked
  const askedInfo: ((info: StorageInfo) => void)[] = [];
  const askedBackup: ((error?: string) => void)[] = [];
  const askedPages: ((page: PageOfRows | { error: string }) => void)[] = [];

  function emptyBatch(): Batch {
    return { number: nextBatch++, firstId: nextId, events: [], bodies: [], ops: [], facts: new Map(), waiting: [] };
  }

  function isEmpty(batch: Batch) {
    return batch.events.length === 0 && batch.ops.length === 0 && batch.facts.size === 0;
  }

  /** Facts alone are no reason: they would be a second commit behind each one, and the next reading would wait for it. */
  function isDue(batch: Batch) {
    return batch.events.length > 0 || batch.ops.length > 0 || (batch.facts.size > 0 && (factsAreDue || closing));
  }

  function schedule() {
    if (flushScheduled || inFlight) return;
    flushScheduled = true;
    // setImmediate: the packets that arrived in the same read share one commit
    setImmediate(flush);
  }

  function flush() {
    flushScheduled = false;
    // while recovering nothing is written: it was decided on a state that the disk never had
    if (failing || inFlight || !isDue(current) || !worker) return;
    const batch = current;
    factsAreDue = false;
    inFlight = batch;
    current = emptyBatch();
    for (const [name, value] of batch.facts) batch.ops.push(["fact.put", name, value]);
    if (prunable > 0) batch.ops.push(["journal.prune", prunable, prunedAtOnce + 2 * batch.events.length]);
    prunable = 0;
    send({ type: "batch", batch: batch.number, firstId: batch.firstId, events: batch.bodies, ops: batch.ops });
  }

  function send(message: ToWriter) {
    worker?.postMessage(message);
  }

  function committed(number: number) {
    const batch = inFlight;
    inFlight = undefined;
    committedBatch = number;
    failuresInRow = 0;
    if (!batch) return;
    schedule();
    if (batch.events.length > 0) onCommit(batch.events.map((event, index) => ({ id: batch.firstId + index, event })));
    for (const done of batch.waiting) done();
  }

  function failed(message: string) {
    const error = new Error(`cannot save: ${message}`);
    failing = true;
    log.error(
      { reason: message },
      "the last changes could not be saved; nothing more is acknowledged until the disk takes them. Check free space and the SD card.",
    );
    // What was decided on top of the lost batch is wrong too: it goes with it, and its ids are given anew.
    const waiting = [...(inFlight?.waiting ?? []), ...current.waiting];
    const first = inFlight ?? current;
    nextId = first.firstId;
    inFlight = undefined;
    answers.loaded = ({ loaded }) => {
      nextId = loaded.lastId + 1;
      lost = { from: first.number, to: current.number };
      const since = current.waiting;
      current = emptyBatch();
      failing = false;
      onFailure(loaded);
      for (const done of since) done(error);
    };
    current = emptyBatch();
    for (const done of waiting) done(error);
    const waitMs = retryMs[Math.min(failuresInRow++, retryMs.length - 1)] ?? 0;
    // a full disk stays full for a while: reading everything again for every try would only add to its trouble
    retry = setTimeout(reload, closing ? 0 : waitMs);
  }

  function reload() {
    retry = undefined;
    send({ type: "reload" });
  }

  function receive(message: FromWriter) {
    switch (message.type) {
      case "committed":
        return committed(message.batch);
      case "failed":
        return failed(message.message);
      case "loaded":
        return answers.loaded?.(message);
      case "refused":
        return answers.refused?.(message);
      case "info":
        return askedInfo.shift()?.(message.info);
      case "backed-up":
        return askedBackup.shift()?.(message.error);
      case "read":
        return askedPages.shift()?.(message.page);
      case "copies-removed":
        return tellRemoved(message);
      case "closed":
        return answers.closed?.(message);
    }
  }

  function tellRemoved({ why, removed, failed }: Extract<FromWriter, { type: "copies-removed" }>) {
    const reason = why === "erasure" ? "a shopper was erased" : "older than 30 days, or more than three";
    if (removed.length > 0) log.info({ files: removed, reason }, "copies that were put aside are deleted");
    if (failed.length > 0)
      log.error({ files: failed, reason }, "copies that were put aside cannot be deleted: delete them by hand");
  }

  async function start(): Promise<Loaded> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const loaded = await new Promise<Loaded>((resolve, reject) => {
      answers.loaded = (message) => resolve(message.loaded);
      answers.refused = ({ reason }) => reject(plain(reason));
      worker = new Worker(new URL("./writer.ts", import.meta.url), {
        workerData: { path: join(folder, "vitrine.db"), commitDelayMs },
        resourceLimits: { maxOldGenerationSizeMb: 128 },
      });
      worker.on("message", receive);
      worker.once("error", (error) => {
        if (!started || closing) return reject(error);
        // without its disk the gateway can promise nothing: it ends, and whoever started it starts it again
        throw new Error("the storage thread stopped", { cause: error });
      });
    });
    started = true;
    nextId = loaded.lastId + 1;
    current = emptyBatch();
    return loaded;
  }

  return {
    start,

    /** Adds to the next commit and returns its number for `whenCommitted`. Events get their ids here, in order. */
    enqueue(events: DomainEvent[], ops: Op[] = []): number {
      for (const event of events) {
        current.events.push(event);
        current.bodies.push(JSON.stringify(event));
      }
      nextId += events.length;
      for (const op of ops) current.ops.push(op);
      schedule();
      return current.number;
    },

    /**
     * Remembers a number under a name. Lazy: it rides with the next commit, or with `flushFacts()` when nothing else comes.
     * Within one commit the last value wins.
     */
    putFact: (name: string, value: number) => void current.facts.set(name, value),
    /** Deletes it. */
    forgetFact(name: string) {
      current.facts.delete(name);
      current.ops.push(["fact.delete", name]);
      schedule();
    },
    /**
     * Of the rows up to `upTo` that the snapshot has, deletes the oldest: a hundred, and twice as many as the commit
     * brings with which this rides, the next one.
     */
    pruneJournal(upTo: number) {
      prunable = upTo;
    },
    flushFacts() {
      factsAreDue = current.facts.size > 0;
      if (factsAreDue) schedule();
    },

    /** Calls back once every batch up to `batch` is on disk; at once if it is. */
    whenCommitted(batch: number, done: Committed) {
      if (batch >= lost.from && batch <= lost.to) return done(new Error("this change was lost with a failed commit"));
      if (batch <= committedBatch) return done();
      if (failing) return done(new Error("storage is recovering"));
      if (inFlight?.number === batch) inFlight.waiting.push(done);
      else if (current.number >= batch) current.waiting.push(done);
      else done(new Error("this change was lost with a failed commit"));
    },

    isCommitted: (batch: number) => batch <= committedBatch,
    isBehind: () => current.events.length + current.ops.length > backlogLimit,
    isFailing: () => failing,
    lastId: () => nextId - 1,

    /** Who hears of committed events, and who rebuilds the state when a commit failed. */
    listen(listeners: { committed: (entries: JournalEntry[]) => void; failed: (loaded: Loaded) => void }) {
      onCommit = listeners.committed;
      onFailure = listeners.failed;
    },

    info: () =>
      new Promise<StorageInfo>((resolve) => {
        askedInfo.push(resolve);
        send({ type: "info" });
      }),

    /**
     * One page of committed events, oldest first. At most `limit` rows, never more than 1,000, are looked at: with
     * `types` a page may be empty and yet `more` follow. Read on from `upTo`.
     */
    async readEvents(question: ReadQuestion): Promise<PageOfEvents> {
      const answer = await new Promise<PageOfRows | { error: string }>((resolve, reject) => {
        if (closing || !worker) return reject(new Error("the journal is closed"));
        askedPages.push(resolve);
        send({ type: "read", ...question });
      });
      if ("error" in answer) throw new Error(`cannot read the journal: ${answer.error}`);
      const { rows, ...page } = answer;
      const events = rows.map(({ id, body }): JournalEntry => ({ id, event: JSON.parse(body) }));
      return { events, ...page };
    },

    /** Writes a consistent copy of the database to `path`, while everything goes on. */
    backup: (path: string) =>
      new Promise<void>((resolve, reject) => {
        askedBackup.push((error) => (error ? reject(new Error(error)) : resolve()));
        send({ type: "backup", path });
      }),

    async close() {
      if (closing || !worker) return;
      closing = true;
      if (retry) {
        clearTimeout(retry);
        reload();
      }
      await new Promise<void>((resolve) => {
        const last = isEmpty(current) ? committedBatch : current.number;
        if (last <= committedBatch && !inFlight) return resolve();
        const done = () => resolve();
        if (inFlight && isEmpty(current)) inFlight.waiting.push(done);
        else current.waiting.push(done);
        schedule();
      });
      await new Promise<void>((resolve) => {
        answers.closed = () => resolve();
        send({ type: "close" });
      });
      await worker.terminate();
      worker = undefined;
    },
  };
}

/** Something that the reader can mend: the command line says it in one line. */
const plain = (message: string) => Object.assign(new Error(message), { name: "Plain" });

export type PageOfEvents = Omit<PageOfRows, "rows"> & { events: JournalEntry[] };

export type Storage = ReturnType<typeof createStorage>;
