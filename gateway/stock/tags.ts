import type { TagRead } from "#wire/decoded.ts";
import { decodeSgtin96 } from "#wire/sgtin-96.ts";
import type { DomainEvent, EventOf, Source } from "../events.ts";
import type { Room } from "../room.ts";
import { dropOldest } from "./goods.ts";
import { hear, keepsSilent, loudness, moveOf, newTag, settleIn, type TagMemory, type TagReader } from "./tag-memory.ts";

export type TagsConfig = { skuOfGtin14: Map<string, string>; zoneOfAntenna: Map<string, string> };
export type TagsState = {
  /** epc -> where it is, and what is remembered of its reads; the latter is not journaled. */
  tags: Map<string, TagMemory>;
  /** Memory. Reader -> how long it has been heard. */
  readers: Map<string, TagReader>;
  /** Memory. Tags that are not here yet and were heard faintly: epc -> when. */
  ghosts: Map<string, number>;
};

export { departedAfterMs } from "./tag-memory.ts";

const tagsLimit = 20_000;
const ghostsLimit = 2_000;
const readersLimit = 256;
/** One read weaker than this may be a reflection, or somebody who walks by with a bag: it takes a second one. */
const surelyHereDbm = -70;
const ghostMs = 60_000;
const oneRoundMs = 500;

export function createTagsRoom(): Room<TagsState> {
  const settle = (state: TagsState, { epc, sku, zone, at }: EventOf<"tag-arrived"> | EventOf<"tag-moved">) => {
    const known = state.tags.get(epc);
    if (known) settleIn(known, zone, at);
    else state.tags.set(epc, newTag(sku, zone));
    state.ghosts.delete(epc);
  };
  return {
    name: "tags",
    initial: () => ({ tags: new Map(), readers: new Map(), ghosts: new Map() }),
    evolve: {
      "tag-arrived": settle,
      "tag-moved": settle,
      "tag-departed": (state, { epc }) => {
        state.tags.delete(epc);
      },
    },
  };
}

/** `antennas`: the reader of the configuration whose antennas it has; `zone`: where all others of its antennas are. */
export type ReaderSeat = { antennas?: string; zone?: string };
type Reads = { source: Source; reads: TagRead[]; seat?: ReaderSeat };

/**
 * Reads of one reader. Only the shop's own goods count. A tag that is known refreshes its memory, and moves when another
 * zone hears it much better for a while; an unknown one arrives, if it was heard clearly or twice.
 */
export function decideTags(state: TagsState, batch: Reads, now: number, config: TagsConfig): DomainEvent[] {
  const { source, reads, seat } = batch;
  const reader = listenTo(state, source.deviceId, now);
  const antennas = seat ? seat.antennas : source.deviceId;
  const events: DomainEvent[] = [];
  const here = new Set<string>();
  for (const read of reads) {
    const { epc } = read;
    const zone = config.zoneOfAntenna.get(`${antennas}/${read.antenna}`) ?? seat?.zone;
    const known = state.tags.get(epc);
    if (known) {
      hear(known, { zone, loudness: loudness(read.rssiDbm), reader }, now);
      const to = here.has(epc) ? undefined : moveOf(known, now);
      if (to === undefined) continue;
      here.add(epc);
      events.push({ type: "tag-moved", at: now, epc, sku: known.sku, from: known.zone, zone: to, source });
      continue;
    }
    const tag = zone === undefined || here.has(epc) ? undefined : decodeSgtin96(epc);
    const sku = tag?.ok ? config.skuOfGtin14.get(tag.value.gtin14) : undefined;
    if (!zone || !sku || state.tags.size + events.length >= tagsLimit) continue;
    if (!isHere(state, read, now)) continue;
    here.add(epc);
    events.push({ type: "tag-arrived", at: now, epc, sku, zone, source });
  }
  return events;
}

/** A clear read says so at once, a faint one is waited for to be repeated. */
function isHere({ ghosts }: TagsState, { epc, rssiDbm }: TagRead, now: number): boolean {
  if (rssiDbm === undefined || rssiDbm >= surelyHereDbm) return true;
  const since = Math.abs(now - (ghosts.get(epc) ?? Number.NEGATIVE_INFINITY));
  if (since <= ghostMs && since >= oneRoundMs) return true;
  // a reader that reports every antenna by itself says it twice in one round
  if (since < oneRoundMs) return false;
  ghosts.delete(epc);
  ghosts.set(epc, now);
  dropOldest(ghosts, ghostsLimit);
  return false;
}

/** A reader's own clock: it stands still while nothing comes from it, so that its silence is not taken for its tags'. */
function listenTo({ readers }: TagsState, deviceId: string, now: number): TagReader & { id: string } {
  const known = readers.get(deviceId);
  const gap = known ? now - known.lastHeardAt : 0;
  const clock = (known?.clock ?? 0) + Math.max(0, Math.min(gap, longestRoundMs));
  const reader = { clock, lastHeardAt: now };
  readers.set(deviceId, reader);
  if (!known) dropOldest(readers, readersLimit);
  return { ...reader, id: deviceId };
}

/** Readers report every round, or at least that they heard nothing; a longer gap is the reader's. */
const longestRoundMs = 10_000;

export function decideTagsTick(state: TagsState, now: number): DomainEvent[] {
  const events: EventOf<"tag-departed">[] = [];
  for (const [epc, tag] of state.tags) {
    const { sku, zone } = tag;
    if (keepsSilent(tag, state.readers, now)) events.push({ type: "tag-departed", at: now, epc, sku, zone });
  }
  return events;
}

/** Nothing could be heard for a while: every tag has its full time again. */
export function forgiveTags({ tags }: TagsState) {
  for (const tag of tags.values()) tag.lastReadAt = undefined;
}
