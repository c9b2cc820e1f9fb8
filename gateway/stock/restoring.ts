import { newStock, type SkuStock, type StockState, type StoredReservation } from "./goods.ts";
import { book } from "./ledger.ts";
import { ofRails } from "./rails.ts";
import { reservationMs } from "./stock.ts";

/** A product as versions before the ledger saved it. */
type OlderStock = Pick<SkuStock, "places" | "tags" | "reserved" | "at"> & Partial<SkuStock>;
type OlderReservation = Pick<StoredReservation, "sku" | "quantity" | "key" | "at"> & Partial<StoredReservation>;

/** Whether goods may still be where they were. */
type Stands = (place: { sku: string; shelf: string; plate: number }) => boolean;

/**
 * What was saved, into the stock of today's catalogue and planogram. Of a place that is gone, the goods are nowhere we know
 * of. A product that left the catalogue keeps its ledger until it comes back.
 */
export function restoreStock(today: StockState, saved: Partial<StockState>, stands: Stands) {
  const { zones: _, skus = new Map(), unlisted = new Map(), ...rest } = saved;
  Object.assign(today, rest);
  today.reservations = new Map([...today.reservations].map(([id, made]) => [id, withTime(made)]));
  for (const [sku, before] of [...unlisted, ...skus]) {
    const fresh = today.skus.get(sku);
    const stock = takeOver(today, { sku, before, fresh: fresh ?? newStock() }, stands);
    if (!fresh) today.unlisted.set(sku, stock);
  }
  for (const { sku, quantity, state } of today.reservations.values()) {
    const stock = today.skus.get(sku);
    if (stock && state === "made") stock.reserved += quantity;
  }
}

function withTime(made: OlderReservation): StoredReservation {
  return { state: "made", changedAt: made.at, expiresAt: made.at + reservationMs, ...made };
}

type Taken = { sku: string; fresh: SkuStock; before: OlderStock };

function takeOver(today: StockState, { sku, fresh, before }: Taken, stands: Stands): SkuStock {
  const { homes } = fresh;
  Object.assign(fresh, newStock(), before, { homes, reserved: 0 });
  fresh.tagged = new Map();
  for (const zone of fresh.tags.values()) fresh.tagged.set(zone, (fresh.tagged.get(zone) ?? 0) + 1);
  if (!before.balances) openLedger(fresh);
  for (const [key, place] of fresh.places) {
    const { shelf, plate } = place;
    if (homes.has(key)) delete place.stray;
    else if (place.count > 0 && stands({ sku, shelf, plate })) place.stray = true;
    else {
      const line = { sku, cause: "correction", quantity: place.count, from: `shelf:${key}`, to: "unknown" } as const;
      if (place.count > 0) book(today, fresh, line, { at: fresh.at });
      fresh.places.delete(key);
    }
  }
  for (const line of ofRails(sku, fresh, today, {})) book(today, fresh, line, { at: fresh.at });
  return fresh;
}

/** An earlier version counted and kept no ledger: what stands there comes from where we do not know. */
function openLedger(stock: SkuStock) {
  let sum = 0;
  for (const { count } of stock.places.values()) sum += count;
  if (sum !== 0) stock.balances.set("unknown", -sum);
}
