import { deserialize, serialize } from "node:v8";
import { type Ask, emptyMemory, type FormatMemory, type SensorKey } from "#wire/format-memory.ts";
import { rebirthCommand } from "#wire/formats/sparkplug-command.ts";
import { createDecoder } from "#wire/formats.ts";
import type { LoadedConfig } from "#wire/store-config.ts";
import { createBleKeys } from "../access/ble-keys.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Loaded, Storage } from "../storage/storage.ts";
import type { Publish } from "./topics.ts";

const everyMs = 1_000;
/** Each node is asked once a minute at most; this is for all of them together. */
const asksPerMinute = 100;
const factPrefix = "ble-counter/";

type Parts = {
  loaded: LoadedConfig;
  storeId: string;
  dataFolder: string;
  storage: Storage;
  onDisk: Loaded;
  clock: Clock;
  log: Log;
};

/**
 * The decoder with its memory: the keys of sensors are read from their file, also when it changes; their counters are
 * written each second, so that a restart forgets one second of them at most; what a format wants to be said is said.
 */
export async function wireFormats({ storeId, dataFolder, storage, onDisk, clock, ...parts }: Parts) {
  const log = parts.log.child("formats");
  let publish: Publish = () => {};
  const file = createBleKeys(dataFolder);
  let keys = await file.load();
  const memory = emptyMemory();
  remember(memory, keys, { facts: onDisk.facts, now: clock.now() });
  const written = new Map<string, number>();
  let asked = { since: clock.now(), count: 0 };

  function speak({ group, node }: Ask) {
    const now = clock.now();
    if (Math.abs(now - asked.since) > 60_000) asked = { since: now, count: 0 };
    asked.count++;
    if (asked.count > asksPerMinute) return;
    log.info({ group, node }, "a Sparkplug node is asked to be born again");
    const { topic, payload } = rebirthCommand({ group, node }, now);
    publish(topic, payload);
  }

  function writeCounters() {
    for (const [mac, { keyId, counter }] of memory.sealed) {
      const name = `${factPrefix}${mac}/${keyId}`;
      if (written.get(name) === counter) continue;
      written.set(name, counter);
      storage.putFact(name, counter);
    }
  }

  async function readKeys() {
    try {
      keys = await file.load();
      for (const mac of memory.sealed.keys()) if (!keys.has(mac)) memory.sealed.delete(mac);
    } catch (error) {
      log.warn({ error }, "the keys of sensors cannot be read; those known before go on");
    }
  }

  const timer = setInterval(() => {
    writeCounters();
    void readKeys();
  }, everyMs);

  const { homeAssistant } = parts.loaded.config;
  return {
    decode: createDecoder(storeId, {
      ...{ memory, keyOf: (mac) => keys.get(mac), ask: speak },
      discoveryPrefix: homeAssistant?.discoveryPrefix,
    }),
    memory: () => memory,
    speakThrough(speaker: Publish) {
      publish = speaker;
    },
    counters() {
      const { sealedReplayed, sealedUnopened, packetsRepeated, sparkplugGaps } = memory.counts;
      const counter = (name: string, help: string, value: number) => ({ name: `vitrine_${name}_total`, help, value });
      return [
        counter("ble_replayed", "sealed adverts whose counter was heard before", sealedReplayed),
        counter("ble_unopened", "sealed adverts without a key that fits", sealedUnopened),
        counter("ble_repeated", "adverts that were heard twice or through several receivers", packetsRepeated),
        counter("sparkplug_gaps", "gaps in the sequence of Sparkplug nodes", sparkplugGaps),
      ];
    },
    /** After a failed commit: what was heard and never saved counts when it is said again. Returns what it was given. */
    reload(again: Loaded): Loaded {
      memory.sealed.clear();
      memory.packets.clear();
      for (const node of memory.nodes.values()) delete node.seq;
      remember(memory, keys, { facts: again.facts, now: clock.now() });
      written.clear();
      return again;
    },
    /** Before the storage closes: the last counters ride with its last commit. */
    close() {
      clearInterval(timer);
      writeCounters();
    },
  };
}

/** The counters that belong to the keys of now. */
function remember(
  memory: FormatMemory,
  keys: ReadonlyMap<string, SensorKey>,
  { facts, now }: { facts: Record<string, number>; now: number },
) {
  for (const [mac, { id }] of keys) {
    const counter = facts[`${factPrefix}${mac}/${id}`];
    if (counter !== undefined) memory.sealed.set(mac, { keyId: id, counter, at: now });
  }
}

/** For the first line of a record. */
export const encodeMemory = (memory: FormatMemory): string => serialize(memory).toString("base64");
export const decodeMemory = (text: string): FormatMemory => ({
  ...emptyMemory(),
  ...deserialize(Buffer.from(text, "base64")),
});
