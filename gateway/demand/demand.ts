import { placeNames } from "#wire/place-names.ts";
import type { EventOf } from "../events.ts";
import type { Room } from "../room.ts";
import { type HourSeen, learnHour, newRhythm, type Rhythm } from "./forecast.ts";
import { type LocalHour, localHourIn, openShares } from "./local-hour.ts";

/** What left of one product, hour by hour. */
export type Going = {
  /** "shelf/plate" -> pieces. Without any, only the till tells what left. */
  places: Map<string, number>;
  /** Net pieces in the hour under way: what was put back did not leave. */
  taken: number;
  /** Since when there is nothing to take, and how long that lasted within this hour. */
  goneSince: number | undefined;
  goneMs: number;
  /** Pieces by hour of the last days: local day -> 24 numbers; `daysKept` at most. */
  days: Map<string, number[]>;
};
export type DemandState = { rhythm: Rhythm; hour: LocalHour | undefined; goings: Map<string, Going> };
export type DemandConfig = { timeZone: string; opens: string; closes: string };

const placeOf = placeNames((shelf, plate) => `${shelf}/${plate}`);

const daysKept = 8;
/** A gateway that was off for longer than this does not take the time between for days without shoppers. */
const hoursCaughtUp = 14 * 24;
/** What is older than the hour under way by more than this was not measured late: the clock was set back. */
const setBackMs = 2 * 3_600_000;
/** SKUs come from the catalogue; what a till says beyond so many is not forecast. */
const goingsKept = 5_000;

/** Learns how fast goods leave. It decides nothing: others ask it what to expect. */
export function createDemandRoom({ timeZone, opens, closes }: DemandConfig): Room<DemandState> {
  const hourOf = localHourIn(timeZone);
  const shares = openShares(opens, closes);

  /** Closes every hour that is over at `at`. */
  function advance(state: DemandState, at: number) {
    state.hour ??= hourOf(at);
    const isLongAgo = state.hour.from - at > setBackMs;
    if (at < state.hour.until && !isLongAgo) return;
    if (isLongAgo || at - state.hour.until > hoursCaughtUp * 3_600_000) {
      state.hour = hourOf(at);
      for (const going of state.goings.values()) startHour(going, state.hour.from);
      return;
    }
    while (at >= state.hour.until) {
      closeHour(state, state.hour, shares[state.hour.hour] ?? 0);
      state.hour = hourOf(state.hour.until);
    }
  }

  function goingOf(state: DemandState, sku: string): Going | undefined {
    const known = state.goings.get(sku);
    if (known) return known;
    if (state.goings.size >= goingsKept) return undefined;
    const going: Going = { places: new Map(), taken: 0, goneSince: undefined, goneMs: 0, days: new Map() };
    state.goings.set(sku, going);
    return going;
  }

  function setPlace(state: DemandState, event: EventOf<"stock-changed"> | EventOf<"stock-counted">): Going | undefined {
    advance(state, event.at);
    const going = goingOf(state, event.sku);
    if (!going) return undefined;
    const place = placeOf(event.shelf, event.plate);
    // goods that lie where they do not belong are there all the same, until the last of them has gone
    const leaves = event.count === 0 && event.type === "stock-changed" && event.stray;
    if (leaves) going.places.delete(place);
    else going.places.set(place, event.count);
    noteGone(going, event.at);
    return going;
  }

  return {
    name: "demand",
    initial: () => ({ rhythm: newRhythm(), hour: undefined, goings: new Map() }),
    evolve: {
      "stock-changed": (state, event) => {
        const going = setPlace(state, event);
        const delta = event.count - event.previous;
        const cause = event.cause ?? (delta < 0 ? "pick" : "restock");
        if (going && (cause === "pick" || cause === "put-back")) going.taken -= delta;
      },
      "stock-counted": (state, event) => void setPlace(state, event),
      "sale-made": (state, { at, lines }) => {
        advance(state, at);
        for (const { sku, quantity } of lines) {
          const going = goingOf(state, sku);
          // what a shelf weighs was noticed when it left
          if (going && going.places.size === 0) going.taken += quantity;
        }
      },
      "planogram-changed": (state, { at, shelves }) => {
        advance(state, at);
        const places = new Set(
          shelves.flatMap(({ id, plates }) => plates.map(({ plate, sku }) => `${id}/${plate}/${sku}`)),
        );
        for (const [sku, going] of state.goings) {
          for (const [place, count] of going.places)
            if (count === 0 && !places.has(`${place}/${sku}`)) going.places.delete(place);
        }
      },
    },
  };
}

function closeHour(state: DemandState, hour: LocalHour, openShare: number) {
  const seen = new Map<string, HourSeen>();
  for (const [sku, going] of state.goings) {
    const goneMs =
      going.goneMs + (going.goneSince === undefined ? 0 : hour.until - Math.max(going.goneSince, hour.from));
    // in an hour that is half open the other half would have sold nothing
    const share = openShare * Math.max(0, 1 - goneMs / (hour.until - hour.from));
    const taken = Math.max(0, going.taken);
    seen.set(sku, { taken, share });
    if (taken > 0) note(going, hour, taken);
    startHour(going, hour.until);
  }
  if (openShare > 0) learnHour(state.rhythm, hour, seen);
}

function startHour(going: Going, from: number) {
  going.taken = 0;
  going.goneMs = 0;
  if (going.goneSince !== undefined) going.goneSince = from;
}

function note(going: Going, { day, hour }: LocalHour, taken: number) {
  const hours = going.days.get(day) ?? new Array<number>(24).fill(0);
  hours[hour] = (hours[hour] ?? 0) + taken;
  going.days.set(day, hours);
  if (going.days.size > daysKept) going.days.delete(going.days.keys().next().value ?? "");
}

function noteGone(going: Going, at: number) {
  let pieces = 0;
  for (const count of going.places.values()) pieces += count;
  if (pieces > 0 && going.goneSince !== undefined) {
    going.goneMs += Math.max(0, at - going.goneSince);
    going.goneSince = undefined;
  } else if (pieces === 0) going.goneSince ??= at;
}
