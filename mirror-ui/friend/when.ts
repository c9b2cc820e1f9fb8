import { clockTime, type Place } from "../look/time.ts";

const dayMs = 86_400_000;

/** "14:41 tomorrow", "14:41 today", "14:41 on Monday", "14:41 on 3 March". `at` and `now` are epoch ms. */
export function timeAndDay(at: number, now: number, place: Place): string {
  const days = dayNumber(at, place.timeZone) - dayNumber(now, place.timeZone);
  const time = clockTime(at, place);
  if (days === 0) return `${time} today`;
  if (days === 1) return `${time} tomorrow`;
  if (days === -1) return `${time} yesterday`;
  const far: Intl.DateTimeFormatOptions = { day: "numeric", month: "long" };
  const near: Intl.DateTimeFormatOptions = { weekday: "long" };
  // the page is in English, whatever the phone speaks: a weekday of another language would stand alone in it
  const format = new Intl.DateTimeFormat("en-GB", {
    ...(Math.abs(days) < 7 ? near : far),
    timeZone: place.timeZone,
  });
  return `${time} on ${format.format(at)}`;
}

/** Calendar days since 1970 in `timeZone`. */
function dayNumber(at: number, timeZone: string): number {
  // Swedes write dates as ISO 8601 does
  return Math.round(Date.parse(`${new Intl.DateTimeFormat("sv-SE", { timeZone }).format(at)}T00:00Z`) / dayMs);
}

/** "0:07", minutes and seconds of a clip. */
export function clipTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
