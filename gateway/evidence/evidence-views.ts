import type { Evidence } from "#wire/stock-views.ts";
import { type EvidenceState, keyOf, type PlaceId } from "./evidence.ts";
import { posterior, rangeOf, witnessesOf } from "./fusing.ts";
import type { World } from "./world.ts";

const shown = 5;
/** Nobody is ever quite sure, and what stands in the books is never quite impossible. */
const [least, most] = [0.01, 0.99];

/**
 * What the count of a place rests on, the strongest first, and how likely it is by all of them. `happened` is what is on disk,
 * `remembered` what devices have said since. Undefined where nobody has said anything: then the books' own confidence holds.
 */
export function evidenceOf(
  { happened, remembered }: { happened: EvidenceState; remembered: EvidenceState },
  place: PlaceId & { count: number; capacity: number },
  world: World,
  now: number,
): { evidence: Evidence[]; confidence: number } | undefined {
  const key = keyOf(place);
  const known = happened.places.get(key);
  const { words = [] } = remembered.places.get(key) ?? {};
  const witnesses = witnessesOf({ ...known, words }, place, world, now);
  if (witnesses.length === 0) return undefined;
  const { count, capacity } = place;
  const chance = posterior(witnesses, rangeOf(capacity, count))[count] ?? 0;
  const evidence = witnesses.slice(0, shown).map(({ by, says, sure, weight, at, deviceId }): Evidence => {
    const goes = Math.round(sure * weight * 100) / 100;
    return { by, says, sure: goes, at, ...(deviceId === undefined ? {} : { deviceId }) };
  });
  const isWitnessed = witnesses.some(({ by, weight }) => by !== "till" && weight > 0.05);
  if (!isWitnessed) return undefined;
  return { evidence, confidence: Math.round(Math.min(most, Math.max(least, chance)) * 100) / 100 };
}
