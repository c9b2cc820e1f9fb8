import type { StockItem } from "#wire/views.ts";
import type { Views } from "./ports.ts";

/** The item with this number, with fewer or more leading zeros: a till may say GTIN-14 where the catalogue says GTIN-13. */
export function itemOfGtin(views: Pick<Views, "byGtin">, gtin: string): StockItem | undefined {
  const digits = gtin.replace(/^0+/, "");
  const padded = [8, 12, 13, 14].filter((length) => length >= digits.length).map((n) => digits.padStart(n, "0"));
  return [...new Set([gtin, ...padded])].map(views.byGtin).find(Boolean);
}
