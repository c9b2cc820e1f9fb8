import type { Refusal } from "./results.ts";
import type { Watching } from "./seats.ts";
import type { Session, Sessions } from "./sessions.ts";

/**
 * An offer of ours holds no seat before it is answered: whoever only opens a link, a chat app that looks at it included,
 * must not keep friends out. It costs memory and a transport of the worker, though: a share may have as many waiting
 * as it may have viewers, and never fewer than this.
 */
const waitingAnyway = 16;

type Holder = { audience: string; address?: string };

/** Who is being made an offer just now: these cannot be taken back yet. */
const making = new WeakMap<Sessions, Set<Holder>>();

export const tooManyAtOnce: Refusal = {
  ok: false,
  status: 503,
  title: "Too many people are asking for this picture at once.",
  retryAfterS: 1,
};

/**
 * Room for one more offer; where there is none, the oldest one of whoever has most of them is taken back. undefined when
 * none can be, because they are being made just now. What it returns is to be called once, when the offer is made.
 */
export function makeRoom(
  sessions: Sessions,
  { audience, address, maxViewers, via }: Watching,
): (() => void) | undefined {
  if (via === "probe") return () => {};
  const isHere = (holder: Holder | undefined) => holder?.audience === audience;
  const waiting = sessions.list().filter((one) => isWaiting(one) && isHere(one.watching));
  const underway = making.get(sessions) ?? new Set();
  making.set(sessions, underway);
  const made = [...underway].filter(isHere);
  const isFull = waiting.length + made.length >= Math.max(waitingAnyway, maxViewers);
  if (isFull && !takeBackOne(waiting, made)) return;
  const holder: Holder = { audience, ...(address === undefined ? {} : { address }) };
  underway.add(holder);
  return () => void underway.delete(holder);
}

/** Takes back an offer that nobody has answered, when too many sessions are open; false when there is none. */
export function takeBackAny(sessions: Sessions): boolean {
  return takeBackOne(sessions.list().filter(isWaiting), [...(making.get(sessions) ?? [])]);
}

/** A probe holds no place. */
function isWaiting({ offered, watching }: Session): boolean {
  return offered !== undefined && offered.taken === undefined && watching?.viewer !== undefined;
}

/** `waiting`: oldest first. One address that asks and asks takes back its own offers, not those of others. */
function takeBackOne(waiting: Session[], underway: Holder[]): boolean {
  const counts = new Map<string, number>();
  const keyOf = (holder: Holder | undefined) => `${holder?.audience} ${holder?.address}`;
  for (const holder of [...waiting.map(({ watching }) => watching), ...underway]) {
    counts.set(keyOf(holder), (counts.get(keyOf(holder)) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  const oldest = waiting.find(({ watching }) => counts.get(keyOf(watching)) === most);
  oldest?.close("a newer offer took its place");
  return oldest !== undefined;
}
