/**
 * What one plate's weight has been doing. Signal memory: it is not journaled, it rebuilds itself within seconds. What the
 * journal gives back after a start is `level` alone.
 *
 * `level` is the weight that counts stand on, with its variance, followed by a Kalman filter while nothing moves, so that
 * temperature and creep are taken along and steps are not.
 */
export type PlateSignal = {
  grams: number | undefined;
  /** When it was last measured and when that arrived, epoch ms. */
  at: number;
  heardAt: number;
  level: number | undefined;
  levelVariance: number;
  /** Standard deviation of one sample, grams. */
  noise: number;
  /** So many samples taught it. */
  noiseTaught: number;
  mood: "starting" | "quiet" | "moving";
  movedAt: number;
  /** Since when its movement could be explained, and until when that is left alone for more samples. */
  stillSince: number;
  waitUntil: number;
  /** The last samples, oldest first from `next` on; not all of them are filled at first. */
  recent: number[];
  next: number;
  filled: number;
  /** A fast mean, for small steps on noisy plates. */
  fast: number;
  /** How often it speaks although nothing moves, ms; large for a scale that reports on change. */
  quietEveryMs: number;
  /** Readings that were a whole number of items, and those that were not, since it started. */
  whole: number;
  rough: number;
  /** Readings that differed from the one before by less than anything weighs: a load cell is speaking. */
  trembles: number;
  /** So many readings in a row said the very same. */
  same: number;
  /** A neighbour moves: the level is not followed. */
  held: boolean;
};

export type SettleRules = { quietGrams: number; settleMs: number };
/** Epoch ms: `at` of the measurement by the device's clock, `now` of its arrival by ours. */
export type Moment = { at: number; now: number };

export const recentKept = 24;
/** The median of the plates measured in real shops is 0.74 g; until a plate has shown its own. */
const firstNoise = 1;
const leastNoise = 0.15;
/** How far an untouched level may wander: standard deviation after one second, grams. */
export const wanderGrams = 0.05;
/** A scale that speaks more often than this while nothing moves is a stream: its silence means nothing. */
const streamMs = 3_000;
/** After so many quiet samples. */
const rhythmKnown = 8;
const longestGapMs = 20_000;
const startSamples = 12;
const noiseMemory = 300;
/** A plate that trembles for so long without a trend is a noisy plate, not a moving one. */
const restlessMs = 15_000;

export const silentPlate = (level?: number): PlateSignal => ({
  ...{ grams: undefined, at: 0, heardAt: 0, level, levelVariance: 9, noise: firstNoise, noiseTaught: 0 },
  ...{ mood: "starting", movedAt: 0, stillSince: 0, waitUntil: 0, recent: [], next: 0, filled: 0, fast: 0 },
  ...{ quietEveryMs: Number.POSITIVE_INFINITY, whole: 0, rough: 0, trembles: 0, same: 0, held: false },
});

export const isStream = (signal: PlateSignal): boolean =>
  signal.noiseTaught >= rhythmKnown && signal.quietEveryMs < streamMs;

/** Takes one sample in; afterwards `mood` says whether it moves. Allocates nothing while the plate is quiet. */
export function feel(signal: PlateSignal, grams: number, { at, now }: Moment, rules: SettleRules) {
  // measured before the one before: a clock was set back
  const gapMs = signal.grams === undefined ? 0 : Math.max(0, at - signal.at);
  if (grams === signal.grams) signal.same++;
  else {
    signal.same = 0;
    if (signal.grams !== undefined && Math.abs(grams - signal.grams) < rules.quietGrams) signal.trembles++;
  }
  signal.grams = grams;
  if (at < signal.movedAt) signal.movedAt = at;
  signal.at = at;
  signal.heardAt = now;
  signal.recent[signal.next] = grams;
  signal.next = signal.next + 1 === recentKept ? 0 : signal.next + 1;
  if (signal.filled < recentKept) signal.filled++;

  const { level } = signal;
  if (signal.mood === "quiet" && level !== undefined) followQuiet(signal, { grams, level, gapMs, at }, rules);
  else if (signal.mood === "starting") {
    if (signal.filled === 1) signal.movedAt = at;
    else if (gapMs > 0) signal.quietEveryMs = Math.min(signal.quietEveryMs, gapMs);
  }
}

