import type { EventOf } from "../events.ts";
import type { AlertsState, Task } from "./state.ts";
import { deliverySubject, deviceSubject, doubtSubject, helpSubject, reservationSubject } from "./subjects.ts";

/** What is to do besides filling shelves. Part of the room's `evolve`. */

/** A doubt that settles itself at once is nobody's work. */
const doubtPatienceMs = 10_000;
/** Goods on their way are announced this long before. */
const announceMs = 30 * 60_000;
/** A delivery that is a day late is not coming. */
const deliveryOverMs = 24 * 60 * 60_000;
/** Unless the reservation says otherwise. */
const reservationMs = 2 * 60 * 60_000;
/** The oldest leave. */
const tasksKept = 2_000;

function put(state: AlertsState, subject: string, task: Task) {
  state.tasks.delete(subject);
  state.tasks.set(subject, task);
  state.handled.delete(subject);
  if (state.tasks.size <= tasksKept) return;
  const oldest = state.tasks.keys().next().value ?? "";
  remove(state, oldest);
}

function remove(state: AlertsState, subject: string) {
  state.tasks.delete(subject);
  state.handled.delete(subject);
}

export function takeDoubt(state: AlertsState, event: EventOf<"change-doubted">): void {
  const { doubtId, shelf, plates, at, candidates } = event;
  const likeliest = candidates[0];
  const lines = likeliest?.moves.map(({ sku, delta }) => ({ sku, quantity: Math.abs(delta) })) ?? [];
  const plate = plates[0];
  put(state, doubtSubject(doubtId), {
    ...{ kind: "doubt", at, dueAt: at + doubtPatienceMs, lines },
    about: { doubtId, shelf, ...(plate === undefined ? {} : { plate }), plates },
    ...(likeliest ? { sure: likeliest.confidence } : {}),
  });
}

export const endDoubt = (state: AlertsState, { doubtId }: EventOf<"doubt-settled">): void =>
  remove(state, doubtSubject(doubtId));

export function takeDelivery(state: AlertsState, event: EventOf<"delivery-expected">): void {
  const { deliveryId, lines, expectedAt, at } = event;
  put(state, deliverySubject(deliveryId), {
    ...{ kind: "delivery", at: expectedAt, dueAt: Math.max(at, expectedAt - announceMs) },
    ...{ until: expectedAt + deliveryOverMs, lines, about: { deliveryId } },
  });
}

export const endDelivery = (state: AlertsState, { deliveryId }: EventOf<"delivery-received">): void =>
  remove(state, deliverySubject(deliveryId));

export function takeReservation(state: AlertsState, event: EventOf<"reservation-made">): void {
  const { reservationId, sku, quantity, at, expiresAt = at + reservationMs, label } = event;
  put(state, reservationSubject(reservationId), {
    ...{ kind: "fetch", at, dueAt: at, until: expiresAt, lines: [{ sku, quantity }] },
    about: { reservationId, sku, ...(label === undefined ? {} : { note: label }) },
  });
}

/** It is put aside, and rests until somebody comes or does not. */
export function takeReady(state: AlertsState, { reservationId, at }: EventOf<"reservation-ready">): void {
  const subject = reservationSubject(reservationId);
  const task = state.tasks.get(subject);
  if (task?.kind === "fetch") put(state, subject, { ...task, kind: "put-back", at, resting: true });
}

export function endReservation(state: AlertsState, event: EventOf<"reservation-ended">): void {
  const subject = reservationSubject(event.reservationId);
  const task = state.tasks.get(subject);
  if (task?.kind !== "put-back" || event.reason === "collected") {
    remove(state, subject);
    return;
  }
  const { resting: _, until: __, ...rest } = task;
  put(state, subject, { ...rest, at: event.at, dueAt: event.at });
}

export function takeHelp(state: AlertsState, { mirrorId, sku, note, at }: EventOf<"help-asked">): void {
  put(state, helpSubject(mirrorId), {
    ...{ kind: "help", at, dueAt: at, lines: [] },
    about: { mirrorId, ...(sku === undefined ? {} : { sku }), ...(note === undefined ? {} : { note }) },
  });
}

export const endHelp = (state: AlertsState, { mirrorId }: EventOf<"help-ended">): void =>
  remove(state, helpSubject(mirrorId));

export function takeStatus(state: AlertsState, event: EventOf<"device-status-changed">): void {
  const { deviceId, at } = event;
  const subject = deviceSubject(deviceId);
  if (event.state === "online") remove(state, subject);
  else if (!state.tasks.has(subject))
    put(state, subject, { kind: "device-down", at, dueAt: at, lines: [], about: { deviceId } });
}

export const endDevice = (state: AlertsState, { deviceId }: { deviceId: string }): void =>
  remove(state, deviceSubject(deviceId));
