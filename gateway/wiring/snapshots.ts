import { withHealth } from "../devices/restoring.ts";
import type { DomainEvent, EventOf } from "../events.ts";
import { withWords } from "../evidence/evidence.ts";
import type { HouseState } from "../house.ts";
import { withLevels } from "../shelves/restoring.ts";
import type { Loaded, Storage } from "../storage/storage.ts";
import { writeState } from "./restore.ts";

/** A start replays at most about this many events. */
const eventsBetween = 50_000;
/** And after this long: plates creep, and after a crash only a snapshot tells where they stood. */
const longestMs = 60 * 60_000;
/** This many rows stay in the journal, for engineers; older ones are deleted, twice as many as come, so that there is an end. */
const rowsKept = 100_000;
const pruneEvery = 50;

/** Writes the committed state to disk now and then, and at once when a shopper was erased. */
export function createSnapshots({
  storage,
  state,
  memory,
  onDisk,
}: {
  storage: Storage;
  state(): HouseState;
  /** The decided state: of its memory, how devices do and where plates stand go into the snapshot too. */
  memory(): HouseState;
  onDisk: Loaded;
}) {
  let since = onDisk.events.length;
  let upTo = onDisk.lastId;
  /** `at` of the first event since the last one. */
  let firstAt: number | undefined;

  /** `always`: also when nothing happened since the last one, for what is only remembered. */
  function take(always = false) {
    if (upTo === 0 || (since === 0 && !always)) return;
    since = 0;
    firstAt = undefined;
    const { devices, evidence, shelves } = state();
    const kept = {
      devices: withHealth(devices, memory().devices),
      evidence: withWords(evidence, memory().evidence),
      shelves: withLevels(shelves, memory().shelves),
    };
    storage.enqueue([], [["snapshot.put", upTo, writeState({ ...state(), ...kept })]]);
  }

  /** A neighbour's sensor that left the list: its address, and when it was heard, leave the disk with it. */
  function scrubStranger(event: DomainEvent) {
    if (event.type !== "device-forgotten" && event.type !== "device-dismissed") return;
    if (!state().devices.gone.get(event.deviceId)?.stranger) return;
    take();
    storage.enqueue([], [["journal.scrub-device", upTo, event.deviceId]]);
  }

  return {
    take,
    /** At a start, for an event that is on disk still: a crash may have come first. */
    again: scrubStranger,
    /** Called for every committed event, after the committed state has followed it. */
    committed(id: number, event: DomainEvent) {
      upTo = id;
      since++;
      if (id > rowsKept && id % pruneEvery === 0) storage.pruneJournal(id - rowsKept);
      // an older planogram is nowhere else: a file that changes while the gateway is stopped finds the counts made under it
      firstAt ??= event.at;
      const isLongAgo = Math.abs(event.at - firstAt) >= longestMs;
      if (since >= eventsBetween || isLongAgo || event.type === "planogram-changed") take();
      scrubStranger(event);
    },
    /** Erasure: no older snapshot and no row may still tell of this shopper. */
    erase(event: EventOf<"shopper-erased">) {
      take();
      storage.enqueue([], [["journal.scrub", upTo, event.shopperId]]);
    },
  };
}
