import { randomBytes } from "node:crypto";
import type { Viewer } from "#wire/share-words.ts";
import type { Refusal } from "./results.ts";
import type { Session, Sessions, Via } from "./sessions.ts";

/** Who asks to watch what. */
export type Watching = {
  streamId: string;
  /** On whose behalf: the share. Viewers are counted and ended by it. */
  audience: string;
  /** How many may watch on its behalf at once. */
  maxViewers: number;
  /** Our own page, somebody else's player (so for offers of their own), or a probe, without seat and on no list. */
  via?: Via;
  /** Whence; only to know again who was asked to leave. */
  address?: string;
};

export const nobody: Refusal = {
  ok: false,
  status: 409,
  title: "Nobody is showing anything here yet.",
  retryAfterS: 2,
};
export const full: Refusal = {
  ok: false,
  status: 429,
  title: "As many friends as allowed are watching.",
  retryAfterS: 20,
};

export const unwelcome: Refusal = { ok: false, status: 403, title: "You were asked to leave." };

/**
 * Addresses of those who were asked to leave, by share: each was a viewer, so they are few, and they go with the share. Where
 * others watch from the same address, one and all are behind one router, and nobody is shut out for another.
 */
const sentAway = new WeakMap<Sessions, Map<string, Set<string>>>();

/** To be called when this viewer of a share is asked to leave: it is not to come straight back. */
export function sendAway(sessions: Sessions, { watching, id }: Session): void {
  const { audience, address } = watching ?? {};
  if (audience === undefined || address === undefined) return;
  const isShared = sessions
    .list()
    .some((one) => one.id !== id && one.admitted && isViewer(one, audience) && one.watching?.address === address);
  if (isShared) return;
  const shares = sentAway.get(sessions) ?? new Map<string, Set<string>>();
  sentAway.set(sessions, shares);
  shares.set(audience, (shares.get(audience) ?? new Set()).add(address));
}

export function isSentAway(sessions: Sessions, { audience, address }: Pick<Watching, "audience" | "address">): boolean {
  return address !== undefined && sentAway.get(sessions)?.get(audience)?.has(address) === true;
}

/** To be called when a share is over. */
export function forgetSentAway(sessions: Sessions, audience: string): void {
  sentAway.get(sessions)?.delete(audience);
}

/** Places taken by players whose answer is still being made, so that a rush cannot pass the limit. */
const joining = new WeakMap<Sessions, Map<string, number>>();

/** Keeps a seat for a player until its session is admitted; undefined when none is left. What it returns is to be called once. */
export function takeSeat(sessions: Sessions, { audience, maxViewers, via }: Watching): (() => void) | undefined {
  if (via === "probe") return () => {};
  if (!giveSeat(sessions, audience, maxViewers)) return;
  const places = joining.get(sessions) ?? new Map<string, number>();
  joining.set(sessions, places);
  places.set(audience, (places.get(audience) ?? 0) + 1);
  return () => {
    const left = (places.get(audience) ?? 1) - 1;
    if (left > 0) places.set(audience, left);
    else places.delete(audience);
  };
}

/** Whether one more may watch on behalf of this share. Who opened it and went away holds no seat for long. */
export function hasSeat(sessions: Sessions, audience: string, maxViewers: number): boolean {
  const firm = seated(sessions, audience).filter(({ yields }) => !yields).length;
  return firm + atTheDoor(sessions, audience) < maxViewers;
}

/** The same for whoever takes the seat now: nothing is to be awaited in between. */
export function giveSeat(sessions: Sessions, audience: string, maxViewers: number): boolean {
  if (!hasSeat(sessions, audience, maxViewers)) return false;
  const all = seated(sessions, audience);
  if (all.length + atTheDoor(sessions, audience) >= maxViewers)
    all.find(({ yields }) => yields)?.close("somebody else came for its seat");
  return true;
}

function seated(sessions: Sessions, audience: string): Session[] {
  return sessions.list().filter((one) => one.admitted && isViewer(one, audience));
}

function atTheDoor(sessions: Sessions, audience: string): number {
  return joining.get(sessions)?.get(audience) ?? 0;
}

/** What a session of this player carries; `now` is epoch ms. */
export function watchingOf({ audience, address }: Watching, via: Via, now: number): NonNullable<Session["watching"]> {
  if (via === "probe") return { audience };
  const viewer: Viewer = { id: randomBytes(9).toString("base64url"), name: "A friend", since: now, via };
  return { audience, viewer, ...(address === undefined ? {} : { address }) };
}

/** Whether it counts as a viewer of this share: probes do not. */
export function isViewer({ watching }: Session, audience: string): boolean {
  return watching?.viewer !== undefined && watching.audience === audience;
}
