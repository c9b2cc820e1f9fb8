import type { DomainEvent } from "../events.ts";
import { expectedLevel } from "./anchoring.ts";
import { firstCounts, whyTooMany } from "./levels.ts";
import type { PlateState } from "./planogram.ts";
import { doubtPlate, whyUncountable } from "./plate-doubts.ts";
import { glance, hasStarted, isStream, type PlateSignal, rest, type Stand, standOf } from "./plate-signal.ts";
import { type CountingRules, round, type Shelf } from "./shelves-state.ts";

/** A stream that fell silent may come back within this time. */
const stallMs = 5_000;
/** A level remembered through a restart, or not heard for long, may have wandered. Grams squared. */
const rememberedVariance = 9;

/** Nothing more will be said: a scale that reports on change, or a stream that broke off. */
export function hasFallenSilent(signal: PlateSignal, now: number, rules: CountingRules): boolean {
  const silentMs = now - signal.heardAt;
  // below nought our own clock was set back; a stream's next word is not far
  return isStream(signal) ? silentMs >= stallMs : silentMs < 0 || silentMs >= rules.settleMs;
}

/** A plate that has just been switched on, or never spoke: counted, or what happened while it was off is a step. */
export function startPlate(events: DomainEvent[], plate: PlateState, shelf: Shelf) {
  const { signal } = plate;
  if (signal.filled === 0) return;
  const silent = hasFallenSilent(signal, shelf.now, shelf.rules);
  if (!hasStarted(signal, silent)) return;
  const stand = silent ? standOf(signal, true, shelf.rules) : startStand(signal);
  if (!stand) return;
  // of several products only the step tells which; of one, the weight itself
  const isMixed = plate.goods.length > 1 && plate.goods.every(({ count }) => count !== undefined);
  if (signal.level === undefined && !isMixed) {
    countFirst(events, plate, { grams: stand.mean, variance: stand.variance, shelf });
    return;
  }
  // what stood here before the gateway or the scale was off is remembered: the difference is a step like any other
  const expected = expectedLevel(plate, shelf.state, shelf.rules);
  signal.levelVariance = signal.level === undefined ? expected.variance : rememberedVariance;
  signal.level ??= expected.grams;
  if (Math.abs(stand.mean - signal.level) < 2 * Math.sqrt(signal.levelVariance) + signal.noise) {
    rest(signal, stand.mean, stand.variance);
    return;
  }
  signal.mood = "moving";
  signal.movedAt = signal.at;
}

function startStand(signal: PlateSignal): Stand {
  const { mean, variance } = glance(signal);
  return { mean, variance, samples: 12, squares: 0 };
}

function countFirst(
  events: DomainEvent[],
  plate: PlateState,
  { grams, variance, shelf }: { grams: number; variance: number; shelf: Shelf },
) {
  const { signal } = plate;
  const { rules, state, source } = shelf;
  const counts = firstCounts(plate, grams, state.weights, rules);
  const reason = whyUncountable(plate, grams, rules) ?? whyTooMany(counts);
  if (!doubtPlate(events, plate, { grams, reason })) return;
  rest(signal, grams, variance);
  for (const { goods, count, confidence } of counts) {
    if (goods.count === count) continue;
    events.push({
      ...{ type: "stock-changed", at: signal.at, shelf: plate.shelf, plate: plate.plate, sku: goods.sku },
      ...{ count, previous: goods.count ?? 0, grams: round(grams), confidence, source, cause: "correction" },
    });
  }
}
