import type { Goods, PlateState, Plates } from "./planogram.ts";
import { silentPlate } from "./plate-signal.ts";
import type { ShelvesState } from "./shelves-state.ts";
import type { UnitWeights } from "./unit-weights.ts";

/** A plate as versions before facings saved it: one product, and its count beside its number. */
type OlderPlate = { sku?: string; count?: number; unitGrams?: number; signal: { stableGrams?: number } };

/**
 * What was saved, into the plates of today's planogram: counts, tares and levels of facings that stayed. A plate whose
 * products the file changed starts anew, and a product whose catalogue weight was corrected is counted anew. `isEdited`: the
 * planogram is the saved one, and so are the plates that it or an earlier one had.
 */
export function restoreShelves(today: ShelvesState, saved: Partial<ShelvesState>, isEdited: boolean) {
  const { devices, ...rest } = saved;
  for (const [name, part] of Object.entries(rest))
    if (part !== undefined && !Array.isArray(part)) Object.assign(today, { [name]: part });
  for (const [deviceId, plates] of today.devices) {
    for (const [number, plate] of plates) {
      const before = devices?.get(deviceId)?.get(number);
      if (before?.shelf === plate.shelf) takeOver(plate, before, { isEdited, weights: today.weights });
    }
    for (const [number, before] of (isEdited && devices?.get(deviceId)) || []) {
      if (plates.has(number)) continue;
      plates.set(number, { ...before, goods: [], signal: silentPlate() });
      takeOver(plates.get(number) ?? before, before, { isEdited, weights: today.weights });
    }
    const inOrder = [...plates].sort(([a], [b]) => a - b);
    plates.clear();
    for (const [number, plate] of inOrder) plates.set(number, plate);
  }
}

/** What happened, with where the plates stand by now: they creep, and only what was counted is written down. */
export function withLevels(happened: ShelvesState, remembered: ShelvesState): ShelvesState {
  const devices: Plates = new Map();
  for (const [deviceId, plates] of happened.devices) {
    const standing = new Map(plates);
    devices.set(deviceId, standing);
    for (const [number, plate] of plates) {
      const level = remembered.devices.get(deviceId)?.get(number)?.signal.level;
      if (level !== undefined) standing.set(number, { ...plate, signal: { ...plate.signal, level } });
    }
  }
  return { ...happened, devices, foreign: remembered.foreign };
}

function takeOver(
  plate: PlateState,
  before: PlateState & OlderPlate,
  { isEdited, weights }: { isEdited: boolean; weights: UnitWeights },
) {
  const known = before.goods ?? olderGoods(before);
  if (!isEdited && !plate.goods.some(({ sku }) => known.some((old) => old.sku === sku))) return;
  const { tareGrams, boot, seq, doubted, scale } = before;
  const level = before.signal.level ?? before.signal.stableGrams;
  Object.assign(plate, { tareGrams, boot, seq, doubted, scale });
  // a record brings what its plates were feeling; a snapshot only where they stood
  plate.signal = { ...silentPlate(), ...before.signal, level };
  for (const goods of plate.goods) {
    const old = known.find(({ sku }) => sku === goods.sku);
    if (!old) continue;
    goods.count = old.count;
    if (old.unitGrams === goods.unitGrams) continue;
    // counted anew by what the plate shows
    plate.signal = silentPlate();
    weights.delete(goods.sku);
  }
  for (const stray of before.goods ?? [])
    if (stray.stray && !plate.goods.some(({ sku }) => sku === stray.sku)) plate.goods.push({ ...stray });
}

const olderGoods = ({ sku = "", count, unitGrams = 0 }: OlderPlate): Pick<Goods, "sku" | "count" | "unitGrams">[] => [
  { sku, count, unitGrams },
];
