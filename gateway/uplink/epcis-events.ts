import { createHash } from "node:crypto";
import { itemLink, placeLink } from "#wire/digital-link.ts";
import type { BizStep, Disposition, EpcisEvent } from "#wire/epcis.ts";
import { decodeSgtin96 } from "#wire/sgtin-96.ts";
import type { DomainEvent, EventOf, JournalEntry } from "../events.ts";
import { timeOf } from "./time-of.ts";

export type EpcisAbout = {
  storeId: string;
  /** The shop's Global Location Number; without it places have names of the shop's own. */
  gln?: string;
  /** IANA. */
  timeZone: string;
  gtinOf(sku: string): string | undefined;
};

/** What, where, why; who is in none of it, and when is the same for all. */
type Told = Omit<EpcisEvent, "type" | "action" | "eventID" | "eventTime" | "eventTimeZoneOffset" | "bizLocation">;
type Teller<E> = (event: E, about: EpcisAbout) => Told[];
type Tellers = { [T in DomainEvent["type"]]?: Teller<EventOf<T>> };
type Line = { sku: string; quantity: number };

const why: Record<NonNullable<EventOf<"stock-changed">["cause"]>, [BizStep, Disposition]> = {
  pick: ["picking", "in_progress"],
  "put-back": ["stocking", "sellable_accessible"],
  restock: ["stocking", "sellable_accessible"],
  move: ["stocking", "sellable_accessible"],
  sale: ["retail_selling", "retail_sold"],
  shrink: ["inspecting", "unknown"],
  correction: ["cycle_counting", "sellable_accessible"],
};

const tellers: Tellers = {
  "stock-changed"(event, about) {
    const { shelf, plate, count, previous, grams, source, sku, at } = event;
    const cause = event.cause ?? (count < previous ? "pick" : "restock");
    const [bizStep, disposition] = why[cause];
    // what was counted wrong before: how many there are, not how many came or went
    const quantity = cause === "correction" ? count : Math.abs(count - previous);
    const sensorMetadata = { time: timeOf(at), deviceID: own(about, "device", source.deviceId) };
    return goods([{ sku, quantity }], about).map((what) => ({
      ...{ ...what, bizStep, disposition, readPoint: plateOf(about, shelf, plate) },
      sensorElementList: [{ sensorMetadata, sensorReport: [{ type: "Mass", value: grams, uom: "GRM" }] }],
    }));
  },
  "stock-counted": ({ sku, shelf, plate, count }, about) =>
    goods([{ sku, quantity: count }], about).map((what) => ({
      ...what,
      ...{ bizStep: "cycle_counting", disposition: "sellable_accessible", readPoint: plateOf(about, shelf, plate) },
    })),
  "tag-arrived": (event, about) => tagged(event, about, { bizStep: "stocking", disposition: "sellable_accessible" }),
  "tag-moved": (event, about) => tagged(event, about, { bizStep: "stocking", disposition: "sellable_accessible" }),
  // no antenna has heard it for a while: where it went nobody knows
  "tag-departed": (event, about) => tagged(event, about, { bizStep: "departing", disposition: "unknown" }),
  "sale-made"({ lines, saleId }, about) {
    const sold = lines.filter(({ quantity }) => quantity > 0);
    const back = lines.flatMap(({ sku, quantity }) => (quantity < 0 ? [{ sku, quantity: -quantity }] : []));
    const at = {
      readPoint: place(about, "till"),
      bizTransactionList: [{ bizTransaction: own(about, "sale", saleId) }],
    };
    return [
      ...goods(sold, about).map(
        (what): Told => ({ ...what, bizStep: "retail_selling", disposition: "retail_sold", ...at }),
      ),
      ...goods(back, about).map((what): Told => ({ ...what, bizStep: "receiving", disposition: "returned", ...at })),
    ];
  },
  "delivery-received": ({ lines, deliveryId }, about) =>
    goods(lines, about).map((what) => ({
      ...{
        ...what,
        bizStep: "receiving",
        disposition: "sellable_not_accessible",
        readPoint: place(about, "stockroom"),
      },
      bizTransactionList: [{ bizTransaction: own(about, "delivery", deliveryId) }],
    })),
  "stock-written-off": ({ sku, quantity, reason }, about) =>
    goods([{ sku, quantity }], about).map((what) => ({
      ...what,
      ...{ bizStep: "inspecting", disposition: lossOf(reason), readPoint: place(about) },
    })),
};

