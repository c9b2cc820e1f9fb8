import type { Alert } from "#wire/views.ts";
import type { DomainEvent } from "../events.ts";
import type { Context, Decision } from "../room.ts";
import type { AlertsState } from "./state.ts";

type Step = "acknowledge" | "assign" | "release" | "resolve" | "snooze";
export type AlertStep = { step: Step; alertId: string; by: string; refuted?: boolean; minutes?: number };

const minuteMs = 60_000;
/** How long something can be put off, minutes. */
const snooze = { least: 5, most: 480 };

/** What staff do with an alert. Two people cannot take the same one; doing the same thing twice changes nothing. */
export function decideAlertStep(state: AlertsState, wanted: AlertStep, ctx: Context): Decision {
  const { step, alertId, by } = wanted;
  const alert = state.open.get(alertId);
  if (!alert) {
    const closed = state.closed.find((candidate) => candidate.id === alertId);
    if (!closed) return refuse(404, "unknown-alert", "There is no such alert.");
    return step === "resolve" ? done([]) : refuse(409, "alert-closed", "This alert is already closed.");
  }
  const isTaken = alert.state === "assigned" && alert.by !== by;
  const taken = () => refuse(409, "alert-taken", `Taken by ${alert.by}.`);
  const at = ctx.now;
  switch (step) {
    case "acknowledge":
      return alert.state === "open"
        ? done([{ type: "alert-changed", at, alertId, state: "acknowledged", by }])
        : done([]);
    case "assign":
      if (isTaken) return taken();
      return alert.state === "assigned"
        ? done([])
        : done([{ type: "alert-changed", at, alertId, state: "assigned", by }]);
    case "release":
      if (isTaken) return taken();
      return alert.state === "open" ? done([]) : done([{ type: "alert-changed", at, alertId, state: "open" }]);
    case "resolve":
      return done([
        { type: "alert-closed", at, alertId, by, reason: wanted.refuted === true ? "refuted" : "resolved" },
      ]);
    case "snooze":
      return isTaken ? taken() : decideSnooze(alert, wanted, at);
  }
}

/** It comes back by itself. Nobody who waits for a person is put off. */
function decideSnooze(alert: Alert, { by, minutes = snooze.least }: AlertStep, at: number): Decision {
  if (alert.kind === "help")
    return refuse(409, "somebody-waits", "Somebody is waiting at the mirror. Take it, or close it.");
  if (!Number.isInteger(minutes) || minutes < snooze.least || minutes > snooze.most)
    return refuse(400, "bad-time", `Put it off for ${snooze.least} to ${snooze.most} minutes.`);
  const snoozedUntil = at + minutes * minuteMs;
  // the same tap twice; a second wish for another time counts
  if (alert.state === "snoozed" && Math.abs((alert.snoozedUntil ?? 0) - snoozedUntil) < minuteMs) return done([]);
  return done([{ type: "alert-changed", at, alertId: alert.id, state: "snoozed", by, snoozedUntil }]);
}

const done = (events: DomainEvent[]): Decision => ({ ok: true, events, value: {} });
const refuse = (status: number, type: string, title: string): Decision => ({
  ok: false,
  problem: { status, type, title },
});
