import type { DomainEvent } from "../events.ts";
import type { Context, Decision, Room } from "../room.ts";

export type Place = { shelf: string; plate: number; count: number; confidence: number };
export type SkuStock = {
  places: Map<string, Place>;
  /** Garments are counted by their tags: epc -> zone. */
  tags: Map<string, string>;
  reserved: number;
  at: number;
};
export type Reservation = { sku: string; quantity: number; key: string; at: number };
export type StockState = {
  skus: Map<string, SkuStock>;
  reservations: Map<string, Reservation>;
  /** idempotency key -> reservation; oldest leave first. */
  keys: Map<string, string>;
};

/** An unclaimed reservation gives its goods back after this long. */
export const reservationMs = 2 * 60 * 60 * 1000;
const keysKept = 2_000;
const openReservationsLimit = 1_000;

export function createStockRoom(skus: readonly string[]): Room<StockState> {
  const of = (state: StockState, sku: string) => state.skus.get(sku);
  return {
    name: "stock",
    initial: () => ({
      skus: new Map(skus.map((sku) => [sku, { places: new Map(), tags: new Map(), reserved: 0, at: 0 }])),
      reservations: new Map(),
      keys: new Map(),
    }),
    evolve: {
      "stock-changed": (state, { sku, shelf, plate, count, confidence, at }) => {
        const stock = of(state, sku);
        if (!stock) return;
        stock.at = at;
        const place = stock.places.get(`${shelf}/${plate}`);
        if (place) {
          place.count = count;
          place.confidence = confidence;
        } else stock.places.set(`${shelf}/${plate}`, { shelf, plate, count, confidence });
      },
      "stock-counted": (state, { sku, shelf, plate, count, at }) => {
        const stock = of(state, sku);
        if (!stock) return;
        stock.at = at;
        stock.places.set(`${shelf}/${plate}`, { shelf, plate, count, confidence: 1 });
      },
      "tag-arrived": (state, { sku, epc, zone, at }) => {
        const stock = of(state, sku);
        if (!stock) return;
        stock.at = at;
        stock.tags.set(epc, zone);
      },
      "tag-departed": (state, { sku, epc, at }) => {
        const stock = of(state, sku);
        if (!stock) return;
        stock.at = at;
        stock.tags.delete(epc);
      },
      "reservation-made": (state, { reservationId, sku, quantity, key, at }) => {
        const stock = of(state, sku);
        if (stock) stock.reserved += quantity;
        state.reservations.set(reservationId, { sku, quantity, key, at });
        state.keys.set(key, reservationId);
        if (state.keys.size > keysKept) state.keys.delete(state.keys.keys().next().value ?? "");
      },
      "reservation-ended": (state, { reservationId }) => {
        const reservation = state.reservations.get(reservationId);
        if (!reservation) return;
        const stock = of(state, reservation.sku);
        if (stock) stock.reserved -= reservation.quantity;
        state.reservations.delete(reservationId);
      },
    },
  };
}

/** What stands on the shelves and hangs on the rails, before reservations. */
export function onShelf(stock: SkuStock): number {
  let sum = stock.tags.size;
  for (const place of stock.places.values()) sum += place.count;
  return sum;
}

export const available = (state: StockState, sku: string): number => {
  const stock = state.skus.get(sku);
  return stock ? Math.max(0, onShelf(stock) - stock.reserved) : 0;
};

/** Sets goods aside. The same key answers with the same reservation; more than there is gets a 409. */
export function decideReservation(
  state: StockState,
  wish: { sku: string; quantity: number; key: string },
  ctx: Context,
): Decision<{ reservationId: string }> {
  const known = state.keys.get(wish.key);
  if (known) {
    const made = state.reservations.get(known);
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
  const { sku, quantity, key } = wish;
  const event: DomainEvent = { type: "reservation-made", at: ctx.now, reservationId, sku, quantity, key };
  return { ok: true, events: [event], value: { reservationId } };
}

/** Reservations nobody came for. */
export function decideReservationTick(state: StockState, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [reservationId, { at, sku }] of state.reservations) {
    // every one is looked at: after the clock was set back they are not in order of time
    if (now - at < reservationMs) continue;
    events.push({ type: "reservation-ended", at: now, reservationId, sku, reason: "expired" });
  }
  return events;
}

function refuse(
  status: number,
  type: string,
  title: string,
): { ok: false; problem: { status: number; type: string; title: string } } {
  return { ok: false, problem: { status, type, title } };
}
