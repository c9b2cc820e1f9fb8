import { createRhythm, round } from "./device.ts";
import { type Cell, createCell } from "./physics/cell.ts";
import { createRandom } from "./random.ts";
import type { Plate } from "./shop.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const sampleEveryMs = 500;
const heartbeatEveryMs = 10_000;
const stillSendingMs = 2_000;
/** What the converter gave since the last reading. */
const averaged = 5;
/** A cell is chosen for what it carries: below this weight of an item it is finer in proportion, down to `finest`. */
const coarseAboveGrams = 100;
const finest = 0.1;

/** A plate of the shop under this scale; several products may have their places on it. */
export type Weighed = Pick<Plate, "shelf" | "plate" | "row" | "index">;
type Seat = { plate: Weighed; number: number; cell: Cell; lastGrams?: number; sentGrams?: number; busyUntilMs: number };

/** What a scale remembers through a power-off, and what its converter shows now. */
export type ScaleMemory = { tareGrams: Map<number, number>; rawGrams: Map<number, number> };

export type Measured = { plate: number; grams: number; tempC?: number };
/** What a sick plate shows instead; undefined: nothing at all. */
export type Spoil = (plate: number, grams: number, nowMs: number) => number | undefined;

/** Load cells and the converter behind them. Answers what there is to say now: what moves, and everything now and then. */
export function createScale(options: {
  seed: string;
  name: string;
  startMs: number;
  plates: readonly Plate[];
  /** Counts its plates 1, 2, … and knows nothing of the planogram's numbers. */
  ownNumbers?: boolean;
  heartbeatMs?: () => number;
  memory?: ScaleMemory;
  spoil?: Spoil | undefined;
}): (nowMs: number) => Measured[] {
  const { seed, name, startMs, memory, spoil = (_plate, grams) => grams } = options;
  const setUp = createRandom(seed, `cells/${name}`);
  const seats = platesUnder(options.plates).map(({ lightestGrams, ...plate }, at): Seat => {
    const fineness = Math.max(finest, Math.min(1, lightestGrams / coarseAboveGrams));
    const cell = createCell({ plate: plate.index, random: setUp, startMs, fineness, averaged });
    return { plate, number: options.ownNumbers ? at + 1 : plate.plate, cell, busyUntilMs: 0 };
  });
  const sampleDue = createRhythm(sampleEveryMs, setUp, startMs);
  const heartbeatDue = createRhythm(options.heartbeatMs ?? heartbeatEveryMs, setUp, startMs);

  return (nowMs) => {
    if (!sampleDue(nowMs)) return [];
    const heartbeat = heartbeatDue(nowMs);
    const tempC = roomCelsius(nowMs);
    return seats.flatMap((seat): Measured[] => {
      const { number, cell, plate } = seat;
      const raw = spoil(number, cell.read(plate.row, nowMs), nowMs);
      if (raw === undefined) return [];
      memory?.rawGrams.set(number, raw);
      const grams = round(raw - (memory?.tareGrams.get(number) ?? 0), 1);
      const stirring = 4 * cell.noiseGrams + 2;
      const moved = [seat.lastGrams, seat.sentGrams].some(
        (before) => before === undefined || Math.abs(grams - before) > stirring,
      );
      seat.lastGrams = grams;
      if (moved) seat.busyUntilMs = nowMs + stillSendingMs;
      if (!heartbeat && nowMs >= seat.busyUntilMs) return [];
      seat.sentGrams = grams;
      return [{ plate: number, grams, ...(heartbeat ? { tempC: round(tempC, 1) } : {}) }];
    });
  };
}

/** Each plate once, in its order, with the lightest item that stands there at first. */
export function platesUnder(places: readonly Plate[]): (Weighed & { lightestGrams: number })[] {
  const byPlate = Map.groupBy(places, ({ shelf, plate }) => `${shelf}/${plate}`);
  return [...byPlate.values()].flatMap((shared) => {
    const [first] = shared;
    if (!first) return [];
    const { shelf, plate, row, index } = first;
    const grams = shared.flatMap(({ items }) => items.map((item) => item.grams));
    return [{ shelf, plate, row, index, lightestGrams: Math.min(...grams, coarseAboveGrams) }];
  });
}

/** A shop is coolest at four in the morning and warmest at four in the afternoon (UTC). */
export function roomCelsius(nowMs: number): number {
  const dayShare = (nowMs % 86_400_000) / 86_400_000;
  return 21 + 2 * Math.cos(2 * Math.PI * (dayShare - 16 / 24));
}
