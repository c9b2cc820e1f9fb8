import type { DomainEvent, EventOf, StockCause } from "../events.ts";
import {
  collectedBefore,
  isWatched,
  type Lines,
  placeKey,
  type SkuStock,
  type StockState,
  shelfAccount,
  stockOf,
} from "./goods.ts";
import type { Line } from "./ledger.ts";
import { held, ofArrival, ofDeparture, ofRails } from "./rails.ts";

/**
 * What an event moves between accounts, judged by the stock as it was before it. Pure: the journal gives the same ledger
 * however often it is read. Booking these lines and nothing else changes a balance.
 */
export function entriesOf(event: DomainEvent, before: StockState): Line[] {
  switch (event.type) {
    case "stock-changed":
      return ofChange(event, before);
    case "stock-counted":
      return ofCount(event, before);
    case "tag-arrived":
    case "tag-moved":
      return ofArrival(event, before);
    case "tag-departed":
      return ofDeparture(event, before);
    case "sale-made":
      if (before.done.get(`sale:${event.key}`)?.id === event.saleId) return nothing;
      return inOne(event.lines).flatMap((line) => ofSale(line, event, before));
    case "stock-written-off":
      return ofWriteOff(event, before);
    case "delivery-received":
      if (before.deliveries.get(event.deliveryId)?.state === "received") return nothing;
      return inOne(event.lines)
        .filter(({ quantity }) => quantity > 0)
        .map(({ sku, quantity }) => ({
          ...{ sku, quantity, cause: "delivery", from: "outside", to: "stockroom", by: event.by },
        }));
    case "reservation-ready":
      return ofReady(event, before);
    case "reservation-ended":
      return ofEnd(event, before);
    case "planogram-changed":
      return ofPlanogram(event, before);
    case "hands-settled":
      return event.lines.flatMap((line) => ofSettling(line, before));
    default:
      return nothing;
  }
}

const nothing: Line[] = [];

/** Sold or put aside before any scale or antenna noticed. */
const owed = (stock: SkuStock) => Math.max(0, -(stock.balances.get("hands") ?? 0));

function ofChange(event: EventOf<"stock-changed">, before: StockState): Line[] {
  const stock = before.skus.get(event.sku);
  if (!stock) return nothing;
  const key = placeKey(event.shelf, event.plate);
  const place = stock.places.get(key);
  const change = event.count - (place?.count ?? 0);
  const cause = causeOf(event.cause, change, place !== undefined);
  const lines =
    change === 0
      ? []
      : linesOf({ sku: event.sku, place: shelfAccount(event.shelf, event.plate), change, cause }, stock);
  if (stock.tagged.size > 0) lines.push(...ofRails(event.sku, stock, before, { key, count: event.count }));
  return lines;
}

/** What was never counted before is a surprise and no delivery. A cause that goes the other way is one we do not believe. */
function causeOf(cause: StockCause | undefined, change: number, isKnown: boolean): StockCause {
  const said = cause ?? (isKnown ? (change < 0 ? "pick" : "restock") : "correction");
  const outward = said === "pick" || said === "sale" || said === "shrink";
  const inward = said === "put-back" || said === "restock";
  return (outward && change > 0) || (inward && change < 0) ? "correction" : said;
}

type Change = { sku: string; place: string; change: number; cause: StockCause };

function linesOf({ sku, place, change, cause }: Change, stock: SkuStock): Line[] {
  const quantity = Math.abs(change);
  switch (cause) {
    case "pick":
      return [{ sku, cause, quantity, from: place, to: "hands" }];
    case "sale":
      return [{ sku, cause, quantity, from: place, to: "sold" }];
    case "shrink":
      return [{ sku, cause, quantity, from: place, to: "lost" }];
    case "move":
      return [
        change < 0
          ? { sku, cause, quantity, from: place, to: "hands" }
          : { sku, cause, quantity, from: "hands", to: place },
      ];
    case "restock":
      return [{ sku, cause, quantity, from: "stockroom", to: place }];
    case "put-back": {
      const back = Math.min(quantity, held(stock));
      return some([
        { sku, cause, quantity: back, from: "hands", to: place },
        { sku, cause: "restock", quantity: quantity - back, from: "stockroom", to: place },
      ]);
    }
    case "correction":
      return found({ sku, cause, place, change }, stock);
  }
}

/** There is more or less than we thought. What was sold unseen explains what is missing; nothing explains the rest. */
function found(
  { sku, place, change, ...why }: { sku: string; place: string; change: number; cause: Line["cause"]; by?: string },
  stock: SkuStock,
): Line[] {
  if (change > 0) return [{ sku, ...why, quantity: change, from: "unknown", to: place }];
  const explained = Math.min(-change, owed(stock));
  return some([
    { sku, ...why, quantity: explained, from: place, to: "hands" },
    { sku, ...why, quantity: -change - explained, from: place, to: "unknown" },
  ]);
}

const some = (lines: Line[]) => lines.filter(({ quantity }) => quantity > 0);

function ofCount(event: EventOf<"stock-counted">, before: StockState): Line[] {
  const { sku, count, by } = event;
  const stock = before.skus.get(sku);
  if (!stock) return nothing;
  const key = placeKey(event.shelf, event.plate);
  const change = count - (stock.places.get(key)?.count ?? 0);
  const lines =
    change === 0
      ? []
      : found({ sku, place: shelfAccount(event.shelf, event.plate), change, cause: "count", by }, stock);
  if (stock.tagged.size > 0) lines.push(...ofRails(sku, stock, before, { key, count }));
  return lines;
}

