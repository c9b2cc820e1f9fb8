import type { AlertKind, Severity } from "../events.ts";
import { facingsOf } from "./goods.ts";
import { type AlertsState, elapsedMs, type Place, type Task, type Wish } from "./state.ts";
import { placeSubject } from "./subjects.ts";
import { placeValue, priceOfAll } from "./value.ts";
import type { AlertsWorld } from "./world.ts";

/** What a person has closed although it goes on is said again after this long. */
export const remindMs = 60 * 60_000;
/** A place that was just filled is not low, even if there was not enough to fill it. */
const restockedMs = 60 * 60_000;
/** A reservation is pressing when so little time is left. */
const pressingMs = 30 * 60_000;
const hourMs = 60 * 60_000;
/** Share of what a shelf sells that is at stake while nobody hears its scale: gaps are not seen. */
const unheardShare = 0.1;

type Need = { state: AlertsState; world: AlertsWorld; now: number };

/** The alert there should be about a place or a task; undefined: none. */
export function wishFor(subject: string, need: Need): Wish | undefined {
  const place = need.state.places.get(subject);
  const task = place ? undefined : need.state.tasks.get(subject);
  const wish = place ? wishOfPlace(place, need) : task ? wishOfTask(subject, task, need) : undefined;
  return wish && !isHandled(wish, need) ? wish : undefined;
}

function isHandled({ subject, kind }: Wish, { state, now }: Need): boolean {
  const handled = state.handled.get(subject);
  if (!handled || elapsedMs(handled.at, now) >= remindMs) return false;
  // out of stock is more than running low, and is said
  return !(handled.kind === "low" && kind === "empty");
}

/**
 * At or below this many pieces a place is low: what is expected to leave before somebody fills again, shared among the
 * places of a product by their size, and never less than the planogram's minimum. A full place is not low.
 */
export function lowLevel(place: Place, { state, world }: Pick<Need, "state" | "world">): number {
  const { sku, facing } = place;
  if (!facing) return 0;
  const expected = world.expectedUntilRestock(sku) ?? 0;
  const share = facing.capacity / Math.max(facing.capacity, state.capacities.get(sku) ?? 0);
  return Math.min(Math.max(facing.minimum, Math.ceil(expected * share)), facing.capacity - 1);
}

function kindOfPlace(place: Place, level: number, { world, now }: Need): AlertKind | undefined {
  const { sku, shelf, count, facing, unfilledSince, restocked } = place;
  if (place.graceUntil !== undefined && now < place.graceUntil && place.graceUntil - now <= hourMs) return undefined;
  if (!facing) return count ? "misplaced" : undefined;
  if (unfilledSince !== undefined) return world.isSilent(shelf) ? undefined : "gap";
  if (count === undefined) return undefined;
  // nobody can fill it from the stockroom: somebody must decide what else stands there
  if (count === 0) return (world.stockroom(sku) ?? 1) <= 0 && world.onShelf(sku) <= 0 ? "gap" : "empty";
  const isFresh = restocked !== undefined && elapsedMs(restocked.at, now) < restockedMs;
  const limit = isFresh ? Math.min(facing.minimum, restocked.count - 1) : level;
  return count <= limit ? "low" : undefined;
}

function wishOfPlace(place: Place, need: Need): Wish | undefined {
  const { shelf, plate, sku, count = 0, unfilledSince } = place;
  const { state, world } = need;
  const level = lowLevel(place, need);
  const kind = kindOfPlace(place, level, need);
  if (kind === undefined || (kind === "gap" && !state.heard.has(shelf))) return undefined;
  const zone = world.zoneOf(shelf);
  return {
    ...{ subject: placeSubject(shelf, plate, sku), kind, severity: kind === "empty" ? "stop" : "wait" },
    ...{ shelf, plate, sku, value: placeValue(kind, place, level, world) },
    ...(zone === undefined ? {} : { zone }),
    ...(kind === "misplaced" ? { quantity: count } : {}),
    ...(kind === "gap" && unfilledSince === undefined ? { note: "Nothing is left in the stockroom." } : {}),
  };
}

function wishOfTask(subject: string, task: Task, need: Need): Wish | undefined {
  const { kind, dueAt, until, lines, about, resting } = task;
  const { world, now } = need;
  if (resting || now < dueAt || (kind === "delivery" && until !== undefined && now >= until)) return undefined;
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  const { shelf: at, mirrorId } = about;
  const zone = at !== undefined ? world.zoneOf(at) : mirrorId !== undefined ? world.zoneOfMirror(mirrorId) : undefined;
  const wish: Wish = {
    ...{ subject, kind, severity: severityOfTask(task, need), value: valueOfTask(task, need), ...about },
    ...(zone === undefined ? {} : { zone }),
    ...(quantity > 0 ? { quantity } : {}),
  };
  if (kind === "delivery") wish.note = `Expected at ${world.clockTime(task.at)}.`;
  if (kind !== "device-down") return wish;
  const shelf = world.shelfOf(about.deviceId ?? "");
  return shelf === undefined ? wish : { ...wish, shelf };
}

function severityOfTask({ kind, until = Number.POSITIVE_INFINITY, lines }: Task, { world, now }: Need): Severity {
  if (kind === "help") return "stop";
  if (kind !== "fetch") return "wait";
  const isGone = lines.some(({ sku, quantity }) => world.onShelf(sku) < quantity);
  return isGone || until - now < pressingMs ? "stop" : "wait";
}

/**
 * Minor units at stake in the next hour. A reservation: its price, in full during its last hour and by the share of an
 * hour in the time left before. A doubt: the price of the likeliest story times the chance that it is wrong. A delivery
 * and what is to be put back: the hour's sales of those products that have run out. A silent scale: a tenth of what its
 * shelf sells. Somebody who waits has no price: see rank.ts.
 */
function valueOfTask(task: Task, { state, world, now }: Need): number {
  const { kind, until = now, lines, sure = 0, about } = task;
  switch (kind) {
    case "fetch":
      return Math.round(priceOfAll(lines, world) * Math.min(1, hourMs / Math.max(1, until - now)));
    case "doubt":
      return Math.round(priceOfAll(lines, world) * (1 - sure));
    case "delivery":
    case "put-back": {
      const wanted = lines.map(({ sku, quantity }) => ({
        sku,
        quantity: world.onShelf(sku) > 0 ? 0 : Math.min(quantity, world.expectedNextHour(sku) ?? 1),
      }));
      return priceOfAll(wanted, world);
    }
    case "device-down": {
      const shelf = world.shelfOf(about.deviceId ?? "");
      if (shelf === undefined) return 0;
      const value = facingsOf(state, shelf).reduce((sum, place) => sum + placeValue("gap", place, 0, world), 0);
      return Math.round(value * unheardShare);
    }
    case "help":
      return 0;
  }
}
