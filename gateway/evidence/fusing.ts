import type { Evidence } from "#wire/stock-views.ts";
import type { PlaceId, PlaceMemory, Word } from "./evidence.ts";
import { isSteady } from "./words.ts";
import type { World } from "./world.ts";

/** A witness's word, as it counts now: `weight` is how much of it has not aged yet, 0..1. */
export type Witness = Evidence & {
  weight: number /** All counts that look the same to it; left out: only `says`. */;
  range?: [number, number];
};

const eyesHalfMs = 10 * 60_000;
const personHalfMs = 12 * 3_600_000;
/** However old, it is more than nothing: stores' own records are right for about two products in three. */
const agedLeast = 0.5;
const changeFades = 0.93;
const personSure = 0.98;
/** Somebody carries one about in the zone, or one is hidden. */
const tagsSure = 0.5;
const tillSure = 0.4;
export const steadySure = 0.95;
/** A scale that is not heard any more knows what stood there then. */
const deafScale = 0.6;
/** Each piece further off is half as likely. */
const offFades = 0.5;

/** Everything that is known of one place, the strongest first. The till is a witness of the last change only. */
export function witnessesOf(memory: PlaceMemory, place: PlaceId, world: World, now: number): Witness[] {
  const { counted, person, soldAt, words } = memory;
  const witnesses: Witness[] = [];
  if (counted?.by === "weight") {
    const { count: says, confidence, at, deviceId } = counted;
    const sure = world.hasScale(place.shelf, place.plate) ? confidence : Math.min(confidence, deafScale);
    witnesses.push({ by: "weight", says, sure, at, deviceId, weight: 1 });
  }
  for (const word of words) {
    const { by, deviceId, says, at, times } = word;
    if (times === 0) continue;
    const weight = half(now - at, eyesHalfMs);
    const sure = isSteady(word) ? Math.max(word.sure, word.sure * 0.2 + steadySure * 0.8) : word.sure;
    witnesses.push({ by, says, sure, at, deviceId, weight, ...rangeBehind(word) });
  }
  const tags = world.tagged(place.sku, place.shelf);
  if (tags !== undefined) witnesses.push({ by: "rfid", says: tags, sure: tagsSure, at: now, weight: 1 });
  if (person) {
    const { count: says, at, changes } = person;
    const weight = half(now - at, personHalfMs) * changeFades ** changes;
    witnesses.push({ by: "person", says, sure: personSure, at, weight });
  }
  if (soldAt !== undefined && counted?.by !== "weight" && person)
    witnesses.push({
      by: "till",
      says: person.count,
      sure: tillSure,
      at: soldAt,
      weight: half(now - soldAt, personHalfMs),
    });
  return witnesses.sort((a, b) => b.sure * b.weight - a.sure * a.weight);
}

/** One piece at least stands behind each front it saw. */
export function rangeBehind({ depth = 1, raw }: Pick<Word, "depth" | "raw">): { range?: [number, number] } {
  return depth > 1 && raw > 0 ? { range: [raw, raw * depth] } : {};
}

const half = (ageMs: number, halfMs: number) => Math.max(agedLeast, 0.5 ** (Math.max(0, ageMs) / halfMs));

/** How likely each count from 0 on is, by all witnesses together; sums to 1. The till is left out: it says what we know by it. */
export function posterior(witnesses: readonly Witness[], most: number): number[] {
  const chances = Array.from({ length: most + 1 }, () => 1 / (most + 1));
  for (const witness of witnesses) {
    if (witness.by === "till") continue;
    const { weight } = witness;
    const likely = likelihood(witness, most);
    for (let n = 0; n <= most; n++)
      chances[n] = (chances[n] ?? 0) * (weight * (likely[n] ?? 0) + (1 - weight) / (most + 1));
  }
  const sum = chances.reduce((all, chance) => all + chance, 0);
  return sum > 0 ? chances.map((chance) => chance / sum) : chances;
}

/** `sure` on what it says, or on all that so many fronts can hide; the rest around it, falling with the distance. */
function likelihood({ says, sure, range = [says, says] }: Witness, most: number): number[] {
  const low = Math.min(range[0], most);
  const high = Math.min(range[1], most);
  const inside = high - low + 1;
  const outside: number[] = [];
  let rest = 0;
  for (let n = 0; n <= most; n++) {
    const off = n < low ? low - n : n > high ? n - high : 0;
    outside[n] = off === 0 ? 0 : offFades ** off;
    rest += outside[n] ?? 0;
  }
  if (rest === 0) return outside.map(() => 1 / inside);
  return outside.map((tail) => (tail === 0 ? sure / inside : ((1 - sure) * tail) / rest));
}

export const rangeOf = (capacity: number, standing: number, word?: Pick<Word, "says">): number =>
  Math.min(500, Math.max(capacity * 2, standing + 3, (word?.says ?? 0) + 3));
