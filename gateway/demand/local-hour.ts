/** One hour of the shop's own wall clock. `weekday` 0 is Sunday, `day` is YYYY-MM-DD. */
export type LocalHour = { from: number; until: number; weekday: number; hour: number; day: string };

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const minuteMs = 60_000;
/** Every zone's offset is a multiple of it, so that it never lies in two local hours. */
const quarterMs = 15 * minuteMs;
const quartersKept = 500;

/** The local hour an epoch ms lies in. `timeZone` is an IANA name that was checked with the configuration. */
export function localHourIn(timeZone: string): (at: number) => LocalHour {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone, weekday: "short", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  /** Asked for a few hours around now, over and over. */
  const recent = new Map<number, LocalHour>();
  return (at) => {
    const quarter = Math.floor(at / quarterMs);
    const known = recent.get(quarter);
    if (known) return known;
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const from = Math.floor(at / minuteMs) * minuteMs - Number(parts.minute) * minuteMs;
    const hour = {
      from,
      until: from + 60 * minuteMs,
      weekday: weekdays.indexOf(parts.weekday ?? ""),
      hour: Number(parts.hour),
      day: `${parts.year}-${parts.month}-${parts.day}`,
    };
    if (recent.size >= quartersKept) recent.clear();
    recent.set(quarter, hour);
    return hour;
  };
}

/** Which share of each hour of a day the shop is open, by its opening times as HH:MM; past midnight is taken in. */
export function openShares(opens: string, closes: string): readonly number[] {
  const [start, end] = [minutesOf(opens), minutesOf(closes)];
  const spans =
    end > start
      ? [[start, end]]
      : [
          [start, 24 * 60],
          [0, end],
        ];
  return Array.from({ length: 24 }, (_, hour) =>
    spans.reduce((sum, [from = 0, until = 0]) => {
      const overlap = Math.min(until, hour * 60 + 60) - Math.max(from, hour * 60);
      return sum + Math.max(0, overlap) / 60;
    }, 0),
  );
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
