import type { Planogram, PlanogramFacing } from "#wire/stock-views.ts";

/** Editing a planogram, as plain functions: none changes what it is given. */
export type Shelves = Planogram["shelves"];
/** One product's place. */
export type Spot = { shelf: string; plate: number; sku: string };
export type Direction = "left" | "right" | "up" | "down";

export const limits = { plates: 64, capacity: 500 } as const;
/** A place is never narrower than this share of its plate. */
const narrowest = 0.05;
const rounded = (share: number) => Math.round(share * 1_000) / 1_000;

export const platesOf = (shelves: Shelves, shelf: string): PlanogramFacing[] =>
  shelves.find(({ id }) => id === shelf)?.plates ?? [];
export const facingAt = (shelves: Shelves, { shelf, plate, sku }: Spot): PlanogramFacing | undefined =>
  platesOf(shelves, shelf).find((one) => one.plate === plate && one.sku === sku);
/** The number of a plate that is not in use yet; undefined when there are none left. */
export function nextPlate(plates: readonly { plate: number }[]): number | undefined {
  const highest = Math.max(0, ...plates.map(({ plate }) => plate));
  return highest < limits.plates ? highest + 1 : undefined;
}

/** To another plate or another spot on it; `index` counts from the left. Unchanged where it stands there already. */
export function move(shelves: Shelves, from: Spot, to: { shelf: string; plate: number; index?: number }): Shelves {
  const facing = facingAt(shelves, from);
  const isSamePlate = from.shelf === to.shelf && from.plate === to.plate;
  if (!facing || (!isSamePlate && facingAt(shelves, { ...to, sku: from.sku }))) return shelves;
  const { x: _x, width: _width, ...rest } = facing;
  const moved = isSamePlate ? facing : { ...rest, plate: to.plate };
  return insert(remove(shelves, from), to, moved);
}

export function remove(shelves: Shelves, { shelf, plate, sku }: Spot): Shelves {
  return onPlate(shelves, { shelf, plate }, (facings) => facings.filter((one) => one.sku !== sku));
}

/** A product joins a plate, at its right end. What it has elsewhere says how much room it wants. */
export function add(shelves: Shelves, { shelf, plate, sku }: Spot): Shelves {
  if (facingAt(shelves, { shelf, plate, sku })) return shelves;
  const elsewhere = shelves.flatMap(({ plates }) => plates).find((one) => one.sku === sku);
  const { capacity = 6, minimum = 1 } = elsewhere ?? {};
  return insert(shelves, { shelf, plate }, { plate, sku, capacity, minimum });
}

/** How many fit, and from how many on somebody fills: the minimum stays below the capacity. */
export function resize(shelves: Shelves, spot: Spot, next: { capacity?: number; minimum?: number }): Shelves {
  return onPlate(shelves, spot, (facings) =>
    facings.map((facing) => {
      if (facing.sku !== spot.sku) return facing;
      const capacity = between(next.capacity ?? facing.capacity, 1, limits.capacity);
      return { ...facing, capacity, minimum: between(next.minimum ?? facing.minimum, 0, capacity - 1) };
    }),
  );
}

/** Wider by a share of the plate, or narrower; its neighbours make room. Alone on its plate it has all of it. */
export function widen(shelves: Shelves, spot: Spot, by: number): Shelves {
  return onPlate(shelves, spot, (facings) => {
    const others = facings.length - 1;
    if (others < 1) return facings;
    const even = 1 / facings.length;
    const before = facings.find(({ sku }) => sku === spot.sku)?.width ?? even;
    const width = between(before + by, narrowest, 1 - others * narrowest);
    const rest = facings.reduce((sum, one) => (one.sku === spot.sku ? sum : sum + (one.width ?? even)), 0);
    return facings.map((one) => ({
      ...one,
      width: one.sku === spot.sku ? width : Math.max(narrowest, ((one.width ?? even) * (1 - width)) / rest),
    }));
  });
}

