import type { Alert } from "#wire/views.ts";
import type { EventOf, Facing } from "../events.ts";
import type { Room } from "../room.ts";
import { arrangePlaces, placesAtFirst, takeChange, takeCount } from "./goods.ts";
import { type AlertsState, blankState } from "./state.ts";
import { subjectsOf, sweepSubject } from "./subjects.ts";
import {
  endDelivery,
  endDevice,
  endDoubt,
  endHelp,
  endReservation,
  takeDelivery,
  takeDoubt,
  takeHelp,
  takeReady,
  takeReservation,
  takeStatus,
} from "./tasks.ts";

/** The planogram as the configuration file has it, and where its shelves stand. */
export type AlertsConfig = { shelves: readonly { id: string; zone: string; plates: readonly Facing[] }[] };

/** More than can be open: what closes at once is told to everybody. */
const closedKept = 400;
const recentKept = 64;
const handledKept = 3_000;

/**
 * Causes (what stands where, what was asked for, what fell silent) and alerts about them. Decisions compare the two, so
 * that an alert follows its cause whatever happens between.
 */
export function createAlertsRoom(config: AlertsConfig): Room<AlertsState> {
  return {
    name: "alerts",
    initial: () => ({ ...blankState(), ...placesAtFirst(config.shelves) }),
    evolve: {
      "alert-opened": open,
      "alert-changed": change,
      "alert-updated": update,
      "alert-escalated": (state, { alertId, level, at }) => {
        const alert = state.open.get(alertId);
        if (alert) Object.assign(alert, { escalated: level, at });
      },
      "alert-closed": close,
      "stock-changed": takeChange,
      "stock-counted": takeCount,
      "planogram-changed": (state, { shelves, at }) => arrangePlaces(state, shelves, at),
      "change-doubted": takeDoubt,
      "doubt-settled": endDoubt,
      "delivery-expected": takeDelivery,
      "delivery-received": endDelivery,
      "reservation-made": takeReservation,
      "reservation-ready": takeReady,
      "reservation-ended": endReservation,
      "help-asked": takeHelp,
      "help-ended": endHelp,
      "device-status-changed": takeStatus,
      "device-replaced": endDevice,
      "device-retired": endDevice,
      "device-dismissed": endDevice,
      "device-forgotten": endDevice,
    },
  };
}

function open(state: AlertsState, { type: _, at, alertId, ...about }: EventOf<"alert-opened">) {
  const alert: Alert = { id: alertId, state: "open", openedAt: at, at, ...about };
  state.open.set(alertId, alert);
  for (const subject of subjectsOf(alert)) {
    state.subjects.set(subject, alertId);
    state.handled.delete(subject);
  }
  state.since.set(alertId, at);
  state.opened++;
  state.recent.push(at);
  if (state.recent.length > recentKept) state.recent.shift();
}

function change(state: AlertsState, event: EventOf<"alert-changed">) {
  const { alertId, state: next, by, at, snoozedUntil, releasedFrom } = event;
  const alert = state.open.get(alertId);
  if (!alert) return;
  alert.state = next;
  alert.at = at;
  state.since.set(alertId, at);
  for (const key of ["by", "snoozedUntil", "releasedFrom"] as const) delete alert[key];
  if (next !== "open") delete alert.escalated;
  if (by !== undefined) alert.by = by;
  if (snoozedUntil !== undefined) alert.snoozedUntil = snoozedUntil;
  if (releasedFrom !== undefined) alert.releasedFrom = releasedFrom;
}

function update(state: AlertsState, { type: _, alertId, at, ...news }: EventOf<"alert-updated">) {
  const alert = state.open.get(alertId);
  if (!alert) return;
  for (const subject of subjectsOf(alert)) state.subjects.delete(subject);
  if (news.severity === "stop" && alert.severity !== "stop") state.since.set(alertId, at);
  Object.assign(alert, news, { at });
  const [plate, sku] = [news.plates?.[0], news.skus?.[0]];
  if (plate !== undefined) alert.plate = plate;
  if (sku !== undefined) alert.sku = sku;
  for (const subject of subjectsOf(alert)) state.subjects.set(subject, alertId);
}

function close(state: AlertsState, { alertId, by, reason, at }: EventOf<"alert-closed">) {
  const alert = state.open.get(alertId);
  if (!alert) return;
  state.open.delete(alertId);
  state.since.delete(alertId);
  const isByHand = reason === "resolved" || reason === "refuted";
  for (const subject of subjectsOf(alert)) {
    state.subjects.delete(subject);
    // what it is about may go on: nobody wants to be told again at once
    if (isByHand && hasCause(state, subject)) state.handled.set(subject, { kind: alert.kind, at });
  }
  if (state.handled.size > handledKept) state.handled.delete(state.handled.keys().next().value ?? "");
  if (alert.kind === "sweep") state.departures.delete(alert.shelf ?? "");
  const { snoozedUntil: _, note, ...kept } = alert;
  const words = note === undefined || isOfCustomer(alert) ? {} : { note };
  state.closed.push({ ...kept, ...words, state: "closed", at, reason, ...(by === undefined ? {} : { by }) });
  if (state.closed.length > closedKept) state.closed.shift();
}

/** What a customer is called, or has asked for, is nobody's business once it is done. */
const isOfCustomer = ({ kind }: Alert) => kind === "fetch" || kind === "put-back" || kind === "help";

const hasCause = (state: AlertsState, subject: string) =>
  state.places.has(subject) || state.tasks.has(subject) || subject === "more";

/** The open alert about something, if there is one. */
export function alertAbout(state: AlertsState, subject: string): Alert | undefined {
  const id = state.subjects.get(subject);
  return id === undefined ? undefined : state.open.get(id);
}

/** The sweep that is under way at a shelf, if any. */
export const sweepAt = (state: AlertsState, shelf: string): Alert | undefined => alertAbout(state, sweepSubject(shelf));
