import { deserialize, serialize } from "node:v8";
import { adoptAlerts } from "../alerts/adopting.ts";
import { adoptDevices } from "../devices/restoring.ts";
import type { DomainEvent, EventOf } from "../events.ts";
import { adoptHistory } from "../history/adopting.ts";
import type { House, HouseState } from "../house.ts";
import { facingOf } from "../planogram/look-up.ts";
import { possible } from "../planogram/planogram.ts";
import { restoreShelves } from "../shelves/restoring.ts";
import { restoreStock } from "../stock/restoring.ts";
import type { Loaded } from "../storage/messages.ts";

/** The state on disk, twice: once to decide on, once as what people read. Snapshot first, then the events after it. */
export function restore(house: House, loaded: Loaded): { decided: HouseState; committed: HouseState } {
  const build = () => {
    const state = loaded.snapshot ? adopt(house, readState(loaded.snapshot.body)) : house.initial();
    for (const { id, body } of loaded.events) {
      const event = readEvent(body);
      if (event.type === "planogram-changed") house.evolve(state, asPossible(house, event), id);
      else if (holds(house, state, event)) house.evolve(state, event, id);
    }
    return state;
  };
  return { decided: build(), committed: build() };
}

export const readEvent = (body: string): DomainEvent => JSON.parse(body);
export const writeState = (state: HouseState): Uint8Array => serialize(state);
export const readState = (bytes: Uint8Array): Partial<HouseState> => deserialize(bytes);

/**
 * A saved state under today's configuration. The planogram is the saved one if it was ever edited, else today's file; what
 * happened comes from the saved state. Where only the file changed, a plate that holds another product now starts anew.
 */
export function adopt(house: House, saved: Partial<HouseState>): HouseState {
  const state = house.initial();
  const { planogram, shelves, stock, devices, ...others } = saved;
  // first, because it says which plates there are
  if (planogram && planogram.version > 0) adoptPlanogram(house, state, planogram);
  // one level deep, so that a part which an older version did not know starts as new
  for (const [name, room] of Object.entries(state)) Object.assign(room, Reflect.get(others, name));
  if (shelves) restoreShelves(state.shelves, shelves, state.planogram.version > 0);
  if (stock) {
    restoreStock(state.stock, stock, (place) => {
      const stray = holdsStray(state, place) ? { stray: true as const } : {};
      return isAbout(house, state, { ...place, ...stray });
    });
  }
  if (devices) adoptDevices(state.devices, devices, house.plan);
  for (const [epc, { sku }] of state.tags.tags) if (!house.plan.skus.has(sku)) state.tags.tags.delete(epc);
  for (const [id, alert] of state.alerts.open) {
    if (isAbout(house, state, alert)) continue;
    state.alerts.open.delete(id);
  }
  const today = { shelves: state.planogram.shelves, ...countedIn(state) };
  state.alerts = adoptAlerts({ ...saved.alerts, open: state.alerts.open }, today);
  state.history = adoptHistory(house.initial().history, saved.history, today);
  return state;
}

/** What stands where by the ledger, and when that was last news. */
function countedIn({ stock }: HouseState) {
  let at = 0;
  const counted = [...stock.skus].flatMap(([sku, goods]) => {
    at = Math.max(at, goods.at);
    return [...goods.places.values()].map(({ shelf, plate, count }) => ({ shelf, plate, sku, count }));
  });
  return { counted, at };
}

const asPossible = (house: House, event: EventOf<"planogram-changed">): EventOf<"planogram-changed"> => ({
  ...event,
  shelves: possible(event.shelves, house.plan.planogram),
});

/** All rooms are arranged by it, as when it was made. */
function adoptPlanogram(house: House, state: HouseState, saved: HouseState["planogram"]) {
  const { version, at, by, note, basis, changes, past } = saved;
  const event = asPossible(house, { type: "planogram-changed", at, version, by, basis, shelves: saved.shelves });
  house.evolve(state, event);
  Object.assign(state.planogram, { changes, past, ...(note === undefined ? {} : { note }) });
}

/** False for what tells of a plate that holds something else now, or of a device that is no more. */
function holds(house: House, state: HouseState, event: DomainEvent): boolean {
  switch (event.type) {
    case "stock-changed":
    case "stock-counted":
    case "plate-doubted":
    case "alert-opened":
      return isAbout(house, state, event);
    default:
      return true;
  }
}

type About = { shelf?: string; plate?: number; sku?: string; deviceId?: string; stray?: true; kind?: string };

/** Of these, the product belongs where the alert is. */
const ofPlaces = new Set(["empty", "low", "gap"]);

function isAbout(house: House, state: HouseState, about: About): boolean {
  const { shelf, plate, sku, deviceId, stray, kind } = about;
  if (deviceId !== undefined) return state.devices.devices.has(deviceId);
  if (shelf === undefined) return true;
  if (!house.plan.zoneOfShelf.has(shelf)) return false;
  if (sku === undefined || sku === "") return true;
  if (!house.plan.skus.has(sku)) return false;
  if (plate === undefined || facingOf(state.planogram, { shelf, plate, sku })) return true;
  // of an edited planogram the alerts room itself finds what is gone
  if (kind !== undefined) return !ofPlaces.has(kind) || state.planogram.version > 0;
  // an edited planogram is in the journal: what was said beside it was true. A file that changed says so nowhere
  return stray === true || state.planogram.version > 0;
}

function holdsStray(state: HouseState, { shelf, plate, sku }: { shelf: string; plate: number; sku: string }): boolean {
  return [...state.shelves.devices.values()].some((plates) => {
    const found = plates.get(plate);
    return found?.shelf === shelf && found.goods.some((goods) => goods.stray && goods.sku === sku);
  });
}