/** One step by the keyboard, over the plates as they are drawn: their numbers, `columns` side by side. */
export function step(
  shelves: Shelves,
  spot: Spot,
  direction: Direction,
  { numbers, columns }: { numbers: readonly number[]; columns: number },
): Spot & { index: number } {
  const plates = platesOf(shelves, spot.shelf);
  const here = plates.filter(({ plate }) => plate === spot.plate).map(({ sku }) => sku);
  const index = here.indexOf(spot.sku);
  const stay = { ...spot, index };
  const to = (at: number, end: "left" | "right") => {
    const plate = numbers[at];
    if (plate === undefined) return stay;
    if (plate === spot.plate) return stay;
    const there = plates.filter((one) => one.plate === plate).length;
    return { ...spot, plate, index: end === "left" ? 0 : there };
  };
  const at = numbers.indexOf(spot.plate);
  switch (direction) {
    case "left":
      return index > 0 ? { ...spot, index: index - 1 } : to(at - 1, "right");
    case "right":
      return index < here.length - 1 ? { ...spot, index: index + 1 } : to(at + 1, "left");
    case "up":
      return to(at - columns, "right");
    case "down":
      return to(at < numbers.length - columns ? at + columns : Math.max(at, numbers.length - 1), "right");
  }
}

/** My changes on top of what somebody else has saved; where both changed the same place, mine stands. */
export function rebase(base: Shelves, mine: Shelves, theirs: Shelves): Shelves {
  return theirs.map(({ id, plates }) => {
    const key = ({ plate, sku }: PlanogramFacing) => `${plate}/${sku}`;
    const before = new Map(platesOf(base, id).map((one) => [key(one), JSON.stringify(one)]));
    const own = new Map(platesOf(mine, id).map((one) => [key(one), one]));
    const kept = plates.flatMap((one) => {
      const place = key(one);
      const isRemoved = before.has(place) && !own.has(place);
      if (isRemoved) return [];
      const edited = own.get(place);
      return [edited && JSON.stringify(edited) !== before.get(place) ? edited : one];
    });
    const there = new Set(plates.map(key));
    const added = [...own].filter(([place]) => !before.has(place) && !there.has(place)).map(([, one]) => one);
    const all = [...kept, ...added];
    const tiled = [...new Set(all.map(({ plate }) => plate))].flatMap((plate) =>
      tile(all.filter((one) => one.plate === plate)),
    );
    return { id, plates: tiled.sort((a, b) => a.plate - b.plate) };
  });
}

function insert(
  shelves: Shelves,
  at: { shelf: string; plate: number; index?: number },
  facing: PlanogramFacing,
): Shelves {
  return onPlate(shelves, at, (facings) => facings.toSpliced(at.index ?? facings.length, 0, facing));
}

/** The plate with other facings; the shelf stays in the order of its plates. */
function onPlate(
  shelves: Shelves,
  { shelf, plate }: { shelf: string; plate: number },
  edit: (facings: PlanogramFacing[]) => PlanogramFacing[],
): Shelves {
  return shelves.map((one) => {
    if (one.id !== shelf) return one;
    const others = one.plates.filter((facing) => facing.plate !== plate);
    const here = tile(edit(one.plates.filter((facing) => facing.plate === plate)));
    return { ...one, plates: [...others, ...here].sort((a, b) => a.plate - b.plate) };
  });
}

/** Side by side: where one has a width, all have theirs, and together they fill the plate. */
function tile(facings: PlanogramFacing[]): PlanogramFacing[] {
  if (facings.length < 2 || facings.every(({ width }) => width === undefined)) {
    return facings.map(({ x: _x, width: _width, ...rest }) => rest);
  }
  const weights = facings.map(({ width }) => width ?? 1 / facings.length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let from = 0;
  return facings.map((facing, at) => {
    const width = (weights[at] ?? 0) / total;
    from += width;
    return { ...facing, x: rounded(from - width / 2), width: rounded(width) };
  });
}

const between = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
