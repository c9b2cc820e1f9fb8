import type { Doubt } from "#wire/stock-views.ts";
import type { OpenDoubt } from "./doubts.ts";
import type { ShelvesState } from "./shelves-state.ts";

/** An open doubt as staff read it; undefined once it is settled. */
export function doubtView({ doubts }: ShelvesState, id: string): Doubt | undefined {
  const doubt = doubts.open.get(id);
  return doubt && viewOf(doubt);
}

/** All that is open, oldest first. */
export const doubtViews = ({ doubts }: ShelvesState): Doubt[] => [...doubts.open.values()].map(viewOf);

function viewOf({ id, at, shelf, plates, grams, candidates }: OpenDoubt): Doubt {
  return { id, at, shelf, plates, grams, candidates };
}
