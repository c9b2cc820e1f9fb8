import { type Hands, type Held, inHands } from "./hands.ts";
import { logSum, meanShape, type Shape, type Steps, shapeOf } from "./likelihood.ts";
import type { Placed } from "./placed.ts";
import type { PlateState } from "./planogram.ts";
import { pieceSpread, type UnitWeights, weightOf } from "./unit-weights.ts";

/** What a shelf knows when a step wants an explanation. */
export type ShelfView = {
  shelf: string;
  /** Its plates in order. */
  row: readonly PlateState[];
  placed: readonly Placed[];
  hands: Hands;
  weights: UnitWeights;
  toleranceShare: number;
  at: number;
};

/** One thing that may have happened: so many of a product came (+1) or left (-1), somewhere in reach of the episode. */
export type Part = {
  sku: string;
  sign: 1 | -1;
  pieces: number;
  home: boolean;
  logPrior: number;
  grams: number;
  sd: number;
  /** Where it may have been, for one explanation alone and, coarser, for pairs. */
  shapes: Shape[];
  coarse: Shape[];
  /** The very piece, where it is known. */
  held?: Held;
  placed?: Placed;
};

/** `x`: its middle along the row. */
type Home = { index: number; x: number; width: number };
type Kind = {
  sku: string;
  unitGrams: number;
  homes: Home[];
  count: number;
  /** So many more have a place on the shelf. */
  room: number;
};

/** How wide pieces are, in plates; nobody tells, so all are tried. */
const widths: Width[] = [
  { width: 0.42, logPrior: Math.log(0.3) },
  { width: 0.62, logPrior: Math.log(0.3) },
  { width: 0.82, logPrior: Math.log(0.3) },
  { width: 1.1, logPrior: Math.log(0.1) },
];
const usualWidth: Width = { width: 0.6, logPrior: 0 };
const coarseWidths: Width[] = [
  { width: 0.6, logPrior: Math.log(0.85) },
  { width: 1.1, logPrior: Math.log(0.15) },
];
const finePoints = 7;
const coarsePoints = 6;
/** So far a piece's middle may stand beyond its facing. */
const overhang = 0.22;
const severalTilt = 0.35;
/** Nearer to its place than this it stands where it should. */
const nearHome = 0.6;
const strayStep = 0.33;
/** What stands in the wrong place is taken away this much oftener than a piece at home. */
const strayLure = 3;
/** Two or three of one product at once. */
const severalPrior = [0, 0, -2.2, -3.8, -4.2, -4.6, -5];
const severalTaken = (pieces: number) => severalPrior[pieces] ?? cratePrior.taken;
/** More leave than were known to be there: the count was wrong. */
const countSlack = 2;
const miscountPrior = -3;
/** By one person's hands; what is beyond comes and goes as a crate, and each further piece of it is as likely as the last. */
const handful = { brought: 3 };
const cratePrior = { taken: -6, brought: -8 };
const mostInCrate = 24;
const homePutPrior = { carried: -2.2, fresh: -3.5, several: -4.6 };
const carriedPrior = { home: -0.4, stray: -1.2 };
const strangePrior = { put: -6.5, carried: -5, pick: -7 };
/** What was carried here from another shelf is rarer than what was taken here. */
const otherShelfPrior = -8.5;
/** People keep what they took: of two pieces the one taken later is likelier to come back. Pieces. */
const rankScale = 6;

/** Everything single that could explain an episode; pairs are made of these. */
export function candidateParts(view: ShelfView, steps: Steps): Part[] {
  const held = inHands(view.hands, view);
  const kinds = kindsOf(view, held);
  const parts: Part[] = [];
  const inReach = piecesInReach(kinds, steps);
  for (const kind of kinds.values()) {
    const homes = kind.homes.filter(({ index }) => index >= steps.low && index <= steps.high);
    pickParts(parts, { view, steps, kind, homes, inReach });
    putParts(parts, { view, steps, kind, homes, held });
  }
  return parts;
}

function piecesInReach(kinds: Map<string, Kind>, { low, high }: Steps): number {
  let pieces = 0;
  for (const { homes, count } of kinds.values()) {
    const near = homes.filter(({ index }) => index >= low && index <= high).length;
    if (near > 0) pieces += (count * near) / homes.length;
  }
  return Math.max(1, pieces);
}

