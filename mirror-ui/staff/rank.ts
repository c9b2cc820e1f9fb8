import type { Alert } from "#wire/views.ts";

/** What cannot wait first, then what has waited longest. Closed alerts are left out. */
export function rankAlerts(alerts: Iterable<Alert>): Alert[] {
  return [...alerts]
    .filter((alert) => alert.state !== "closed")
    .sort(
      (a, b) =>
        Number(b.severity === "stop") - Number(a.severity === "stop") ||
        a.openedAt - b.openedAt ||
        a.id.localeCompare(b.id),
    );
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
