import type { Command } from "#wire/commands.ts";
import type { DomainEvent } from "../events.ts";
import type { Context, Decision, Problem } from "../room.ts";
import { callsKept, type MirrorsState } from "./mirrors.ts";
import type { KnownMirrors } from "./sharing.ts";

type Of<C extends Command["command"]> = Extract<Command, { command: C }>;

/** So many calls of one mirror in this time are a child at play. */
const callsWithinMs = 10 * 60_000;
/** Nobody waits longer than this: they have left, and the mirror did not say so. */
const overMs = 30 * 60_000;

/** Somebody asks for a person. Who has asked already has asked. */
export function decideHelpAsk(
  state: MirrorsState,
  { mirrorId, sku, note }: Of<"help.ask">,
  { now, derive }: Context,
  known: KnownMirrors,
): Decision {
  if (!known.has(mirrorId)) return { ok: false, problem: noMirror };
  const mirror = state.mirrors.get(mirrorId);
  if (mirror?.help) return { ok: true, events: [], value: {} };
  const calls = (mirror?.calls ?? []).filter((at) => Math.abs(now - at) < callsWithinMs);
  if (calls.length >= callsKept) return { ok: false, problem: tooOften };
  const helpId = `h-${derive(`help ${mirrorId} ${now}`).slice(0, 12)}`;
  const about = { ...(sku === undefined ? {} : { sku }), ...(note === undefined ? {} : { note }) };
  return { ok: true, events: [{ type: "help-asked", at: now, helpId, mirrorId, ...about }], value: {} };
}

/** "Never mind", or somebody was there. Twice is fine and changes nothing. */
export function decideHelpEnd(
  state: MirrorsState,
  { mirrorId, by }: { mirrorId: string; by?: string },
  { now }: Pick<Context, "now">,
  known: KnownMirrors,
): Decision {
  if (!known.has(mirrorId)) return { ok: false, problem: noMirror };
  const help = state.mirrors.get(mirrorId)?.help;
  if (!help) return { ok: true, events: [], value: {} };
  const { helpId } = help;
  const event: DomainEvent = { type: "help-ended", at: now, helpId, mirrorId, ...(by === undefined ? {} : { by }) };
  return { ok: true, events: [event], value: {} };
}

/** Ends what nobody waits for any more. A call in the future is from before the clock was set back. */
export function decideHelpTick(state: MirrorsState, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [mirrorId, { help }] of state.mirrors) {
    if (help && Math.abs(now - help.askedAt) >= overMs)
      events.push({ type: "help-ended", at: now, helpId: help.helpId, mirrorId });
  }
  return events;
}

const noMirror: Problem = { status: 404, type: "unknown-mirror", title: "This shop has no such mirror." };
const tooOften: Problem = {
  ...{ status: 429, type: "too-many-calls" },
  title: "This mirror has called several times just now. Somebody will look by.",
};
