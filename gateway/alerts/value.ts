import type { AlertKind } from "../events.ts";
import type { Place } from "./state.ts";
import type { AlertsWorld } from "./world.ts";

type Demand = Pick<AlertsWorld, "priceOf" | "expectedNextHour" | "onShelf">;

/** A minimum is meant to last until somebody comes by again. */
const roundHours = 4;
const leastPerHour = 0.25;

/** Pieces expected to leave in the next hour; without a forecast, what the planogram's minimum implies. */
export function expectedInHour({ sku, facing }: Pick<Place, "sku" | "facing">, world: Demand): number {
  return world.expectedNextHour(sku) ?? Math.max(leastPerHour, (facing?.minimum ?? 0) / roundHours);
}

/**
 * Minor units at stake in the next hour at one place:
 *
 *     value = price × expected pieces in the next hour × share lost × weight
 *
 * - share lost: 1 when nothing is there; with `count` pieces left and `level` the count at which it became low,
 *   1 − count / (level + 1), so that the last pieces weigh most.
 * - weight: 2 for an empty place, because the shop also looks sold out; 1 if the same product stands elsewhere, and for
 *   all others.
 * - misplaced goods: the pieces that would have sold within the hour, had they stood where people look for them.
 */
export function placeValue(kind: AlertKind, place: Place, level: number, world: Demand): number {
  const { sku, count = 0 } = place;
  const perHour = expectedInHour(place, world);
  const price = world.priceOf(sku) ?? 0;
  if (kind === "misplaced") return Math.round(price * Math.min(count, perHour));
  const lost = kind === "low" ? perHour * Math.max(0, 1 - count / (level + 1)) : perHour;
  const isElsewhere = world.onShelf(sku) > count;
  return Math.round(price * lost * (kind === "empty" && !isElsewhere ? 2 : 1));
}

/** What the pieces cost in the shop. */
export function priceOfAll(lines: readonly { sku: string; quantity: number }[], world: Demand): number {
  return Math.round(lines.reduce((sum, { sku, quantity }) => sum + (world.priceOf(sku) ?? 0) * Math.abs(quantity), 0));
}
