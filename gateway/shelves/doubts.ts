import type { DomainEvent, DoubtedChange, EventOf, StockCause } from "../events.ts";
import type { Decision } from "../room.ts";
import type { PlateState } from "./planogram.ts";

/** A change with more than one story, waiting for a person, another witness, or the goods to come back. */
export type OpenDoubt = {
  id: string;
  at: number;
  shelf: string;
  plates: number[];
  grams: number;
  /** Grams of each of `plates`. */
  steps: number[];
  candidates: DoubtedChange[];
  source: EventOf<"change-doubted">["source"];
};
export type DoubtsState = { open: Map<string, OpenDoubt> /** Oldest ones that made room. */; dropped: number };

const doubtsKept = 200;
/** Evidence settles a doubt only when one story is left. */
const settledFrom = 0.9;

export const noDoubts = (): DoubtsState => ({ open: new Map(), dropped: 0 });

export function openDoubt(doubts: DoubtsState, event: EventOf<"change-doubted">) {
  const { doubtId: id, at, shelf, plates, grams, steps = [], candidates, source } = event;
  doubts.open.set(id, { id, at, shelf, plates, grams, steps, candidates, source });
  if (doubts.open.size <= doubtsKept) return;
  doubts.open.delete(doubts.open.keys().next().value ?? "");
  doubts.dropped++;
}

/** Looks up what stands where, for the counts that follow from a settled doubt. */
export type PlateOf = (shelf: string, plate: number) => PlateState | undefined;

/** A person says which story it was, or that it was none of them (-1). */
export function decideDoubtSettle(
  doubts: DoubtsState,
  command: { doubtId: string; candidate: number; by: string },
  { now, plateOf }: { now: number; plateOf: PlateOf },
): Decision {
  const doubt = doubts.open.get(command.doubtId);
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
    events: [settled, ...(chosen ? countsOf(doubt, chosen, { now, plateOf, confidence: 1 }) : [])],
    value: {},
  };
}

/** What another witness sees of one product at one place: so many, and how far its word goes (0..1). */
export type Witnessed = { sku: string; shelf: string; plate: number; says: number; sure: number };

/** A camera, a tag reader or a count elsewhere may leave one story only. */
export function settleByWitness(
  doubts: DoubtsState,
  seen: Witnessed,
  { now, plateOf }: { now: number; plateOf: PlateOf },
): DomainEvent[] {
  const events: DomainEvent[] = [];
  const count = plateOf(seen.shelf, seen.plate)?.goods.find(({ sku }) => sku === seen.sku)?.count ?? 0;
  for (const doubt of doubts.open.values()) {
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
    events.push(...countsOf(doubt, chosen, { now, plateOf, confidence }));
    // the next one is judged when this one is counted
    break;
  }
  return events;
}

const deltaAt = (moves: DoubtedChange["moves"], { sku, plate }: Witnessed): number =>
  moves.reduce((sum, move) => (move.sku === sku && move.plate === plate ? sum + move.delta : sum), 0);

/** Doubts about a plate that somebody has counted, or whose step came undone. */
export function overtake(doubts: DoubtsState, isVoid: (doubt: OpenDoubt) => boolean, now: number): DomainEvent[] {
  return [...doubts.open.values()].filter(isVoid).map((doubt) => settledEvent(doubt, now, { how: "overtaken" }));
}

function settledEvent(
  { id: doubtId, shelf, plates }: OpenDoubt,
  at: number,
  how: Pick<EventOf<"doubt-settled">, "how" | "candidate" | "by">,
): DomainEvent {
  return { type: "doubt-settled", at, doubtId, shelf, plates, ...how };
}

function countsOf(
  doubt: OpenDoubt,
  { moves }: DoubtedChange,
  { now, plateOf, confidence }: { now: number; plateOf: PlateOf; confidence: number },
): DomainEvent[] {
  const changeId = doubt.id;
  return moves.flatMap(({ sku, plate, delta, stray }): DomainEvent[] => {
    const found = plateOf(doubt.shelf, plate);
    const previous = found?.goods.find((goods) => goods.sku === sku)?.count ?? 0;
    const count = Math.max(0, previous + delta);
    if (count === previous) return [];
    const cause: StockCause = delta < 0 ? "pick" : "put-back";
    const grams = Math.round((found?.signal.level ?? 0) * 10) / 10;
    const place = { shelf: doubt.shelf, plate, sku, ...(stray ? { stray } : {}) };
    // not its number: that is of the reading long ago
    const source = { deviceId: doubt.source.deviceId };
    return [
      {
        ...{ type: "stock-changed", at: now, ...place, count, previous, grams },
        ...{ confidence: Math.round(confidence * 100) / 100, source, cause, changeId },
      },
    ];
  });
}
