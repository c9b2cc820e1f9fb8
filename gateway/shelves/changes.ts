import type { DomainEvent, DoubtedChange, Source, StockCause } from "../events.ts";
import type { Story } from "./explaining.ts";
import { type Hands, inHands } from "./hands.ts";
import type { Part } from "./hypotheses.ts";
import type { Steps } from "./likelihood.ts";
import type { Goods, PlateState } from "./planogram.ts";
import { round } from "./shelves-state.ts";
import { type Weighed, weigh } from "./weighing.ts";

export type Scene = { shelf: string; row: readonly PlateState[]; hands: Hands; at: number; source: Source };
type Move = {
  plate: PlateState;
  sku: string;
  delta: number;
  stray: boolean;
  cause: StockCause;
  x: number;
  parts: Part[];
};

/** What a clear story means: absolute counts, one event a product and plate. */
export function changesOf(story: Story, steps: Steps, scene: Scene): DomainEvent[] {
  const moves = movesOf(story, scene);
  const changeId = `${scene.shelf}.${scene.row[steps.low]?.plate ?? 0}.${scene.at}`;
  const items = itemsOf(story, steps);
  const confidence = Math.round(story.confidence * 100) / 100;
  const { shelf, at, source } = scene;
  const beside = besideOf(steps, scene.row, new Set(moves.map(({ plate }) => plate)));
  return moves.flatMap(({ plate, sku, delta, stray, cause, x, parts }, index): DomainEvent[] => {
    const item = parts.length === 1 ? items.get(parts[0]) : undefined;
    const before = plate.goods.find((goods) => goods.sku === sku)?.count ?? 0;
    const place = { shelf, plate: plate.plate, sku, grams: round(plate.signal.level ?? 0), source, changeId };
    const base = { type: "stock-changed", at, ...place, confidence, ...(stray ? { stray } : {}) } as const;
    // more left than we knew of: we were wrong before
    const previous = Math.max(before, -delta);
    const wrong: DomainEvent[] =
      previous > before ? [{ ...base, count: previous, previous: before, cause: "correction" }] : [];
    const edges = index === 0 && beside.length > 0 ? { beside } : {};
    const where = { x: Math.round(x * 100) / 100, ...(item ? { item } : {}), ...edges };
    return [...wrong, { ...base, count: previous + delta, previous, cause, ...where }];
  });
}

/** Plates that felt it, and on which nothing is counted. */
function besideOf(steps: Steps, row: readonly PlateState[], counted: ReadonlySet<PlateState>) {
  return row.slice(steps.low, steps.high + 1).flatMap((plate, index) => {
    if (counted.has(plate) || Math.abs(steps.grams[index] ?? 0) < feltGrams) return [];
    return [{ plate: plate.plate, grams: round(plate.signal.level ?? 0) }];
  });
}
const feltGrams = 1;

/** The same for a story that is only one of several. */
export function candidateOf(story: Story, scene: Scene): DoubtedChange {
  const moves = movesOf(story, scene).map(({ plate, sku, delta, stray }) => {
    return { sku, plate: plate.plate, delta, ...(stray ? { stray } : {}) };
  });
  return { confidence: Math.round(story.confidence * 100) / 100, moves };
}

/** Each part of a story, weighed. */
function itemsOf({ parts }: Story, steps: Steps): ReadonlyMap<Part | undefined, Weighed> {
  const items = new Map<Part, Weighed>();
  const weighed = weigh(
    parts.map(({ part }) => part),
    steps,
  );
  for (const [index, { part }] of parts.entries()) {
    const found = weighed[index];
    if (found) items.set(part, { grams: round2(found.grams), sdGrams: round2(found.sdGrams) });
  }
  return items;
}

const round2 = (value: number) => Math.round(value * 100) / 100;

function movesOf(story: Story, scene: Scene): Move[] {
  const moves: Move[] = [];
  for (const { part, x } of story.parts) {
    const plate = plateOf(scene.row, { sku: part.sku, sign: part.sign, pieces: part.pieces, x });
    if (!plate) continue;
    const stray = !plate.goods.some(({ sku, stray: isStray }) => sku === part.sku && !isStray);
    const delta = part.sign * part.pieces;
    const same = moves.find((move) => move.plate === plate && move.sku === part.sku);
    if (same) {
      same.delta += delta;
      same.parts.push(part);
    } else moves.push({ plate, sku: part.sku, delta, stray, cause: "pick", x, parts: [part] });
  }
  const carried = inHands(scene.hands, scene);
  for (const move of moves) {
    const opposite = moves.some(({ sku, delta }) => sku === move.sku && delta * move.delta < 0);
    const held = story.parts.find(({ part }) => part.sku === move.sku && part.held)?.part.held;
    const inHand = held ?? carried.find(({ sku }) => sku === move.sku);
    if (opposite) move.cause = "move";
    else if (move.delta > 0)
      move.cause = inHand ? (inHand.stray && !move.stray ? "move" : "put-back") : move.stray ? "put-back" : "restock";
  }
  return moves.filter(({ delta }) => delta !== 0);
}

/** The plate that a piece counts on: the nearest that is its home, with enough of them on it if some left. */
function plateOf(
  row: readonly PlateState[],
  { sku, sign, pieces, x }: { sku: string; sign: 1 | -1; pieces: number; x: number },
): PlateState | undefined {
  let best: { plate: PlateState; off: number } | undefined;
  const nearest = Math.max(0, Math.min(row.length - 1, Math.round(x)));
  for (const [index, plate] of row.entries()) {
    const goods = plate.goods.find((each) => each.sku === sku);
    if (!goods || Math.abs(index - x) > 2) continue;
    const short = sign < 0 && (goods.count ?? 0) < pieces ? 3 : 0;
    const off = Math.abs(index - x) + short + strayPenalty(goods, sign, index === nearest);
    if (!best || off < best.off) best = { plate, off };
  }
  const here = row[nearest];
  // put where it does not belong: there it counts
  if (sign > 0 && best && Math.abs(row.indexOf(best.plate) - x) > 0.75) return here;
  return best?.plate ?? here;
}

const strayPenalty = ({ stray }: Goods, sign: 1 | -1, isHere: boolean): number =>
  stray && sign > 0 && !isHere ? 5 : 0;
