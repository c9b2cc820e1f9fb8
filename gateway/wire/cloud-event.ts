/** CloudEvents 1.0 in structured JSON: how this shop tells other systems what happened. */

/** What may leave the shop. Each says in its name what happened, and `v1` changes when its data does. */
export const outsideTypes = [
  "shop.vitrine.stock.changed.v1",
  "shop.vitrine.stock.counted.v1",
  "shop.vitrine.stock.written-off.v1",
  "shop.vitrine.tag.arrived.v1",
  "shop.vitrine.tag.moved.v1",
  "shop.vitrine.tag.departed.v1",
  "shop.vitrine.sale.made.v1",
  "shop.vitrine.delivery.expected.v1",
  "shop.vitrine.delivery.received.v1",
  "shop.vitrine.reservation.made.v1",
  "shop.vitrine.reservation.ready.v1",
  "shop.vitrine.reservation.ended.v1",
  "shop.vitrine.planogram.changed.v1",
  "shop.vitrine.alert.opened.v1",
  "shop.vitrine.alert.changed.v1",
  "shop.vitrine.alert.closed.v1",
] as const;
export type OutsideType = (typeof outsideTypes)[number];
/** These come whatever a subscription asks for: entries that the journal no longer has, and a test. */
export const gapType = "shop.vitrine.gap.v1";
export const testType = "shop.vitrine.test.v1";

export type CloudEvent = {
  specversion: "1.0";
  id: string;
  source: string;
  type: OutsideType | typeof gapType | typeof testType;
  subject?: string;
  /** RFC 3339. */
  time: string;
  datacontenttype: "application/json";
  data: Record<string, unknown>;
};

export const cloudEventContentType = "application/cloudevents+json; charset=utf-8";

/** The same shop says the same source for ever; which machine it runs on does not matter. */
export const sourceOf = (storeId: string) => `urn:vitrine:store:${storeId}`;

/** A type's full name, or the beginning of several with `.*` behind it. */
export function isTypeFilter(filter: string): boolean {
  return outsideTypes.some((type) => matchesType(filter, type));
}

export function matchesType(filter: string, type: string): boolean {
  if (filter === "*") return true;
  return filter.endsWith(".*") ? type.startsWith(filter.slice(0, -1)) : filter === type;
}
