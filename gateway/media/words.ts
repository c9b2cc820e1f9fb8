import { Compile } from "typebox/compile";
import {
  type FriendHears,
  FriendSays,
  type MirrorHears,
  maxNameLength,
  maxWordsLength,
  type Viewer,
} from "#wire/share-words.ts";

/** Somebody who watches; `say` is missing where there is no data channel. */
export type Friend = { viewer: Viewer; streamId: string; address?: string; say?(message: FriendHears): void };

export type Words = {
  /** What a friend's page sent, as it came. Never throws. */
  hear(friend: Friend, text: string): void;
  /** Tells the mirror and its friends who watches now. */
  tellViewers(streamId: string): void;
  /** Since the start; `broken`: not by the contract, and dropped. */
  counts(): { passed: number; refused: number; broken: number };
};

export type WordsOptions = {
  /** The mirror's own channel; undefined when it has none. */
  mirror(streamId: string): ((message: MirrorHears) => void) | undefined;
  /** Everybody on the list. */
  friends(streamId: string): Friend[];
  /** Monotonic milliseconds. */
  nowMs?(): number;
};

const parse = Compile(FriendSays);
type Why = Extract<FriendHears, { ok: false }>["why"];
type Rates = { reaction: number[]; words: number[]; name: number[] };

const windowMs = 10_000;
const perFriend = { reaction: 5, words: 3, name: 3 };
/** A household behind one router may say as much as so many friends; one phone with many tabs, or that comes anew, no more. */
const friendsAnAddress = 3;
/** What one mirror is shown of all friends together, a second. */
const perShare = 40;
/** Longer texts are not even parsed. */
const maxRawLength = 2_048;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What friends say to the mirror they watch: checked, cleaned, limited, and passed on under their name. */
export function createWords({ mirror, friends, nowMs = () => performance.now() }: WordsOptions): Words {
  const rates = new WeakMap<Viewer, Rates>();
  /** Who spoke from one address to one stream in the last ten seconds; older ones go with the next. */
  const homes = new Map<string, Rates>();
  /** One entry a stream that was spoken to in the last second; older ones go with the next. */
  const shares = new Map<string, number[]>();
  const counts = { passed: 0, refused: 0, broken: 0 };

  function ratesOf(viewer: Viewer): Rates {
    const known = rates.get(viewer) ?? { reaction: [], words: [], name: [] };
    rates.set(viewer, known);
    return known;
  }

  function homeOf({ viewer, streamId, address = viewer.id }: Friend, now: number): Rates {
    for (const [key, times] of homes) {
      if (Object.values(times).every((list) => (list.at(-1) ?? 0) <= now - windowMs)) homes.delete(key);
    }
    const key = `${streamId} ${address}`;
    const known = homes.get(key) ?? { reaction: [], words: [], name: [] };
    homes.set(key, known);
    return known;
  }

  function mayPass(friend: Friend, kind: keyof Rates): boolean {
    const { viewer, streamId } = friend;
    const now = nowMs();
    const own = ratesOf(viewer)[kind];
    const home = homeOf(friend, now)[kind];
    for (const [id, times] of shares) if ((times.at(-1) ?? 0) < now - 1_000) shares.delete(id);
    const all = shares.get(streamId) ?? [];
    forget(own, now - windowMs);
    forget(all, now - 1_000);
    forget(home, now - windowMs);
    if (own.length >= perFriend[kind] || all.length >= perShare) return false;
    if (home.length >= friendsAnAddress * perFriend[kind]) return false;
    own.push(now);
    home.push(now);
    all.push(now);
    shares.set(streamId, all);
    return true;
  }

  /** Why it must not pass, or undefined when it has. */
  function pass(friend: Friend, said: FriendSays): Why | undefined {
    const { viewer, streamId } = friend;
    const say = mirror(streamId);
    if (said.kind === "reaction") {
      if (!say) return "nobody-there";
      if (!mayPass(friend, "reaction")) return "too-often";
      say({ kind: "reaction", viewer: viewer.id, name: viewer.name, reaction: said.reaction });
      return;
    }
    const text = cleanWords(said.kind === "words" ? said.text : said.name);
    if (text === "") return "not-text";
    if (length(text) > (said.kind === "words" ? maxWordsLength : maxNameLength)) return "too-long";
    if (said.kind === "words" && !say) return "nobody-there";
    if (!mayPass(friend, said.kind)) return "too-often";
    if (said.kind === "words") say?.({ kind: "words", viewer: viewer.id, name: viewer.name, text });
    else viewer.name = freeName(text, friend);
  }

  /** Who comes second under a name is told apart from who bears it: "Anna 2". */
  function freeName(name: string, { viewer, streamId }: Friend): string {
    const others = friends(streamId).filter((other) => other.viewer !== viewer);
    const taken = new Set(others.map((other) => folded(other.viewer.name)));
    for (let number = 2, free = name; ; number++) {
      if (!taken.has(folded(free))) return free;
      free = `${name} ${number}`;
    }
  }

  function tellViewers(streamId: string) {
    const all = friends(streamId);
    mirror(streamId)?.({ kind: "viewers", viewers: all.map(({ viewer }) => viewer) });
    for (const { say } of all) say?.({ kind: "watching", viewers: all.length });
  }

  return {
    hear(friend, text) {
      const said = read(text);
      if (!said) {
        counts.broken += 1;
        return;
      }
      const why = pass(friend, said);
      counts[why ? "refused" : "passed"] += 1;
      friend.say?.(why ? { kind: "said", id: said.id, ok: false, why } : { kind: "said", id: said.id, ok: true });
      if (said.kind === "name" && !why) tellViewers(friend.streamId);
    },
    tellViewers,
    counts: () => ({ ...counts }),
  };
}

function read(text: string): FriendSays | undefined {
  if (text.length > maxRawLength) return;
  try {
    const value: unknown = JSON.parse(text);
    return parse.Check(value) ? value : undefined;
  } catch {
    return;
  }
}

/** Joiners make one sign of several, and the last two ask for a sign as text or as a picture: people do write these. */
const unseen = /[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]--[\u200c\u200d\ufe0e\ufe0f]]/gv;
/** U+2800 is braille for nothing. */
const seen = /(?![\p{M}\p{Cf}\u2800])\S/u;

/**
 * Plain text for a mirror: control characters, what turns the direction of writing and what nobody sees are removed,
 * white space is one space, half pairs become U+FFFD, towers of accents are cut to three. Empty if nothing can be seen.
 */
export function cleanWords(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/\s/g, " ")
    .replace(unseen, "")
    .replace(/([\p{M}\u200c\u200d]{3})[\p{M}\u200c\u200d]+/gu, "$1")
    .replace(/ +/g, " ")
    .trim();
  return seen.test(clean) ? clean : "";
}

/** As people count: one for each sign, however it is made up. */
function length(text: string): number {
  // a sign may hide any number of marks; what is longer than this is long in any case
  if (text.length > 8 * maxWordsLength) return text.length;
  let signs = 0;
  for (const { segment } of graphemes.segment(text)) {
    // pictures strung together that Unicode does not know as one are shown one by one
    signs += /^\p{RGI_Emoji}$/v.test(segment) ? 1 : Math.max(1, [...segment.matchAll(/\p{ExtPict}/gu)].length);
  }
  return signs;
}

/** What looks alike at a glance. */
function folded(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{ExtPict}]/gu, "");
}

function forget(times: number[], before: number) {
  while (times.length > 0 && (times[0] ?? 0) <= before) times.shift();
}