function followQuiet(
  signal: PlateSignal,
  { grams, level, gapMs, at }: { grams: number; level: number; gapMs: number; at: number },
  rules: SettleRules,
) {
  const off = grams - level;
  signal.fast += 0.35 * (grams - signal.fast);
  const isStep = Math.abs(off) > Math.max(4.5 * signal.noise, rules.quietGrams);
  const isSlowStep = Math.abs(signal.fast - level) > Math.max(2.1 * signal.noise, rules.quietGrams * 0.9);
  if (isStep || isSlowStep) {
    signal.mood = "moving";
    signal.movedAt = at;
    signal.stillSince = 0;
    if (isStep) keepLast(signal, 1);
    return;
  }
  if (gapMs > 0) learnRhythm(signal, gapMs);
  if (signal.held) return;
  const noiseVariance = signal.noise * signal.noise;
  const variance = signal.levelVariance + Math.min(60, gapMs / 1_000) * wanderGrams * wanderGrams;
  const gain = variance / (variance + noiseVariance);
  signal.level = level + gain * off;
  signal.levelVariance = variance * (1 - gain);
  // a dead cell says the same for ever, and that is no silence
  if (signal.same < 3) teachNoise(signal, off * off);
}

function learnRhythm(signal: PlateSignal, gapMs: number) {
  const share = Math.max(0.05, 1 / (signal.noiseTaught + 1));
  signal.quietEveryMs = Number.isFinite(signal.quietEveryMs)
    ? signal.quietEveryMs + share * (Math.min(gapMs, longestGapMs) - signal.quietEveryMs)
    : gapMs;
}

function teachNoise(signal: PlateSignal, square: number) {
  const variance = signal.noise * signal.noise;
  if (signal.noiseTaught < noiseMemory) signal.noiseTaught++;
  const share = 1 / Math.max(20, signal.noiseTaught);
  const taught = variance + share * (Math.min(square, 16 * variance) - variance);
  signal.noise = Math.sqrt(Math.max(leastNoise * leastNoise, taught));
}

/** The sample of `back` samples ago; 0 is the newest. */
export function sample(signal: PlateSignal, back: number): number {
  return signal.recent[(signal.next - 1 - back + 2 * recentKept) % recentKept] ?? 0;
}

/** Forgets all samples but the newest. */
function keepLast(signal: PlateSignal, count: number) {
  if (signal.filled > count) signal.filled = count;
}

/** A weight that stands: the mean of its last samples. */
export type Stand = { mean: number; variance: number; samples: number; squares: number };

/**
 * Whether a moving plate stands still, by its newest samples: they must look like noise around a mean, without a trend.
 * `silent`: the scale has nothing more to say, so its last word stands.
 */
export function standOf(signal: PlateSignal, silent: boolean, rules: SettleRules): Stand | undefined {
  const { noise } = signal;
  const { mean, squares, samples } = runOf(signal);
  if (silent) return { mean, variance: standVariance(signal, samples), samples, squares };
  const stand = { mean, variance: standVariance(signal, samples), samples, squares };
  if (!isStream(signal)) return hasStood(signal, samples, rules) ? stand : undefined;
  if (samples < leastSamples(signal, rules)) return undefined;
  if (Math.sqrt(squares / (samples - 1)) > Math.max(1.6 * noise, 0.9)) return undefined;
  if (Math.abs(trend(signal, samples)) > Math.max((4 * noise) / Math.sqrt(samples), 0.8)) return undefined;
  return stand;
}

/** The newest samples that look like noise around one mean. */
function runOf(signal: PlateSignal, most = recentKept): { mean: number; squares: number; samples: number } {
  const reach = Math.max(3.2 * signal.noise, 0.8);
  let samples = 0;
  let mean = 0;
  let squares = 0;
  while (samples < signal.filled && samples < most) {
    const value = sample(signal, samples);
    if (samples > 0 && Math.abs(value - mean) > reach) break;
    samples++;
    const delta = value - mean;
    mean += delta / samples;
    squares += delta * (value - mean);
  }
  return { mean, squares, samples };
}

/** A scale that reports on change has settled its weight itself: two words that agree, far enough apart. */
function hasStood(signal: PlateSignal, samples: number, rules: SettleRules): boolean {
  return samples >= 2 && samples === signal.filled && signal.at - signal.movedAt >= rules.settleMs;
}

