import type { Command } from "#wire/commands.ts";
import type { DomainEvent } from "../events.ts";
import type { Context, Decision, Problem } from "../room.ts";
import type { Clip, MirrorsState } from "./mirrors.ts";
import type { KnownMirrors } from "./sharing.ts";

type Of<C extends Command["command"]> = Extract<Command, { command: C }>;

/** So many clips are kept at once; the next one is refused until one has run out. */
const keepClips = 500;
const ttlMs = { min: 60_000, max: 7 * 24 * 3_600_000 };

/** A clip that lies complete on disk is kept from now on. The same one again is no news. */
export function decideClipKeep(
  state: MirrorsState,
  command: Of<"clip.keep">,
  { now }: Context,
  known: KnownMirrors,
): Decision<{ expiresAt: number }> {
  const { clipId, mirrorId, sku, mime, bytes, durationMs, showsPerson } = command;
  if (!known.has(mirrorId)) return { ok: false, problem: noMirror };
  const before = state.clips.get(clipId);
  if (before) {
    if (before.mirrorId !== mirrorId || isGone(before, now)) return { ok: false, problem: noClip };
    return { ok: true, events: [], value: { expiresAt: before.expiresAt } };
  }
  if ([...state.clips.values()].filter((clip) => !isGone(clip, now)).length >= keepClips) {
    return { ok: false, problem: tooMany };
  }
  const expiresAt = now + Math.min(ttlMs.max, Math.max(ttlMs.min, command.ttlMs));
  const event: DomainEvent = {
    ...{ type: "clip-kept", at: now, clipId, mirrorId, mime, bytes, durationMs, expiresAt },
    ...(sku === undefined ? {} : { sku }),
    ...(showsPerson ? { showsPerson: true } : {}),
  };
  return { ok: true, events: [event], value: { expiresAt } };
}

/** Deletes a clip. Deleting it twice is fine and changes nothing. */
export function decideClipDelete(state: MirrorsState, { clipId, by }: Of<"clip.delete">, { now }: Context): Decision {
  const clip = state.clips.get(clipId);
  if (!clip) return { ok: false, problem: noClip };
  if (clip.deleted) return { ok: true, events: [], value: {} };
  return { ok: true, events: [{ type: "clip-deleted", at: now, clipId, by }], value: {} };
}

/** Ends what has been kept long enough by `now` (epoch ms). */
export function decideClipsTick(state: MirrorsState, now: number): DomainEvent[] {
  return [...state.clips.values()]
    .filter((clip) => clip.deleted === undefined && clip.expiresAt <= now)
    .map(({ clipId }) => ({ type: "clip-deleted", at: now, clipId, by: "expired" }));
}

/** A clip that ran out is gone even before the tick that deletes it. */
export function isGone(clip: Clip, now: number): boolean {
  return clip.deleted !== undefined || clip.expiresAt <= now;
}

const noMirror: Problem = { status: 404, type: "unknown-mirror", title: "This shop has no such mirror." };
const noClip: Problem = { status: 404, type: "unknown-clip", title: "There is no such clip." };
const tooMany: Problem = {
  ...{ status: 507, type: "too-many-clips", title: "This shop keeps as many clips as it can." },
  detail: "The oldest ones run out within a day. A live link works all the time.",
};
