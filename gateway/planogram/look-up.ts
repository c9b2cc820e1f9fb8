import type { Facing } from "../events.ts";
import type { PlannedShelf } from "./planogram.ts";

type Shelves = { readonly shelves: readonly PlannedShelf[] };
export type Home = { shelf: string; facing: Facing };
type Index = {
  /** "shelf/plate" -> what belongs there. */
  places: Map<string, Facing[]>;
  /** sku -> where it belongs. */
  homes: Map<string, Home[]>;
};

/** Made once for each planogram: a list of shelves is never changed in place. */
const indices = new WeakMap<readonly PlannedShelf[], Index>();
const none: never[] = [];

function indexOf({ shelves }: Shelves): Index {
  const known = indices.get(shelves);
  if (known) return known;
  const index: Index = { places: new Map(), homes: new Map() };
  for (const { id, plates } of shelves) {
    for (const facing of plates) {
      push(index.places, `${id}/${facing.plate}`, facing);
      push(index.homes, facing.sku, { shelf: id, facing });
    }
  }
  indices.set(shelves, index);
  return index;
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** What belongs on a plate. */
export const facingsAt = (planogram: Shelves, shelf: string, plate: number): readonly Facing[] =>
  indexOf(planogram).places.get(`${shelf}/${plate}`) ?? none;

/** This product's place on this plate; undefined where it does not belong. */
export const facingOf = (planogram: Shelves, at: { shelf: string; plate: number; sku: string }): Facing | undefined =>
  facingsAt(planogram, at.shelf, at.plate).find(({ sku }) => sku === at.sku);

/** Every place where a product belongs. */
export const homesOf = (planogram: Shelves, sku: string): readonly Home[] => indexOf(planogram).homes.get(sku) ?? none;
