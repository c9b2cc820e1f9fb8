import type { Alert } from "#wire/views.ts";
import type { AlertEnd, AlertKind, DomainEvent, EventOf } from "../events.ts";
import { alertAbout } from "./alerts.ts";
import { type Batch, eventsOf, leave, newBatch, openAtOnce, wake } from "./opening.ts";
import { compareAlerts } from "./rank.ts";
import { type AlertsState, elapsedMs, type Wish } from "./state.ts";
import { moreSubject, placeSubject, subjectsOf } from "./subjects.ts";
import { decideSweep } from "./sweeps.ts";
import { lowLevel, wishFor } from "./wishes.ts";
import type { AlertsWorld } from "./world.ts";

/** A count that flickers is believed after this long; an empty place is told at once. */
const steadyMs = 20_000;
/** All causes are looked at this often, for what time alone changes. */
const lookEveryMs = 10_000;
/** Values are told anew this often, when they moved by more than a quarter. */
const revalueEveryMs = 60_000;

type Need = {
  state: AlertsState;
  world: AlertsWorld;
  now: number;
  /** Somebody or something has just spoken of it, with no doubt, or only time has passed. */
  why: "spoken" | "sure" | "time";
  /** How what ends now ended, where the event says more than the cause does. */
  end?: { reason: AlertEnd; by?: string };
};

/** A new count opens, changes or closes what there is to say about its place. */
export function decideStockAlerts(
  state: AlertsState,
  event: EventOf<"stock-changed"> | EventOf<"stock-counted">,
  world: AlertsWorld,
  now: number,
): DomainEvent[] {
  const batch = newBatch();
  const isSure = event.type === "stock-counted" || event.cause === "restock";
  const need: Need = { state, world, now, why: isSure ? "sure" : "spoken" };
  const news = compare(batch, placeSubject(event.shelf, event.plate, event.sku), need);
  const sweep = event.type === "stock-changed" ? decideSweep(state, event.shelf, world, now) : [];
  return [...news, ...eventsOf(state, batch, now).events, ...sweep];
}

/** What an event did to other causes than counts. `end`: how what ends now ended. */
export function decideCauses(
  { state, world, now, end }: Pick<Need, "state" | "world" | "now" | "end">,
  subjects: Iterable<string>,
): DomainEvent[] {
  const batch = newBatch();
  const need: Need = { state, world, now, why: "time", ...(end ? { end } : {}) };
  const news = [...subjects].flatMap((subject) => compare(batch, subject, need));
  return [...news, ...eventsOf(state, batch, now).events];
}

/** Everything there is a cause or an open alert for. */
export function allSubjects(state: AlertsState): Set<string> {
  return new Set([...state.places.keys(), ...state.tasks.keys(), ...state.subjects.keys()]);
}

/** What time alone changes, once a second. */
export function decideWatchTick(state: AlertsState, world: AlertsWorld, now: number): DomainEvent[] {
  const need: Need = { state, world, now, why: "time" };
  const batch = newBatch();
  const looksAtAll = now % lookEveryMs === 0;
  const events: DomainEvent[] = [];
  const subjects = looksAtAll ? allSubjects(state) : new Set([...state.subjects.keys(), ...state.tasks.keys()]);
  for (const subject of subjects) {
    if (isTimeless(subject) || (!looksAtAll && isSteady(state, subject, now))) continue;
    for (const event of compare(batch, subject, need)) events.push(event);
  }
  if (now % revalueEveryMs === 0) events.push(...decideValues(batch, need));
  const evicted = looksAtAll ? makeRoom(batch, need) : [];
  const { events: changes, waiting } = eventsOf(state, batch, now);
  events.push(...evicted, ...changes);
  if (looksAtAll) events.push(...decideMore(state, waiting + evicted.length, now));
  return events;
}

/** What is as it was for a while changes by itself so slowly that the next look at everything is soon enough. */
function isSteady(state: AlertsState, subject: string, now: number): boolean {
  const cause = state.places.get(subject) ?? state.tasks.get(subject);
  return cause !== undefined && elapsedMs(cause.at, now) > steadyMs + 2_000;
}

/** Sweeps end by quiet, and the one that says that more wait by itself. */
const isTimeless = (subject: string) => subject === moreSubject || subject.startsWith("sweep:");

/** One subject: what should be open against what is. Returns what changes on an alert that stays. */
function compare(batch: Batch, subject: string, need: Need): DomainEvent[] {
  const { state, end } = need;
  const current = alertAbout(state, subject);
  const wish = wishFor(subject, need);
  const opens = wish && !isOldNews(wish, need) ? [wish] : [];
  if (!current) {
    batch.opens.push(...opens);
    return [];
  }
  if (wish?.kind === current.kind) return changeOf(current, wish, need);
  if (need.why !== "sure" && isFlicker(current, subject, wish, need)) return [];
  leave(batch, current, subject, end ?? { reason: endOf(current, subject, wish, state) });
  batch.opens.push(...opens);
  return [];
}

