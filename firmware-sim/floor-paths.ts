export type Point = readonly [x: number, y: number];
export type Rect = readonly [x: number, y: number, width: number, depth: number];

/** Ways around the furniture of a shop floor, in metres. */
export type FloorPaths = {
  /** Corners to walk along, the last being `to` or the free spot nearest to it. Empty when there is no way. */
  walk(from: Point, to: Point): Point[];
  /** The free spot nearest to `to`, inside `within` when any spot there is free. */
  standBy(to: Point, within?: Rect): Point;
};

const cellM = 0.25;
/** Half a shoulder's width: nobody walks with an arm inside a shelf. */
const clearanceM = 0.2;
const moves = [
  [1, 0, 1],
  [-1, 0, 1],
  [0, 1, 1],
  [0, -1, 1],
  [1, 1, Math.SQRT2],
  [1, -1, Math.SQRT2],
  [-1, 1, Math.SQRT2],
  [-1, -1, Math.SQRT2],
] as const;

/** A grid of 25 cm cells; a cell under furniture is closed. Paths by Dijkstra, then pulled straight where nothing is in the way. */
export function createFloorPaths(floor: { widthM: number; depthM: number }, furniture: readonly Rect[]): FloorPaths {
  const columns = Math.max(1, Math.floor(floor.widthM / cellM));
  const rows = Math.max(1, Math.floor(floor.depthM / cellM));
  const closed = new Uint8Array(columns * rows);
  for (let cell = 0; cell < closed.length; cell++) {
    const [x, y] = centre(cell);
    if (furniture.some((rect) => inside([x, y], rect, clearanceM))) closed[cell] = 1;
  }

  function centre(cell: number): Point {
    return [((cell % columns) + 0.5) * cellM, (Math.floor(cell / columns) + 0.5) * cellM];
  }
  function cellAt([x, y]: Point): number {
    const column = Math.min(columns - 1, Math.max(0, Math.floor(x / cellM)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor(y / cellM)));
    return row * columns + column;
  }
  function nearestOpen(to: Point, within?: Rect): number {
    let best = -1;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (let cell = 0; cell < closed.length; cell++) {
      if (closed[cell]) continue;
      const spot = centre(cell);
      if (within && !inside(spot, within, 0)) continue;
      const far = distance(spot, to);
      if (far < bestDistance) {
        best = cell;
        bestDistance = far;
      }
    }
    if (best < 0 && within) return nearestOpen(to);
    return Math.max(0, best);
  }
  function clear(from: Point, to: Point): boolean {
    const steps = Math.ceil(distance(from, to) / (cellM / 2));
    for (let step = 0; step <= steps; step++) {
      const share = steps === 0 ? 0 : step / steps;
      if (closed[cellAt([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share])]) return false;
    }
    return true;
  }
  function cells(start: number, goal: number): number[] {
    const cameFrom = searchGrid({ start, goal, columns, rows, closed });
    const path: number[] = [];
    for (let cell = goal; cell !== start; cell = cameFrom[cell] ?? -1) {
      if (cell < 0) return [];
      path.push(cell);
    }
    return path.reverse();
  }
  return {
    walk(from, to) {
      const start = closed[cellAt(from)] ? nearestOpen(from) : cellAt(from);
      const goal = closed[cellAt(to)] ? nearestOpen(to) : cellAt(to);
      const spots = cells(start, goal).map(centre);
      const corners: Point[] = [];
      let here = from;
      for (let index = 0; index < spots.length; index++) {
        const next = spots[index + 1];
        const spot = spots[index];
        if (!spot || (next && clear(here, next))) continue;
        corners.push(spot);
        here = spot;
      }
      return corners;
    },
    standBy: (to, within) => centre(nearestOpen(to, within)),
  };
}

/** Dijkstra with a heap; answers from which cell each reached cell was entered, −1 where never. */
function searchGrid(grid: { start: number; goal: number; columns: number; rows: number; closed: Uint8Array }) {
  const { start, goal, columns, rows, closed } = grid;
  const cost = new Float64Array(closed.length).fill(Number.POSITIVE_INFINITY);
  const cameFrom = new Int32Array(closed.length).fill(-1);
  const open: [cost: number, cell: number][] = [[0, start]];
  cost[start] = 0;
  for (let top = popLeast(open); top; top = popLeast(open)) {
    const [soFar, cell] = top;
    if (cell === goal) break;
    if (soFar > (cost[cell] ?? 0)) continue;
    const column = cell % columns;
    const row = Math.floor(cell / columns);
    for (const [dx, dy, length] of moves) {
      const x = column + dx;
      const y = row + dy;
      if (x < 0 || y < 0 || x >= columns || y >= rows) continue;
      const next = y * columns + x;
      // A diagonal step may not cut the corner of a shelf.
      if (closed[next] || closed[row * columns + x] || closed[y * columns + column]) continue;
      const through = soFar + length;
      if (through >= (cost[next] ?? 0)) continue;
      cost[next] = through;
      cameFrom[next] = cell;
      pushByCost(open, [through, next]);
    }
  }
  return cameFrom;
}

function pushByCost(heap: [number, number][], entry: [number, number]) {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent]!;
    if (above[0] <= entry[0]) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function popLeast(heap: [number, number][]): [number, number] | undefined {
  const least = heap[0];
  const last = heap.pop();
  if (!least || !last || heap.length === 0) return least;
  let index = 0;
  for (;;) {
    let child = index * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]![0] < heap[child]![0]) child += 1;
    if (heap[child]![0] >= last[0]) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return least;
}

export function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(ax - bx, ay - by);
}

export function inside([x, y]: Point, [left, top, width, depth]: Rect, marginM = 0): boolean {
  return x > left - marginM && x < left + width + marginM && y > top - marginM && y < top + depth + marginM;
}

export function middle([left, top, width, depth]: Rect): Point {
  return [left + width / 2, top + depth / 2];
}
