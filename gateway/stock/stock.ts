import type { DomainEvent, EventOf, Facing } from "../events.ts";
import type { Evolve, Room } from "../room.ts";
import { entriesOf, inOne } from "./entries.ts";
import {
  collectedBefore,
  dropOldest,
  type EndedReservation,
  newStock,
  noteCollected,
  placeKey,
  type SkuStock,
  type StockState,
  type StoredReservation,
  stockOf,
  stockOrUnlisted,
} from "./goods.ts";
import { book, newPlace } from "./ledger.ts";
import { restHome } from "./places.ts";

export type StockConfig = {
  skus: readonly string[];
  shelves: readonly { id: string; zone: string; plates: readonly Facing[] }[];
};

/** A reservation whose journal does not say so expires after this long. */
export const reservationMs = 2 * 60 * 60 * 1000;
const keysKept = 2_000;
const doneKept = 5_000;
const endedKept = 500;
const receivedKept = 100;

export function createStockRoom({ skus, shelves }: StockConfig): Room<StockState> {
  return {
    name: "stock",
    initial() {
      const state: StockState = {
        zones: new Map(shelves.map(({ id, zone }) => [id, zone])),
        skus: new Map(skus.map((sku) => [sku, newStock()])),
        ...{ unlisted: new Map(), reservations: new Map(), ended: new Map(), keys: new Map() },
        ...{ done: new Map(), deliveries: new Map(), lastSaleAt: undefined },
      };
      restHome(state, shelves);
      return state;
    },
    evolve,
  };
}

const evolve: Evolve<StockState> = {
  "stock-changed": booked((state, event) => {
    const place = countedPlace(state, event);
    if (!place) return;
    place.confidence = event.confidence;
    place.weighed = true;
  }),
  "stock-counted": booked((state, event) => {
    const place = countedPlace(state, event);
    if (place) place.confidence = 1;
  }),
  "tag-arrived": booked(tagIn),
  "tag-moved": booked(tagIn),
  "tag-departed": booked((state, { sku, epc, at }) => {
    const stock = state.skus.get(sku);
    if (!stock) return;
    stock.at = at;
    untag(stock, epc);
  }),
  "planogram-changed": booked((state, { shelves: changed }) => restHome(state, changed)),
  "sale-made": booked((state, { saleId, key, lines, at }) => {
    const isNew = state.done.get(`sale:${key}`)?.id !== saleId;
    for (const { sku, quantity } of inOne(lines)) {
      const stock = stockOrUnlisted(state, sku);
      stock.at = at;
      if (isNew) stock.unbilled.quantity -= collectedBefore(stock, { quantity, at });
    }
    state.lastSaleAt = at;
    noteDone(state, `sale:${key}`, { id: saleId, print: printOf(lines) });
  }),
  "stock-written-off": booked((state, { sku, quantity, reason, key, at }) => {
    stockOrUnlisted(state, sku).at = at;
    if (key !== undefined) noteDone(state, `write-off:${key}`, { id: sku, print: `${sku} ${quantity} ${reason}` });
  }),
  "hands-settled": booked((state, { lines, at }) => {
    for (const { sku } of lines) stockOrUnlisted(state, sku).at = at;
  }),
  "delivery-expected": (state, { deliveryId, key, lines, expectedAt, at, by }) => {
    if (!state.deliveries.has(deliveryId))
      state.deliveries.set(deliveryId, { state: "expected", lines, expectedAt, at, by });
    noteDone(state, `delivery:${key}`, { id: deliveryId, print: `${expectedAt} ${printOf(lines)}` });
  },
  "delivery-received": booked((state, { deliveryId, lines, at, by }) => {
    for (const { sku } of lines) stockOrUnlisted(state, sku).at = at;
    const expectedAt = state.deliveries.get(deliveryId)?.expectedAt ?? at;
    state.deliveries.delete(deliveryId);
    state.deliveries.set(deliveryId, { state: "received", lines, expectedAt, at, by });
    forgetReceived(state);
  }),
  "reservation-made": (state, event) => {
    const { type: _, reservationId, expiresAt = event.at + reservationMs, by, ...made } = event;
    if (state.reservations.has(reservationId) || state.ended.has(reservationId)) return;
    const stock = state.skus.get(event.sku);
    if (stock) stock.reserved += event.quantity;
    const madeBy = by === undefined ? {} : { madeBy: by };
    state.reservations.set(reservationId, {
      ...{ ...made, ...madeBy, expiresAt },
      ...{ state: "made", changedAt: event.at },
    });
    state.keys.set(event.key, reservationId);
    dropOldest(state.keys, keysKept);
  },
  "reservation-ready": booked((state, { reservationId, by, at, expiresAt }) => {
    const reservation = state.reservations.get(reservationId);
    if (reservation?.state !== "made") return;
    giveBack(state, reservation);
    Object.assign(reservation, { state: "ready", by, changedAt: at, expiresAt });
  }),
  "reservation-ended": booked((state, { reservationId, reason, at }) => {
    const reservation = state.reservations.get(reservationId);
    if (!reservation) return;
    const { quantity } = reservation;
    const stock = state.skus.get(reservation.sku);
    if (reservation.state === "made") giveBack(state, reservation);
    else if (stock && reason === "collected") noteCollected(stock, { quantity, at });
    state.reservations.delete(reservationId);
    // what the customer is called is nobody's business any more
    const { label: _, ...rest } = reservation;
    const ended: EndedReservation = { ...rest, state: reason, changedAt: at };
    state.ended.set(reservationId, ended);
    dropOldest(state.ended, endedKept);
  }),
};

