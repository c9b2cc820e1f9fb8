import type { Alert } from "#wire/views.ts";
import type { AlertKind, DomainEvent, EventOf } from "../events.ts";
import type { Context, Decision, Room } from "../room.ts";

export type AlertsState = {
  open: Map<string, Alert>;
  /** what an alert is about -> its id, so that one cause has one alert. */
  subjects: Map<string, string>;
  /** The last ones, oldest first. */
  closed: Alert[];
  opened: number;
};
/** `minimums`: "shelf/plate" -> at or below this the plate is low, and the zone it stands in. */
export type AlertsConfig = { plates: Map<string, { minimum: number; zone: string }> };

const closedKept = 200;

export function createAlertsRoom(): Room<AlertsState> {
  return {
    name: "alerts",
    initial: () => ({ open: new Map(), subjects: new Map(), closed: [], opened: 0 }),
    evolve: {
      "alert-opened": (state, { type: _, at, alertId, ...about }) => {
        const alert: Alert = { id: alertId, state: "open", openedAt: at, at, ...about };
        state.open.set(alertId, alert);
        state.subjects.set(subjectOf(alert), alertId);
        state.opened++;
      },
      "alert-changed": (state, { alertId, state: next, by, at }) => {
        const alert = state.open.get(alertId);
        if (!alert) return;
        alert.state = next;
        alert.at = at;
        if (by === undefined) delete alert.by;
        else alert.by = by;
      },
      "alert-closed": (state, { alertId, by, reason, at }) => {
        const alert = state.open.get(alertId);
        if (!alert) return;
        state.open.delete(alertId);
        state.subjects.delete(subjectOf(alert));
        state.closed.push({ ...alert, state: "closed", at, reason, ...(by === undefined ? {} : { by }) });
        if (state.closed.length > closedKept) state.closed.shift();
      },
    },
  };
}

/** A plate's new count opens, changes or closes what there is to say about it. One alert a plate: empty replaces low. */
export function decideStockAlerts(
  state: AlertsState,
  event: EventOf<"stock-changed"> | EventOf<"stock-counted">,
  config: AlertsConfig,
): DomainEvent[] {
  const { shelf, plate, sku, count, at } = event;
  const rule = config.plates.get(`${shelf}/${plate}`);
  if (!rule) return [];
  const wanted: AlertKind | undefined = count === 0 ? "empty" : count <= rule.minimum ? "low" : undefined;
  const current = findBySubject(state, { shelf, plate });
  if (current?.kind === wanted) return [];
  const events: DomainEvent[] = [];
  // from empty back to low is a restock that fell short: the alert goes on as a low one
  if (current) events.push({ type: "alert-closed", at, alertId: current.id, reason: "restocked" });
  if (wanted) {
    events.push({
      type: "alert-opened",
      at,
      alertId: `${wanted}-${shelf}-${plate}-${(state.opened + 1).toString(36)}`,
      kind: wanted,
      severity: wanted === "empty" ? "stop" : "wait",
      sku,
      shelf,
      plate,
      zone: rule.zone,
    });
  }
  return events;
}

/** A device that went away, or came back. */
export function decideDeviceAlerts(state: AlertsState, event: EventOf<"device-status-changed">): DomainEvent[] {
  const { deviceId, at } = event;
  const current = findBySubject(state, { deviceId });
  if (event.state === "offline" && !current) {
    const alertId = `device-down-${deviceId}-${(state.opened + 1).toString(36)}`;
    return [{ type: "alert-opened", at, alertId, kind: "device-down", severity: "wait", deviceId }];
  }
  if (event.state === "online" && current) return [{ type: "alert-closed", at, alertId: current.id, reason: "back" }];
  return [];
}

/** A device that was retired, moved or exchanged is no longer waited for. */
export function decideDeviceLeft(
  state: AlertsState,
  event: EventOf<"device-adopted" | "device-replaced" | "device-retired" | "device-dismissed">,
): DomainEvent[] {
  const { deviceId, by, at, type } = event;
  const current = findBySubject(state, { deviceId });
  if (!current || type === "device-adopted") return [];
  return [{ type: "alert-closed", at, alertId: current.id, by, reason: "resolved" }];
}

type Step = "acknowledge" | "assign" | "release" | "resolve";

/** What staff do with an alert. Two people cannot take the same one; doing the same thing twice changes nothing. */
export function decideAlertStep(
  state: AlertsState,
  { step, alertId, by, refuted = false }: { step: Step; alertId: string; by: string; refuted?: boolean },
  ctx: Context,
): Decision {
  const alert = state.open.get(alertId);
  if (!alert) {
    const closed = state.closed.find((candidate) => candidate.id === alertId);
    if (!closed) return refuse(404, "unknown-alert", "There is no such alert.");
    return step === "resolve" ? done([]) : refuse(409, "alert-closed", "This alert is already closed.");
  }
  const takenByOther = alert.state === "assigned" && alert.by !== by;
  const at = ctx.now;
  switch (step) {
    case "acknowledge":
      return alert.state === "open"
        ? done([{ type: "alert-changed", at, alertId, state: "acknowledged", by }])
        : done([]);
    case "assign":
      if (takenByOther) return refuse(409, "alert-taken", `Taken by ${alert.by}.`);
      return alert.state === "assigned"
        ? done([])
        : done([{ type: "alert-changed", at, alertId, state: "assigned", by }]);
    case "release":
      if (takenByOther) return refuse(409, "alert-taken", `Taken by ${alert.by}.`);
      return alert.state === "open" ? done([]) : done([{ type: "alert-changed", at, alertId, state: "open" }]);
    case "resolve":
      return done([{ type: "alert-closed", at, alertId, by, reason: refuted ? "refuted" : "resolved" }]);
  }
}

function findBySubject(state: AlertsState, subject: { shelf?: string; plate?: number; deviceId?: string }) {
  const id = state.subjects.get(subjectOf(subject));
  return id === undefined ? undefined : state.open.get(id);
}

const subjectOf = (alert: { shelf?: string; plate?: number; deviceId?: string }) =>
  alert.deviceId ? `device:${alert.deviceId}` : `plate:${alert.shelf}/${alert.plate}`;

const done = (events: DomainEvent[]): Decision => ({ ok: true, events, value: {} });
const refuse = (status: number, type: string, title: string): Decision => ({
  ok: false,
  problem: { status, type, title },
});