type Width = { width: number; logPrior: number };
type Case = { view: ShelfView; steps: Steps; kind: Kind; homes: Home[] };

function kindsOf({ row }: ShelfView, held: readonly Held[]): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const [index, { goods }] of row.entries()) {
    for (const { sku, unitGrams, x, width, count, capacity, stray } of goods) {
      const kind = kinds.get(sku) ?? { sku, unitGrams, homes: [], count: 0, room: 0 };
      kinds.set(sku, kind);
      kind.count += count ?? 3;
      kind.room += Math.max(0, capacity - (count ?? 0));
      if (!stray) kind.homes.push({ index, x: index - 0.5 + x, width });
    }
  }
  // what is carried past may be put down here
  for (const { sku, grams } of held)
    if (!kinds.has(sku)) kinds.set(sku, { sku, unitGrams: grams, homes: [], count: 0, room: 0 });
  return kinds;
}

function pickParts(parts: Part[], { view, steps, kind, homes, inReach }: Case & { inReach: number }) {
  const mine = view.placed.filter(({ sku }) => sku === kind.sku);
  const near = mine.filter(({ x }) => x >= steps.low - 0.7 && x <= steps.high + 0.7);
  const unknown = Math.max(0.3, kind.count - mine.length);
  const { grams, spread } = weightOf(view.weights, kind, view.toleranceShare);
  if (grams <= 0) return;
  if (homes.length > 0) {
    const shapes = homeShapes(homes, steps, widths, finePoints);
    const coarse = homeShapes(homes, steps, coarseWidths, coarsePoints);
    const most = Math.min(kind.count + countSlack, mostInCrate);
    for (let pieces = 1; pieces <= Math.max(1, most); pieces++) {
      const logPrior = Math.log(unknown / inReach) + severalTaken(pieces) + (pieces > kind.count ? miscountPrior : 0);
      const sd = grams * Math.hypot(pieces * spread, Math.sqrt(pieces) * pieceSpread);
      const several = pieces < 2 ? [] : severalShapes(homes, steps, pieces);
      parts.push({
        ...{ sku: kind.sku, sign: -1, pieces, home: true, logPrior, grams: grams * pieces, sd },
        ...{ shapes: pieces > 2 ? several : [...shapes, ...several], coarse: pieces > 2 ? several : coarse },
      });
    }
  }
  for (const placed of near) {
    const points = [placed.x - 0.08, placed.x, placed.x + 0.08];
    parts.push({
      ...{ sku: kind.sku, sign: -1, pieces: 1, home: !placed.stray, placed },
      ...{
        logPrior: Math.log((placed.stray ? strayLure : 1) / inReach),
        grams: placed.grams,
        sd: Math.sqrt(placed.variance + 0.03),
      },
      ...{ shapes: shapesAt(points, steps, widths), coarse: shapesAt(points, steps, coarseWidths) },
    });
  }
  if (homes.length > 0 || near.length > 0 || kind.homes.length === 0) return;
  const points = strayPoints(kind, steps, strayStep);
  if (points.length > 0)
    parts.push({
      ...{ sku: kind.sku, sign: -1, pieces: 1, home: false, logPrior: strangePrior.pick, grams },
      ...{ sd: grams * Math.hypot(spread, pieceSpread) },
      ...{ shapes: shapesAt(points, steps, widths), coarse: shapesAt(points, steps, coarseWidths) },
    });
}

