import type { PlanogramSummary } from "#wire/stock-views.ts";
import type { Shop } from "#wire/views.ts";
import { clockTime } from "../../look/time.ts";
import { staffName } from "../words.ts";

/** "Version 3, by Mia, 22 November 14:20. For the weekend" */
export function versionWords({ version, at, by, note }: Omit<PlanogramSummary, "changes">, shop: Shop): string {
  if (version === 0) return "As the shop’s file has it.";
  const who = by === "file" ? "from the shop’s file" : `by ${staffName(by, shop)}`;
  const day = new Date(at).toLocaleDateString(shop.locale, { day: "numeric", month: "long", timeZone: shop.timeZone });
  return `Version ${version}, ${who}, ${day} ${clockTime(at, shop)}.${note && by !== "file" ? ` ${note}` : ""}`;
}
