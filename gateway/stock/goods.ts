import { placeNames } from "#wire/place-names.ts";
import type { LedgerEntry } from "#wire/stock-views.ts";

/** One product on one plate. `weighed`: a scale has counted it, so that nobody need say what leaves. */
export type Place = {
  shelf: string;
  plate: number;
  count: number;
  confidence: number;
  /** It does not belong here by the planogram. */
  stray?: true;
  weighed?: true;
};
/** Where the planogram wants it. */
export type Home = { shelf: string; plate: number; capacity: number; minimum: number };
export type SkuStock = {
  /** "shelf/plate" -> what was counted there; each is the account "shelf:<shelf>/<plate>". */
  places: Map<string, Place>;
  homes: Map<string, Home>;
  /** Garments by their tags: epc -> zone. */
  tags: Map<string, string>;
  /** zone -> how many of `tags` are there. */
  tagged: Map<string, number>;
  /** Held for customers and not fetched yet. */
  reserved: number;
  at: number;
  /** All accounts but the shelves', without those at nothing. */
  balances: Map<string, number>;
  /** When something last came into hands or left them. */
  handsAt: number;
  /** Handed over to customers who reserved, and not seen at the till yet, with when that was last: see `collectedBefore`. */
  unbilled: { quantity: number; at: number };
  /** The last lines of the ledger, oldest first; see `entriesKept`. */
  entries: LedgerEntry[];
};
export type StoredReservation = {
  sku: string;
  quantity: number;
  key: string;
  state: "made" | "ready";
  /** When it was made. */
  at: number;
  changedAt: number;
  expiresAt: number;
  label?: string;
  /** Who fetched it. */
  by?: string;
  /** Who asked: a person, or `channel:<id>`. */
  madeBy?: string;
};
export type EndedReservation = Omit<StoredReservation, "state" | "label"> & {
  state: "collected" | "expired" | "cancelled";
};
export type Lines = { sku: string; quantity: number }[];
export type StoredDelivery = {
  state: "expected" | "received";
  /** What was expected, and once it is there, what came. */
  lines: Lines;
  expectedAt: number;
  at: number;
  by: string;
};
export type StockState = {
  /** shelf -> zone, by the configuration. */
  zones: Map<string, string>;
  /** The catalogue. */
  skus: Map<string, SkuStock>;
  /** Sold or delivered, and in no catalogue; the oldest leave. */
  unlisted: Map<string, SkuStock>;
  reservations: Map<string, StoredReservation>;
  /** The last ones that are over, oldest first. */
  ended: Map<string, EndedReservation>;
  /** idempotency key -> reservation; oldest leave first. */
  keys: Map<string, string>;
  /** "sale:", "delivery:" or "write-off:" and a key -> what came of it, and a print of what was asked; oldest leave first. */
  done: Map<string, { id: string; print: string }>;
  deliveries: Map<string, StoredDelivery>;
  lastSaleAt: number | undefined;
};

/** Of a place in `SkuStock.places`, and of its account. */
export const placeKey = placeNames((shelf, plate) => `${shelf}/${plate}`);
export const shelfAccount = placeNames((shelf, plate) => `shelf:${shelf}/${plate}`);

const unlistedLimit = 500;

export const newStock = (): SkuStock => ({
  places: new Map(),
  homes: new Map(),
  tags: new Map(),
  tagged: new Map(),
  reserved: 0,
  at: 0,
  balances: new Map(),
  handsAt: 0,
  unbilled: { quantity: 0, at: 0 },
  entries: [],
});

export const stockOf = (state: StockState, sku: string): SkuStock | undefined =>
  state.skus.get(sku) ?? state.unlisted.get(sku);

/** What a till or a delivery names gets a ledger, also without a place in the catalogue. */
export function stockOrUnlisted(state: StockState, sku: string): SkuStock {
  const known = stockOf(state, sku);
  if (known) return known;
  const stock = newStock();
  state.unlisted.set(sku, stock);
  dropOldest(state.unlisted, unlistedLimit);
  return stock;
}

/** What stands on the shelves and hangs on the rails, before reservations. Garments that are weighed count once, by weight. */
export function onShelf(stock: SkuStock): number {
  let sum = 0;
  for (const place of stock.places.values()) sum += place.count;
  for (const zone of stock.tagged.keys()) sum += stock.balances.get(`zone:${zone}`) ?? 0;
  return sum;
}

/**
 * What can be promised to somebody: on the shelf, not reserved, and not sold or put aside already while no scale and no
 * antenna has noticed (then `hands` is below nothing).
 */
export function availableOf(stock: SkuStock): number {
  return Math.max(0, onShelf(stock) + Math.min(0, stock.balances.get("hands") ?? 0) - stock.reserved);
}

export const available = (state: StockState, sku: string): number => {
  const stock = state.skus.get(sku);
  return stock ? availableOf(stock) : 0;
};

/** A scale or an antenna sees this product leave; nobody need say so. */
export function isWatched(stock: SkuStock): boolean {
  if (stock.tags.size > 0) return true;
  for (const place of stock.places.values()) if (place.weighed) return true;
  return false;
}

const billedWithinMs = 12 * 60 * 60 * 1000;

/** Of what the till says was sold, how much is the goods of customers who had reserved: those are booked as sold already. */
export function collectedBefore(stock: SkuStock, { quantity, at }: { quantity: number; at: number }): number {
  const { unbilled } = stock;
  if (unbilled.quantity === 0 || at - unbilled.at > billedWithinMs) return 0;
  // other shoppers' hands first: who of them pays now makes no difference once all have
  const beyond = quantity - Math.max(0, stock.balances.get("hands") ?? 0);
  return Math.max(0, Math.min(beyond, unbilled.quantity));
}

/** What was paid before it was handed over is even already; the rest the till may yet tell. */
export function noteCollected(stock: SkuStock, { quantity, at }: { quantity: number; at: number }) {
  const paid = Math.min(quantity, Math.max(0, -(stock.balances.get("hands") ?? 0)));
  const before = at - stock.unbilled.at > billedWithinMs ? 0 : stock.unbilled.quantity;
  stock.unbilled = { quantity: before + quantity - paid, at };
}

/** Maps keep the order of insertion, so the first is the oldest. */
export function dropOldest<Key>(map: Map<Key, unknown>, limit: number) {
  if (map.size <= limit) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
