import type { DomainEvent } from "../events.ts";
import type { Context, Decision } from "../room.ts";
import { available, type StockState } from "./goods.ts";
import { collectUntil, fetchUntil, type Hours } from "./hours.ts";
import { refuse } from "./refuse.ts";

const openReservationsLimit = 1_000;

type Wish = { sku: string; quantity: number; key: string; label?: string; by?: string };

/** Holds goods for a customer. The same key answers with the same reservation; more than there is gets a 409. */
export function decideReservation(
  state: StockState,
  wish: Wish,
  ctx: Context,
  hours: Hours,
): Decision<{ reservationId: string }> {
  const known = state.keys.get(wish.key);
  if (known) {
    const made = state.reservations.get(known) ?? state.ended.get(known);
    if (made && (made.sku !== wish.sku || made.quantity !== wish.quantity))
      return refuse(422, "key-reused", "This Idempotency-Key was used for another reservation.");
    return { ok: true, events: [], value: { reservationId: known } };
  }
  if (!state.skus.has(wish.sku)) return refuse(404, "unknown-sku", `There is no product ${wish.sku}.`);
  if (state.reservations.size >= openReservationsLimit)
    return refuse(503, "too-many-reservations", "Too many reservations are open. Try again in a while.");
  const left = available(state, wish.sku);
  if (left < wish.quantity) return refuse(409, "not-enough-stock", `Only ${left} of ${wish.sku} can be reserved.`);
  const reservationId = `r-${ctx.derive(`reservation:${wish.key}:${ctx.now}`).slice(0, 12)}`;
  const { sku, quantity, key, label, by } = wish;
  const event: DomainEvent = {
    type: "reservation-made",
    at: ctx.now,
    ...{ reservationId, sku, quantity, key, expiresAt: fetchUntil(ctx.now, hours) },
    ...(label === undefined ? {} : { label }),
    ...(by === undefined ? {} : { by }),
  };
  return { ok: true, events: [event], value: { reservationId } };
}

type Step = { reservationId: string; by: string };

/** Somebody has fetched it: it is aside from now on. Said twice, it is fetched once. */
export function decideReady(state: StockState, { reservationId, by }: Step, ctx: Context, hours: Hours): Decision {
  const reservation = state.reservations.get(reservationId);
  if (!reservation) return over(state, reservationId);
  if (reservation.state === "ready") return done;
  const { sku } = reservation;
  const expiresAt = collectUntil(ctx.now, hours);
  const event: DomainEvent = { type: "reservation-ready", at: ctx.now, reservationId, sku, by, expiresAt };
  return { ok: true, events: [event], value: {} };
}

/** The customer has it. */
export function decideCollect(state: StockState, { reservationId }: Step, ctx: Context): Decision {
  const reservation = state.reservations.get(reservationId);
  if (!reservation) return over(state, reservationId, "collected");
  if (reservation.state === "made") return refuse(409, "not-fetched", "Nobody has fetched this yet.");
  return end(reservationId, reservation.sku, "collected", ctx);
}

/** Another channel may take back its own word only; for it, others' reservations are not there. */
export function decideCancel(state: StockState, { reservationId, by }: Step, ctx: Context): Decision {
  const reservation = state.reservations.get(reservationId);
  const { madeBy } = reservation ?? state.ended.get(reservationId) ?? {};
  if (by.startsWith("channel:") && madeBy !== by) return unknown;
  if (!reservation) return over(state, reservationId, "cancelled");
  return end(reservationId, reservation.sku, "cancelled", ctx);
}

type End = "collected" | "expired" | "cancelled";

function end(reservationId: string, sku: string, reason: End, { now }: Context): Decision {
  return { ok: true, events: [{ type: "reservation-ended", at: now, reservationId, sku, reason }], value: {} };
}

const done: Decision = { ok: true, events: [], value: {} };
const unknown = refuse(404, "unknown-reservation", "There is no such reservation.");

/** `same`: what was asked for is what has come of it. */
function over(state: StockState, reservationId: string, same?: End): Decision {
  const ended = state.ended.get(reservationId);
  if (!ended) return unknown;
  return ended.state === same ? done : refuse(409, "reservation-over", `This reservation was ${ended.state}.`);
}

/** Reservations nobody came for. */
export function decideExpiries(state: StockState, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [reservationId, { expiresAt, sku }] of state.reservations) {
    // every one is looked at: they are not in order of time
    if (now < expiresAt) continue;
    events.push({ type: "reservation-ended", at: now, reservationId, sku, reason: "expired" });
  }
  return events;
}
