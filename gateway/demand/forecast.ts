/**
 * How fast goods leave, in a form that can be said in a sentence: so many an hour, times how this weekday goes, times how
 * this hour goes. All three are exponentially smoothed ratios of what left and what was expected (multiplicative
 * exponential smoothing after Holt and Winters, with the smoothing done on counts, as of a Poisson rate with a Gamma
 * prior, so that rare goods do not jump).
 */
export type Pace = {
  /** Pieces, and the ordinary hours in which they left; both fade. */
  taken: number;
  hours: number;
  /** Mean absolute error of the forecasts of past hours, pieces; undefined until there was one. */
  error: number | undefined;
};
type Ratio = { taken: number; expected: number };
export type Rhythm = {
  paces: Map<string, Pace>;
  weekdays: Ratio[];
  hours: Ratio[];
  /** Pieces an ordinary product of this shop loses in an ordinary hour. */
  ordinaryPace: number;
};
/** `weekday` 0 is Sunday; `hour` 0..23, of the shop's own wall clock. */
export type HourOfWeek = { weekday: number; hour: number };

/** What happened in one hour. `share`: how much of it the product could be had, 0..1; what is not there cannot be taken. */
export type HourSeen = { taken: number; share: number };

/** Half of what a pace rests on is older than so many open hours: three weeks of a shop that is open ten hours a day. */
const paceHalfLifeHours = 200;
/** The same for weekdays and hours, in weeks of the one and days of the other. */
const rhythmHalfLife = { weekday: 8 * 10, hour: 30 };
/** A product nobody has seen sell goes like the shop's others, for as much as so many hours would tell. */
const newcomerHours = 12;
/** A weekday or hour is ordinary until so many pieces say otherwise. */
const ordinaryPieces = 6;
const errorSmoothing = 0.02;

const fade = (halfLife: number) => 0.5 ** (1 / halfLife);

export const newRhythm = (): Rhythm => ({
  paces: new Map(),
  ordinaryPace: 0,
  weekdays: Array.from({ length: 7 }, () => ({ taken: 0, expected: 0 })),
  hours: Array.from({ length: 24 }, () => ({ taken: 0, expected: 0 })),
});

/** Pieces that leave in an ordinary hour. */
export function paceOf(rhythm: Rhythm, sku: string): number {
  const pace = rhythm.paces.get(sku);
  return ((pace?.taken ?? 0) + rhythm.ordinaryPace * newcomerHours) / ((pace?.hours ?? 0) + newcomerHours);
}

export const weekdayFactor = (rhythm: Rhythm, weekday: number) => factor(rhythm.weekdays[weekday]);
export const hourFactor = (rhythm: Rhythm, hour: number) => factor(rhythm.hours[hour]);

/** Pieces expected to leave in a whole hour in which the product can be had. */
export function expectedIn(rhythm: Rhythm, sku: string, { weekday, hour }: HourOfWeek): number {
  return paceOf(rhythm, sku) * weekdayFactor(rhythm, weekday) * hourFactor(rhythm, hour);
}

/** An open hour is over. Products that could not be had teach nothing. */
export function learnHour(rhythm: Rhythm, at: HourOfWeek, seen: ReadonlyMap<string, HourSeen>) {
  const weekday = rhythm.weekdays[at.weekday];
  const hour = rhythm.hours[at.hour];
  if (!weekday || !hour) return;
  const [byWeekday, byHour] = [factor(weekday), factor(hour)];
  const kept = { weekday: fade(rhythmHalfLife.weekday), hour: fade(rhythmHalfLife.hour) };
  for (const ratio of [weekday, hour]) {
    const keep = ratio === hour ? kept.hour : kept.weekday;
    ratio.taken *= keep;
    ratio.expected *= keep;
  }
  const keep = fade(paceHalfLifeHours);
  const paces = new Map([...seen.keys()].map((sku) => [sku, paceOf(rhythm, sku)]));
  for (const [sku, { taken, share }] of seen) {
    if (share <= 0) continue;
    const before = paces.get(sku) ?? 0;
    const expected = before * byWeekday * byHour * share;
    const pace = rhythm.paces.get(sku) ?? { taken: 0, hours: 0, error: undefined };
    rhythm.paces.set(sku, pace);
    const error = Math.abs(taken - expected);
    pace.error = pace.error === undefined ? error : pace.error + errorSmoothing * (error - pace.error);
    pace.taken = pace.taken * keep + taken;
    pace.hours = pace.hours * keep + byWeekday * byHour * share;
    weekday.taken += taken;
    weekday.expected += before * byHour * share;
    hour.taken += taken;
    hour.expected += before * byWeekday * share;
  }
  rhythm.ordinaryPace = ordinaryPace(rhythm);
}

function factor(ratio: Ratio | undefined): number {
  if (!ratio) return 1;
  return (ratio.taken + ordinaryPieces) / (ratio.expected + ordinaryPieces);
}

function ordinaryPace({ paces }: Rhythm): number {
  let taken = 0;
  let hours = 0;
  for (const pace of paces.values()) {
    taken += pace.taken;
    hours += pace.hours;
  }
  return hours > 0 ? taken / hours : 0;
}
