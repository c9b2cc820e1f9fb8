import type { DomainEvent } from "../events.ts";
import { candidateOf, changesOf } from "./changes.ts";
import { explain } from "./explaining.ts";
import { lastPieceOf } from "./last-piece.ts";
import { judgeBesideLean, natsOfStanding } from "./leaning.ts";
import type { Steps } from "./likelihood.ts";
import type { PlateState } from "./planogram.ts";
import { believeAgain, doubtPlate, whyUncountable } from "./plate-doubts.ts";
import {
  acceptTremble,
  calm,
  glance,
  isBack,
  isStream,
  type PlateSignal,
  rest,
  type Stand,
  standOf,
  startAgain,
} from "./plate-signal.ts";
import { reweigh } from "./reweighing.ts";
import { round, type Shelf } from "./shelves-state.ts";
import { hasFallenSilent, startPlate } from "./starting.ts";
import { leavesAgain, noteForeign, undoDoubt } from "./undoing.ts";

/**
 * What stands as still as the plate's own noise is goods; how much likelier than a hand that leans that must be, in nats. Slow
 * scales show less of its tremble, so they wait longer.
 */
const stillNats = 3;
/** On a plate too noisy to tell, so many samples in a row that do not wander; more of a slow scale's, longer than people lean. */
const enoughSamples = 12;
const enoughSlowSamples = 18;
const slowMs = 250;
/** Identical words of a plate that is known to be noisy: the cell or its wire is dead. */
const frozenAfter = 60;
const frozenVariance = 1e6;
/** Such a story is told at once; a lesser one waits so long for something better, and is looked at so often. */
const sureStory = 0.75;
const patienceMs = 900;
const lookAgainMs = 300;
/** Judges every plate that moves or has just started. Called after readings, and each second for those that fell silent. */
export function judgeShelf(shelf: Shelf): DomainEvent[] {
  const events: DomainEvent[] = [];
  const { row } = shelf;
  for (const plate of row) {
    if (plate.signal.mood === "starting") startPlate(events, plate, shelf);
    if (plate.signal.mood === "moving") comeBack(events, plate, shelf);
  }
  let low = 0;
  while (low < row.length) {
    if (row[low]?.signal.mood !== "moving") {
      low++;
      continue;
    }
    let high = low;
    while (row[high + 1]?.signal.mood === "moving") high++;
    judgeEpisode(events, { ...shelf, low, high });
    low = high + 1;
  }
  for (const [index, { signal }] of row.entries())
    signal.held = row[index - 1]?.signal.mood === "moving" || row[index + 1]?.signal.mood === "moving";
  return events;
}

function comeBack(events: DomainEvent[], plate: PlateState, shelf: Shelf) {
  const { signal } = plate;
  const { level } = signal;
  if (level === undefined || signal.grams === undefined) return;
  const isNear = Math.abs(signal.grams - level) <= Math.max(3 * signal.noise, shelf.rules.quietGrams);
  // a scale that reports on change has settled what it says
  const isDone = isStream(signal) ? isBack(signal) : isNear;
  if (!isDone) {
    if (isStream(signal)) acceptTremble(signal);
    else startAgain(signal);
    return;
  }
  calm(signal);
  if (plate.doubted && signal.same < frozenAfter) believeAgain(events, plate, shelf);
}

type Episode = Shelf & { low: number; high: number };

function judgeEpisode(events: DomainEvent[], episode: Episode) {
  const { row, low, high, rules, now } = episode;
  const first = row[low]?.signal;
  if (!first || (first.waitUntil > first.at && first.waitUntil - first.at < patienceMs)) return;
  const heard: (Stand | undefined)[] = [];
  let allSilent = true;
  for (let index = low; index <= high; index++) {
    const plate = row[index];
    if (!plate) return;
    const silent = hasFallenSilent(plate.signal, now, rules);
    heard.push(standOf(plate.signal, silent, rules));
    allSilent &&= silent;
  }
  const stands = heard.filter((stand) => stand !== undefined);
  if (stands.length < heard.length) {
    if (stands.length > 0) judgeBesideLean(events, episode, heard);
    return;
  }
  if (!allSilent && !isStill(episode, stands)) return;
  for (const [index, { mean }] of stands.entries()) {
    const plate = row[low + index];
    const reason = plate && whyUncountable(plate, mean, rules);
    if (!plate || reason === undefined) continue;
    doubtPlate(events, plate, { grams: mean, reason });
    return;
  }
  resolve(events, episode, { stands, allSilent });
}

/** The plates are as still as goods are, and not only as still as a hand can be. */
function isStill({ row, low, high }: Episode, stands: readonly Stand[]): boolean {
  let nats = 0;
  let samples = Number.POSITIVE_INFINITY;
  let isStreaming = false;
  let enough = enoughSamples;
  for (let index = low; index <= high; index++) {
    const signal = row[index]?.signal;
    const stand = stands[index - low];
    if (!signal || !stand || !isStream(signal)) continue;
    isStreaming = true;
    if (signal.quietEveryMs > slowMs) enough = enoughSlowSamples;
    samples = Math.min(samples, stand.samples);
    nats += natsOfStanding(signal, stand);
  }
  return !isStreaming || nats >= stillNats || samples >= enough;
}

