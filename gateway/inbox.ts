import { guessMappings } from "#wire/guess.ts";
import { isHearingTopic, looksHeard, redactPayload, redactText, redactTopic } from "#wire/redact.ts";
import type { InboxTopic } from "#wire/views.ts";

/** One payload that nobody could read. */
export type Unread = {
  at: number;
  topic: string;
  client: string;
  payload: Uint8Array;
  reason: string;
  /** The reason is about a device of the shop: whose address stands in it may be known. */
  isAboutOwn?: boolean;
};

type Sample = { at: number; sizeBytes: number; bytes: Buffer };
type Kept = Omit<InboxTopic, "samples" | "guesses"> & { samples: Sample[]; guesses?: InboxTopic["guesses"] };

const topicsKept = 200;
const samplesKept = 3;
/** The newest sample is kept longer than the others, so that guesses can be made and tried on it. */
const newestBytes = 4_096;
const olderBytes = 512;
const bytesKept = 512 * 1024;
const textLimit = 200;
const reasonLimit = 400;
/** What a client says beyond this is counted and not looked at, so that a flood costs little. */
const looksPerSecond = 200;
/** So that an address that lies across the cut is seen whole before it is cut. */
const cutMargin = 128;

/**
 * Unreadable payloads by topic. Where there is no room for another topic or for more bytes, the one that has been silent
 * for longest goes, of the client that has the most of them: nobody can push the others out. The counts go on. Of one
 * client 200 payloads a second are looked at; the others are only counted.
 * Addresses of those who only walked past are not kept (see wire/redact.ts).
 */
export function createInbox({ storeId, zones = [] }: { storeId: string; zones?: readonly string[] }) {
  /** In the order of their last word, the longest silent first. */
  const topics = new Map<string, Kept>();
  const topicsOf = new Map<string, number>();
  /** Looked at in this second, by client. */
  const looks = new Map<string, number>();
  let second = 0;
  let bytes = 0;
  let total = 0;
  let changed = () => {};

  function sizeOf({ samples, topic, client, reason }: Kept): number {
    return samples.reduce(
      (sum, sample) => sum + sample.bytes.length,
      2 * (topic.length + client.length + reason.length),
    );
  }

  function owned(client: string, by: 1 | -1) {
    const count = (topicsOf.get(client) ?? 0) + by;
    if (count > 0) topicsOf.set(client, count);
    else topicsOf.delete(client);
  }

  function take(topic: string): Kept | undefined {
    const kept = topics.get(topic);
    if (!kept) return undefined;
    topics.delete(topic);
    bytes -= sizeOf(kept);
    owned(kept.client, -1);
    return kept;
  }

  function put(kept: Kept) {
    topics.set(kept.topic, kept);
    bytes += sizeOf(kept);
    owned(kept.client, 1);
  }

  function makeRoom() {
    while (topics.size > topicsKept || bytes > bytesKept) {
      const most = Math.max(...topicsOf.values());
      const victim = [...topics.values()].find(({ client }) => topicsOf.get(client) === most);
      if (!victim) return;
      take(victim.topic);
    }
  }

  function mayLook(client: string, at: number): boolean {
    const now = Math.floor(at / 1_000);
    if (now !== second) looks.clear();
    second = now;
    const count = (looks.get(client) ?? 0) + 1;
    looks.set(client, count);
    return count <= looksPerSecond;
  }

  /** A word more from a topic that may be known; nothing of its payload is read. */
  function countOnly(topic: string, at: number) {
    const kept = topics.get(topic);
    if (!kept) return;
    kept.count++;
    kept.lastAt = at;
  }

  function view(kept: Kept): InboxTopic {
    const { samples, ...about } = kept;
    const newest = samples[0]?.bytes ?? Buffer.alloc(0);
    kept.guesses ??= guessMappings({ storeId, topic: kept.topic, bytes: newest, zones });
    return {
      ...about,
      guesses: kept.guesses,
      samples: samples.map(({ at, sizeBytes, bytes: body }) => {
        const text = readableText(body);
        return { at, sizeBytes, hex: body.toString("hex"), ...(text === undefined ? {} : { text }) };
      }),
    };
  }

  return {
    add({ at, topic: saidOn, client: saidBy, payload, reason: why, isAboutOwn = false }: Unread) {
      total++;
      changed();
      if (!mayLook(saidBy, at)) return countOnly(saidOn, at);
      const cut = payload.subarray(0, newestBytes + cutMargin);
      const text = readableText(cut);
      const isHeard = isHearingTopic(storeId, saidOn);
      const isPrivate = isHeard || looksHeard(cut, text);
      const topic = (isHeard ? redactTopic(saidOn) : saidOn).slice(0, 2 * textLimit);
      const body = isPrivate ? redactPayload(cut, text) : cut;
      const sample: Sample = { at, sizeBytes: payload.byteLength, bytes: Buffer.from(body.subarray(0, newestBytes)) };
      const before = take(topic);
      const older = (before?.samples ?? []).slice(0, samplesKept - 1);
      put({
        topic,
        client: saidBy.slice(0, textLimit),
        reason: (isPrivate && !isAboutOwn ? redactText(why) : why).slice(0, reasonLimit),
        count: (before?.count ?? 0) + 1,
        firstAt: before?.firstAt ?? at,
        lastAt: at,
        samples: [sample, ...older.map((one) => shortened(one))],
      });
      makeRoom();
    },
    /** The topic that spoke last comes first. Guesses are made here, once for each newest sample. */
    list: (): InboxTopic[] => [...topics.values()].reverse().map(view),
    /** False where nothing lies under this topic. */
    clear(topic: string): boolean {
      const found = take(topic) !== undefined;
      if (found) changed();
      return found;
    },
    topics: (): string[] => [...topics.keys()],
    counts: () => ({ topics: topics.size, total }),
    total: () => total,
    /** Called at every change; one listener. */
    onChanged(listener: () => void) {
      changed = listener;
    },
  };
}

export type Inbox = ReturnType<typeof createInbox>;

function shortened(sample: Sample): Sample {
  if (sample.bytes.length <= olderBytes) return sample;
  return { ...sample, bytes: Buffer.from(sample.bytes.subarray(0, olderBytes)) };
}

/** Valid UTF-8 without control characters; a letter that was cut at the end is left out. */
function readableText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return /[^\P{Cc}\t\r\n]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
