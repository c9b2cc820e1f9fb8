import type { LedgerEntry } from "#wire/stock-views.ts";
import type { Place, SkuStock, StockState } from "./goods.ts";

/**
 * Goods move between accounts, so that of each product all accounts together are always nothing. Accounts: one a place
 * ("shelf:<shelf>/<plate>"), one a zone with garments that only their tags count ("zone:<zone>"), and `hands`, `stockroom`,
 * `aside`, `sold`, `lost`, `outside`, `unknown`.
 */
export type Line = {
  sku: string;
  cause: LedgerEntry["cause"];
  /** Above 0. */
  quantity: number;
  from: string;
  to: string;
  by?: string;
};

const mostKept = 50;
const leastKept = 10;
const keptInAll = 20_000;

/** So many lines of each product stay in memory; a large shop keeps fewer of each. All are in the journal. */
export const entriesKept = (products: number): number =>
  Math.min(mostKept, Math.max(leastKept, Math.floor(keptInAll / Math.max(1, products))));

const shelfPrefix = "shelf:";

export function balanceOf(stock: SkuStock, account: string): number {
  if (account.startsWith(shelfPrefix)) return stock.places.get(account.slice(shelfPrefix.length))?.count ?? 0;
  return stock.balances.get(account) ?? 0;
}

/** Every account that is not at nothing. */
export function balancesOf(stock: SkuStock): Map<string, number> {
  const all = new Map<string, number>();
  for (const [place, { count }] of stock.places) if (count !== 0) all.set(shelfPrefix + place, count);
  for (const [account, balance] of stock.balances) all.set(account, balance);
  return all;
}

/** `journalId` is known once the event is on disk; only then the line is kept for reading. */
export function book(state: StockState, stock: SkuStock, line: Line, moment: { at: number; journalId?: number }) {
  move(stock, line.from, -line.quantity);
  move(stock, line.to, line.quantity);
  if (line.from === "hands" || line.to === "hands") stock.handsAt = moment.at;
  const { at, journalId } = moment;
  if (journalId === undefined) return;
  const { cause, quantity, from, to, by } = line;
  const entry: LedgerEntry = { at, journalId, cause, quantity, from, to };
  if (by !== undefined) entry.by = by;
  stock.entries.push(entry);
  if (stock.entries.length > entriesKept(state.skus.size)) stock.entries.shift();
}

function move(stock: SkuStock, account: string, change: number) {
  if (account.startsWith(shelfPrefix)) {
    const key = account.slice(shelfPrefix.length);
    const place = stock.places.get(key) ?? newPlace(stock, key);
    place.count += change;
    if (place.count === 0 && place.stray) stock.places.delete(key);
    return;
  }
  const balance = (stock.balances.get(account) ?? 0) + change;
  if (balance === 0) stock.balances.delete(account);
  else stock.balances.set(account, balance);
}

/** At a place where it is not at home it is a stray. */
export function newPlace(stock: SkuStock, key: string): Place {
  const slash = key.lastIndexOf("/");
  const place: Place = { shelf: key.slice(0, slash), plate: Number(key.slice(slash + 1)), count: 0, confidence: 1 };
  if (!stock.homes.has(key)) place.stray = true;
  stock.places.set(key, place);
  return place;
}
