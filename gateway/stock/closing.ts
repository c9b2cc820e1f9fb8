import type { DomainEvent } from "../events.ts";
import type { Lines, StockState } from "./goods.ts";
import { isWatched } from "./goods.ts";
import { dayMs, type Hours, lastTidied } from "./hours.ts";

const linesAtOnce = 200;
/** Of what nobody paid and nobody put back. */
export const notPaid = "not paid, not put back";

/**
 * Half an hour after closing nobody carries anything any more. Where the till told of sales that day, what is in hands still
 * was taken without one; a shop without a till has sold it. What left without being seen has left.
 */
export function decideClosing(state: StockState, now: number, hours: Hours): DomainEvent[] {
  let tidied: number | undefined;
  const lost: DomainEvent[] = [];
  const settled: Lines = [];
  for (const skus of [state.skus, state.unlisted]) {
    for (const [sku, stock] of skus) {
      const quantity = stock.balances.get("hands") ?? 0;
      if (quantity === 0) continue;
      tidied ??= lastTidied(now, hours);
      if (stock.handsAt >= tidied) continue;
      const hasTill = state.lastSaleAt !== undefined && state.lastSaleAt >= tidied - dayMs;
      if (quantity > 0 && hasTill && isWatched(stock))
        lost.push({ type: "stock-written-off", at: now, sku, quantity, reason: notPaid, by: "gateway" });
      else settled.push({ sku, quantity });
    }
  }
  const events = lost;
  for (let i = 0; i < settled.length; i += linesAtOnce)
    events.push({ type: "hands-settled", at: now, lines: settled.slice(i, i + linesAtOnce) });
  return events;
}
