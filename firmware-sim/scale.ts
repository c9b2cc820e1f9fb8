import { createRhythm, round } from "./device.ts";
import { createRandom, type Random } from "./random.ts";
import type { Plate } from "./shop.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const sampleEveryMs = 500;
const heartbeatEveryMs = 10_000;
const stillSendingMs = 2_000;
/** Median and worst standard deviation of one raw sample of an untouched plate, and how unlike each other plates are. */
const medianSampleSdGrams = 0.74;
const worstSampleSdGrams = 14;
const plateSpread = 0.6;
/** A reading is the mean of what the converter gave in between. */
const samplesPerReading = 5;
const driftGramsPerCelsius = 0.12;
const wanderGramsPerRootHour = 0.25;

type Cell = { noiseSdGrams: number; wanderGrams: number; lastGrams?: number; sentGrams?: number; busyUntilMs: number };

/** What a scale remembers through a power-off, and what its converter shows now. */
export type ScaleMemory = { tareGrams: Map<number, number>; rawGrams: Map<number, number> };

export type Measured = { plate: number; grams: number; tempC?: number };

/** Load cells and the converter behind them. Answers what there is to say now: what moves, and everything now and then. */
export function createScale(options: {
  seed: string;
  name: string;
  startMs: number;
  plates: readonly Plate[];
  /** Of the shop's plate -> of the scale; the same where left out. */
  numberOf?: (plate: Plate) => number;
  heartbeatMs?: () => number;
  memory?: ScaleMemory;
}): (nowMs: number, random: Random) => Measured[] {
  const { seed, name, startMs, plates, memory, numberOf = (plate: Plate) => plate.plate } = options;
  const setUp = createRandom(seed, `cells/${name}`);
  const cells = new Map<Plate, Cell>();
  for (const plate of plates) cells.set(plate, { noiseSdGrams: cellNoise(setUp), wanderGrams: 0, busyUntilMs: 0 });
  const sampleDue = createRhythm(sampleEveryMs, setUp, startMs);
  const heartbeatDue = createRhythm(options.heartbeatMs ?? heartbeatEveryMs, setUp, startMs);

  return (nowMs, random) => {
    if (!sampleDue(nowMs)) return [];
    const heartbeat = heartbeatDue(nowMs);
    const tempC = roomCelsius(nowMs);
    const measured: Measured[] = [];
    for (const [plate, cell] of cells) {
      const number = numberOf(plate);
      const raw = weigh({ plate, cell, nowMs, tempC, random });
      memory?.rawGrams.set(number, raw);
      const grams = raw - (memory?.tareGrams.get(number) ?? 0);
      const stirring = 4 * cell.noiseSdGrams + 2;
      const moved = [cell.lastGrams, cell.sentGrams].some(
        (before) => before === undefined || Math.abs(grams - before) > stirring,
      );
      cell.lastGrams = grams;
      if (moved) cell.busyUntilMs = nowMs + stillSendingMs;
      if (!heartbeat && nowMs >= cell.busyUntilMs) continue;
      cell.sentGrams = grams;
      measured.push({ plate: number, grams: round(grams, 1), ...(heartbeat ? { tempC: round(tempC, 1) } : {}) });
    }
    return measured;
  };
}

function weigh(job: { plate: Plate; cell: Cell; nowMs: number; tempC: number; random: Random }): number {
  const { plate, cell, nowMs, tempC, random } = job;
  cell.wanderGrams += random.normal(0, wanderGramsPerRootHour * Math.sqrt(sampleEveryMs / 3_600_000));
  let grams = cell.wanderGrams + (tempC - 21) * driftGramsPerCelsius + random.normal(0, cell.noiseSdGrams);
  for (const item of plate.items) grams += item.grams;
  // A hand never presses the same twice: it comes, leans and goes.
  for (const touch of plate.touches) {
    if (touch.fromMs <= nowMs) grams += touch.grams * random.between(0.3, 1);
  }
  return grams;
}

function cellNoise(random: Random): number {
  const sampleSd = medianSampleSdGrams * Math.exp(random.normal(0, plateSpread));
  return Math.min(worstSampleSdGrams, sampleSd) / Math.sqrt(samplesPerReading);
}

/** A shop is coolest at four in the morning and warmest at four in the afternoon (UTC). */
export function roomCelsius(nowMs: number): number {
  const dayShare = (nowMs % 86_400_000) / 86_400_000;
  return 21 + 2 * Math.cos(2 * Math.PI * (dayShare - 16 / 24));
}
