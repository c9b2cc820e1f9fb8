/** What a time needs to be read aloud in the shop: its language and its zone, not those of the device. */
export type Place = { locale: string; timeZone: string };

const formats = new Map<string, Intl.DateTimeFormat>();

function format(place: Place, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${place.locale} ${place.timeZone} ${JSON.stringify(options)}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(place.locale, { ...options, timeZone: place.timeZone });
    if (formats.size >= 32) formats.clear();
    formats.set(key, known);
  }
  return known;
}

/** "14:36", the shop's wall clock. `at` is epoch ms. */
export function clockTime(at: number, place: Place): string {
  return format(place, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** "14:36" today, "Monday 14:36" this week, "3 March, 14:36" before that. */
export function dayAndTime(at: number, now: number, place: Place): string {
  const time = clockTime(at, place);
  const day = format(place, { year: "numeric", month: "2-digit", day: "2-digit" });
  if (day.format(at) === day.format(now)) return time;
  if (now - at < 6 * 86_400_000) return `${format(place, { weekday: "long" }).format(at)} ${time}`;
  return `${format(place, { day: "numeric", month: "long" }).format(at)}, ${time}`;
}

/** How long something has lasted, in the words of a busy person: "now", "5 min", "2 h 10", "3 days". */
export function lasting(ms: number, locale: string): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 1) return "now";
  if (minutes < 60) return unit(minutes, "minute", locale);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${unit(hours, "hour", locale)} ${minutes % 60}` : unit(hours, "hour", locale);
  return unit(Math.floor(hours / 24), "day", locale);
}

/** "5 min ago", "just now", in whole steps. */
export function ago(at: number, now: number, locale: string): string {
  const words = lasting(now - at, locale);
  return words === "now" ? "just now" : `${words} ago`;
}

/** "4 min left", "a moment left"; undefined once it is over. */
export function left(until: number, now: number, locale: string): string | undefined {
  if (until <= now) return undefined;
  const words = lasting(until - now, locale);
  return words === "now" ? "less than a minute left" : `${words} left`;
}

/** Minutes and hours by their international symbols, days by the word of the language. */
function unit(value: number, name: "minute" | "hour" | "day", locale: string): string {
  if (name === "day")
    return new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  return `${new Intl.NumberFormat(locale).format(value)}\u00a0${name === "minute" ? "min" : "h"}`;
}
