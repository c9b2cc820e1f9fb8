import type { Shop, Zone } from "#wire/views.ts";

/** One flat step of the contour map: a closed outline in metres. */
export type HeatStep = { step: 1 | 2 | 3 | 4; zone: string; d: string };

const steps = [1, 2, 3, 4] as const;

/** How many of the four steps a count of people gets. A few people are a shadow, eight are the middle of the map. */
export function heatOf(people: number): 0 | 1 | 2 | 3 | 4 {
  if (people <= 0) return 0;
  if (people <= 1) return 1;
  if (people <= 3) return 2;
  return people <= 7 ? 3 : 4;
}

/**
 * Where people are, as nested outlines with hard edges, lightest first so that neighbours flow together. The outline
 * is the zone rounded off and bent by its name: it says "about here", because nobody is followed closer than that.
 */
export function heatSteps(shop: Shop, zones: ReadonlyMap<string, Zone>): HeatStep[] {
  const found: HeatStep[] = [];
  for (const { id, rect } of shop.zones) {
    const level = heatOf(zones.get(id)?.occupancy ?? 0);
    for (const step of steps.slice(0, level)) found.push({ step, zone: id, d: outline(rect, id, step, level) });
  }
  return found.sort((a, b) => a.step - b.step);
}

const corners = 14;
const reaches = [0.5, 0.37, 0.24, 0.12];

function outline(rect: readonly [number, number, number, number], name: string, step: number, level: number): string {
  const [x, y, width, depth] = rect;
  const reach = (reaches[step - 1] ?? 0.12) * (0.88 + 0.05 * level);
  const drift = (step - 1) * 0.03;
  const centreX = x + width * (0.5 + drift * wave(name, 1));
  const centreY = y + depth * (0.5 + drift * wave(name, 2));
  const tilt = 0.22 * wave(name, 3);
  const points = Array.from({ length: corners }, (_, corner): [number, number] => {
    const angle = (corner / corners) * 2 * Math.PI;
    const bend =
      1 + 0.07 * Math.sin(2 * angle + 3 * wave(name, 4)) + 0.05 * Math.sin(3 * angle + step + 3 * wave(name, 5));
    const [across, along] = [Math.cos(angle) * width * reach * bend, Math.sin(angle) * depth * reach * bend];
    return [
      centreX + across * Math.cos(tilt) - along * Math.sin(tilt),
      centreY + across * Math.sin(tilt) + along * Math.cos(tilt),
    ];
  });
  return smooth(points);
}

/** A closed curve through the points (Catmull-Rom, written as cubic Béziers). */
function smooth(points: [number, number][]): string {
  const at = (i: number): [number, number] => points[(i + points.length) % points.length] ?? [0, 0];
  const number = (value: number) => value.toFixed(2);
  let d = `M${number(at(0)[0])} ${number(at(0)[1])}`;
  for (let i = 0; i < points.length; i++) {
    const [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const curve = [
      from[0] + (to[0] - before[0]) / 6,
      from[1] + (to[1] - before[1]) / 6,
      to[0] - (after[0] - from[0]) / 6,
      to[1] - (after[1] - from[1]) / 6,
      to[0],
      to[1],
    ];
    d += `C${curve.map(number).join(" ")}`;
  }
  return `${d}Z`;
}

/** -1..1 from a name and a place: always the same bend, so the map does not dance when the numbers change. */
function wave(name: string, place: number): number {
  let seed = place * 374_761_393;
  for (let i = 0; i < name.length; i++) seed = Math.imul(seed ^ name.charCodeAt(i), 0x01000193);
  return Math.sin(seed % 10_000);
}
