import { createHash } from "node:crypto";
import { type CloudEvent, gapType, type OutsideType, sourceOf, testType } from "#wire/cloud-event.ts";
import type { DomainEvent, EventOf, JournalEntry } from "../events.ts";
import { timeOf } from "./time-of.ts";

/** What the shop's other parts know and an event alone does not say. */
export type About = {
  storeId: string;
  gtinOf(sku: string): string | undefined;
  /** As it stands now, which is at least as new as the event that is told. */
  stockNow(sku: string): Record<string, unknown> | undefined;
};

type Told = { type: OutsideType; subject?: string; data: Record<string, unknown> };
type Tellers = { [T in DomainEvent["type"]]?: (event: EventOf<T>, about: About) => Told };

/**
 * What of an event leaves the shop, field by field: what is not written here stays inside. No person is in it, neither
 * shopper nor colleague, no free text that somebody typed, and nothing of who was where.
 */
const tellers: Tellers = {
  "stock-changed": ({ sku, shelf, plate, count, previous, cause, confidence, stray, changeId, at }, about) => ({
    type: "shop.vitrine.stock.changed.v1",
    subject: sku,
    data: {
      ...item(sku, about),
      shelf,
      plate,
      count,
      previous,
      cause,
      confidence,
      stray,
      changeId,
      at,
      ...now(sku, about),
    },
  }),
  "stock-counted": ({ sku, shelf, plate, count, at }, about) => ({
    type: "shop.vitrine.stock.counted.v1",
    subject: sku,
    data: { ...item(sku, about), shelf, plate, count, at, ...now(sku, about) },
  }),
  "stock-written-off": ({ sku, quantity, at }, about) => ({
    type: "shop.vitrine.stock.written-off.v1",
    subject: sku,
    data: { ...item(sku, about), quantity, at, ...now(sku, about) },
  }),
  "tag-arrived": ({ sku, epc, zone, at }, about) => ({
    type: "shop.vitrine.tag.arrived.v1",
    subject: sku,
    data: { ...item(sku, about), epc, zone, at, ...now(sku, about) },
  }),
  "tag-moved": ({ sku, epc, from, zone, at }, about) => ({
    type: "shop.vitrine.tag.moved.v1",
    subject: sku,
    data: { ...item(sku, about), epc, from, zone, at, ...now(sku, about) },
  }),
  "tag-departed": ({ sku, epc, zone, at }, about) => ({
    type: "shop.vitrine.tag.departed.v1",
    subject: sku,
    data: { ...item(sku, about), epc, zone, at, ...now(sku, about) },
  }),
  "sale-made": ({ saleId, lines, at }, about) => ({
    type: "shop.vitrine.sale.made.v1",
    subject: saleId,
    data: { saleId, lines: items(lines, about), at },
  }),
  "delivery-expected": ({ deliveryId, lines, expectedAt, at }, about) => ({
    type: "shop.vitrine.delivery.expected.v1",
    subject: deliveryId,
    data: { deliveryId, lines: items(lines, about), expectedAt, at },
  }),
  "delivery-received": ({ deliveryId, lines, at }, about) => ({
    type: "shop.vitrine.delivery.received.v1",
    subject: deliveryId,
    data: { deliveryId, lines: items(lines, about), at },
  }),
  "reservation-made": ({ reservationId, sku, quantity, expiresAt, at }, about) => ({
    type: "shop.vitrine.reservation.made.v1",
    subject: reservationId,
    data: { reservationId, ...item(sku, about), quantity, expiresAt, at, ...now(sku, about) },
  }),
  "reservation-ready": ({ reservationId, sku, expiresAt, at }, about) => ({
    type: "shop.vitrine.reservation.ready.v1",
    subject: reservationId,
    data: { reservationId, ...item(sku, about), expiresAt, at, ...now(sku, about) },
  }),
  "reservation-ended": ({ reservationId, sku, reason, at }, about) => ({
    type: "shop.vitrine.reservation.ended.v1",
    subject: reservationId,
    data: { reservationId, ...item(sku, about), reason, at, ...now(sku, about) },
  }),
  "planogram-changed": ({ version, at }) => ({
    type: "shop.vitrine.planogram.changed.v1",
    subject: String(version),
    data: { version, at },
  }),
  "alert-opened": ({ alertId, kind, severity, sku, shelf, plate, zone, deviceId, value, quantity, at }) => ({
    type: "shop.vitrine.alert.opened.v1",
    subject: alertId,
    data: { alertId, kind, severity, sku, shelf, plate, zone, deviceId, value, quantity, at },
  }),
  "alert-changed": ({ alertId, state, at }) => ({
    type: "shop.vitrine.alert.changed.v1",
    subject: alertId,
    data: { alertId, state, at },
  }),
  "alert-closed": ({ alertId, reason, at }) => ({
    type: "shop.vitrine.alert.closed.v1",
    subject: alertId,
    data: { alertId, reason, at },
  }),
};

/** Types of journal entries that any of this is told of. */
export const toldTypes: readonly string[] = Object.keys(tellers);

/** The same entry is the same event with the same id, however often it is sent; undefined: it stays inside. */
export function publicEventOf(entry: JournalEntry, about: About): CloudEvent | undefined {
  const { event, id } = entry;
  // one teller per type: the map's own type says that they fit, which an index by a union cannot
  const tell = tellers[event.type] as ((event: DomainEvent, about: About) => Told) | undefined;
  if (!tell) return undefined;
  return envelope(`${id}-${fingerprint(event)}`, event.at, about, tell(event, about));
}

/** What the journal has no longer: whoever hears this asks for the whole state. `missed` counts entries of all types. */
export function gapEvent(gap: { from: number; to: number; at: number }, about: About): CloudEvent {
  const data = { missed: gap.to - gap.from + 1, from: gap.from, to: gap.to, state: "/api/v1/stock" };
  return envelope(`gap-${gap.from}-${gap.to}`, gap.at, about, { type: gapType, data });
}

export function testEvent(id: string, at: number, about: About): CloudEvent {
  return envelope(`test-${id}`, at, about, { type: testType, data: { message: "This shop can reach you." } });
}

type Content = { type: CloudEvent["type"]; subject?: string; data: Record<string, unknown> };

function envelope(id: string, at: number, { storeId }: About, { type, subject, data }: Content): CloudEvent {
  return {
    specversion: "1.0",
    id,
    source: sourceOf(storeId),
    type,
    ...(subject === undefined ? {} : { subject }),
    time: timeOf(at),
    datacontenttype: "application/json",
    data,
  };
}

/** After an older backup was restored, journal ids are given anew: the content tells the two apart. */
function fingerprint(event: DomainEvent): string {
  return createHash("sha256").update(JSON.stringify(event)).digest("hex").slice(0, 8);
}

function item(sku: string, { gtinOf }: About) {
  return { sku, gtin: gtinOf(sku) };
}

function items(lines: readonly { sku: string; quantity: number }[], about: About) {
  return lines.map(({ sku, quantity }) => ({ ...item(sku, about), quantity }));
}

function now(sku: string, { stockNow }: About) {
  return { stock: stockNow(sku) };
}
