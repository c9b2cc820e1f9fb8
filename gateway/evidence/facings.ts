import type { HeardWord } from "./deciding.ts";
import { type EvidenceState, memoryOf, placeOf } from "./evidence.ts";
import { hearWord, silentMs } from "./words.ts";
import type { GoodsThere, World } from "./world.ts";

export type Facings = { deviceId: string; shelf: string; plate: number; fronts: number };
/** `reason`: why it was not believed, for engineers. */
export type Heard = { heard: HeardWord[]; reason?: string };

/** How far one frame goes. */
const frameSure = 0.85;
/** More fronts than this many times what fits are something else in the picture. */
const believableFill = 2;
const frontsAtMost = 500;
/** A lens is covered for all places at about the same time. */
const togetherMs = 60_000;

/**
 * A camera saw so many fronts on a plate. It cannot tell products apart: where several stand on one plate only "nothing at all"
 * says something.
 */
export function hearFacings(
  state: EvidenceState,
  { deviceId, shelf, plate, fronts }: Facings,
  world: World,
  moment: { at: number; now: number },
): Heard {
  const all = world.goodsOn(shelf, plate);
  const goods = all?.filter(({ capacity, count = 0 }) => capacity > 0 || count > 0) ?? [];
  const refuse = (reason: string): Heard => ({ heard: [], reason });
  if (!all) return refuse(`there is no shelf ${shelf}`);
  if (goods.length === 0) return refuse(`nothing belongs on plate ${plate} of shelf ${shelf}`);
  const most = goods.reduce((sum, { capacity, count = 0 }) => sum + Math.max(capacity, count), 0);
  if (fronts < 0 || fronts >= frontsAtMost || fronts > Math.max(10, most * believableFill))
    return refuse(`${fronts} fronts cannot stand on plate ${plate} of shelf ${shelf}: it holds ${most}`);
  if (goods.length > 1 && fronts > 0)
    return refuse(`${goods.length} products stand on plate ${plate} of shelf ${shelf}: a front does not tell which`);
  const heard = goods.flatMap((one): HeardWord[] => {
    const place = { shelf, plate, sku: one.sku };
    const said = { by: "camera", deviceId, raw: fronts, sure: frameSure, ...counted(one, fronts) } as const;
    const word = hearWord(memoryOf(state, place), said, moment);
    return word ? [{ place, word, exact: word.depth === undefined || fronts === 0 }] : [];
  });
  return fronts === 0 && heard.length > 0
    ? unlessCovered(state, heard, { deviceId, now: moment.now }, world)
    : { heard };
}

/** A front is a piece, unless the sizes say that some stand behind it: then what the books say, as far as it fits. */
function counted({ capacity, across, count = 0 }: GoodsThere, fronts: number): { own: number; depth?: number } {
  if (across === undefined || across >= capacity || across < 1) return { own: fronts };
  const depth = Math.ceil(capacity / across);
  return { own: Math.min(Math.max(count, fronts), fronts * depth), depth };
}

/** Every plate that it watches turned empty at once, and the books say otherwise: a hand, a coat, a lamp that went out. */
function unlessCovered(
  state: EvidenceState,
  heard: HeardWord[],
  { deviceId, now }: { deviceId: string; now: number },
  world: World,
): Heard {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const plates = new Set<string>();
  const words: HeardWord["word"][] = [];
  for (const [key, memory] of state.places) {
    const word = memory.words.find((one) => one.by === "camera" && one.deviceId === deviceId);
    if (!word || Math.abs(now - word.at) > silentMs) continue;
    if (word.raw > 0) return { heard };
    words.push(word);
    const place = placeOf(key);
    const count = world.goodsOn(place.shelf, place.plate)?.find(({ sku }) => sku === place.sku)?.count ?? 0;
    if (count === 0) continue;
    plates.add(`${place.shelf}/${place.plate}`);
    first = Math.min(first, word.since);
    last = Math.max(last, word.since);
  }
  if (plates.size < 2 || last - first > togetherMs) return { heard };
  for (const word of words) word.times = Math.min(word.times, 1);
  return {
    heard: [],
    reason: `camera ${deviceId} sees nothing on any of ${plates.size} plates that were not empty: is its lens covered?`,
  };
}
