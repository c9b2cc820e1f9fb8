import type { AlertsConfig } from "./alerts/alerts.ts";
import type { PlannedShelf } from "./planogram/planogram.ts";

/** The rules of alerts under the planogram of a state; made once for each planogram. */
export function createAlertPlaces(zoneOfShelf: ReadonlyMap<string, string>) {
  const known = new WeakMap<readonly PlannedShelf[], AlertsConfig>();
  return ({ shelves }: { shelves: readonly PlannedShelf[] }): AlertsConfig => {
    const config = known.get(shelves) ?? { plates: new Map() };
    if (known.has(shelves)) return config;
    for (const { id, plates } of shelves) {
      const zone = zoneOfShelf.get(id) ?? "";
      for (const { plate, minimum } of plates) config.plates.set(`${id}/${plate}`, { minimum, zone });
    }
    known.set(shelves, config);
    return config;
  };
}
