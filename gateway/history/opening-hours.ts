/** When the shop opens and closes on the local day of an epoch ms, and which day that is; handed in, because days are local. */
export type OpeningHours = {
  opensAt(at: number): number;
  closesAt(at: number): number;
  /** YYYY-MM-DD */
  localDay(at: number): string;
};
export type OpenTime = { day: string; from: number; until: number };

const dayMs = 24 * 60 * 60_000;
const hourMs = 60 * 60_000;

/** The opening that begins on the local day of `at`; one that ends at or before its beginning goes on past midnight. */
export function openingOf(at: number, { opensAt, closesAt, localDay }: OpeningHours): OpenTime {
  const from = opensAt(at);
  const closes = closesAt(at);
  return { day: localDay(at), from, until: closes > from ? closes : closesAt(from + dayMs) };
}

/** Every opening that a stretch of time touches, the last `most` of them, with the part of the stretch in it. */
export function openTimes(from: number, to: number, hours: OpeningHours, most: number): OpenTime[] {
  const found: OpenTime[] = [];
  let at = Math.max(from - dayMs, to - (most + 1) * dayMs);
  // the last step may overshoot a day of 25 hours
  for (let steps = 0; steps <= most + 3 && at <= to + dayMs; steps++) {
    const opening = openingOf(at, hours);
    const part = { day: opening.day, from: Math.max(from, opening.from), until: Math.min(to, opening.until) };
    if (part.from < part.until && found.at(-1)?.day !== part.day) found.push(part);
    at = opening.from + dayMs;
  }
  return found.slice(-most);
}

/** The opening of a day by its name; undefined where there is no such day. */
export function openingOn(day: string, hours: OpeningHours): OpenTime | undefined {
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (Number.isNaN(noon)) return undefined;
  // no place is further from UTC than 14 hours
  const at = [0, -12, 12].map((shift) => noon + shift * hourMs).find((one) => hours.localDay(one) === day);
  return at === undefined ? undefined : openingOf(at, hours);
}