/** Types of journal entries that become events. */
export const epcisTypes: readonly string[] = Object.keys(tellers);

/** One entry of the journal in EPCIS; a sale with returns is two events. Goods without a GTIN are left out. */
export function epcisEventsOf({ id, event }: JournalEntry, about: EpcisAbout): EpcisEvent[] {
  // one teller per type: the map's own type says that they fit, which an index by a union cannot
  const tell = tellers[event.type] as Teller<DomainEvent> | undefined;
  const told = tell?.(event, about) ?? [];
  return told.map((one, index) => ({
    type: "ObjectEvent",
    eventID: `urn:uuid:${uuidOf(`${about.storeId} ${id} ${index} ${JSON.stringify(event)}`)}`,
    eventTime: timeOf(event.at),
    eventTimeZoneOffset: offsetAt(event.at, about.timeZone),
    action: "OBSERVE",
    ...one,
    bizLocation: place(about),
  }));
}

function goods(lines: readonly Line[], { gtinOf }: EpcisAbout): Pick<Told, "quantityList">[] {
  const quantityList = lines.flatMap(({ sku, quantity }) => {
    const gtin = gtinOf(sku);
    return gtin === undefined ? [] : [{ epcClass: itemLink(gtin), quantity }];
  });
  return quantityList.length === 0 ? [] : [{ quantityList }];
}

type TagEvent = { epc: string; sku: string; zone: string };

function tagged(
  { epc, sku, zone }: TagEvent,
  about: EpcisAbout,
  reason: Pick<Told, "bizStep" | "disposition">,
): Told[] {
  const tag = decodeSgtin96(epc);
  const readPoint = place(about, zone);
  if (tag.ok) return [{ epcList: [itemLink(tag.value.gtin14, tag.value.serial)], ...reason, readPoint }];
  return goods([{ sku, quantity: 1 }], about).map((what) => ({ ...what, ...reason, readPoint }));
}

/** Free text of whoever wrote it off; only what it surely says is told. */
function lossOf(reason: string): Disposition {
  if (/stolen|theft|shoplift/i.test(reason)) return "stolen";
  return /damage|broken|defect/i.test(reason) ? "damaged" : "unknown";
}

const plateOf = (about: EpcisAbout, shelf: string, plate: number) => place(about, `${shelf}.${plate}`);

/** The shop itself, or a part of it. */
function place(about: EpcisAbout, part?: string): { id: string } {
  if (about.gln !== undefined) return { id: placeLink(about.gln, part) };
  return { id: part === undefined ? `urn:vitrine:store:${about.storeId}` : own(about, "place", part) };
}

/** A name of the shop's own, for what GS1 has no number for. */
function own({ storeId }: EpcisAbout, kind: string, id: string): string {
  return `urn:vitrine:store:${storeId}:${kind}:${encodeURIComponent(id)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the shop's clock was ahead of UTC at that moment, "+02:00" in summer. */
export function offsetAt(at: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
    formats.set(timeZone, format);
  }
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "+00:00";
  const name = format.formatToParts(date).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  return /[+-]\d\d:\d\d/.exec(name)?.[0] ?? "+00:00";
}

/** RFC 9562 version 5: the same text is the same id. */
function uuidOf(text: string): string {
  const bytes = createHash("sha1").update(namespace).update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
/** Random, made once for this purpose. */
const namespace = Buffer.from("8f0c7a3e5d2b4b6e9a1c0f47d3e86b52", "hex");
