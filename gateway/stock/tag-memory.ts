/** What is remembered of one garment's reads. All but `sku` and `zone` is memory; older snapshots have only the first three. */
export type TagMemory = {
  sku: string;
  zone: string;
  lastReadAt: number | undefined;
  /** Who read it last, and that reader's own clock then. */
  reader?: string;
  clockAt?: number;
  /** Usual time between two reads, by the reader's clock; how many made it; and the longest one, slowly forgotten. */
  gapMs?: number;
  gaps?: number;
  longestMs?: number;
  /** How well each zone hears it, added up over the last while. */
  heard?: Hearing[];
  /** How often it moved lately; each makes the next harder. */
  moves?: number;
  movedAt?: number;
};
/** `since` and `reads`: how long, and by how many reads, this zone hears it clearly better than its own. */
type Hearing = { zone: string; sum: number; at: number; since: number; reads: number };
/** `clock`: milliseconds in which it was heard of. */
export type TagReader = { clock: number; lastHeardAt: number };

/** The longest a garment is waited for, also when nothing is known of how often it is read. EdgeX' RFID service uses the same. */
export const departedAfterMs = 600_000;
/** Before this many gaps nobody knows how often a tag is read. */
const gapsToLearn = 16;
const gapShare = 1 / 24;
const longestFades = 0.998;
/** A tag that stays is missed for long enough on fewer than one day in so many. */
const daysPerMistake = 10_000;
const dayMs = 86_400_000;

/** Another zone takes a tag when it hears it this many times as well, for this long. */
const clearlyLouder = 3;
const dwellMs = 15_000;
const readsToMove = 5;
/** And not only by some faint echo. */
const least = 0.3;
/** What was heard counts half after this long, or after so many of its usual gaps. */
const halfLifeMs = 30_000;
const halfLifeGaps = 6;
const zonesHeard = 3;
const movesFadeMs = 600_000;

export const newTag = (sku: string, zone: string): TagMemory => ({ sku, zone, lastReadAt: undefined });

/** Field strength beside one of -60 dBm, so that one loud read outweighs several faint ones; unknown counts as that. */
export const loudness = (rssiDbm = -60): number => Math.min(4, Math.max(0.1, 10 ** ((rssiDbm + 60) / 20)));

export function hear(
  tag: TagMemory,
  { zone, loudness: loud, reader }: { zone: string | undefined; loudness: number; reader: TagReader & { id: string } },
  now: number,
) {
  // two antennas of one round are one read
  const gap = tag.reader === reader.id ? reader.clock - (tag.clockAt ?? reader.clock) : 0;
  if (gap > 0) learnGap(tag, gap);
  tag.lastReadAt = now;
  tag.reader = reader.id;
  tag.clockAt = reader.clock;
  if (zone !== undefined) addHearing(tag, zone, loud, now);
}

/** The mean of the first gaps, then an exponentially weighted one. */
function learnGap(tag: TagMemory, gap: number) {
  const gaps = (tag.gaps ?? 0) + 1;
  const share = Math.max(gapShare, 1 / gaps);
  tag.gapMs = (tag.gapMs ?? gap) * (1 - share) + gap * share;
  tag.gaps = Math.min(gaps, 1_000);
  tag.longestMs = Math.max(gap, (tag.longestMs ?? 0) * longestFades);
}

function addHearing(tag: TagMemory, zone: string, loud: number, now: number) {
  const heard = tag.heard ?? [];
  tag.heard = heard;
  const halfLife = Math.max(halfLifeMs, (tag.gapMs ?? 0) * halfLifeGaps);
  for (const one of heard) {
    one.sum *= 0.5 ** (Math.max(0, now - one.at) / halfLife);
    one.at = now;
  }
  const found = heard.find((one) => one.zone === zone) ?? { zone, sum: 0, at: now, since: now, reads: 0 };
  if (found.sum === 0) heard.push(found);
  found.sum += loud;
  found.reads++;
  const here = heard.find((one) => one.zone === tag.zone)?.sum ?? 0;
  const needed = Math.max(least, here * clearlyLouder * (1 + movesLately(tag, now)));
  for (const one of heard) {
    if (one.sum >= needed && one.since <= now) continue;
    one.since = now;
    one.reads = 0;
  }
  if (heard.length > zonesHeard) forgetFaintest(heard, tag.zone);
}

function forgetFaintest(heard: Hearing[], own: string) {
  let faintest = heard.find(({ zone }) => zone !== own);
  for (const one of heard) if (one.zone !== own && faintest && one.sum < faintest.sum) faintest = one;
  if (faintest) heard.splice(heard.indexOf(faintest), 1);
}

const movesLately = ({ moves = 0, movedAt = 0 }: TagMemory, now: number) =>
  moves * 0.5 ** (Math.max(0, now - movedAt) / movesFadeMs);

/** The zone that hears it so much better than its own, and has for a while, that it must be there; undefined: it stays. */
export function moveOf({ heard = [], zone }: TagMemory, now: number): string | undefined {
  let best: Hearing | undefined;
  for (const other of heard) {
    if (other.zone === zone || other.reads < readsToMove || now - other.since < dwellMs) continue;
    if (!best || other.sum > best.sum) best = other;
  }
  return best?.zone;
}

export function settleIn(tag: TagMemory, zone: string, at: number) {
  if (tag.zone === zone) return;
  tag.moves = movesLately(tag, at) + 1;
  tag.movedAt = at;
  tag.zone = zone;
  // the others begin anew to prove that they hear it better
  for (const one of tag.heard ?? []) {
    one.since = at;
    one.reads = 0;
  }
}

/**
 * True when a tag was missed for longer than chance would. How often a tag is read is learned; while its reader is heard
 * and the tag is not, the chance of that is exp(-silence / gap) (as SMURF sizes its window, Jeffery et al., VLDB 2006), once
 * for each read of a day. A reader that is silent itself says nothing: then only the upper bound counts.
 */
export function keepsSilent(tag: TagMemory, readers: ReadonlyMap<string, TagReader>, now: number): boolean {
  // not heard since the restart, or before the clock was set back: its time begins now
  if (tag.lastReadAt === undefined || tag.lastReadAt > now) {
    tag.lastReadAt = now;
    delete tag.clockAt;
  }
  if (now - tag.lastReadAt >= departedAfterMs) return true;
  const clock = tag.reader === undefined ? undefined : readers.get(tag.reader)?.clock;
  if (clock === undefined || tag.clockAt === undefined) return false;
  return clock - tag.clockAt >= waitsFor(tag);
}

/** How long a tag may be missed while its reader is heard, milliseconds. */
export function waitsFor({ gapMs, gaps = 0, longestMs = 0 }: TagMemory): number {
  if (gapMs === undefined || gaps < gapsToLearn) return departedAfterMs;
  const readsPerDay = dayMs / gapMs;
  const byChance = gapMs * Math.log(readsPerDay * daysPerMistake);
  return Math.min(departedAfterMs, Math.max(byChance, 2 * longestMs));
}
