import type { Fault } from "./faults.ts";
import { createRandom } from "./random.ts";
import type { Spoil } from "./scale.ts";
import type { TellTruth } from "./truth.ts";

const fullScaleGrams = 20_000;
/** What a plate shows while it is ill, given what it would show and what it showed last; and how long that lasts. */
const spells = {
  vanish: { lastsMs: 20_000, show: () => undefined },
  freeze: { lastsMs: 30_000, show: (_grams: number, lastGrams: number) => lastGrams },
  saturate: { lastsMs: 10_000, show: () => fullScaleGrams },
  negative: { lastsMs: 15_000, show: (grams: number) => -grams - 50 },
} as const;
type Kind = keyof typeof spells;
type Spell = { kind: Kind; everyMs: number; fromMs: number; isOn: boolean };

/** Ill plates of one device, each at times of its own; undefined for a healthy one. Seeded like every other fault. */
export function createPlateFaults(
  faults: readonly Fault[],
  device: { deviceId: string; seed: string; startMs: number; tell: TellTruth },
): Spoil | undefined {
  const { deviceId, seed, startMs, tell } = device;
  const amountOf = (name: Fault["kind"]) => faults.find(({ kind }) => kind === name)?.amount;
  const kinds = (["vanish", "freeze", "saturate", "negative"] as const).filter((kind) => amountOf(kind));
  const wander = amountOf("wander") ?? 0;
  if (kinds.length === 0 && wander === 0) return undefined;
  const random = createRandom(seed, `ill plates/${deviceId}`);
  const plates = new Map<number, { lastGrams: number; spells: Spell[] }>();
  const soon = (fromMs: number, everyMs: number) => fromMs + everyMs * random.between(0.5, 1.5);

  function healthy(grams: number) {
    const spellsOf = kinds.map((kind): Spell => {
      const everyMs = (amountOf(kind) ?? 0) * 1_000;
      return { kind, everyMs, fromMs: soon(startMs, everyMs), isOn: false };
    });
    return { lastGrams: grams, spells: spellsOf };
  }
  return (number, measured, nowMs) => {
    const grams = measured + (wander * (nowMs - startMs)) / 60_000;
    const plate = plates.get(number) ?? healthy(grams);
    plates.set(number, plate);
    for (const spell of plate.spells) {
      const { lastsMs } = spells[spell.kind];
      if (nowMs >= spell.fromMs + lastsMs) Object.assign(spell, { fromMs: soon(nowMs, spell.everyMs), isOn: false });
      if (nowMs < spell.fromMs || spell.isOn) continue;
      spell.isOn = true;
      tell({ at: nowMs, kind: "fault", device: `${deviceId}/${number}`, fault: spell.kind });
    }
    const ill = plate.spells.find(({ isOn }) => isOn);
    if (ill) return spells[ill.kind].show(grams, plate.lastGrams);
    plate.lastGrams = grams;
    return grams;
  };
}
