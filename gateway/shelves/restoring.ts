import type { ShelvesState } from "./counting.ts";
import type { Goods, PlateState } from "./planogram.ts";

/** A plate as versions before facings saved it: one product, and its count beside its number. */
type OlderPlate = { sku?: string; count?: number; unitGrams?: number };

/**
 * What was saved, into the plates of today's planogram: counts, tares and signals of facings that stayed. A plate whose
 * products changed starts anew, and a product whose catalogue weight was corrected is counted anew.
 */
export function restoreShelves(today: ShelvesState, saved: Partial<ShelvesState>) {
  today.boots = saved.boots ?? today.boots;
  for (const [deviceId, plates] of today.devices) {
    for (const [number, plate] of plates) {
      const before = saved.devices?.get(deviceId)?.get(number);
      if (before?.shelf === plate.shelf) takeOver(plate, before);
    }
  }
}

function takeOver(plate: PlateState, before: PlateState & OlderPlate) {
  const known = before.goods ?? olderGoods(before);
  if (!plate.goods.some(({ sku }) => known.some((old) => old.sku === sku))) return;
  const { tareGrams, boot, seq, doubted, scale } = before;
  Object.assign(plate, { tareGrams, boot, seq, doubted, scale, signal: { ...plate.signal, ...before.signal } });
  for (const goods of plate.goods) {
    const old = known.find(({ sku }) => sku === goods.sku);
    if (!old) continue;
    goods.count = old.count;
    if (old.unitGrams !== goods.unitGrams) plate.signal.stableGrams = undefined;
  }
}

const olderGoods = ({ sku = "", count, unitGrams = 0 }: OlderPlate): Pick<Goods, "sku" | "count" | "unitGrams">[] => [
  { sku, count, unitGrams },
];
