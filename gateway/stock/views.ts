import type { LedgerEntry, Reservation } from "#wire/stock-views.ts";
import type { StockItem, StockPlace } from "#wire/views.ts";
import {
  availableOf,
  type EndedReservation,
  onShelf,
  type SkuStock,
  type StockState,
  type StoredReservation,
} from "./goods.ts";
import { balancesOf } from "./ledger.ts";

/** Tags are missed now and then; a rail is never quite sure. */
const railConfidence = 0.95;

type Counts = Omit<StockItem, "sku" | "gtin" | "name" | "size" | "colour" | "category" | "picture" | "price" | "style">;

/** What is known of a product's goods; its name and price are the catalogue's. */
export function stockCounts(stock: SkuStock): Counts {
  const places = [...stock.places].map(([key, place]): StockPlace => {
    const { capacity, minimum } = stock.homes.get(key) ?? { capacity: 0, minimum: 0 };
    const { shelf, plate, count, confidence, stray } = place;
    return { shelf, plate, count, capacity, minimum, confidence, ...(stray ? { stray } : {}) };
  });
  const onRails = [...stock.tagged.keys()].some((zone) => stock.balances.has(`zone:${zone}`));
  const setAside = stock.balances.get("aside") ?? 0;
  const inHands = stock.balances.get("hands") ?? 0;
  return {
    onShelf: onShelf(stock),
    reserved: stock.reserved,
    available: availableOf(stock),
    confidence: places.reduce((least, { confidence }) => Math.min(least, confidence), onRails ? railConfidence : 1),
    at: stock.at,
    places,
    ...(setAside > 0 ? { setAside } : {}),
    ...(inHands > 0 ? { inHands } : {}),
  };
}

/** The newest lines first, and what every account holds that is not at nothing. */
export function ledgerOf(stock: SkuStock, limit: number): { entries: LedgerEntry[]; balances: Record<string, number> } {
  return { entries: stock.entries.slice(-limit).reverse(), balances: Object.fromEntries(balancesOf(stock)) };
}

export function reservationView(state: StockState, id: string): Reservation | undefined {
  const found = state.reservations.get(id) ?? state.ended.get(id);
  return found && viewOf(id, found);
}

/** Those that are open, in the order they were made, then the last ones that are over, newest first. */
export function reservationViews(state: StockState): Reservation[] {
  const open = [...state.reservations].map(([id, reservation]) => viewOf(id, reservation));
  return [...open, ...[...state.ended].reverse().map(([id, reservation]) => viewOf(id, reservation))];
}

function viewOf(id: string, stored: StoredReservation | EndedReservation): Reservation {
  const { key: _, at: madeAt, changedAt: at, ...rest } = stored;
  return { id, ...rest, madeAt, at };
}