/**
 * First what an event moves is judged by the stock as it was, then the event takes effect, then its lines are booked.
 * `journalId` is left out while the event is not on disk.
 */
function booked<E extends DomainEvent>(step: (state: StockState, event: E) => void) {
  return (state: StockState, event: E, journalId?: number) => {
    const lines = entriesOf(event, state);
    step(state, event);
    const moment = journalId === undefined ? { at: event.at } : { at: event.at, journalId };
    for (const line of lines) {
      const stock = stockOf(state, line.sku);
      if (stock) book(state, stock, line, moment);
    }
  };
}

function countedPlace(state: StockState, event: EventOf<"stock-changed"> | EventOf<"stock-counted">) {
  const stock = state.skus.get(event.sku);
  if (!stock) return undefined;
  stock.at = event.at;
  const key = placeKey(event.shelf, event.plate);
  // nothing where nothing belongs is no place
  if (event.count === 0 && !stock.homes.has(key)) return stock.places.get(key);
  return stock.places.get(key) ?? newPlace(stock, key);
}

function tagIn(state: StockState, { sku, epc, zone, at }: EventOf<"tag-arrived"> | EventOf<"tag-moved">) {
  const stock = state.skus.get(sku);
  if (!stock) return;
  stock.at = at;
  untag(stock, epc);
  stock.tags.set(epc, zone);
  stock.tagged.set(zone, (stock.tagged.get(zone) ?? 0) + 1);
}

function untag(stock: SkuStock, epc: string) {
  const zone = stock.tags.get(epc);
  if (zone === undefined) return;
  stock.tags.delete(epc);
  const left = (stock.tagged.get(zone) ?? 0) - 1;
  if (left > 0) stock.tagged.set(zone, left);
  else stock.tagged.delete(zone);
}

function giveBack(state: StockState, { sku, quantity }: StoredReservation) {
  const stock = state.skus.get(sku);
  if (stock) stock.reserved -= quantity;
}

function noteDone(state: StockState, key: string, done: { id: string; print: string }) {
  state.done.set(key, done);
  dropOldest(state.done, doneKept);
}

/** The same lines in any order print the same. FNV-1a in two halves: it tells slips apart, and guards no secret. */
export function printOf(lines: readonly { sku: string; quantity: number }[]): string {
  const text = lines
    .map(({ sku, quantity }) => `${sku} ${quantity}`)
    .sort()
    .join("\n");
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return (low >>> 0).toString(16) + (high >>> 0).toString(16);
}

function forgetReceived({ deliveries }: StockState) {
  let received = 0;
  for (const { state } of deliveries.values()) if (state === "received") received++;
  if (received <= receivedKept) return;
  for (const [id, { state }] of deliveries) {
    if (state !== "received") continue;
    deliveries.delete(id);
    return;
  }
}
