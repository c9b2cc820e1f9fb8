import type { Random } from "../random.ts";
import type { Row } from "./row.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const medianNoiseGrams = 0.7;
const worstNoiseGrams = 14;
/** How unlike each other plates are: the standard deviation of the logarithm of their noise. */
const noiseSpread = 1.06;
const creepShare = 0.0006;
const creepMs = 120_000;
const driftGrams = 1.5;
const heatingPeriodMs = 1_800_000;
const stepsPerGram = 10;

export type Cell = { noiseGrams: number; read(row: Row, nowMs: number): number };

/**
 * The load cell under one plate and its converter: a quiet noise of its own, creep after each change of load, slow drift
 * with the temperature, and steps of a tenth of a gram. `fineness` 0..1: a cell for lighter goods errs by so much less.
 * `averaged`: a reading is the mean of so many samples.
 */
export function createCell(options: {
  plate: number;
  random: Random;
  startMs: number;
  fineness?: number;
  averaged?: number;
}): Cell {
  const { plate, random, fineness = 1, averaged = 1 } = options;
  const sampleGrams = Math.min(worstNoiseGrams, medianNoiseGrams * Math.exp(random.normal(0, noiseSpread)));
  const noiseGrams = (fineness * sampleGrams) / Math.sqrt(averaged);
  const phase = random.between(0, 2 * Math.PI);
  const swing = fineness * Math.abs(random.normal(0, driftGrams));
  let creep = 0;
  let lastMs = options.startMs;
  let lastGrams: number | undefined;
  return {
    noiseGrams,
    read(row, nowMs) {
      const resting = row.restingGrams(plate);
      creep *= Math.exp((lastMs - nowMs) / creepMs);
      creep -= creepShare * (resting - (lastGrams ?? resting));
      lastMs = nowMs;
      lastGrams = resting;
      const drift = swing * Math.sin((2 * Math.PI * nowMs) / heatingPeriodMs + phase);
      const grams = resting + row.pressingGrams(plate, random) + creep + drift + random.normal(0, noiseGrams);
      return Math.round(grams * stepsPerGram) / stepsPerGram + 0;
    },
  };
}
