import type { Facing } from "../events.ts";
import type { Home, SkuStock, StockState } from "./goods.ts";

/**
 * Makes every product be at home where the planogram says. What stands where it has no home any more stays as a stray, a
 * place with nothing on it leaves, and a stray that comes home is home. Doing it twice changes nothing.
 */
export function restHome(state: StockState, shelves: readonly { id: string; plates: readonly Facing[] }[]) {
  const homes = homesOf(shelves);
  for (const [sku, stock] of state.skus) {
    stock.homes = homes.get(sku) ?? new Map();
    for (const [key, place] of stock.places) {
      if (stock.homes.has(key)) delete place.stray;
      else if (place.count === 0) stock.places.delete(key);
      else place.stray = true;
    }
  }
}

/** A product that has two facings on one plate is at home there once. */
function homesOf(shelves: readonly { id: string; plates: readonly Facing[] }[]): Map<string, SkuStock["homes"]> {
  const homes = new Map<string, Map<string, Home>>();
  for (const { id: shelf, plates } of shelves) {
    for (const { sku, plate, capacity, minimum } of plates) {
      const mine = homes.get(sku) ?? new Map<string, Home>();
      homes.set(sku, mine);
      const key = `${shelf}/${plate}`;
      const beside = mine.get(key);
      mine.set(key, {
        ...{ shelf, plate },
        capacity: capacity + (beside?.capacity ?? 0),
        minimum: minimum + (beside?.minimum ?? 0),
      });
    }
  }
  return homes;
}
