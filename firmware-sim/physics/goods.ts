import type { Random } from "../random.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const usualCatalogueError = 0.05;
export const itemSpreadShare = 0.008;
/** Of a plate's width. */
const narrowest = 0.35;
const usuallyWidest = 0.9;
/** One product in ten is wider than a plate, and may rest on three. */
const wideShare = 0.1;
const widest = 1.3;
/** How far an item's middle may stand beyond its facing: its edge then rests on the neighbour's plate. */
const usualOverhang = 0.22;

/** A product as it truly is. Lengths on a shelf are in plates: plate 0 reaches from -0.5 to 0.5. */
export type Kind = { sku: string; catalogueGrams: number; grams: number; width: number };
/** One thing on a shelf: no two weigh the same. */
export type Item = { sku: string; grams: number; x: number; width: number };

/** The catalogue is off by up to this share, 0..1, for all items of a product alike. */
export function createKind(random: Random, sku: string, catalogueGrams: number, error = usualCatalogueError): Kind {
  const grams = catalogueGrams * (1 + random.between(-error, error));
  const isWide = random.chance(wideShare);
  const width = isWide ? random.between(usuallyWidest, widest) : random.between(narrowest, usuallyWidest);
  return { sku, catalogueGrams, grams, width };
}

export const weighItem = (kind: Kind, random: Random) => kind.grams * (1 + random.normal(0, itemSpreadShare));

/** Where something may stand: half of that place, and how far beyond its edge. */
export type Room = { half: number; overhang?: number };

/** How far from the middle of its place an item may stand. */
export const slackOf = (width: number, { half, overhang = usualOverhang }: Room = { half: 0.5 }) =>
  Math.max(0, half - width / 2) + overhang;

/** Somewhere in the place around `middle`. */
export function placeOn(middle: number, width: number, random: Random, room?: Room): number {
  const slack = slackOf(width, room);
  return middle + random.between(-slack, slack);
}

/** Which plates carry an item, and how much of it each: up to three, by how much of its width rests on them. */
export function sharesOf({ x, width }: Pick<Item, "x" | "width">, plates: number): [plate: number, share: number][] {
  const shares: [number, number][] = [];
  let sum = 0;
  const last = Math.min(plates - 1, Math.ceil(x + width / 2));
  for (let plate = Math.max(0, Math.floor(x - width / 2)); plate <= last; plate++) {
    const rests = Math.min(x + width / 2, plate + 0.5) - Math.max(x - width / 2, plate - 0.5);
    if (rests <= 0) continue;
    shares.push([plate, rests]);
    sum += rests;
  }
  for (const share of shares) share[1] /= sum;
  return shares;
}
