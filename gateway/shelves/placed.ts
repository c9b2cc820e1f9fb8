/** A piece whose place and weight are known, because somebody was felt putting it there. */
export type Placed = {
  sku: string;
  /** Middle of the piece along the row; plate numbers count from 0, a plate reaches half to either side. */
  x: number;
  grams: number;
  variance: number;
  stray: boolean;
  /** When it was put there. */
  at?: number;
};

/** A shelf; the oldest are forgotten first. */
const placedKept = 60;

export function place(list: Placed[], placed: Placed) {
  list.push(placed);
  if (list.length > placedKept) list.shift();
}

/** It was taken away again: the one nearest to where that was. Answers it. */
export function displace(list: Placed[], taken: { sku: string; x: number; grams?: number }): Placed | undefined {
  let found = -1;
  let least = 0.75;
  for (const [index, placed] of list.entries()) {
    if (placed.sku !== taken.sku) continue;
    const light = taken.grams === undefined ? 0 : Math.abs(taken.grams - placed.grams) / Math.sqrt(placed.variance + 1);
    const off = Math.abs(placed.x - taken.x) + 0.15 * light;
    if (off >= least) continue;
    least = off;
    found = index;
  }
  return found < 0 ? undefined : list.splice(found, 1)[0];
}
