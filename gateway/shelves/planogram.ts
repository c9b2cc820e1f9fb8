import type { Facing } from "../events.ts";
import { type PlateSignal, silentPlate } from "./plate-signal.ts";

/** One product on one plate. */
export type Goods = {
  sku: string;
  /** Of the catalogue; 0: nobody knows it, and it is never counted by weight. */
  unitGrams: number;
  /** 0 where the planogram does not want it. */
  capacity: number;
  /** Its middle and its width on the plate, both as shares of the plate. */
  x: number;
  width: number;
  /** Left out by the scale so far: nobody knows. */
  count: number | undefined;
  /** It does not belong here by the planogram. */
  stray: boolean;
};

export type PlateState = {
  shelf: string;
  plate: number;
  goods: Goods[];
  /** Grams that are not goods: set when someone counted by hand and the scale disagreed. */
  tareGrams: number;
  boot: number | undefined;
  seq: number | undefined;
  doubted: boolean;
  /** The scale that this memory is of; another one starts anew. */
  scale: string | undefined;
  signal: PlateSignal;
};

/** device -> plate number -> plate. */
export type Plates = Map<string, Map<number, PlateState>>;

/** What the planogram says and what does not change with it: which device lies under a shelf, what a product weighs. */
export type ShelvesConfig = {
  shelves: { id: string; deviceId: string; facings: Facing[] }[];
  gramsOf(sku: string): number | undefined;
};

/**
 * Makes the plates be as the planogram says. What is known of a facing that stays is kept; goods that no longer belong
 * become strays; a plate that lost its facings is still there, and so is what stands on it.
 */
export function arrange(
  devices: Plates,
  config: ShelvesConfig,
  planogram: readonly { id: string; plates: readonly Facing[] }[],
) {
  const facingsOf = new Map(planogram.map(({ id, plates }) => [id, plates]));
  for (const { id, deviceId } of config.shelves) {
    const plates = devices.get(deviceId) ?? new Map<number, PlateState>();
    devices.set(deviceId, plates);
    const wanted = new Map<number, Facing[]>();
    for (const facing of facingsOf.get(id) ?? [])
      wanted.set(facing.plate, [...(wanted.get(facing.plate) ?? []), facing]);
    for (const number of wanted.keys())
      if (!plates.has(number)) plates.set(number, emptyPlate({ shelf: id, plate: number, deviceId }));
    for (const [number, plate] of plates) plate.goods = goodsOf(plate.goods, wanted.get(number) ?? [], config);
    // in the order in which they lie
    const inOrder = [...plates].sort(([a], [b]) => a - b);
    plates.clear();
    for (const [number, plate] of inOrder) plates.set(number, plate);
  }
}

function goodsOf(before: Goods[], facings: readonly Facing[], { gramsOf }: ShelvesConfig): Goods[] {
  const share = 1 / Math.max(1, facings.length);
  // of a product that is new on a plate whose goods are known, nobody has put any there yet
  const none = before.some(({ count }) => count !== undefined) ? 0 : undefined;
  const goods = facings.map(({ sku, capacity, x, width = share }, index): Goods => {
    const count = before.find((old) => old.sku === sku)?.count ?? none;
    const middle = x ?? (index + 0.5) * share;
    return { sku, unitGrams: gramsOf(sku) ?? 0, capacity, x: middle, width, count, stray: false };
  });
  for (const old of before) {
    if ((old.count ?? 0) > 0 && !goods.some(({ sku }) => sku === old.sku))
      goods.push({ ...old, capacity: 0, stray: true });
  }
  return goods;
}

function emptyPlate({ shelf, plate, deviceId }: { shelf: string; plate: number; deviceId: string }): PlateState {
  return {
    ...{ shelf, plate, goods: [], tareGrams: 0, doubted: false, scale: deviceId },
    ...{ boot: undefined, seq: undefined, signal: silentPlate() },
  };
}
