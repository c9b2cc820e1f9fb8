import type { DomainEvent } from "../events.ts";
import { type OpenDoubt, overtake } from "./doubts.ts";
import type { Steps } from "./likelihood.ts";
import type { PlateState } from "./planogram.ts";
import { doubtPlate } from "./plate-doubts.ts";
import type { Foreign, Shelf, ShelvesState } from "./shelves-state.ts";

const foreignKept = 6;
/** Of the steps that a doubt remembers. Grams squared. */
const doubtVariance = 4;

/** A weight that fits nothing: remembered, so that its leaving is no event either. */
export function noteForeign(events: DomainEvent[], { row, state }: Shelf, steps: Steps) {
  const { shelf = "" } = row[0] ?? {};
  const list = state.foreign.get(shelf) ?? [];
  state.foreign.set(shelf, list);
  list.push({ low: steps.low, steps: steps.grams, variance: steps.variances.reduce((sum, each) => sum + each, 0) });
  if (list.length > foreignKept) list.shift();
  const widest = steps.grams.reduce(
    (best, step, index) => (Math.abs(step) > Math.abs(steps.grams[best] ?? 0) ? index : best),
    0,
  );
  const plate = row[steps.low + widest];
  if (plate)
    doubtPlate(events, plate, {
      grams: plate.signal.level ?? 0,
      reason: "the weight fits nothing that could stand here",
    });
}

/** What was not ours, or not understood, leaves again: nothing has happened after all. */
export function leavesAgain({ foreign }: ShelvesState, shelf: string, steps: Steps): boolean {
  const list = foreign.get(shelf);
  const index = list?.findLastIndex((one) => isReverse(one, steps)) ?? -1;
  if (!list || index < 0) return false;
  list.splice(index, 1);
  return true;
}

/** The same for a change that is still doubted. */
export function undoDoubt(
  events: DomainEvent[],
  about: { state: ShelvesState; shelf: string; row: readonly PlateState[]; steps: Steps; at: number; now: number },
): boolean {
  const { state, shelf, row, steps, at, now } = about;
  const felt = ({ plates, steps: grams }: OpenDoubt): Foreign => {
    const low = row.findIndex(({ plate }) => plate === plates[0]);
    return { low, steps: grams, variance: doubtVariance };
  };
  const isVoid = (doubt: OpenDoubt) => doubt.shelf === shelf && at > doubt.at && isReverse(felt(doubt), steps);
  const [settled] = overtake(state.doubts, isVoid, now);
  if (settled) events.push(settled);
  return settled !== undefined;
}

/** Same grams, same plates, the other way. */
function isReverse(before: Foreign, { low, grams, variances }: Steps): boolean {
  let chiSquare = 0;
  let size = 0;
  const from = Math.min(low, before.low);
  const until = Math.max(low + grams.length, before.low + before.steps.length);
  for (let plate = from; plate < until; plate++) {
    const then = before.steps[plate - before.low] ?? 0;
    const off = (grams[plate - low] ?? 0) + then;
    size += then * then;
    chiSquare += (off * off) / ((variances[plate - low] ?? 1) + before.variance / before.steps.length + 0.5);
  }
  return size > 0 && chiSquare < 3 * (until - from);
}