/** What a scale said before it fell silent opens nothing: its silence is told already. */
function isOldNews({ kind, shelf }: Wish, { why, world }: Need): boolean {
  const isOfGoods = kind === "empty" || kind === "low" || kind === "gap" || kind === "misplaced";
  return why === "time" && isOfGoods && shelf !== undefined && world.isSilent(shelf);
}

function isFlicker(current: Alert, subject: string, wish: Wish | undefined, need: Need): boolean {
  const place = need.state.places.get(subject);
  if (!place?.facing || !place.count) return false;
  // clearly filled, or worse than before: told at once
  if (current.kind === "low" && wish?.kind === "empty") return false;
  if (place.count > lowLevel(place, need) + 1 || place.count >= place.facing.capacity) return false;
  return elapsedMs(place.at, need.now) < steadyMs;
}

function endOf(current: Alert, subject: string, wish: Wish | undefined, state: AlertsState): AlertEnd {
  const place = state.places.get(subject);
  switch (current.kind) {
    case "empty":
    case "low":
    case "gap":
      return place?.facing ? (wish?.kind === "gap" ? "gone" : "restocked") : "gone";
    case "delivery":
      // it never came
      return state.tasks.has(subject) ? "gone" : "resolved";
    case "misplaced":
    case "doubt":
    case "fetch":
    case "put-back":
    case "help":
    case "sweep":
    case "more":
      return "resolved";
    case "device-down":
      return "back";
  }
}

/** The same alert, with more or fewer pieces, or more pressing. */
function changeOf(current: Alert, wish: Wish, { state, now }: Need): DomainEvent[] {
  const isAlone = subjectsOf(current).length === 1;
  const severity = wish.severity === current.severity ? {} : { severity: wish.severity };
  const pieces = wish.kind === "misplaced" ? piecesOf(current, state) : wish.quantity;
  const quantity = pieces === undefined || pieces === current.quantity ? {} : { quantity: pieces };
  if (Object.keys({ ...severity, ...quantity }).length === 0) return [];
  const value = isAlone ? { value: wish.value } : {};
  const update: DomainEvent = {
    type: "alert-updated",
    at: now,
    alertId: current.id,
    ...severity,
    ...quantity,
    ...value,
  };
  const isWorse = severity.severity === "stop" || (pieces ?? 0) > (current.quantity ?? 0);
  return current.state === "snoozed" && isWorse ? [update, wake(current, now)] : [update];
}

function piecesOf(alert: Alert, state: AlertsState): number {
  return subjectsOf(alert).reduce((sum, subject) => sum + (state.places.get(subject)?.count ?? 0), 0);
}

/** Demand moves during the day, and the order of the list with it. */
function decideValues(batch: Batch, need: Need): DomainEvent[] {
  const { state, now } = need;
  const events: DomainEvent[] = [];
  for (const alert of state.open.values()) {
    if (alert.kind === "sweep" || alert.kind === "more" || batch.leaves.has(alert.id)) continue;
    const wishes = subjectsOf(alert).flatMap((subject) => wishFor(subject, need) ?? []);
    const value = wishes.reduce((sum, wish) => sum + wish.value, 0);
    const before = alert.value ?? 0;
    if (wishes.length === 0 || Math.abs(value - before) <= Math.max(1, before / 4)) continue;
    events.push({ type: "alert-updated", at: now, alertId: alert.id, value });
  }
  return events;
}

/** All places on the list are taken, and something worse waits: what is worth least, and nobody has touched, waits instead. */
function makeRoom(batch: Batch, { state, now }: Need): DomainEvent[] {
  if (state.open.size < openAtOnce || batch.opens.length === 0) return [];
  const untouched = [...state.open.values()]
    .filter((alert) => alert.state === "open" && alert.kind !== "more" && !batch.leaves.has(alert.id))
    .sort((a, b) => compareAlerts(b, a));
  const best = [...batch.opens].sort(compareAlerts).slice(0, evictedAtOnce);
  return best.flatMap((wish, index) => {
    const least = untouched[index];
    if (!least || compareAlerts(wish, least) >= 0) return [];
    return [{ type: "alert-closed", at: now, alertId: least.id, reason: "quiet" }];
  });
}
const evictedAtOnce = 5;

function decideMore(state: AlertsState, waiting: number, now: number): DomainEvent[] {
  const current = alertAbout(state, moreSubject);
  if (waiting === 0) return current ? [{ type: "alert-closed", at: now, alertId: current.id, reason: "quiet" }] : [];
  if (current) {
    if (current.quantity === waiting) return [];
    return [{ type: "alert-updated", at: now, alertId: current.id, quantity: waiting }];
  }
  const handled = state.handled.get(moreSubject);
  if (handled && elapsedMs(handled.at, now) < moreQuietMs) return [];
  const kind: AlertKind = "more";
  const note = "So much happens at once that the rest waits until these are done.";
  const alertId = `more-${now.toString(36)}`;
  return [{ type: "alert-opened", at: now, alertId, kind, severity: "wait", quantity: waiting, note }];
}
const moreQuietMs = 10 * 60_000;
