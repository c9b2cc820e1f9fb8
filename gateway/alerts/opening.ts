import type { Alert } from "#wire/views.ts";
import type { AlertEnd, DomainEvent, EventOf } from "../events.ts";
import { compareAlerts } from "./rank.ts";
import { type AlertsState, elapsedMs, type Wish } from "./state.ts";
import { subjectsOf } from "./subjects.ts";

/** More than anybody can read; what is worth least waits. */
export const openedPerMinute = 30;
export const openAtOnce = 300;
const minuteMs = 60_000;
/** Places of one shelf that run empty within this time are one walk. */
const togetherMs = 60_000;
const membersLimit = 32;

/** What one input changes, gathered first, so that what happens together is told together. */
export type Batch = {
  opens: Wish[];
  /** alert id -> the subjects that leave it, and why. */
  leaves: Map<string, { subjects: Set<string>; reason: AlertEnd; by?: string }>;
};

export const newBatch = (): Batch => ({ opens: [], leaves: new Map() });

export function leave(batch: Batch, alert: Alert, subject: string, end: { reason: AlertEnd; by?: string }): void {
  const entry = batch.leaves.get(alert.id) ?? { subjects: new Set(), ...end };
  entry.subjects.add(subject);
  batch.leaves.set(alert.id, entry);
}

type Group = { wish: Wish; members: Wish[] };

/** Groups join: goods in wrong places of one shelf, and places of one shelf that ran empty together. */
const isGroupKind = ({ kind }: { kind: Alert["kind"] }) => kind === "misplaced" || kind === "empty";
/** These never wait. */
const isUrgentKind = ({ kind }: { kind: Alert["kind"] }) => kind === "help" || kind === "sweep" || kind === "more";

/**
 * The events of a batch: who leaves first, then what opens or joins, the most valuable first, as many as may. What has to
 * wait is found again by the next look at all causes.
 */
export function eventsOf(state: AlertsState, batch: Batch, now: number): { events: DomainEvent[]; waiting: number } {
  // most counts are far from saying anything
  if (batch.opens.length === 0 && batch.leaves.size === 0) return { events: [], waiting: 0 };
  const { events, left } = leaving(state, batch, now);
  let freed = 0;
  for (const event of events) if (event.type === "alert-closed") freed++;
  const inLastMinute = state.recent.filter((at) => elapsedMs(at, now) < minuteMs).length;
  let budget = Math.min(openedPerMinute - inLastMinute, openAtOnce - (state.open.size - freed));
  let opened = state.opened;
  let waiting = 0;
  for (const { wish, members } of groupsOf(batch.opens)) {
    const joined = isGroupKind(wish) ? joinable(state, wish, left, now) : undefined;
    if (joined) {
      events.push(...joining(joined, members, left, now));
      continue;
    }
    if (budget <= 0 && !isUrgentKind(wish)) {
      waiting += members.length;
      continue;
    }
    budget--;
    opened++;
    events.push(opening(wish, members, { now, number: opened }));
  }
  return { events, waiting };
}

function leaving(state: AlertsState, { leaves }: Batch, now: number) {
  const events: DomainEvent[] = [];
  /** alert id -> the members that remain, in order; empty: it closes. */
  const left = new Map<string, string[]>();
  for (const [alertId, { subjects, reason, by }] of leaves) {
    const alert = state.open.get(alertId);
    if (!alert) continue;
    const rest = subjectsOf(alert).filter((subject) => !subjects.has(subject));
    left.set(alertId, rest);
    if (rest.length === 0) {
      events.push({ type: "alert-closed", at: now, alertId, reason, ...(by === undefined ? {} : { by }) });
    } else events.push({ type: "alert-updated", at: now, alertId, ...placesOf(rest) });
  }
  return { events, left };
}

function groupsOf(opens: readonly Wish[]): Group[] {
  const groups: Group[] = [];
  const byShelf = new Map<string, Group>();
  for (const wish of opens) {
    const key = `${wish.kind}:${wish.shelf}`;
    const group = isGroupKind(wish) ? byShelf.get(key) : undefined;
    if (group && group.members.length < membersLimit) {
      group.members.push(wish);
      continue;
    }
    const fresh = { wish: { ...wish }, members: [wish] };
    groups.push(fresh);
    if (isGroupKind(wish)) byShelf.set(key, fresh);
  }
  for (const { wish, members } of groups) Object.assign(wish, sumOf(members));
  return groups.sort((a, b) => compareAlerts(a.wish, b.wish));
}

/** An alert of the same shelf that this belongs to, and that nobody has walked off with in the meantime. */
function joinable(state: AlertsState, wish: Wish, left: Map<string, string[]>, now: number): Alert | undefined {
  for (const alert of state.open.values()) {
    if (alert.kind !== wish.kind || alert.shelf !== wish.shelf || left.get(alert.id)?.length === 0) continue;
    if (subjectsOf(alert).length >= membersLimit) continue;
    if (wish.kind === "misplaced") return alert;
    if (alert.state === "open" && elapsedMs(alert.openedAt, now) <= togetherMs) return alert;
  }
  return undefined;
}

function joining(alert: Alert, members: Wish[], left: Map<string, string[]>, now: number): DomainEvent[] {
  const rest = left.get(alert.id) ?? subjectsOf(alert);
  const fresh = members.filter(({ subject }) => !rest.includes(subject));
  if (fresh.length === 0) return [];
  const sum = sumOf(fresh);
  const all = [...rest, ...fresh.map(({ subject }) => subject)];
  left.set(alert.id, all);
  const grown: EventOf<"alert-updated"> = {
    ...{ type: "alert-updated", at: now, alertId: alert.id, ...placesOf(all) },
    value: (alert.value ?? 0) + sum.value,
    ...(sum.quantity === undefined ? {} : { quantity: (alert.quantity ?? 0) + sum.quantity }),
  };
  return alert.state === "snoozed" ? [grown, wake(alert, now)] : [grown];
}

/** A new cause wakes what somebody has put off. */
export const wake = ({ id }: Alert, now: number): DomainEvent => ({
  ...{ type: "alert-changed", at: now, alertId: id, state: "open" },
});

function opening(wish: Wish, members: Wish[], { now, number }: { now: number; number: number }): DomainEvent {
  const { subject: _, ...about } = wish;
  const group = members.length > 1 ? placesOf(members.map(({ subject }) => subject)) : {};
  return { type: "alert-opened", at: now, alertId: idOf(wish, number), ...about, ...group };
}

/** Short and readable in a log; the number makes it new. */
function idOf({ kind, shelf, plate, deviceId, mirrorId }: Wish, number: number): string {
  const about = deviceId ?? mirrorId ?? (shelf === undefined ? "" : plate === undefined ? shelf : `${shelf}-${plate}`);
  return [kind, about.slice(0, 40), number.toString(36)].filter((part) => part !== "").join("-");
}

function sumOf(members: readonly Wish[]): { value: number; quantity?: number } {
  const value = members.reduce((sum, member) => sum + member.value, 0);
  if (members.every(({ quantity }) => quantity === undefined)) return { value };
  return { value, quantity: members.reduce((sum, { quantity = 0 }) => sum + quantity, 0) };
}

/** Back from subjects "place:shelf/plate/sku". */
function placesOf(subjects: readonly string[]): { plates: number[]; skus: string[] } {
  const parts = subjects.map((subject) => subject.slice(subject.indexOf(":") + 1).split("/"));
  return { plates: parts.map(([, plate]) => Number(plate)), skus: parts.map(([, , sku = ""]) => sku) };
}
