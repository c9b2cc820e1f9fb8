import type { Alert } from "#wire/views.ts";

/** A person waits, or goods leave this minute: no sum of money comes before that. */
const isNow = ({ kind }: Alert) => kind === "help" || kind === "sweep";

/**
 * Somebody who waits first, then what cannot wait, then what is worth most in the next hour, then what has waited longest.
 * Closed alerts are left out, and those that somebody put off come back by themselves.
 */
export function rankAlerts(alerts: Iterable<Alert>): Alert[] {
  return [...alerts]
    .filter(({ state }) => state !== "closed" && state !== "snoozed")
    .sort(
      (a, b) =>
        Number(isNow(b)) - Number(isNow(a)) ||
        Number(b.severity === "stop") - Number(a.severity === "stop") ||
        (b.value ?? 0) - (a.value ?? 0) ||
        a.openedAt - b.openedAt ||
        a.id.localeCompare(b.id),
    );
}

/** Put off for a while, the next to come back first. */
export function putOff(alerts: Iterable<Alert>): Alert[] {
  return [...alerts]
    .filter(({ state }) => state === "snoozed")
    .sort((a, b) => (a.snoozedUntil ?? a.at) - (b.snoozedUntil ?? b.at) || a.id.localeCompare(b.id));
}

/** The worst three stand on the plan with a number; the rest are a list. */
export function firstThree(ranked: Alert[]): { first: Alert[]; rest: Alert[] } {
  return { first: ranked.slice(0, 3), rest: ranked.slice(3) };
}

/** What was done, newest first. */
export function lastClosed(alerts: Iterable<Alert>, count: number): Alert[] {
  return [...alerts]
    .filter((alert) => alert.state === "closed")
    .sort((a, b) => b.at - a.at)
    .slice(0, count);
}
