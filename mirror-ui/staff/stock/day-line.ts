import type { AvailabilityDay, PlaceDay } from "#wire/stock-views.ts";

/** Geometry of a day: plain numbers in, paths and shares of the width out. */
export type DayLine = {
  /** Epoch ms of opening and closing. */
  from: number;
  to: number;
  /** The stepped line, and the same closed along the bottom. */
  path: string;
  area: string;
  /** The lowest share that has room in the picture; the top is 1. */
  floor: number;
  hours: { at: number; x: number }[];
  worst: { at: number; available: number } | undefined;
};

export const dayBox = { width: 1_000, height: 300 } as const;
const quarterMs = 15 * 60_000;
const hourMs = 60 * 60_000;
/** A day on which little went wrong is not drawn as mountains. */
const highestFloor = 0.5;

/** `openMs`: how long the shop is open. */
export function drawDay({ points }: AvailabilityDay, openMs: number): DayLine | undefined {
  const [first] = points;
  if (!first) return undefined;
  const from = first.at;
  const to = Math.max(from + openMs, (points.at(-1)?.at ?? from) + quarterMs);
  const least = points.reduce((low, point) => Math.min(low, point.available), 1);
  const floor = Math.min(highestFloor, Math.floor(least * 10) / 10);
  const x = (at: number) => round(((at - from) / (to - from)) * dayBox.width);
  const y = (share: number) => round((1 - (share - floor) / (1 - floor)) * dayBox.height);
  const path = points
    .map(
      ({ at, available }, index) =>
        `${index === 0 ? "M" : "L"}${x(at)} ${y(available)}L${x(at + quarterMs)} ${y(available)}`,
    )
    .join("");
  const end = x((points.at(-1)?.at ?? from) + quarterMs);
  const worst = points.reduce<DayLine["worst"]>(
    (low, one) => (one.available < (low?.available ?? 1) ? one : low),
    undefined,
  );
  const hours = Array.from({ length: Math.floor((to - from) / hourMs) + 1 }, (_, hour) => {
    const at = from + hour * hourMs;
    return { at, x: x(at) / dayBox.width };
  });
  return { from, to, path, area: `${path}L${end} ${dayBox.height}L0 ${dayBox.height}Z`, floor, hours, worst };
}

/** When a place was empty, as shares of the opening time; what is still empty lasts until `now`. */
export function emptySpans(
  { empty }: PlaceDay,
  { from, to }: Pick<DayLine, "from" | "to">,
  now: number,
): { x: number; width: number }[] {
  const share = (at: number) => Math.min(Math.max((at - from) / (to - from), 0), 1);
  return empty
    .map(([start, end]) => ({ x: share(start), width: share(end ?? now) - share(start) }))
    .filter(({ width }) => width > 0);
}

/** The places that stood empty, the longest first. */
export function longestEmpty(places: PlaceDay[]): PlaceDay[] {
  return places
    .filter(({ emptyMs }) => emptyMs > 0)
    .sort((a, b) => b.emptyMs - a.emptyMs || a.shelf.localeCompare(b.shelf) || a.plate - b.plate);
}

/** "10:00" to "19:30" in milliseconds; past midnight where it closes before it opens. */
export function openFor(opens: string, closes: string): number {
  const minutes = (text: string) => {
    const [hour = 0, minute = 0] = text.split(":").map(Number);
    return hour * 60 + minute;
  };
  const span = minutes(closes) - minutes(opens);
  return (span > 0 ? span : span + 24 * 60) * 60_000;
}

/** A local date, so many days later. */
export function dayShifted(day: string, by: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

/** The date on the shop's wall. */
export function localDay(at: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(at);
}

const round = (value: number) => Math.round(value * 10) / 10;
