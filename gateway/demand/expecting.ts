import type { Demand, RestockLine } from "#wire/stock-views.ts";
import type { DemandConfig, DemandState } from "./demand.ts";
import { expectedIn, hourFactor, paceOf, weekdayFactor } from "./forecast.ts";
import { type LocalHour, localHourIn, openShares } from "./local-hour.ts";

/** Fewer ordinary hours of experience than this, and a forecast is no reason to wake somebody. */
const experiencedHours = 20;
/** Somebody who is told to fill a shelf has done it within this time. */
const restockWithinMs = 2 * 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;

export type PlaceToFill = {
  sku: string;
  shelf: string;
  plate: number;
  count: number;
  capacity: number;
  minimum: number;
};
export type Forecasts = ReturnType<typeof createForecasts>;

/** Questions to what the demand room has learned; nothing here changes it. */
export function createForecasts({ timeZone, opens, closes }: DemandConfig) {
  const hourOf = localHourIn(timeZone);
  const shares = openShares(opens, closes);
  const openIn = ({ hour }: LocalHour) => shares[hour] ?? 0;

  /** Pieces expected to leave while the shop is open between two epoch ms; two days at most. */
  function expectedBetween({ rhythm }: DemandState, sku: string, from: number, until: number): number {
    let sum = 0;
    for (let at = from; at < Math.min(until, from + 2 * dayMs); ) {
      const hour = hourOf(at);
      const end = Math.min(hour.until, until);
      const part = (end - at) / (hour.until - hour.from);
      sum += expectedIn(rhythm, sku, hour) * openIn(hour) * part;
      at = hour.until;
    }
    return sum;
  }

  /** The hours of the present or next opening from `now` on. */
  function opening(now: number): LocalHour[] {
    const hours: LocalHour[] = [];
    for (let at = now; at < now + dayMs; at = hourOf(at).until) {
      const hour = hourOf(at);
      if (openIn(hour) > 0) hours.push(hour);
      else if (hours.length > 0) break;
    }
    return hours;
  }

  /** When the busiest hour ahead is over, of today or else of the next opening; undefined for a shop that never opens. */
  function rushEnds({ rhythm }: DemandState, now: number): number | undefined {
    const busy = (hour: LocalHour) => hourFactor(rhythm, hour.hour) * openIn(hour);
    return opening(now).reduce<LocalHour | undefined>(
      (best, hour) => (best && busy(best) >= busy(hour) ? best : hour),
      undefined,
    )?.until;
  }

  /** When the last of `count` pieces is expected to leave, if before `until`. */
  function emptyAt(state: DemandState, place: PlaceToFill, now: number, until: number): number | undefined {
    let left = place.count;
    for (let at = now; at < until; ) {
      const hour = hourOf(at);
      const end = Math.min(hour.until, until);
      const leaves = expectedBetween(state, place.sku, at, end);
      if (leaves >= left && leaves > 0) return Math.round(at + ((end - at) * left) / leaves);
      left -= leaves;
      at = end;
    }
    return undefined;
  }

  return {
    expectedBetween,

    /** What is expected to leave before somebody has filled the shelf; undefined while too little is known. */
    expectedUntilRestock(state: DemandState, sku: string, now: number): number | undefined {
      const known = state.rhythm.paces.get(sku);
      return known && known.hours >= experiencedHours
        ? expectedBetween(state, sku, now, now + restockWithinMs)
        : undefined;
    },

    /** Places to fill before the rush, the first to run empty first. */
    restockList(state: DemandState, places: readonly PlaceToFill[], now: number): RestockLine[] {
      const until = rushEnds(state, now);
      if (until === undefined) return [];
      const lines = places.flatMap((place): RestockLine[] => {
        const { sku, shelf, plate, count, capacity, minimum } = place;
        const homes = places.filter((other) => other.sku === sku);
        // what is wanted is taken from all places of the product alike
        const expected = expectedBetween(state, sku, now, until) / Math.max(1, homes.length);
        const quantity = capacity - count;
        if (quantity <= 0 || (count > minimum && count - expected > minimum)) return [];
        const empty = count === 0 ? now : emptyAt(state, { ...place, count: count * homes.length }, now, until);
        const line = { sku, shelf, plate, count, capacity, expected: round(expected), quantity, until };
        return [{ ...line, ...(empty === undefined ? {} : { emptyAt: empty }) }];
      });
      return lines.sort(
        (a, b) => (a.emptyAt ?? until) - (b.emptyAt ?? until) || b.expected - a.expected || compare(a, b),
      );
    },

    /** One product's day, today if none is named; past hours with what truly left, as far as they are kept. */
    demandOf(state: DemandState, sku: string, wanted: string | undefined, now: number): Demand {
      const { rhythm } = state;
      const day = wanted ?? hourOf(now).day;
      const went = state.goings.get(sku)?.days.get(day);
      const today = hourOf(now);
      const isPast = (hour: number) => day < today.day || (day === today.day && hour < today.hour);
      // an hour of that weekday: the forecast needs no date
      const weekday = new Date(`${day}T12:00:00Z`).getUTCDay();
      const hours = shares.flatMap((share, hour) => {
        if (share === 0) return [];
        const expected = round(expectedIn(rhythm, sku, { weekday, hour }) * share);
        return [{ hour, expected, ...(isPast(hour) ? { actual: went?.[hour] ?? 0 } : {}) }];
      });
      const error = rhythm.paces.get(sku)?.error;
      return {
        sku,
        day,
        hours,
        why: why(state, sku, weekday),
        ...(error === undefined ? {} : { meanError: round(error) }),
      };
    },
  };

  function why({ rhythm }: DemandState, sku: string, weekday: number): string {
    const known = rhythm.paces.get(sku);
    if (!known || known.hours < experiencedHours)
      return "There is little to go by yet: it is taken to go like the shop's other goods.";
    const openHours = shares.map((share, hour) => ({ hour, factor: share > 0 ? hourFactor(rhythm, hour) : 0 }));
    const rush = openHours.reduce((best, hour) => (hour.factor > best.factor ? hour : best));
    const usual = openHours.reduce((sum, { factor }, hour) => sum + factor * (shares[hour] ?? 0), 0);
    const mean =
      usual /
      Math.max(
        1e-9,
        shares.reduce((sum, share) => sum + share, 0),
      );
    const week = Array.from({ length: 7 }, (_, each) => weekdayFactor(rhythm, each));
    const weekMean = week.reduce((sum, each) => sum + each, 0) / 7;
    const pace = round(paceOf(rhythm, sku) * mean * weekMean);
    const times = (value: number) => value.toFixed(1);
    return `${pace} an hour on average, ${times((week[weekday] ?? 1) / weekMean)} times that on this weekday, most of all at ${rush.hour}:00 with ${times(rush.factor / mean)} times.`;
  }
}

const round = (value: number) => Math.round(value * 100) / 100;
const compare = (a: RestockLine, b: RestockLine) => a.shelf.localeCompare(b.shelf) || a.plate - b.plate;
