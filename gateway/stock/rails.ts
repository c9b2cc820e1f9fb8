import type { EventOf } from "../events.ts";
import type { SkuStock, StockState } from "./goods.ts";
import type { Line } from "./ledger.ts";

// Garments that hang where only antennas hear them.

const nothing: Line[] = [];

/** What is in hands, never below nothing: nobody can put back what nobody holds. */
export const held = (stock: SkuStock) => Math.max(0, stock.balances.get("hands") ?? 0);

type Override = { key?: string; count?: number; tags?: ReadonlyMap<string, number>; homes?: ReadonlySet<string> };

/**
 * How many garments of a zone only their tags count. None where the product has a counted place of its own, wherever that is:
 * what an antenna hears then hangs on its scale, or somebody carries it about. Otherwise those that lie on no plate as strays.
 */
function onRail(zone: string, stock: SkuStock, { zones }: StockState, what: Override): number {
  let strays = 0;
  const isHome = (key: string) => (what.homes ? what.homes.has(key) : stock.homes.has(key));
  for (const [key, { shelf, count }] of stock.places) {
    if (key === what.key) continue;
    if (isHome(key)) return 0;
    if (zones.get(shelf) === zone) strays += count;
  }
  if (what.key !== undefined) {
    if (isHome(what.key)) return 0;
    if (zones.get(what.key.slice(0, what.key.lastIndexOf("/"))) === zone) strays += what.count ?? 0;
  }
  const tags = what.tags?.get(zone) ?? stock.tagged.get(zone) ?? 0;
  return Math.max(0, tags - strays);
}

/** Shelves have changed beneath the tags: what they count is taken anew. */
export function ofRails(sku: string, stock: SkuStock, before: StockState, what: Override): Line[] {
  const lines: Line[] = [];
  for (const zone of stock.tagged.keys()) {
    const change = onRail(zone, stock, before, what) - (stock.balances.get(`zone:${zone}`) ?? 0);
    const rail = `zone:${zone}`;
    if (change > 0) lines.push({ sku, cause: "correction", quantity: change, from: "unknown", to: rail });
    if (change < 0) lines.push({ sku, cause: "correction", quantity: -change, from: rail, to: "unknown" });
  }
  return lines;
}

/** A garment that comes was in another zone, in somebody's hands, or in the stockroom, or nobody knows. */
export function ofArrival(event: EventOf<"tag-arrived"> | EventOf<"tag-moved">, before: StockState): Line[] {
  const { sku, epc, zone } = event;
  const stock = before.skus.get(sku);
  const previous = stock?.tags.get(epc);
  if (!stock || previous === zone) return nothing;
  const left = previous === undefined ? 0 : -changeOnRail(previous, -1, stock, before);
  const come = changeOnRail(zone, 1, stock, before);
  const to = `zone:${zone}`;
  if (left > 0 && come > 0) return [{ sku, cause: "move", quantity: 1, from: `zone:${previous}`, to }];
  if (left > 0) return [{ sku, cause: "tag", quantity: 1, from: `zone:${previous}`, to: "hands" }];
  if (come <= 0) return nothing;
  const from = held(stock) > 0 ? "hands" : (stock.balances.get("stockroom") ?? 0) > 0 ? "stockroom" : "unknown";
  return [{ sku, cause: "tag", quantity: 1, from, to }];
}

export function ofDeparture(event: EventOf<"tag-departed">, before: StockState): Line[] {
  const { sku, epc } = event;
  const stock = before.skus.get(sku);
  const zone = stock?.tags.get(epc);
  if (!stock || zone === undefined || changeOnRail(zone, -1, stock, before) >= 0) return nothing;
  return [{ sku, cause: "tag", quantity: 1, from: `zone:${zone}`, to: "hands" }];
}

function changeOnRail(zone: string, tags: 1 | -1, stock: SkuStock, before: StockState): number {
  const after = new Map([[zone, (stock.tagged.get(zone) ?? 0) + tags]]);
  return onRail(zone, stock, before, { tags: after }) - (stock.balances.get(`zone:${zone}`) ?? 0);
}
