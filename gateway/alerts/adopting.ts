import type { Facing } from "../events.ts";
import { arrangePlaces } from "./goods.ts";
import { type AlertsState, blankState } from "./state.ts";
import { deviceSubject, placeSubject, subjectsOf } from "./subjects.ts";

type Today = {
  shelves: readonly { id: string; plates: readonly Facing[] }[];
  /** What stands where by the ledger, for a snapshot of a version that did not remember it here. */
  counted: Iterable<{ shelf: string; plate: number; sku: string; count: number }>;
};

/**
 * The alerts of a saved state under today's planogram. Of an older version only alerts were saved: what they are about
 * is found again, so that they close when their cause ends.
 */
export function adoptAlerts(saved: Partial<AlertsState>, { shelves, counted }: Today): AlertsState {
  const state: AlertsState = { ...blankState(), ...saved };
  if (!saved.places) {
    arrangePlaces(state, shelves, 0);
    for (const place of state.places.values()) {
      delete place.unfilledSince;
      delete place.graceUntil;
    }
    for (const { shelf, plate, sku, count } of counted) {
      state.heard.add(shelf);
      const place = state.places.get(placeSubject(shelf, plate, sku));
      if (place) place.count = count;
    }
  } else keepPlaces(state, shelves);
  if (!saved.tasks) {
    for (const { kind, deviceId, openedAt: at } of state.open.values()) {
      if (kind !== "device-down" || deviceId === undefined) continue;
      state.tasks.set(deviceSubject(deviceId), { kind, at, dueAt: at, lines: [], about: { deviceId } });
    }
  }
  state.subjects = new Map();
  for (const alert of state.open.values()) {
    for (const subject of subjectsOf(alert)) state.subjects.set(subject, alert.id);
    if (!state.since.has(alert.id)) state.since.set(alert.id, alert.at);
  }
  for (const id of [...state.since.keys()]) if (!state.open.has(id)) state.since.delete(id);
  return state;
}

/** The configuration file may have changed while the gateway was off; what was counted stays, and what is gone leaves. */
function keepPlaces(state: AlertsState, shelves: Today["shelves"]) {
  const before = new Map(state.places);
  arrangePlaces(state, shelves, 0);
  for (const [subject, place] of state.places) {
    const known = before.get(subject);
    if (!place.facing && known?.facing) state.places.delete(subject);
    else if (!known?.facing && place.facing) {
      delete place.unfilledSince;
      delete place.graceUntil;
    }
  }
}
