import type { Facing } from "../events.ts";

/** What an edited planogram must fit. Lengths are millimetres; what is not known is not checked. */
export type PlanogramRules = {
  /** In the order of the configuration. */
  shelves: ReadonlyMap<string, { plateMm?: readonly [width: number, depth: number] }>;
  product(sku: string): PlannedProduct | undefined;
  /** A product of nearly this name. */
  nearest(sku: string): string | undefined;
};
export type PlannedProduct = { grams?: number; widthMm?: number; depthMm?: number; stack?: number };
/** `field` is the path in what was sent: "shelves[2].plates[0].capacity". */
export type Mistake = { field: string; detail: string };

export const limits = { plates: 64, facings: 64, capacity: 500, plateKg: 100 } as const;
/** More than anybody reads at once. */
const mistakesTold = 200;
/** Of rounding where shares are typed by hand. */
const graceShare = 0.005;

/** Every mistake of a planogram, in the order of what was sent. */
export function checkPlanogram(shelves: readonly { id: string; plates: Facing[] }[], rules: PlanogramRules): Mistake[] {
  const mistakes: Mistake[] = [];
  const seen = new Set<string>();
  for (const [index, shelf] of shelves.entries()) {
    const path = `shelves[${index}]`;
    const say = (field: string, detail: string) => mistakes.push({ field: `${path}.${field}`, detail });
    if (!rules.shelves.has(shelf.id)) say("id", `There is no shelf ${shelf.id}.`);
    if (seen.has(shelf.id)) say("id", `Shelf ${shelf.id} is named twice.`);
    seen.add(shelf.id);
    if (shelf.plates.length > limits.facings)
      say("plates", `Shelf ${shelf.id} has ${shelf.plates.length} places; ${limits.facings} is the most.`);
    for (const [at, facing] of shelf.plates.entries()) {
      checkFacing(facing, rules, (f, d) => say(`plates[${at}].${f}`, d));
      // a table may have thousands of wrong lines, and a name is looked for in the whole catalogue for each
      if (mistakes.length > mistakesTold) return mistakes.slice(0, mistakesTold);
    }
    checkPlates(shelf, rules, say);
    if (mistakes.length > mistakesTold) return mistakes.slice(0, mistakesTold);
  }
  return mistakes;
}

type Say = (field: string, detail: string) => void;

function checkFacing({ plate, sku, capacity, minimum, x, width }: Facing, rules: PlanogramRules, say: Say) {
  if (!isWhole(plate, 1, limits.plates)) say("plate", `A plate has a number from 1 to ${limits.plates}, not ${plate}.`);
  if (!rules.product(sku)) {
    const near = rules.nearest(sku);
    say("sku", `${sku} is not a product.${near === undefined ? "" : ` Did you mean ${near}?`}`);
  }
  const fits = isWhole(capacity, 1, limits.capacity);
  if (!fits) say("capacity", `A place holds from 1 to ${limits.capacity} pieces, not ${capacity}.`);
  if (!isWhole(minimum, 0, limits.capacity)) say("minimum", `The minimum is a whole number, not ${minimum}.`);
  else if (fits && minimum >= capacity)
    say("minimum", `${minimum} must be less than the capacity, ${capacity}: a full place would ask to be filled.`);
  if (x !== undefined && !(x >= 0 && x <= 1)) say("x", `x is a share of the plate, from 0 to 1, not ${x}.`);
  if (width !== undefined && !(width > 0 && width <= 1)) say("width", `width is a share of the plate, not ${width}.`);
}

function checkPlates({ id, plates }: { id: string; plates: Facing[] }, rules: PlanogramRules, say: Say) {
  const listed = plates.map((facing, at) => ({ ...facing, at }));
  for (const [plate, on] of Map.groupBy(listed, (facing) => facing.plate)) {
    const skus = new Set<string>();
    for (const { sku, at } of on) {
      if (skus.has(sku)) say(`plates[${at}].sku`, `${sku} stands twice on plate ${plate} of shelf ${id}.`);
      skus.add(sku);
    }
    for (const { at, detail } of crowding(on)) say(`plates[${at}].width`, `Plate ${plate} of shelf ${id}: ${detail}`);
    const grams = on.reduce((sum, { sku, capacity }) => sum + capacity * (rules.product(sku)?.grams ?? 0), 0);
    if (grams > limits.plateKg * 1000) {
      const kilograms = Math.round(grams / 1000);
      say(
        `plates[${on[0]?.at}].capacity`,
        `Plate ${plate} of shelf ${id} would carry ${kilograms} kg; 100 kg is the most.`,
      );
    }
    const plateMm = rules.shelves.get(id)?.plateMm;
    for (const { sku, capacity, width = 1 / on.length, at } of on) {
      const room = plateMm && roomFor(rules.product(sku), { widthMm: plateMm[0] * width, depthMm: plateMm[1] });
      if (room === undefined || capacity <= room || !(width > 0)) continue;
      const asks = `${capacity} of ${sku} are to stand on plate ${plate} of shelf ${id}, where ${room} fit.`;
      say(`plates[${at}].capacity`, asks);
    }
  }
}

/** How many pieces stand in such a space, by their width and depth; undefined where nobody knows. */
export function roomFor(
  product: PlannedProduct | undefined,
  { widthMm, depthMm }: { widthMm: number; depthMm: number },
): number | undefined {
  if (product?.widthMm === undefined || product.depthMm === undefined) return undefined;
  // half a millimetre of grace for rounded measurements
  const across = Math.floor((widthMm + 0.5) / product.widthMm);
  const behind = Math.floor((depthMm + 0.5) / product.depthMm);
  return across * behind * (product.stack ?? 1);
}

/** Places that reach into each other or over the edge. `x` is the middle of a place; judged where somebody has said it. */
export function crowding<F extends { sku: string; x?: number; width?: number }>(
  on: readonly F[],
): (F & { detail: string })[] {
  const found: (F & { detail: string })[] = [];
  const total = on.reduce((sum, { width }) => sum + (width ?? 0), 0);
  const [last] = on.filter(({ width }) => width !== undefined).slice(-1);
  if (last && total > 1 + graceShare) {
    found.push({ ...last, detail: `the widths come to ${Math.round(total * 100)} % of it.` });
    return found;
  }
  const placed = on.flatMap((facing) => {
    const { x, width } = facing;
    return x === undefined || width === undefined ? [] : [{ facing, from: x - width / 2, to: x + width / 2 }];
  });
  placed.sort((a, b) => a.from - b.from);
  for (const [index, { facing, from, to }] of placed.entries()) {
    const before = placed[index - 1];
    if (from < -graceShare || to > 1 + graceShare)
      found.push({ ...facing, detail: `${facing.sku} reaches over its edge.` });
    else if (before && from < before.to - graceShare)
      found.push({ ...facing, detail: `${facing.sku} stands in the place of ${before.facing.sku}.` });
  }
  return found;
}

const isWhole = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;
