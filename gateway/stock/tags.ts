import type { TagRead } from "#wire/decoded.ts";
import { decodeSgtin96 } from "#wire/sgtin-96.ts";
import type { DomainEvent, Source } from "../events.ts";
import type { Room } from "../room.ts";

export type TagsConfig = { skuOfGtin14: Map<string, string>; zoneOfAntenna: Map<string, string> };
export type TagsState = {
  /** epc -> where it is and when it was last heard: memory, not journaled, so after a restart every tag gets its full time again. */
  tags: Map<string, { sku: string; zone: string; lastReadAt: number | undefined }>;
};

/** A tag is gone when no antenna has heard it for this long. Missed reads are normal; EdgeX' RFID service uses the same 600 s. */
export const departedAfterMs = 600_000;
const tagsLimit = 20_000;

export function createTagsRoom(): Room<TagsState> {
  return {
    name: "tags",
    initial: () => ({ tags: new Map() }),
    evolve: {
      "tag-arrived": (state, { epc, sku, zone }) => {
        state.tags.set(epc, { sku, zone, lastReadAt: undefined });
      },
      "tag-departed": (state, { epc }) => {
        state.tags.delete(epc);
      },
    },
  };
}

/** `antennas`: the reader of the configuration whose antennas it has; `zone`: where all others of its antennas are. */
export type ReaderSeat = { antennas?: string; zone?: string };

/** Reads of one reader. Only the shop's own goods count, and a tag that is already known only refreshes its memory. */
export function decideTags(
  state: TagsState,
  { source, reads, seat }: { source: Source; reads: TagRead[]; seat?: ReaderSeat },
  now: number,
  config: TagsConfig,
): DomainEvent[] {
  const events: DomainEvent[] = [];
  const reader = seat ? seat.antennas : source.deviceId;
  const here = new Set<string>();
  for (const read of reads) {
    const known = state.tags.get(read.epc);
    if (known) {
      known.lastReadAt = now;
      continue;
    }
    const zone = config.zoneOfAntenna.get(`${reader}/${read.antenna}`) ?? seat?.zone;
    const tag = decodeSgtin96(read.epc);
    const sku = tag.ok ? config.skuOfGtin14.get(tag.value.gtin14) : undefined;
    if (!zone || !sku || here.has(read.epc) || state.tags.size + events.length >= tagsLimit) continue;
    here.add(read.epc);
    events.push({ type: "tag-arrived", at: now, epc: read.epc, sku, zone, source });
  }
  return events;
}

export function decideTagsTick(state: TagsState, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [epc, tag] of state.tags) {
    const { sku, zone } = tag;
    // not heard since the restart, or before the clock was set back: its time begins now
    if (tag.lastReadAt === undefined || tag.lastReadAt > now) tag.lastReadAt = now;
    if (now - tag.lastReadAt >= departedAfterMs) events.push({ type: "tag-departed", at: now, epc, sku, zone });
  }
  return events;
}
