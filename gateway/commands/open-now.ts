import type { LoadedConfig } from "#wire/store-config.ts";

/**
 * The same shop, open at `now` (epoch ms): whoever tries the demo in the evening sees a day's chart, alerts that grow urgent
 * and a list of what to fill, as in the afternoon. Outside its hours it opens on the hour and closes at midnight.
 */
export function openNow(loaded: LoadedConfig, now: number): LoadedConfig {
  const { store } = loaded.config;
  const { opens, closes, timeZone } = store;
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const time = format.format(now);
  const isOpen = opens < closes ? time >= opens && time < closes : time >= opens || time < closes;
  if (isOpen) return loaded;
  const hours = { opens: `${time.slice(0, 2)}:00`, closes: "23:59" };
  return { ...loaded, config: { ...loaded.config, store: { ...store, ...hours } } };
}
