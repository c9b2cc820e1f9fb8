import type { Alert } from "#wire/views.ts";
import type { DomainEvent } from "../events.ts";
import { type AlertsState, elapsedMs } from "./state.ts";
import type { AlertsWorld } from "./world.ts";

/** Nobody reacts: told to everybody again after this long, and to the manager after twice as long. */
const patienceMs = { stop: 3 * 60_000, wait: 20 * 60_000 } as const;
/** Whoever takes something and does not finish within this time gives it back. */
const finishMs = 30 * 60_000;
/** Longer than anybody may put something off: from before the clock was set back. */
const longestSnoozeMs = 9 * 60 * 60_000;

/**
 * What becomes of open alerts while time passes: put off, forgotten, taken and not done. Those of `touched` have changed in
 * this very second, and have their turn in the next.
 */
export function decideLifeTick(
  state: AlertsState,
  world: AlertsWorld,
  now: number,
  touched: ReadonlySet<string>,
): DomainEvent[] {
  const events: DomainEvent[] = [];
  const isStaffed = world.isStaffed(now);
  for (const alert of state.open.values()) {
    if (touched.has(alert.id)) continue;
    const event = nextStep(alert, elapsedMs(state.since.get(alert.id) ?? alert.at, now), now, isStaffed);
    if (event) events.push(event);
  }
  return events;
}

function nextStep(alert: Alert, forMs: number, now: number, isStaffed: boolean): DomainEvent | undefined {
  const { id: alertId, by, snoozedUntil = 0 } = alert;
  switch (alert.state) {
    case "snoozed": {
      const isOver = now >= snoozedUntil || snoozedUntil - now > longestSnoozeMs;
      return isOver ? { type: "alert-changed", at: now, alertId, state: "open" } : undefined;
    }
    case "assigned": {
      if (forMs < finishMs) return undefined;
      const releasedFrom = by === undefined ? {} : { releasedFrom: by };
      return { type: "alert-changed", at: now, alertId, state: "open", ...releasedFrom };
    }
    case "open": {
      // at night nobody can: it starts in the morning
      if (!isStaffed && alert.kind !== "help" && alert.kind !== "sweep") return undefined;
      const level = Math.min(2, Math.floor(forMs / patienceMs[alert.severity]));
      if (level <= (alert.escalated ?? 0)) return undefined;
      return { type: "alert-escalated", at: now, alertId, level };
    }
    case "acknowledged":
    case "closed":
      return undefined;
  }
}
