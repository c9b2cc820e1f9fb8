import { placeNames } from "#wire/place-names.ts";
import type { EventOf } from "../events.ts";
import type { Room } from "../room.ts";

/** One product on one plate. */
export type PlaceId = { shelf: string; plate: number; sku: string };
const nameOf = placeNames((shelf, plate, sku) => `${shelf}/${plate}/${sku}`);
export const keyOf = ({ shelf, plate, sku }: PlaceId): string => nameOf(shelf, plate, sku);

/** What a camera or a distance sensor last said of a place. Memory, not journaled. */
export type Word = {
  by: "camera" | "distance";
  deviceId: string;
  /** How many stand there by it, and what it truly showed: fronts, or millimetres when it last moved. */
  says: number;
  raw: number;
  /** How far one word of it goes, 0..1. */
  sure: number;
  /** Pieces that may stand behind one front; left out: one. */
  depth?: number;
  at: number;
  /** Since when, and how often in a row, it has said the same. */
  since: number;
  times: number;
  /** Share of its words that it took back with the next one; slowly forgotten. */
  takenBack: number;
  /** What a person who counted found beyond its own word. */
  offset: number;
  /** Distance: goods came or went so often without its moving. */
  still: number;
};
export type PlaceMemory = {
  /** The last count that was not a person's. */
  counted?: { by: "weight" | Word["by"]; count: number; confidence: number; at: number; deviceId: string };
  /** A count by hand, with what came and went since, in so many changes. */
  person?: { count: number; at: number; changes: number };
  /** When the till last sold it. */
  soldAt?: number;
  words: Word[];
};
export type EvidenceState = { places: Map<string, PlaceMemory> };

const placesKept = 30_000;
/** Below this a scale's story has a rival. */
const sureStory = 0.75;
/** Nobody's hand tells such weights apart, and hardly a scale that they share. */
const alikeShare = 0.12;
/** A correction shakes a person's word as much as so many changes. */
const changesOfCorrection = 3;
/** A person teaches a witness that hid so few pieces, or saw so few too many. */
const offsetAtMost = 3;
/** Older words were perhaps not about what the person saw. */
const taughtWithinMs = 600_000;

/** `gramsOf`: of one piece, by the catalogue. */
export function createEvidenceRoom(gramsOf: (sku: string) => number | undefined): Room<EvidenceState> {
  return {
    name: "evidence",
    initial: () => ({ places: new Map() }),
    evolve: {
      "stock-changed": (state, event) => {
        const { at, count, confidence, source, stray, by = "weight" } = event;
        if (stray && count === 0) return void state.places.delete(keyOf(event));
        const memory = memoryOf(state, event);
        noteCounted(memory, { by, count, confidence, at, deviceId: source.deviceId });
        if (by === "weight" && confidence < sureStory) shakeNeighbours(state, event, gramsOf);
        agePerson(memory, event);
        for (const word of memory.words) if (word.by !== by) startOver(word, event);
      },
      "stock-counted": (state, event) => {
        const memory = memoryOf(state, event);
        const { count, at } = event;
        memory.person = { count, at, changes: 0 };
        if (memory.counted) memory.counted = { ...memory.counted, count, confidence: 1, at };
        for (const word of memory.words) teach(word, event);
      },
      "change-doubted": (state, { shelf, plates, candidates }) => {
        const touched = new Set([...plates, ...candidates.flatMap(({ moves }) => moves.map(({ plate }) => plate))]);
        // what was seen before tells nothing of what has just happened
        for (const plate of touched)
          for (const [key, { words }] of state.places)
            if (key.startsWith(`${shelf}/${plate}/`)) for (const word of words) word.times = 0;
      },
      "sale-made": (state, { lines, at }) => {
        for (const { sku, quantity } of lines)
          if (quantity > 0) for (const [key, memory] of state.places) if (key.endsWith(`/${sku}`)) memory.soldAt = at;
      },
      "planogram-changed": (state, { shelves }) => {
        const wanted = new Set(
          shelves.flatMap(({ id: shelf, plates }) => plates.map(({ plate, sku }) => keyOf({ shelf, plate, sku }))),
        );
        for (const key of state.places.keys()) if (!wanted.has(key)) state.places.delete(key);
      },
      "device-replaced": (state, { deviceId }) => forgetWords(state, deviceId),
      "device-retired": (state, { deviceId }) => forgetWords(state, deviceId),
    },
  };
}

