import { deserialize, serialize } from "node:v8";
import { adoptDevices } from "../devices/restoring.ts";
import type { DomainEvent } from "../events.ts";
import type { House, HouseState } from "../house.ts";
import { restoreShelves } from "../shelves/restoring.ts";
import type { Loaded } from "../storage/messages.ts";

/** The state on disk, twice: once to decide on, once as what people read. Snapshot first, then the events after it. */
export function restore(house: House, loaded: Loaded): { decided: HouseState; committed: HouseState } {
  const build = () => {
    const state = loaded.snapshot ? adopt(house, readState(loaded.snapshot.body)) : house.initial();
    for (const { body } of loaded.events) {
      const event = readEvent(body);
      if (holds(house, state, event)) house.evolve(state, event);
    }
    return state;
  };
  return { decided: build(), committed: build() };
}

export const readEvent = (body: string): DomainEvent => JSON.parse(body);
export const writeState = (state: HouseState): Uint8Array => serialize(state);
export const readState = (bytes: Uint8Array): Partial<HouseState> => deserialize(bytes);

/**
 * A saved state under today's configuration. What the planogram fixes comes from the configuration, what happened comes
 * from the saved state; a plate that holds another product now starts anew.
 */
export function adopt(house: House, saved: Partial<HouseState>): HouseState {
  const state = house.initial();
  const { shelves, stock, devices, ...others } = saved;
  // one level deep, so that a part which an older version did not know starts as new
  for (const [name, room] of Object.entries(state)) Object.assign(room, Reflect.get(others, name));
  if (shelves) restoreShelves(state.shelves, shelves);
  if (stock) adoptStock(house, state, stock);
  if (devices) adoptDevices(state.devices, devices, house.plan);
  for (const [epc, { sku }] of state.tags.tags) if (!house.plan.skus.has(sku)) state.tags.tags.delete(epc);
  for (const [id, alert] of state.alerts.open) {
    if (isAbout(house, state, alert)) continue;
    state.alerts.open.delete(id);
    for (const [subject, alertId] of state.alerts.subjects) if (alertId === id) state.alerts.subjects.delete(subject);
  }
  return state;
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

type About = { shelf?: string; plate?: number; sku?: string; deviceId?: string };

function isAbout(house: House, state: HouseState, { shelf, plate, sku, deviceId }: About): boolean {
  if (deviceId !== undefined) return state.devices.devices.has(deviceId);
  return shelf === undefined || house.plan.skuAt.get(`${shelf}/${plate}`) === sku;
}

function adoptStock(house: House, state: HouseState, saved: HouseState["stock"]) {
  const { skus, ...rest } = saved;
  Object.assign(state.stock, rest);
  for (const [sku, before] of skus) {
    if (!state.stock.skus.has(sku)) continue;
    const places = new Map([...before.places].filter(([place]) => house.plan.skuAt.get(place) === sku));
    state.stock.skus.set(sku, { ...before, places, reserved: 0 });
  }
  for (const { sku, quantity } of state.stock.reservations.values()) {
    const stock = state.stock.skus.get(sku);
    if (stock) stock.reserved += quantity;
  }
}
