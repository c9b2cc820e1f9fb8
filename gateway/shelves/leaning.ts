import type { DomainEvent } from "../events.ts";
import { changesOf } from "./changes.ts";
import { explain } from "./explaining.ts";
import type { Steps } from "./likelihood.ts";
import { whyUncountable } from "./plate-doubts.ts";
import { glance, isStream, type PlateSignal, rest, type Stand, sample } from "./plate-signal.ts";
import { reweigh } from "./reweighing.ts";
import type { Shelf } from "./shelves-state.ts";
import { leavesAgain } from "./undoing.ts";
import { type Expected, expectedSteps } from "./weighing.ts";

/** A hand that leans never holds still: its force trembles by about this share of itself. */
const trembleShare = 0.07;
/** The ringing of what was set down has not quite died away. Grams squared. */
const leastTremble = 0.2;
/** So much likelier stands what is told although a hand is on the plate beside it, in nats, and for so many samples. */
const besideNats = 6;
const besideSamples = 12;
/** It could be told later, without the hand: so sure it must be. */
const besideSure = 0.9;
/** Longer than a hand needs to bring something, and more than what is set down rings. Samples, grams. */
const leanSamples = 18;
const leanGrams = 15;
/** Of the weight of what came and left, on plates that somebody leans on. */
const mostHidden = 0.3;
const lookAgainMs = 500;
/** Of a plate that somebody leans on: it may show anything. Grams squared. */
const leanVariance = 1e6;

/** How much likelier it is, in nats, that a plate shows goods, as still as its own noise, than a hand that leans on it. */
export function natsOfStanding({ noise, level = 0 }: PlateSignal, stand: Stand): number {
  const still = Math.max(leastTremble, noise ** 2);
  const leaning = still + (trembleShare * (stand.mean - level)) ** 2;
  return (stand.samples / 2) * Math.log(leaning / still) - (stand.squares / 2) * (1 / still - 1 / leaning);
}

type Episode = Shelf & { low: number; high: number };
/** Of each plate of the episode; undefined while it does not stand. */
type Stands = readonly (Stand | undefined)[];

/**
 * Somebody rests an arm on some plates of an episode, for seconds, while goods come and go beside it: what the plates that
 * stand tell without the others is told now, if it leaves no doubt.
 */
export function judgeBesideLean(events: DomainEvent[], episode: Episode, stands: Stands) {
  const { row, low, high } = episode;
  if (!areLeanedOn(row, { low, stands })) return;
  for (let from = low; from <= high; from++) {
    if (!hasStood(row[from]?.signal, stands[from - low])) continue;
    let until = from;
    while (until < high && hasStood(row[until + 1]?.signal, stands[until + 1 - low])) until++;
    judgeRun(events, { ...episode, from, until }, stands);
    from = until;
  }
}

/** All of them that do not stand have been pressed on for longer than a hand needs to bring something. */
function areLeanedOn(row: Shelf["row"], { low, stands }: { low: number; stands: Stands }): boolean {
  return stands.every((stand, index) => {
    const signal = row[low + index]?.signal;
    return stand !== undefined || (signal !== undefined && isLeanedOn(signal));
  });
}

function isLeanedOn(signal: PlateSignal): boolean {
  const { level = 0, filled, noise } = signal;
  if (filled < leanSamples) return false;
  let least = Number.POSITIVE_INFINITY;
  for (let back = 0; back < leanSamples; back++) least = Math.min(least, sample(signal, back) - level);
  return least > Math.max(leanGrams, 4 * noise);
}

const hasStood = (signal: PlateSignal | undefined, stand: Stand | undefined): boolean =>
  signal !== undefined && stand !== undefined && isStream(signal) && stand.samples >= besideSamples;

type Run = Episode & { from: number; until: number };

function judgeRun(events: DomainEvent[], run: Run, stands: Stands) {
  const { row, state, rules, source, low, from, until } = run;
  const signal = row[from]?.signal;
  const { shelf = "" } = row[from] ?? {};
  if (!signal || (signal.waitUntil > signal.at && signal.waitUntil - signal.at <= lookAgainMs)) return;
  let nats = 0;
  for (let index = from; index <= until; index++) {
    const stand = stands[index - low];
    const plate = row[index];
    if (!stand || !plate || whyUncountable(plate, stand.mean, rules) !== undefined) return;
    nats += natsOfStanding(plate.signal, stand);
  }
  if (nats < besideNats) return;
  const { at } = signal;
  signal.waitUntil = at + lookAgainMs;
  const steps = stepsOf(run, stands);
  reweigh(run, shelf, at);
  const { hands, weights } = state;
  const placed = state.placed.get(shelf) ?? [];
  if (leavesAgain(state, shelf, steps)) {
    settle(run, { steps, stands, expected: [] });
    return;
  }
  const found = explain({ shelf, row, placed, hands, weights, toleranceShare: rules.toleranceShare, at }, steps);
  if (found.kind !== "clear" || found.story.confidence < besideSure) return;
  const parts = found.story.parts.map(({ part }) => part);
  const expected = expectedSteps(parts, steps);
  const hidden = expected.reduce(
    (sum, { grams }, index) => sum + (steps.variances[index] === leanVariance ? Math.abs(grams) : 0),
    0,
  );
  if (hidden > mostHidden * parts.reduce((sum, { grams }) => sum + grams, 0)) return;
  settle(run, { steps, stands, expected });
  events.push(...changesOf(found.story, steps, { shelf, row, hands, at, source }));
}

function stepsOf({ row, low, from, until }: Run, stands: Stands): Steps {
  const first = Math.max(0, from - 1);
  const last = Math.min(row.length - 1, until + 1);
  const steps: Steps = { low: first, high: last, plates: row.length, grams: [], variances: [] };
  for (let index = first; index <= last; index++) {
    const signal = row[index]?.signal;
    const stand = signal && standOfRun(signal, { index, from, until }, stands[index - low]);
    const isHeard = stand && signal.level !== undefined;
    steps.grams.push(isHeard ? stand.mean - (signal.level ?? 0) : 0);
    steps.variances.push(isHeard ? stand.variance + signal.levelVariance + stepVariance : leanVariance);
  }
  return steps;
}

const stepVariance = 0.02;

/** Where a plate stands now, unless somebody leans on it. */
function standOfRun(
  signal: PlateSignal,
  { index, from, until }: { index: number; from: number; until: number },
  stand: Stand | undefined,
): Pick<Stand, "mean" | "variance"> | undefined {
  if (index >= from && index <= until) return stand;
  return signal.mood === "quiet" && signal.filled > 0 ? glance(signal) : undefined;
}

/** Those that stood rest; the others will, when the hand has gone, about where the story says. */
function settle(
  { row, low, from, until }: Run,
  { steps, stands, expected }: { steps: Steps; stands: Stands; expected: readonly Expected[] },
) {
  for (let index = steps.low; index <= steps.high; index++) {
    const signal = row[index]?.signal;
    if (!signal) continue;
    const stand = standOfRun(signal, { index, from, until }, stands[index - low]);
    if (stand) {
      if (signal.mood === "moving" || isStream(signal)) rest(signal, stand.mean, stand.variance);
      continue;
    }
    const hidden = expected[index - steps.low];
    if (signal.level === undefined || !hidden) continue;
    signal.level += hidden.grams;
    signal.fast = signal.level;
    signal.levelVariance += hidden.variance;
  }
}
