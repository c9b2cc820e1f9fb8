import type { Facing } from "../events.ts";
import { type HistoryState, keysOf, placeKey, sameKeys } from "./history.ts";

type Today = {
  shelves: readonly { id: string; plates: readonly Facing[] }[];
  /** What stands where, for a snapshot of a version that kept no history, and since when that is known, epoch ms. */
  counted: Iterable<{ shelf: string; plate: number; sku: string; count: number }>;
  at: number;
};

/** A saved history under today's planogram; `initial` is what a new shop starts with. */
export function adoptHistory(initial: HistoryState, saved: Partial<HistoryState> | undefined, today: Today) {
  const state: HistoryState = { ...initial, ...saved };
  // a scale that the configuration names now; those that engineers have placed since stay
  for (const [device, shelf] of initial.scales) if (!state.scales.has(device)) state.scales.set(device, shelf);
  arrangeByFile(state, today);
  if (saved) return state;
  for (const { shelf, plate, sku, count } of today.counted) {
    const place = state.places.get(placeKey(shelf, plate, sku));
    if (!place) continue;
    const is = count === 0 ? "empty" : count <= place.minimum ? "low" : "fine";
    Object.assign(place, { count, is, since: today.at, heardFrom: today.at });
  }
  return state;
}

/** Where only the file changed, nobody said when. */
function arrangeByFile(state: HistoryState, { shelves }: Today) {
  const keys = keysOf(shelves);
  const last = state.plans.at(-1);
  if (last && sameKeys(last.keys, keys)) return;
  const before = state.places;
  let newest = 0;
  for (const { since } of before.values()) newest = Math.max(newest, since);
  state.places = new Map(
    shelves.flatMap(({ id: shelf, plates }) =>
      plates.map(({ plate, sku, minimum }) => {
        const key = placeKey(shelf, plate, sku);
        const known = before.get(key);
        const fresh = { shelf, plate, sku, is: "fine" as const, since: 0 };
        return [key, { ...(known ?? fresh), minimum }] as const;
      }),
    ),
  );
  state.plans.push({ from: newest, keys });
}
