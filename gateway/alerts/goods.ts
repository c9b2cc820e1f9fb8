import type { EventOf, Facing } from "../events.ts";
import type { AlertsState, Departure, Place } from "./state.ts";
import { placeSubject } from "./subjects.ts";

/** What counts and planograms change in what alerts remember of goods. Part of the room's `evolve`. */

/** While the planogram changes, goods are carried about for this long. */
const graceMs = 30 * 60_000;
/** Pieces that leave one shelf belong together while no pause is longer. */
export const sweepWindowMs = 30_000;
/** Nothing older is looked at, however long it goes on. */
const lookBackMs = 5 * 60_000;
const departuresKept = 100;
/** Goods in wrong places; a shop with more has another problem. */
const straysKept = 500;

export function takeChange(state: AlertsState, event: EventOf<"stock-changed">): void {
  const { shelf, sku, at, count, cause } = event;
  const subject = placeSubject(shelf, event.plate, sku);
  const previous = state.places.get(subject)?.count ?? event.previous;
  const place = takeAt(state, subject, event, event.stray === true);
  if (place?.facing && cause === "restock" && count > 0) {
    place.restocked = { at, count };
    state.handled.delete(subject);
  }
  const pieces = previous - count;
  // without a cause it is of an older journal
  const isByHands = cause === "pick" || cause === "put-back";
  if (isByHands && pieces !== 0) takeDeparture(state, shelf, { at, sku, pieces });
  if (pieces < 0 && (cause === "put-back" || cause === "restock")) returnToShelf(state, sku, -pieces);
}

type Counted = Pick<EventOf<"stock-counted">, "shelf" | "plate" | "sku" | "count" | "at">;

export function takeCount(state: AlertsState, event: Counted): void {
  takeAt(state, placeSubject(event.shelf, event.plate, event.sku), event, false);
}

function takeAt(state: AlertsState, subject: string, event: Counted, isStray: boolean): Place | undefined {
  const { shelf, plate, sku, count, at } = event;
  state.heard.add(shelf);
  const place = state.places.get(subject);
  if (!place) {
    // what is no facing and is not called a stray is a reading of a planogram that is gone
    if (!isStray || count === 0 || state.places.size - facings(state) >= straysKept) return undefined;
    const stray: Place = { shelf, plate, sku, count, at };
    state.places.set(subject, stray);
    return stray;
  }
  if (!place.facing && count === 0) {
    state.places.delete(subject);
    state.handled.delete(subject);
    return undefined;
  }
  if (place.count !== count) place.at = at;
  place.count = count;
  if (count > 0) delete place.unfilledSince;
  if (place.facing && count > place.facing.minimum) state.handled.delete(subject);
  return place;
}

function facings(state: AlertsState): number {
  let count = 0;
  for (const { facing } of state.places.values()) if (facing) count++;
  return count;
}

function takeDeparture(state: AlertsState, shelf: string, departure: Departure) {
  const list = state.departures.get(shelf);
  const last = list?.at(-1);
  const goesOn = last !== undefined && Math.abs(departure.at - last.at) <= sweepWindowMs;
  if (!list || !goesOn) {
    state.departures.set(shelf, [departure]);
    return;
  }
  list.push(departure);
  // as good as in order of time, so that the oldest are the first
  while (list.length > departuresKept || departure.at - (list[0]?.at ?? departure.at) > lookBackMs) list.shift();
}

/** What nobody came for stands on the shelf again. */
function returnToShelf(state: AlertsState, sku: string, pieces: number) {
  let left = pieces;
  for (const [subject, task] of state.tasks) {
    const line = task.lines[0];
    if (task.kind !== "put-back" || task.resting || line?.sku !== sku || left === 0) continue;
    const taken = Math.min(left, line.quantity);
    left -= taken;
    line.quantity -= taken;
    if (line.quantity > 0) continue;
    state.tasks.delete(subject);
    state.handled.delete(subject);
  }
}

/** A whole new planogram: counts of what stays are kept, and what no longer belongs is misplaced from now on. */
export function arrangePlaces(
  state: AlertsState,
  shelves: readonly { id: string; plates: readonly Facing[] }[],
  at: number,
): void {
  const before = state.places;
  const places = new Map<string, Place>();
  const capacities = new Map<string, number>();
  for (const { id: shelf, plates } of shelves) {
    for (const { plate, sku, capacity, minimum } of plates) {
      const subject = placeSubject(shelf, plate, sku);
      const known = before.get(subject);
      const facing = { capacity, minimum };
      const isNew = !known?.facing;
      const place: Place = known ? { ...known, facing } : { shelf, plate, sku, at, facing };
      if (isNew && !known?.count) Object.assign(place, { unfilledSince: at, graceUntil: at + graceMs });
      places.set(subject, place);
      capacities.set(sku, (capacities.get(sku) ?? 0) + capacity);
    }
  }
  for (const [subject, place] of before) {
    if (places.has(subject)) continue;
    // what lay in the wrong place before, and still does, was told and handled
    if (place.facing || !place.count) state.handled.delete(subject);
    if (!place.count) continue;
    const { facing, unfilledSince: _, restocked: __, ...stray } = place;
    places.set(subject, facing ? { ...stray, graceUntil: at + graceMs } : stray);
  }
  for (const shelf of [...state.departures.keys()]) {
    if (!shelves.some(({ id }) => id === shelf)) state.departures.delete(shelf);
  }
  state.places = places;
  state.capacities = capacities;
}

/** The planogram as the configuration file has it: nothing in it is news. */
export function placesAtFirst(shelves: readonly { id: string; plates: readonly Facing[] }[]) {
  const places = new Map<string, Place>();
  const capacities = new Map<string, number>();
  for (const { id: shelf, plates } of shelves) {
    for (const { plate, sku, capacity, minimum } of plates) {
      places.set(placeSubject(shelf, plate, sku), { shelf, plate, sku, at: 0, facing: { capacity, minimum } });
      capacities.set(sku, (capacities.get(sku) ?? 0) + capacity);
    }
  }
  return { places, capacities };
}

/** Made once for each planogram: `capacities` is replaced with it, never changed in place. */
const byShelf = new WeakMap<AlertsState["capacities"], Map<string, Place[]>>();

/** What belongs on a shelf. */
export function facingsOf({ capacities, places }: Pick<AlertsState, "capacities" | "places">, shelf: string): Place[] {
  let index = byShelf.get(capacities);
  if (!index) {
    index = new Map();
    for (const place of places.values()) {
      if (!place.facing) continue;
      const list = index.get(place.shelf);
      if (list) list.push(place);
      else index.set(place.shelf, [place]);
    }
    byShelf.set(capacities, index);
  }
  return index.get(shelf) ?? [];
}
