import type { DoubtedChange, EventOf } from "../events.ts";

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

export const noDoubts = (): DoubtsState => ({ open: new Map(), dropped: 0 });

export function openDoubt(doubts: DoubtsState, event: EventOf<"change-doubted">) {
  const { doubtId: id, at, shelf, plates, grams, steps = [], candidates, source } = event;
  doubts.open.set(id, { id, at, shelf, plates, grams, steps, candidates, source });
  if (doubts.open.size <= doubtsKept) return;
  doubts.open.delete(doubts.open.keys().next().value ?? "");
  doubts.dropped++;
}

/** Before one more would push the oldest out unheard, it is given up, and whoever was to answer it is told. */
export function decideCrowded({ open }: DoubtsState, now: number): EventOf<"doubt-settled">[] {
  const oldest = open.values().next().value;
  return oldest && open.size >= doubtsKept ? [settledEvent(oldest, now, { how: "overtaken", by: "gateway" })] : [];
}

/** Doubts about a plate that somebody has counted, or whose step came undone. */
export function overtake(
  doubts: DoubtsState,
  isVoid: (doubt: OpenDoubt) => boolean,
  now: number,
): EventOf<"doubt-settled">[] {
  return [...doubts.open.values()].filter(isVoid).map((doubt) => settledEvent(doubt, now, { how: "overtaken" }));
}

export function settledEvent(
  { id: doubtId, shelf, plates }: OpenDoubt,
  at: number,
  how: Pick<EventOf<"doubt-settled">, "how" | "candidate" | "by">,
): EventOf<"doubt-settled"> {
  return { type: "doubt-settled", at, doubtId, shelf, plates, ...how };
}