/** One line a product: what is sold and taken back in one breath never moved. */
export function inOne(lines: Lines): Lines {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}

function ofSale({ sku, quantity }: Lines[number], { by, at }: EventOf<"sale-made">, before: StockState): Line[] {
  const stock = stockOf(before, sku);
  if (quantity < 0) {
    const ours = Math.min(-quantity, stock?.balances.get("sold") ?? 0);
    return some([
      { sku, cause: "return", quantity: ours, from: "sold", to: "hands", by },
      { sku, cause: "return", quantity: -quantity - ours, from: "unknown", to: "hands", by },
    ]);
  }
  const collected = stock ? collectedBefore(stock, { quantity, at }) : 0;
  return taken(stock, quantity - collected).map((line) => ({ sku, cause: "sale", ...line, to: "sold", by }));
}

/**
 * Where goods come from that somebody says have left. What a scale or an antenna watches left it into hands; it may yet have
 * to notice, so that `hands` goes below nothing until it does. Otherwise they leave the shelves that people counted.
 */
function taken(stock: SkuStock | undefined, quantity: number): { from: string; quantity: number }[] {
  if (stock && isWatched(stock)) return quantity > 0 ? [{ from: "hands", quantity }] : [];
  const sources: { from: string; quantity: number }[] = [];
  let left = quantity;
  const take = (from: string, most: number) => {
    const some = Math.min(left, most);
    if (some <= 0) return;
    sources.push({ from, quantity: some });
    left -= some;
  };
  if (stock) {
    take("hands", held(stock));
    for (const [key, { count }] of stock.places) take(`shelf:${key}`, count);
    take("stockroom", stock.balances.get("stockroom") ?? 0);
  }
  take("unknown", left);
  return sources;
}

/** Broken goods are in hands, or else in the stockroom; what lay on a watched shelf was seen to leave it. */
function ofWriteOff({ sku, quantity, by, key }: EventOf<"stock-written-off">, before: StockState): Line[] {
  if (key !== undefined && before.done.has(`write-off:${key}`)) return nothing;
  const stock = stockOf(before, sku);
  const line = { sku, cause: "shrink", to: "lost", by } as const;
  if (!stock || !isWatched(stock)) return taken(stock, quantity).map((source) => ({ ...line, ...source }));
  const behind = Math.max(0, Math.min(quantity - held(stock), stock.balances.get("stockroom") ?? 0));
  return some([
    { ...line, quantity: quantity - behind, from: "hands" },
    { ...line, quantity: behind, from: "stockroom" },
  ]);
}

function ofReady({ reservationId, by }: EventOf<"reservation-ready">, before: StockState): Line[] {
  const reservation = before.reservations.get(reservationId);
  if (reservation?.state !== "made") return nothing;
  const { sku, quantity } = reservation;
  return taken(stockOf(before, sku), quantity).map((line) => ({ sku, cause: "move", ...line, to: "aside", by }));
}

/** What nobody came for is in the hands of whoever puts it back; where nothing watches, it is back at once. */
function ofEnd({ reservationId, reason }: EventOf<"reservation-ended">, before: StockState): Line[] {
  const reservation = before.reservations.get(reservationId);
  if (reservation?.state !== "ready") return nothing;
  const { sku, quantity } = reservation;
  const stock = stockOf(before, sku);
  if (reason === "collected") {
    const paid = stock ? Math.min(quantity, owed(stock)) : 0;
    return some([
      { sku, cause: "move", quantity: paid, from: "aside", to: "hands" },
      { sku, cause: "sale", quantity: quantity - paid, from: "aside", to: "sold" },
    ]);
  }
  const counted = stock && !isWatched(stock) ? [...stock.places.keys()][0] : undefined;
  const to = counted === undefined ? "hands" : `shelf:${counted}`;
  return [{ sku, cause: "move", quantity, from: "aside", to }];
}

function ofPlanogram({ shelves }: EventOf<"planogram-changed">, before: StockState): Line[] {
  const homes = new Map<string, Set<string>>();
  for (const { id, plates } of shelves) {
    for (const { plate, sku } of plates) {
      const known = homes.get(sku) ?? new Set();
      homes.set(sku, known.add(`${id}/${plate}`));
    }
  }
  return [...before.skus].flatMap(([sku, stock]) =>
    stock.tagged.size === 0 ? [] : ofRails(sku, stock, before, { homes: homes.get(sku) ?? new Set() }),
  );
}

/** At closing: what a shop without a till has surely sold, and what left without anybody seeing it. */
function ofSettling({ sku, quantity }: Lines[number], before: StockState): Line[] {
  const stock = stockOf(before, sku);
  if (!stock) return nothing;
  const away = Math.min(quantity, held(stock));
  const end = isWatched(stock)
    ? ({ cause: "sale", to: "sold" } as const)
    : ({ cause: "correction", to: "unknown" } as const);
  return some([
    { sku, cause: "correction", quantity: Math.min(-quantity, owed(stock)), from: "unknown", to: "hands" },
    { sku, ...end, quantity: away, from: "hands" },
  ]);
}