/** Samples that fill the time to settle; five at least, whatever the rate. */
function leastSamples(signal: PlateSignal, rules: SettleRules): number {
  const every = Number.isFinite(signal.quietEveryMs) ? Math.max(20, signal.quietEveryMs) : 200;
  return Math.min(recentKept, Math.max(5, Math.ceil(rules.settleMs / every)));
}

/** The scale's rounding is in it. */
const standVariance = ({ noise }: PlateSignal, samples: number): number =>
  (noise * noise) / Math.max(1, samples) + 0.005;

/** How much higher the newer half of the last samples lies than the older half. */
function trend(signal: PlateSignal, samples: number): number {
  const half = samples >> 1;
  let sum = 0;
  for (let i = 0; i < half; i++) sum += sample(signal, i) - sample(signal, samples - 1 - i);
  return sum / Math.max(1, half);
}

/** The weight is back where it was: a hand, a bag that brushed by, a door that slammed. */
export function isBack(signal: PlateSignal): boolean {
  if (signal.level === undefined || signal.filled < 4) return false;
  let sum = 0;
  const reach = Math.max(3 * signal.noise, 1.5);
  for (let i = 0; i < 4; i++) {
    const off = sample(signal, i) - signal.level;
    if (Math.abs(off) > reach) return false;
    sum += off;
  }
  return Math.abs(sum / 4) < Math.max(1.2 * signal.noise, 1);
}

/** From now on it stands here. */
export function rest(signal: PlateSignal, level: number, variance: number) {
  signal.mood = "quiet";
  signal.waitUntil = 0;
  signal.level = level;
  signal.levelVariance = variance;
  signal.fast = level;
}

/** Nothing has happened after all. */
export function calm(signal: PlateSignal) {
  signal.mood = "quiet";
  signal.fast = signal.level ?? signal.fast;
}

/** True once a plate that has just been switched on, or has never spoken, stands; its noise is learned by then. */
export function hasStarted(signal: PlateSignal, silent: boolean): boolean {
  if (silent) return true;
  if (signal.filled < startSamples) return false;
  const { mean, sd } = spread(signal, startSamples);
  if (Math.abs(trend(signal, startSamples)) > Math.max(2 * sd, 1)) return false;
  for (let i = 0; i < startSamples; i++) if (Math.abs(sample(signal, i) - mean) > Math.max(3.3 * sd, 1)) return false;
  if (sd > restlessNoise) return false;
  signal.noise = Math.max(leastNoise, sd);
  signal.noiseTaught = startSamples;
  return true;
}

/** No plate on the market is noisier than this; what swings more is being touched. */
const restlessNoise = 18;

/**
 * A load cell's first word was a whole number by chance, and was believed: it moves about that for ever, and has never been
 * quiet enough to teach its noise. It is asked anew.
 */
export function startAgain(signal: PlateSignal) {
  if (signal.noiseTaught >= rhythmKnown || signal.filled < startSamples || signal.rough <= signal.whole) return;
  signal.mood = "starting";
  signal.level = undefined;
}

/** A plate whose noise is larger than was believed trembles for ever: it is taken as it is. */
export function acceptTremble(signal: PlateSignal) {
  if (signal.at - signal.movedAt < restlessMs || signal.filled < recentKept) return;
  const { sd } = spread(signal, recentKept);
  if (sd > restlessNoise || sd < 1.6 * signal.noise || Math.abs(trend(signal, recentKept)) > sd) return;
  signal.noise = sd;
  signal.noiseTaught = recentKept;
}

function spread(signal: PlateSignal, samples: number): { mean: number; sd: number } {
  let sum = 0;
  for (let i = 0; i < samples; i++) sum += sample(signal, i);
  const mean = sum / samples;
  let squares = 0;
  for (let i = 0; i < samples; i++) squares += (sample(signal, i) - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / (samples - 1)) };
}

/** Mean of the newest samples of a plate that did not move itself, to see what a neighbour's goods do to it. */
export function glance(signal: PlateSignal): { mean: number; variance: number } {
  const { mean, samples } = runOf(signal);
  return { mean, variance: standVariance(signal, samples) };
}