function resolve(
  events: DomainEvent[],
  episode: Episode,
  { stands, allSilent }: { stands: readonly Stand[]; allSilent: boolean },
) {
  const { row, state, rules, source } = episode;
  const first = row[episode.low]?.signal;
  if (!first) return;
  const steps = stepsOf(episode, stands);
  doubtFrozen(events, row, steps);
  const { shelf = "" } = row[episode.low] ?? {};
  const { at } = first;
  const { hands, weights } = state;
  reweigh(episode, shelf, at);
  const placed = state.placed.get(shelf) ?? [];
  const found = leavesAgain(state, shelf, steps)
    ? ({ kind: "nothing" } as const)
    : explain({ shelf, row, placed, hands, weights, toleranceShare: rules.toleranceShare, at }, steps);
  const isSure = found.kind === "nothing" || (found.kind === "clear" && found.story.confidence >= sureStory);
  // a finger may still lie on it, and more samples tell more
  if (!isSure && !allSilent && at - patienceOf(first) < patienceMs) {
    first.waitUntil = at + lookAgainMs;
    return;
  }
  const last = found.kind === "clear" ? lastPieceOf(found.story, steps, { ...episode, at }) : undefined;
  settle(episode, steps, stands);
  if (last) state.lastPieces.set(shelf, last);
  const scene = { shelf, row, hands, at, source };
  if (!isSure && undoDoubt(events, { state, shelf, row, steps, at, now: episode.now })) return;
  switch (found.kind) {
    case "clear":
      events.push(...changesOf(found.story, steps, scene));
      return;
    case "doubtful":
      events.push(
        doubtOf(
          found.stories.map((story) => candidateOf(story, scene)),
          { episode, steps, shelf, at },
        ),
      );
      return;
    case "foreign":
      noteForeign(events, episode, steps);
      return;
    case "nothing":
      return;
  }
}

/** Beside a plate that moves, one that always trembled says the very same for ever: it is not listened to. */
function doubtFrozen(events: DomainEvent[], row: readonly PlateState[], { low, high }: Steps) {
  for (const plate of row.slice(low, high + 1))
    if (isFrozen(plate.signal))
      doubtPlate(events, plate, {
        grams: plate.signal.grams ?? 0,
        reason: "the scale says the same whatever happens beside it",
      });
}

/** When this episode could first be explained. */
function patienceOf(signal: PlateSignal): number {
  if (signal.stillSince < signal.movedAt || signal.stillSince > signal.at) signal.stillSince = signal.at;
  return signal.stillSince;
}

function stepsOf({ row, low: from, high: until }: Episode, stands: readonly Stand[]): Steps {
  const low = Math.max(0, from - 1);
  const high = Math.min(row.length - 1, until + 1);
  const steps: Steps = { low, high, plates: row.length, grams: [], variances: [] };
  for (let index = low; index <= high; index++) {
    const signal = row[index]?.signal;
    const isHeard = signal && signal.level !== undefined && signal.filled > 0 && !isFrozen(signal);
    const stand = stands[index - from] ?? (signal && glance(signal));
    steps.grams.push(isHeard && stand ? stand.mean - (signal.level ?? 0) : 0);
    steps.variances.push(isHeard && stand ? stand.variance + signal.levelVariance + stepVariance : frozenVariance);
  }
  return steps;
}

/** Whatever it was: here the plates stand from now on. */
function settle({ row, low }: Episode, steps: Steps, stands: readonly Stand[]) {
  for (let index = steps.low; index <= steps.high; index++) {
    const signal = row[index]?.signal;
    const stand = stands[index - low] ?? (signal && glance(signal));
    if (!signal || !stand) continue;
    if (signal.mood === "moving" || (signal.mood === "quiet" && isStream(signal)))
      rest(signal, stand.mean, stand.variance);
  }
}

/** Creep and drift while hands were there. Grams squared. */
const stepVariance = 0.02;

const isFrozen = (signal: PlateSignal): boolean =>
  isStream(signal) && signal.same >= frozenAfter && signal.noise > 0.3 && signal.mood === "quiet";

function doubtOf(
  candidates: ReturnType<typeof candidateOf>[],
  { episode, steps, shelf, at }: { episode: Episode; steps: Steps; shelf: string; at: number },
): DomainEvent {
  const { row, source, low } = episode;
  const plates = row.slice(steps.low, steps.high + 1).map(({ plate }) => plate);
  const grams = round(steps.grams.reduce((sum, step) => sum + step, 0));
  const doubtId = `${shelf}.${row[low]?.plate ?? 0}.${at}`;
  return {
    type: "change-doubted",
    at,
    doubtId,
    shelf,
    plates,
    grams,
    steps: steps.grams.map(round),
    candidates,
    source,
  };
}
