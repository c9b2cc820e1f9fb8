import type { DomainEvent, DoubtedChange, StockCause } from "../events.ts";
import type { Decision } from "../room.ts";
import { type OpenDoubt, settledEvent } from "./doubts.ts";
import { goodsGrams } from "./levels.ts";
import { plateAt, round, type ShelvesState } from "./shelves-state.ts";

/** Evidence settles a doubt only when one story is left. */
const settledFrom = 0.9;

/** A person says which story it was, or that it was none of them (-1). */
export function decideDoubtSettle(
  state: ShelvesState,
  command: { doubtId: string; candidate: number; by: string },
  now: number,
): Decision {
  const doubt = state.doubts.open.get(command.doubtId);
  if (!doubt) {
    const title = "This question is answered already.";
    return { ok: false, problem: { status: 404, type: "unknown-doubt", title } };
  }
  const { candidate, by } = command;
  const chosen = candidate === -1 ? undefined : doubt.candidates[candidate];
  if (candidate !== -1 && !chosen) {
    const title = "There is no such answer to this question.";
    const detail = `It has ${doubt.candidates.length}: 0 to ${doubt.candidates.length - 1}, or -1 for none of them.`;
    return { ok: false, problem: { status: 422, type: "unknown-candidate", title, detail } };
  }
  const settled = settledEvent(doubt, now, { how: "person", by, ...(chosen ? { candidate } : {}) });
  return {
    ok: true,
    events: [settled, ...(chosen ? countsOf(state, doubt, { chosen, now, confidence: 1 }) : [])],
    value: {},
  };
}

/** What another witness sees of one product at one place: so many, and how far its word goes (0..1). */
export type Witnessed = { sku: string; shelf: string; plate: number; says: number; sure: number };

/** A camera, a tag reader or a count elsewhere may leave one story only. */
export function settleByEvidence(state: ShelvesState, seen: Witnessed, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  const count = plateAt(state, seen.shelf, seen.plate)?.goods.find(({ sku }) => sku === seen.sku)?.count ?? 0;
  for (const doubt of state.doubts.open.values()) {
    if (doubt.shelf !== seen.shelf) continue;
    const deltas = doubt.candidates.map(({ moves }) => deltaAt(moves, seen));
    // it says nothing about stories that agree on this place
    if (deltas.every((delta) => delta === deltas[0])) continue;
    const weights = doubt.candidates.map(({ confidence }, index) => {
      const agrees = count + (deltas[index] ?? 0) === seen.says;
      return confidence * (agrees ? seen.sure : 1 - seen.sure);
    });
    const unknown = Math.max(0, 1 - doubt.candidates.reduce((sum, { confidence }) => sum + confidence, 0));
    const whole = weights.reduce((sum, weight) => sum + weight, 0) + unknown * (1 - seen.sure);
    const best = weights.indexOf(Math.max(...weights));
    const chosen = doubt.candidates[best];
    const confidence = whole > 0 ? (weights[best] ?? 0) / whole : 0;
    if (!chosen || confidence < settledFrom) continue;
    events.push(settledEvent(doubt, now, { how: "evidence", candidate: best }));
    events.push(...countsOf(state, doubt, { chosen, now, confidence }));
    // the next one is judged when this one is counted
    break;
  }
  return events;
}

const deltaAt = (moves: DoubtedChange["moves"], { sku, plate }: Witnessed): number =>
  moves.reduce((sum, move) => (move.sku === sku && move.plate === plate ? sum + move.delta : sum), 0);

function countsOf(
  state: ShelvesState,
  doubt: OpenDoubt,
  { chosen, now, confidence }: { chosen: DoubtedChange; now: number; confidence: number },
): DomainEvent[] {
  const { shelf, id: changeId } = doubt;
  // not the reading's number: that is of long ago
  const source = { deviceId: doubt.source.deviceId };
  return chosen.moves.flatMap(({ sku, plate, delta }): DomainEvent[] => {
    const found = plateAt(state, shelf, plate);
    if (!found) return [];
    const goods = found.goods.find((each) => each.sku === sku);
    const previous = goods?.count ?? 0;
    const count = Math.max(0, previous + delta);
    if (count === previous) return [];
    const cause: StockCause = delta < 0 ? "pick" : "put-back";
    // by the planogram of now: it may have changed since
    const stray = !goods || goods.stray ? ({ stray: true } as const) : {};
    // a scale that was changed meanwhile has not spoken yet
    const grams = round(found.signal.level ?? found.tareGrams + goodsGrams(found));
    const place = { shelf, plate, sku, ...stray, grams };
    const sure = { confidence: Math.round(confidence * 100) / 100, source, cause, changeId };
    return [{ type: "stock-changed", at: now, ...place, count, previous, ...sure }];
  });
}