/** A scale took the likelier of two stories: in the other one it was a neighbour of about the same weight. */
function shakeNeighbours(
  state: EvidenceState,
  event: EventOf<"stock-changed">,
  gramsOf: (sku: string) => number | undefined,
) {
  const grams = gramsOf(event.sku);
  if (grams === undefined || event.cause === "correction") return;
  for (const [key, { counted }] of state.places) {
    const { shelf, plate, sku } = placeOf(key);
    if (shelf !== event.shelf || key === keyOf(event) || Math.abs(plate - event.plate) > 1) continue;
    const other = gramsOf(sku) ?? 0;
    if (counted?.by === "weight" && Math.abs(other - grams) <= alikeShare * grams)
      counted.confidence = Math.min(counted.confidence, event.confidence);
  }
}

export function placeOf(key: string): PlaceId {
  const [shelf = "", plate = "", sku = ""] = key.split("/");
  return { shelf, plate: Number(plate), sku };
}

export function memoryOf(state: EvidenceState, place: PlaceId): PlaceMemory {
  const key = keyOf(place);
  const known = state.places.get(key);
  if (known) return known;
  const memory: PlaceMemory = { words: [] };
  state.places.set(key, memory);
  if (state.places.size > placesKept) state.places.delete(state.places.keys().next().value ?? "");
  return memory;
}

/** In place: it happens with every change, and what is replaced at once would only be old when it is collected. */
function noteCounted(
  memory: PlaceMemory,
  { by, count, confidence, at, deviceId }: NonNullable<PlaceMemory["counted"]>,
) {
  const { counted } = memory;
  if (!counted) {
    memory.counted = { by, count, confidence, at, deviceId };
    return;
  }
  counted.by = by;
  counted.count = count;
  counted.confidence = confidence;
  counted.at = at;
  counted.deviceId = deviceId;
}

function agePerson({ person }: PlaceMemory, { count, previous, cause }: EventOf<"stock-changed">) {
  if (!person) return;
  if (cause === "correction") {
    person.changes += changesOfCorrection;
    return;
  }
  person.count = Math.max(0, person.count + count - previous);
  person.changes++;
}

/** Goods came or went by another witness's word: this one must say anew how many there are, unless it said so first. */
function startOver(word: Word, { count, previous }: EventOf<"stock-changed">) {
  if (word.says === count) return;
  word.times = 0;
  if (word.by === "distance" && count !== previous) word.still++;
}

/** Whoever counted by hand knows how many stand behind a front. */
function teach(word: Word, { count, at }: EventOf<"stock-counted">) {
  const own = word.says - word.offset;
  const off = count - own;
  if (own === 0 || count === 0 || word.times < 2 || Math.abs(at - word.at) > taughtWithinMs) return;
  if (Math.abs(off) > offsetAtMost) return;
  word.offset = off;
  word.says = own + off;
}

function forgetWords(state: EvidenceState, deviceId: string) {
  for (const memory of state.places.values())
    if (memory.words.some((word) => word.deviceId === deviceId))
      memory.words = memory.words.filter((word) => word.deviceId !== deviceId);
}

/** What is on disk of every place, with what devices have said since. */
export function withWords(happened: EvidenceState, remembered: EvidenceState): EvidenceState {
  const places = new Map(happened.places);
  for (const [key, { words }] of remembered.places) {
    if (words.length > 0) places.set(key, { ...places.get(key), words });
  }
  return { places };
}
