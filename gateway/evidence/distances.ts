import { type EvidenceState, memoryOf } from "./evidence.ts";
import type { Heard } from "./facings.ts";
import { hearWord } from "./words.ts";
import type { World } from "./world.ts";

/** A place whose fill a distance tells; by the configuration. */
export type Fill = {
  shelf: string;
  plate: number;
  sku: string;
  /** Pieces when it shows `fullMm`. */
  capacity: number;
  device: string;
  value: string;
  unit: "mm" | "cm" | "m";
  emptyMm: number;
  fullMm: number;
};
export type Measured = { name: string; value: number; unit?: string };

/** A VL53L0X is off by a few millimetres, and by some percent further away (its data sheet, 2.5 m white target). */
const sdMm = 3;
const sdShare = 0.015;
const surest = 0.95;
const leastSure = 0.2;
/** Beyond empty and full by more than this it looks at something else. */
const slackMm = 20;
const slackShare = 0.15;
/** Half a piece to either side, and a little more, so that a value between two does not flicker. */
const sticks = 0.65;
/** Goods came or went so often and it did not move. */
const stuckAfter = 3;

/** What one device measured, for the places that it watches. */
export function hearDistances(
  state: EvidenceState,
  { deviceId, fills, values }: { deviceId: string; fills: readonly Fill[]; values: readonly Measured[] },
  world: World,
  moment: { at: number; now: number },
): Heard {
  const all: Heard = { heard: [] };
  for (const fill of fills) {
    const found = values.find(({ name }) => isNamed(name, fill.value));
    const mm = found && millimetres(found, fill.unit);
    if (mm === undefined) continue;
    const one = hearOne(state, { deviceId, fill, mm }, world, moment);
    all.heard.push(...one.heard);
    if (one.reason !== undefined) all.reason = one.reason;
  }
  return all;
}

/** "distance" is also what a device calls distanceMm or distance_mm. */
const isNamed = (name: string, wanted: string) =>
  name === wanted || (name.startsWith(wanted) && /^_?mm$/i.test(name.slice(wanted.length)));

function millimetres({ name, value, unit = "" }: Measured, configured: Fill["unit"]): number {
  const said = unit === "mm" || unit === "cm" || unit === "m" ? unit : /mm$/i.test(name) ? "mm" : configured;
  return value * (said === "m" ? 1_000 : said === "cm" ? 10 : 1);
}

function hearOne(
  state: EvidenceState,
  { deviceId, fill, mm }: { deviceId: string; fill: Fill; mm: number },
  world: World,
  moment: { at: number; now: number },
): Heard {
  const { shelf, plate, sku, emptyMm, fullMm, capacity } = fill;
  const goods = world.goodsOn(shelf, plate)?.find((one) => one.sku === sku);
  // the planogram was edited, and something else stands there
  if (!goods) return { heard: [] };
  const span = Math.abs(emptyMm - fullMm);
  const slack = slackMm + slackShare * span;
  if (mm < Math.min(emptyMm, fullMm) - slack || mm > Math.max(emptyMm, fullMm) + slack)
    return {
      heard: [],
      reason: `${deviceId} shows ${round(mm)} mm at ${shelf}/${plate}: between ${emptyMm} and ${fullMm} would be goods`,
    };
  const memory = memoryOf(state, fill);
  const before = memory.words.find((word) => word.by === "distance" && word.deviceId === deviceId);
  const sd = Math.hypot(sdMm, sdShare * mm);
  const hasMoved = before === undefined || Math.abs(mm - before.raw) > sd;
  if (before && hasMoved) before.still = 0;
  if (before && before.still >= stuckAfter) {
    before.times = 0;
    const reason = `${deviceId} has shown ${round(mm)} mm while goods came and went at ${shelf}/${plate}: is it stuck?`;
    return { heard: [], reason };
  }
  const share = Math.min(1, Math.max(0, (emptyMm - mm) / (emptyMm - fullMm)));
  const pieces = share * capacity;
  const last = before && before.says - before.offset;
  const own = last !== undefined && Math.abs(pieces - last) <= sticks ? last : Math.round(pieces);
  const sure = Math.max(leastSure, surest * within(span / capacity / 2 / sd));
  const said = { by: "distance", deviceId, own, raw: hasMoved ? mm : before.raw, sure } as const;
  const word = hearWord(memory, said, moment);
  return { heard: word ? [{ place: { shelf, plate, sku }, word, exact: true }] : [] };
}

const round = (value: number) => Math.round(value * 10) / 10;

/** How much of a normal distribution lies within so many standard deviations (Abramowitz and Stegun 7.1.26, to 1.5e-7). */
function within(deviations: number): number {
  const x = deviations / Math.SQRT2;
  const t = 1 / (1 + 0.327_591_1 * x);
  const tail =
    t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
  return 1 - tail * Math.exp(-x * x);
}
