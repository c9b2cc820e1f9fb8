import type { PlaceMemory, Word } from "./evidence.ts";

/** What a witness says now; `own`: by itself, before what a person taught it. */
export type Said = Pick<Word, "by" | "deviceId" | "raw" | "sure" | "depth"> & { own: number };

const wordsPerPlace = 4;
/** The same must be said again after at least this long: somebody who walks by is gone. */
const steadyMs = 3_000;
/** A witness that says nothing for so long begins anew. */
export const silentMs = 10 * 60_000;
/** A word from further ahead is from before the clock was set back. */
const aheadMs = 10 * 60_000;
const takenBackAtFirst = 0.015;
const newestShare = 0.05;
/** By chance a witness says the same wrong thing that often in a row less than once in so many words. */
const wrongByChance = 0.0004;
const repeats = { least: 2, most: 8 };

/** Notes a word. Undefined: it is late, or the same frame again, and changes nothing. */
export function hearWord(memory: PlaceMemory, said: Said, { at, now }: { at: number; now: number }): Word | undefined {
  const { own, ...rest } = said;
  const known = memory.words.find(({ by, deviceId }) => by === said.by && deviceId === said.deviceId);
  const word = known ?? newWord(said, at);
  if (!known) {
    memory.words.push(word);
    if (memory.words.length > wordsPerPlace) memory.words.shift();
  } else if (at <= word.at && word.at <= now + aheadMs) return undefined;
  const says = Math.max(0, own + (own > 0 ? word.offset : 0));
  // what hides behind a front is not seen: its own word is how many fronts there are
  const isSame = said.by === "camera" ? said.raw === word.raw : says === word.says;
  if (known) word.takenBack += newestShare * ((!isSame && word.times === 1 ? 1 : 0) - word.takenBack);
  const isNew = !isSame || word.times === 0 || Math.abs(at - word.at) > silentMs;
  delete word.depth;
  Object.assign(word, rest, { says, at, times: isNew ? 1 : word.times + 1, since: isNew ? at : word.since });
  return word;
}

const newWord = ({ by, deviceId, raw, sure, own }: Said, at: number): Word => ({
  ...{ by, deviceId, raw, sure, at },
  ...{ says: own, since: at, times: 0, takenBack: takenBackAtFirst, offset: 0, still: 0 },
});

/** Said often enough, by how often this witness takes its word back, and for long enough. */
export function isSteady(word: Word): boolean {
  return word.times >= repeatsNeeded(word.takenBack) && word.at - word.since >= steadyMs;
}

function repeatsNeeded(takenBack: number): number {
  const wrong = Math.min(0.5, Math.max(0.01, takenBack));
  const needed = Math.ceil(Math.log(wrongByChance) / Math.log(wrong));
  return Math.min(repeats.most, Math.max(repeats.least, needed));
}
