import type { Device, Shop } from "#wire/views.ts";
import { placeOf, pointOf } from "./naming.ts";

/** Middle of a tile, in drawing units. */
export type Laid = { device: Device; x: number; y: number };
type Rect = [x: number, y: number, width: number, depth: number];

/** More than this is a picture of dots; the list has them all. */
const mostTiles = 200;
const gap = 6;
/** How far a tile may be moved from its point before it would tell a wrong place, in tiles. */
const reach = 4;

/**
 * Devices that are no shelf and no mirror stand as tiles at their point, or as near to it as they neither hide a shelf
 * nor one another. `size` and the answer are in drawing units, `unit` of them a metre.
 */
export function layTiles(devices: Device[], shop: Shop, { size, unit }: { size: number; unit: number }): Laid[] {
  const toUnits = (rect: Rect): Rect => [rect[0] * unit, rect[1] * unit, rect[2] * unit, rect[3] * unit];
  const taken: Rect[] = [...shop.shelves, ...shop.mirrors].map(({ rect }) => toUnits(rect));
  const room: Rect = toUnits([0, 0, shop.floor.widthM, shop.floor.depthM]);
  const laid: Laid[] = [];
  for (const device of devices) {
    const point = pointOf(device, shop);
    if (!point || placeOf(device, shop)?.at !== "zone" || device.state === "retired" || laid.length >= mostTiles)
      continue;
    const [x, y] = freeNear([point[0] * unit, point[1] * unit], size, { room, taken });
    taken.push([x - size / 2, y - size / 2, size, size]);
    laid.push({ device, x, y });
  }
  return laid;
}

function freeNear(
  [x, y]: [number, number],
  size: number,
  { room, taken }: { room: Rect; taken: Rect[] },
): [number, number] {
  const within = (value: number, start: number, length: number) =>
    Math.min(Math.max(value, start + size / 2 + gap), start + length - size / 2 - gap);
  const at = (dx: number, dy: number): [number, number] => [
    within(x + dx, room[0], room[2]),
    within(y + dy, room[1], room[3]),
  ];
  const step = size / 4;
  for (let ring = 0; ring <= reach * 4; ring++) {
    for (const [dx, dy] of ringOf(ring)) {
      const [left, top] = at(dx * step, dy * step).map((middle) => middle - size / 2);
      if (left === undefined || top === undefined) continue;
      if (taken.every((rect) => !overlap([left, top, size, size], rect))) return [left + size / 2, top + size / 2];
    }
  }
  return at(0, 0);
}

/** Steps on the square ring around a point, the nearest first: beside it, then above and below, then corners. */
function ringOf(ring: number): [number, number][] {
  if (ring === 0) return [[0, 0]];
  const steps: [number, number][] = [];
  for (let i = -ring; i <= ring; i++) steps.push([i, ring], [i, -ring], [ring, i], [-ring, i]);
  return steps.sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
}

function overlap(a: Rect, b: Rect): boolean {
  return a[0] < b[0] + b[2] + gap && b[0] < a[0] + a[2] + gap && a[1] < b[1] + b[3] + gap && b[1] < a[1] + a[3] + gap;
}
