import type { AvailabilityDay, PlaceDay } from "#wire/stock-views.ts";
import type { HistoryState, PlaceNow, Trouble } from "./history.ts";
import { type OpeningHours, type OpenTime, openingOn } from "./opening-hours.ts";

const quarterMs = 15 * 60_000;
type Stretch = [from: number, until: number | null];
/** A place on the day that is asked for. `from`: since when it was in the planogram and heard. */
type Day = { place: PlaceDay; from: number; unheard: Stretch[] };

/**
 * One local day's availability, opening time only, up to `now`; undefined where there is no such day. A place counts from
 * when it was counted first. A time in which its scale was silent is neither empty nor available: nobody knows.
 */
export function availabilityDay(
  state: HistoryState,
  day: string,
  hours: OpeningHours,
  now: number,
): AvailabilityDay | undefined {
  const opening = openingOn(day, hours);
  if (!opening) return undefined;
  const until = Math.min(opening.until, now);
  const days = [...keysOn(state, opening)].flatMap(
    ([key, from]) => dayOf(state, key, { ...opening, until }, from) ?? [],
  );
  const points: AvailabilityDay["points"] = [];
  for (let at = opening.from; at <= until; at += quarterMs) {
    const known = days.filter(({ from }) => from <= at);
    const filled = known.filter(({ place, unheard }) => !isIn(place.empty, at) && !isIn(unheard, at));
    if (known.length > 0) points.push({ at, available: filled.length / known.length });
  }
  return { day, points, places: days.map(({ place }) => place) };
}

/** The places of all planograms of that day, each with the start of the first that had it. */
function keysOn({ plans }: HistoryState, { from, until }: OpenTime): Map<string, number> {
  const found = new Map<string, number>();
  plans.forEach((plan, index) => {
    const ends = plans[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    if (plan.from >= until || ends <= from) return;
    for (const key of plan.keys) if (!found.has(key)) found.set(key, plan.from);
  });
  return found;
}

function dayOf(state: HistoryState, key: string, open: OpenTime, plannedFrom: number): Day | undefined {
  const now = state.places.get(key);
  const trouble = state.days.get(open.day)?.get(key);
  if (now && now.heardFrom === undefined) return undefined;
  const from = Math.max(open.from, plannedFrom, now?.heardFrom ?? 0);
  if (from >= open.until) return undefined;
  const { empty, unheard, emptyMs, lowMs } = withRunning(trouble, now, { ...open, from });
  const unheardMs = lengthOf(unheard, open.until);
  const openMs = open.until - from;
  const available = Math.min(1, Math.max(0, (openMs - emptyMs - unheardMs) / openMs));
  const [shelf = "", plate, ...sku] = key.split("/");
  const place: PlaceDay = {
    ...{ shelf, plate: Number(plate), sku: sku.join("/"), emptyMs, lowMs, available, empty },
    ...(unheardMs > 0 ? { unheardMs } : {}),
  };
  return { place, from, unheard };
}

/** What was written down, and what is not over yet. */
function withRunning(trouble: Trouble | undefined, now: PlaceNow | undefined, open: OpenTime) {
  const empty: Stretch[] = [...(trouble?.empty ?? [])];
  const unheard: Stretch[] = [...(trouble?.unheard ?? [])];
  let { emptyMs = 0, lowMs = 0 } = trouble ?? {};
  const from = Math.max(now?.since ?? open.until, open.from);
  if (now && from < open.until) {
    const goesOnMs = open.until - from;
    if (now.is === "empty") {
      empty.push([from, null]);
      emptyMs += goesOnMs;
    }
    if (now.is === "unheard") unheard.push([from, null]);
    if (now.is === "low") lowMs += goesOnMs;
  }
  return { empty, unheard, emptyMs, lowMs };
}

const isIn = (stretches: readonly Stretch[], at: number) =>
  stretches.some(([from, until]) => from <= at && (until === null || at < until));

const lengthOf = (stretches: readonly Stretch[], end: number) =>
  stretches.reduce((sum, [from, until]) => sum + (until ?? end) - from, 0);
