import type { Command } from "#wire/commands.ts";
import type { DomainEvent } from "../events.ts";
import type { Context, Decision, Problem } from "../room.ts";
import { isOver, type MirrorsState } from "./mirrors.ts";

type Of<C extends Command["command"]> = Extract<Command, { command: C }>;

/** The mirrors of the shop's configuration. A command for any other is refused, so the state cannot grow from outside. */
export type KnownMirrors = ReadonlySet<string>;

const ttlMs = { min: 10_000, max: 2 * 60 * 60_000 };
const viewers = { min: 1, max: 200 };

/** Opens a link to a mirror. Any older link of that mirror ends in the same breath: there is never more than one. */
export function decideShareStart(
  state: MirrorsState,
  command: Of<"share.start">,
  context: Context,
  known: KnownMirrors,
): Decision<{ shareId: string; expiresAt: number }> {
  const { mirrorId, sku } = command;
  if (!known.has(mirrorId)) return { ok: false, problem: noMirror };
  const { now } = context;
  const shareId = context.derive(`share ${mirrorId} ${state.started} ${now}`).slice(0, 32);
  const expiresAt = now + clamp(command.ttlMs, ttlMs);
  const maxViewers = Math.floor(clamp(command.maxViewers, viewers));
  const older = state.mirrors.get(mirrorId)?.shareId;
  const events: DomainEvent[] = [];
  if (older !== undefined) events.push({ type: "share-ended", at: now, shareId: older, reason: "replaced" });
  events.push({
    type: "share-started",
    at: now,
    shareId,
    mirrorId,
    ...(sku === undefined ? {} : { sku }),
    expiresAt,
    maxViewers,
  });
  return { ok: true, events, value: { shareId, expiresAt } };
}

/** Takes a link back. Taking it back twice is fine and changes nothing. */
export function decideShareEnd(state: MirrorsState, command: Of<"share.end">, context: Context): Decision {
  const share = state.shares.get(command.shareId);
  // another mirror's share is "unknown" too: ids of other mirrors are nobody's business
  if (share?.mirrorId !== command.mirrorId) return { ok: false, problem: noShare };
  if (share.ended) return { ok: true, events: [], value: {} };
  const reason = isOver(share, context.now) ? "expired" : "revoked";
  return { ok: true, events: [{ type: "share-ended", at: context.now, shareId: share.shareId, reason }], value: {} };
}

/** Someone puts something on at a mirror. The same thing again is no news. */
export function decideLookTry(
  state: MirrorsState,
  command: Of<"look.try">,
  context: Context,
  known: KnownMirrors,
): Decision {
  const { mirrorId, sku } = command;
  if (!known.has(mirrorId)) return { ok: false, problem: noMirror };
  if (state.mirrors.get(mirrorId)?.sku === sku) return { ok: true, events: [], value: {} };
  return { ok: true, events: [{ type: "look-tried", at: context.now, mirrorId, sku }], value: {} };
}

/** Ends what has run out by `now` (epoch ms). */
export function decideMirrorTick(state: MirrorsState, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const { shareId } of state.mirrors.values()) {
    const share = shareId === undefined ? undefined : state.shares.get(shareId);
    if (share && share.expiresAt <= now && !share.ended) {
      events.push({ type: "share-ended", at: now, shareId: share.shareId, reason: "expired" });
    }
  }
  return events;
}

function clamp(value: number, { min, max }: { min: number; max: number }): number {
  return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : min;
}

const noMirror: Problem = { status: 404, type: "unknown-mirror", title: "This shop has no such mirror." };
const noShare: Problem = { status: 404, type: "unknown-share", title: "This mirror has no such link." };
