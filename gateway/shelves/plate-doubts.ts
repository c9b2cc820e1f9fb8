import type { DomainEvent } from "../events.ts";
import { hasUnknownGoods, whyImpossible } from "./levels.ts";
import type { PlateState } from "./planogram.ts";
import { type CountingRules, round, type Shelf } from "./shelves-state.ts";

/** Why nothing can be counted by this weight. */
export function whyUncountable(plate: PlateState, grams: number, rules: CountingRules): string | undefined {
  const unknown = hasUnknownGoods(plate);
  return unknown ? `nobody knows what one ${unknown.sku} weighs` : whyImpossible(plate, grams, rules);
}

/** Says once that a plate is not believed; true when it is. */
export function doubtPlate(
  events: DomainEvent[],
  plate: PlateState,
  { grams, reason }: { grams: number; reason: string | undefined },
): boolean {
  if (reason === undefined) return true;
  const [first] = plate.goods;
  if (plate.doubted || !first) return false;
  const { shelf, plate: number, signal } = plate;
  events.push({
    ...{ type: "plate-doubted", at: signal.at, shelf, plate: number, sku: first.sku },
    ...{ grams: round(grams), reason },
  });
  return false;
}

/** A plate that was not believed says again what it said before. */
export function believeAgain(events: DomainEvent[], plate: PlateState, { source }: Shelf) {
  const { shelf, plate: number, signal } = plate;
  const goods = plate.goods.find(({ count }) => count !== undefined);
  if (goods?.count === undefined) return;
  const { sku, count } = goods;
  events.push({
    ...{ type: "stock-changed", at: signal.at, shelf, plate: number, sku, count, previous: count },
    ...{ grams: round(signal.level ?? 0), confidence: 0.9, source, cause: "correction" },
  });
}