function putParts(parts: Part[], { view, steps, kind, homes, held }: Case & { held: readonly Held[] }) {
  const carried = held.filter(({ sku }) => sku === kind.sku);
  const { grams, spread } = weightOf(view.weights, kind, view.toleranceShare);
  if (grams <= 0) return;
  const shapes = homes.length > 0 ? homeShapes(homes, steps, widths, finePoints) : [];
  const coarse = homes.length > 0 ? homeShapes(homes, steps, coarseWidths, coarsePoints) : [];
  const unsure = { sd: grams * Math.hypot(spread, pieceSpread) };
  const most = homes.length > 0 ? Math.max(handful.brought, Math.min(kind.room + countSlack, mostInCrate)) : 0;
  for (let pieces = 1; pieces <= most; pieces++) {
    const one = carried.length >= pieces ? homePutPrior.carried : homePutPrior.several;
    const inHand = (pieces === 1 ? homePutPrior.fresh : one) + (pieces > 2 ? -3 : 0);
    const isCrate = pieces > handful.brought;
    const several = isCrate ? severalShapes(homes, steps, pieces) : [];
    const sd = grams * Math.hypot(pieces * spread, Math.sqrt(pieces) * pieceSpread);
    parts.push({
      ...{ sku: kind.sku, sign: 1, pieces, home: true, grams: grams * pieces, sd },
      ...{ logPrior: isCrate ? cratePrior.brought : inHand },
      ...{ shapes: isCrate ? several : shapes, coarse: isCrate ? several : coarse },
    });
  }
  const step = carried.length > 0 ? 0.2 : strayStep;
  const points = strayPoints(kind, steps, step);
  // anywhere on the shelf, and this is only a part of it
  const part = Math.log(points.length / Math.max(1, strayPoints(kind, wholeRow(steps), step).length));
  if (points.length === 0 && homes.length === 0) return;
  const strayShapes = shapesAt(points, steps, widths);
  const strayCoarse = shapesAt(points, steps, coarseWidths);
  if (points.length > 0 && (kind.homes.length > 0 || carried.length > 0)) {
    const logPrior = part + (carried.length > 0 ? strangePrior.carried : strangePrior.put);
    const stray = { sku: kind.sku, sign: 1 as const, pieces: 1, home: false, logPrior, grams, ...unsure };
    parts.push({ ...stray, shapes: strayShapes, coarse: strayCoarse });
  }
  for (const one of carried) {
    const chance = handPrior(one, held, view.shelf);
    const known = { sku: kind.sku, sign: 1 as const, pieces: 1, held: one };
    const weight = { grams: one.grams, sd: Math.sqrt(one.variance + 0.03) };
    if (homes.length > 0)
      parts.push({ ...known, ...weight, home: true, logPrior: carriedPrior.home + chance, shapes, coarse });
    if (points.length > 0)
      parts.push({
        ...{ ...known, ...weight, home: false, logPrior: carriedPrior.stray + chance + part },
        ...{ shapes: strayShapes, coarse: strayCoarse },
      });
  }
}

/** How likely this very piece is the next to be put down, among all that are carried. `held`: newest first. */
function handPrior(one: Held, held: readonly Held[], shelf: string): number {
  const same = held.filter((other) => (other.shelf === shelf) === (one.shelf === shelf));
  const logs = same.map((_, rank) => -rank / rankScale);
  return (logs[same.indexOf(one)] ?? 0) - logSum(logs) + (one.shelf === shelf ? 0 : otherShelfPrior);
}

/** Evenly over its stand, which is narrower for a wide piece: a plate holds its middle and half of what hangs over. */
function homeShapes(homes: readonly Home[], steps: Steps, wide: readonly Width[], points: number): Shape[] {
  return homes.flatMap(({ x, width }) =>
    wide.flatMap((each) => {
      const slack = Math.max(0, width / 2 - each.width / 2) + overhang;
      return Array.from({ length: points }, (_, index) =>
        shapeOf(x + slack * ((2 * index + 1) / points - 1), each.width, steps, each.logPrior),
      );
    }),
  );
}

/** Near one place of the facing, and all over it. */
function severalShapes(homes: readonly Home[], steps: Steps, pieces: number): Shape[] {
  return homes.flatMap((home) => {
    const shapes = homeShapes([home], steps, [usualWidth], finePoints);
    const near = [0, 2, 4].map((from) => meanShape(shapes.slice(from, from + 3), severalTilt / Math.sqrt(pieces)));
    return [meanShape(shapes, severalTilt / Math.sqrt(pieces)), ...near];
  });
}

const shapesAt = (points: readonly number[], steps: Steps, wide: readonly Width[]): Shape[] =>
  points.flatMap((point) => wide.map((each) => shapeOf(point, each.width, steps, each.logPrior)));

const wholeRow = ({ plates }: Steps) => ({ low: 0, high: plates - 1 });

/** Where it may stand and does not belong. */
function strayPoints({ homes }: Kind, { low, high }: Pick<Steps, "low" | "high">, step: number): number[] {
  const points: number[] = [];
  for (let x = low - 0.3; x <= high + 0.31; x += step)
    if (!homes.some((home) => Math.abs(home.x - x) < nearHome)) points.push(x);
  return points;
}
