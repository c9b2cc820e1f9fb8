import { createHmac } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { Command } from "#wire/commands.ts";
import { emptyMemory, type FormatMemory, type SensorKey } from "#wire/format-memory.ts";
import { stripFrigate } from "#wire/formats/frigate.ts";
import { createDecoder } from "#wire/formats.ts";
import { createBleKeys } from "../access/ble-keys.ts";
import { createBus } from "../bus.ts";
import { createManualClock } from "../clock.ts";
import type { JournalEntry } from "../events.ts";
import { createHouse, type HouseState } from "../house.ts";
import { createInbox } from "../inbox.ts";
import { createLog } from "../log.ts";
import { createPipeline, type Journal, type Pipeline } from "../pipeline.ts";
import { createStorage, type Loaded } from "../storage/storage.ts";
import { decodeMemory } from "../wiring/formats.ts";
import { decodeState } from "../wiring/recording.ts";
import { adopt, restore } from "../wiring/restore.ts";
import { dataFolderOf, loadOrExit, lockDataFolder, plain } from "./setting.ts";

type Line = {
  at: number;
  topic?: string;
  payload?: string;
  client?: string;
  qos?: number;
  retain?: boolean;
  outside?: "said" | "kept";
  encoding?: "base64";
  command?: string;
  body?: Record<string, unknown>;
};

/**
 * Pushes a record through the true pipeline on virtual time and prints every event as a JSON line on stdout. The file "-" is
 * stdin. `--stamped`: each line is { now, event }, with the virtual time at which it was decided.
 */
export async function run(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: "string" },
      data: { type: "string" },
      keys: { type: "string" },
      stamped: { type: "boolean" },
    },
  });
  const [file] = positionals;
  if (!file) throw plain("vitrine replay needs the file of a record");
  const loaded = loadOrExit(values.config);
  const log = createLog().child("replay");
  const house = createHouse(loaded);
  const clock = createManualClock(0);
  let seed = Buffer.from("vitrine replay");
  let pipeline: Pipeline | undefined;
  if (file !== "-" && !existsSync(file)) throw plain(`There is no file ${file}.`);
  const folder = values.data === undefined ? undefined : dataFolderOf(values.data);
  const unlock = folder === undefined ? () => {} : lockDataFolder(folder);
  const disk = folder === undefined ? undefined : createStorage({ folder, log });
  const onDisk = await disk?.start();
  // a record holds no keys: what sealed sensors said is read where the keys are
  const keysFolder = values.keys ?? values.data;
  const keys =
    keysFolder === undefined ? new Map<string, SensorKey>() : await createBleKeys(dataFolderOf(keysFolder)).load();

  function begin(
    at: number,
    state: { decided: HouseState; committed: HouseState },
    memory: FormatMemory = emptyMemory(),
  ): Pipeline {
    clock.set(at);
    const journal = createMemoryJournal();
    const created = createPipeline({
      house,
      clock,
      log,
      bus: createBus(log),
      decode: createDecoder(loaded.config.store.id, {
        ...{ memory, keyOf: (mac) => keys.get(mac) },
        discoveryPrefix: loaded.config.homeAssistant?.discoveryPrefix,
      }),
      strip: stripFrigate,
      journal: disk ?? journal,
      inbox: createInbox({ storeId: loaded.config.store.id }),
      derive: (label) => createHmac("sha256", seed).update(label).digest("hex"),
      state,
    });
    created.recorder.onDecided((event) =>
      process.stdout.write(`${JSON.stringify(values.stamped ? { now: clock.now(), event } : event)}\n`),
    );
    (disk ?? journal).listen({
      committed: created.committed,
      failed: (again) => created.reload(restore(house, again)),
    });
    return created;
  }

  let number = 0;
  const input = file === "-" ? process.stdin : createReadStream(file);
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const line = readLine(text);
    if (!line) {
      log.warn({ line: number }, "not a line of a record, skipped");
      continue;
    }
    if (line.command === "begin") {
      const body = line.body ?? {};
      // a record written by hand may leave the seed out
      if (typeof body.seed === "string") seed = Buffer.from(body.seed, "hex");
      const saved = typeof body.state === "string" ? body.state : undefined;
      const readState = (text: string) => orDamaged(number, () => decodeState(text));
      const fresh = () => (saved === undefined ? house.initial() : adopt(house, readState(saved)));
      const tickedUntil = Number.isFinite(body.tickedUntil) ? Number(body.tickedUntil) : line.at;
      const heard = typeof body.memory === "string" ? body.memory : undefined;
      const memory = heard === undefined ? emptyMemory() : orDamaged(number, () => decodeMemory(heard));
      pipeline = begin(tickedUntil, { decided: fresh(), committed: fresh() }, memory);
      continue;
    }
    pipeline ??= begin(
      line.at,
      onDisk ? restore(house, onDisk) : { decided: house.initial(), committed: house.initial() },
    );
    if (line.command === "deaf") {
      // what passed before is judged first, as it was
      const since = Number(line.body?.since);
      clock.set(Number.isFinite(since) ? since : line.at);
      pipeline.tick();
      clock.set(line.at);
      pipeline.listenAgain();
      continue;
    }
    clock.set(line.at);
    try {
      await push(pipeline, line);
    } catch (error) {
      log.warn({ error, line: number }, "this line could not be replayed, skipped");
    }
  }
  await disk?.close();
  unlock();
}

async function push(pipeline: Pipeline, line: Line) {
  if (line.command !== undefined) {
    if (line.command === "tick") return pipeline.tick();
    // a record is made of commands; one that is none, or misses what it needs, fails and is skipped
    await pipeline.run({ command: line.command, ...line.body } as Command);
    return;
  }
  pipeline.accept({
    topic: line.topic ?? "",
    payload: Buffer.from(line.payload ?? "", line.encoding ?? "utf8"),
    client: line.client ?? "replay",
    qos: line.qos ?? 1,
    retain: line.retain ?? false,
    ...(line.outside === undefined ? {} : { outside: line.outside }),
  });
}

function orDamaged<Value>(number: number, read: () => Value): Value {
  try {
    return read();
  } catch {
    throw plain(`Line ${number}: the state in which this record began cannot be read. The file is damaged.`);
  }
}

function readLine(text: string): Line | undefined {
  try {
    const line: Line = JSON.parse(text);
    const isLine = typeof line === "object" && line !== null && Number.isFinite(line.at);
    return isLine && (typeof line.topic === "string" || typeof line.command === "string") ? line : undefined;
  } catch {
    return undefined;
  }
}

type Listeners = { committed(entries: JournalEntry[]): void; failed(loaded: Loaded): void };

/** Everything is on disk at once: a replay without a data folder keeps nothing. */
function createMemoryJournal(): Journal & { listen(listeners: Listeners): void } {
  let nextId = 1;
  let committed: (entries: JournalEntry[]) => void = () => {};
  return {
    enqueue(events) {
      committed(events.map((event) => ({ id: nextId++, event })));
      return 0;
    },
    whenCommitted: (_batch, done) => done(),
    isFailing: () => false,
    listen(listeners) {
      committed = listeners.committed;
    },
  };
}
