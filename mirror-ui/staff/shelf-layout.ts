import { drawing } from "../look/drawings.ts";
import type { PlateView } from "./shelf-state.ts";

export type Box = { x: number; y: number; width: number; height: number };
export type Copy = { x: number; y: number; scale: number };
export type Group = { plate: PlateView; copies: Copy[]; box: Box; label: "above" | "beside" | "below" };
export type Board = { y: number; rail: boolean };
/** The room that one plate takes in the picture, with whatever stands on it. */
export type Cell = { plate: number; box: Box };
export type ShelfLayout = {
  width: number;
  height: number;
  groups: Group[];
  boards: Board[];
  cells: Cell[];
  /** So many plates stand side by side. */
  columns: number;
};

const side = 20;
/** Room for "7 of 8": above a group, or beside it where the picture is narrow. */
const labelRoom = { above: 34, beside: 112 };
const boardHeight = 24;
/** How much of its neighbour a garment on a rail leaves to be seen: as much as there is room, but not less or more. */
const seen = { least: 0.16, most: 0.5 };

/** Below this width labels stand beside their group. */
const narrow = 500;
/** On a tall board few goods would otherwise grow into posters. */
const largest = 1.5;
/** What lies on a plate where it does not belong gets less room than what does. */
const strayShare = 0.45;

/**
 * Where every piece of a shelf stands in its picture: one board for each plate (several a board for long lists), goods
 * that share a plate side by side on it, pieces from the left in up to three lines, so a gap is seen where it is.
 */
export function layShelf(plates: PlateView[], width: number, height: number): ShelfLayout {
  const hanging = plates.length > 0 && plates.every((plate) => drawingOf(plate).hangs);
  const numbers = [...new Set(plates.map(({ plate }) => plate))];
  const { length } = numbers;
  const columns = hanging ? Math.ceil(length / 2) : length > 12 ? 4 : length > 4 ? 2 : 1;
  const rows = Math.max(1, Math.ceil(length / Math.max(1, columns)));
  const rowHeight = (height - 12) / rows;
  const isShared = length < plates.length;
  const isAbove = hanging || width > narrow || isShared;
  const above = isAbove ? labelRoom.above : 12;
  const beside = isAbove ? 0 : labelRoom.beside;
  const shares = shareOut(plates);
  const groups = plates.map((plate, index): Group => {
    const number = numbers.indexOf(plate.plate);
    const [row, column] = [Math.floor(number / columns), number % columns];
    const whole = (width - 2 * side - 20) / columns;
    const share = shares[index] ?? { from: 0, part: 1 };
    const slot: Box = {
      x: side + 18 + column * whole + share.from * (whole - 18),
      y: row * rowHeight + above,
      width: share.part * (whole - 18) - (share.part < 1 ? 8 : 0) - beside,
      height: Math.max(8, rowHeight - above - boardHeight),
    };
    if (drawingOf(plate).hangs) return hang(plate, slot);
    return { ...stand(plate, slot), label: beside > 0 ? "beside" : "above" };
  });
  const boards = Array.from({ length: rows }, (_, row): Board => {
    const here = new Set(numbers.slice(row * columns, (row + 1) * columns));
    const rail = groups.filter(({ plate }) => here.has(plate.plate)).every(({ label }) => label === "below");
    return { rail, y: rail ? row * rowHeight + above - 2 : (row + 1) * rowHeight - boardHeight };
  });
  const cells = numbers.map((plate, number): Cell => {
    const whole = (width - 2 * side - 20) / columns;
    const x = side + 18 + (number % columns) * whole;
    return { plate, box: { x, y: Math.floor(number / columns) * rowHeight, width: whole - 18, height: rowHeight } };
  });
  return { width, height, groups, boards, cells, columns };
}

/** Which part of its plate each facing gets: what the planogram says, else side by side; what strayed there, the end. */
function shareOut(plates: PlateView[]): { from: number; part: number }[] {
  const weightOf = ({ stray, width }: PlateView) => width ?? (stray ? strayShare : 1);
  const filled = new Map<number, number>();
  return plates.map((plate) => {
    const all = plates.filter((other) => other.plate === plate.plate);
    const hasRoom = all.every(({ stray, x, width }) => !stray && x !== undefined && width !== undefined);
    if (hasRoom) {
      // The planogram says the middle of a place.
      const part = Math.min(1, plate.width ?? 1);
      return { from: Math.min(Math.max((plate.x ?? 0.5) - part / 2, 0), 1 - part), part };
    }
    const part = weightOf(plate) / all.reduce((sum, other) => sum + weightOf(other), 0);
    const from = filled.get(plate.plate) ?? 0;
    filled.set(plate.plate, from + part);
    return { from, part };
  });
}

export function drawingOf(plate: PlateView) {
  return drawing(plate.item?.picture ?? "box", plate.item?.colour ?? plate.item?.name);
}

/** More than there is room for is said by the number; the picture shows a full place. */
function drawnCount({ count, capacity }: PlateView): number {
  return Math.min(Math.max(0, count ?? 0), capacity);
}

function stand(plate: PlateView, slot: Box): Omit<Group, "label"> {
  const drawn = drawingOf(plate);
  const [pieceWidth, pieceHeight] = [drawn.width * 1.08, drawn.height * 1.12];
  const choices = [1, 2, 3].map((lines) => ({
    lines,
    scale: Math.min(slot.height / (lines * pieceHeight), slot.width / (Math.ceil(plate.capacity / lines) * pieceWidth)),
  }));
  const best = choices.reduce((a, b) => (b.scale > a.scale * 1.05 ? b : a));
  const scale = Math.min(best.scale, largest);
  const perLine = Math.ceil(plate.capacity / best.lines);
  const floor = slot.y + slot.height;
  const copies = Array.from({ length: drawnCount(plate) }, (_, i): Copy => {
    const line = Math.floor(i / perLine);
    return {
      x: slot.x + (i % perLine) * pieceWidth * scale + 4,
      y: floor - line * pieceHeight * scale - drawn.height * scale,
      scale,
    };
  });
  const shown = copies.length > 0 ? copies.length : plate.capacity;
  const used = { columns: Math.min(shown, perLine), lines: Math.min(Math.ceil(shown / perLine), 3) };
  const boxHeight = used.lines * pieceHeight * scale + 2;
  return {
    plate,
    copies,
    box: { x: slot.x, y: floor - boxHeight, width: used.columns * pieceWidth * scale + 4, height: boxHeight },
  };
}

function hang(plate: PlateView, slot: Box): Group {
  const drawn = drawingOf(plate);
  const gaps = Math.max(1, plate.capacity - 1);
  const scale = Math.min(slot.height / (drawn.height + 6), slot.width / (drawn.width * (1 + seen.least * gaps)), 1.3);
  const pieceWidth = drawn.width * scale;
  const step = pieceWidth * Math.min(seen.most, (slot.width / pieceWidth - 1) / gaps);
  const copies = Array.from(
    { length: drawnCount(plate) },
    (_, i): Copy => ({ x: slot.x + i * step, y: slot.y, scale }),
  );
  const shown = copies.length > 0 ? copies.length : plate.capacity;
  const box = { x: slot.x, y: slot.y, width: pieceWidth + step * (shown - 1), height: drawn.height * scale + 4 };
  return { plate, copies, box, label: "below" };
}
