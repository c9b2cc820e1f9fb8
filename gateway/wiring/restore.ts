import { deserialize, serialize } from "node:v8";
import type { DomainEvent } from "../events.ts";
import type { House, HouseState } from "../house.ts";
import type { Loaded } from "../storage/messages.ts";

/** The state on disk, twice: once to decide on, once as what people read. Snapshot first, then the events after it. */
export function restore(house: House, loaded: Loaded): { decided: HouseState; committed: HouseState } {
  const build = () => {
    const state = loaded.snapshot ? adopt(house, readState(loaded.snapshot.body)) : house.initial();
    for (const { body } of loaded.events) house.evolve(state, readEvent(body));
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
  for (const [name, value] of Object.entries(others)) if (name in state) Object.assign(state, { [name]: value });
  if (shelves) adoptShelves(state, shelves);
  if (stock) adoptStock(house, state, stock);
  for (const [id, device] of devices?.devices ?? []) {
    const today = state.devices.devices.get(id);
    if (today) state.devices.devices.set(id, { ...device, kind: today.kind });
  }
  return state;
}

function adoptShelves(state: HouseState, saved: HouseState["shelves"]) {
  state.shelves.boots = saved.boots;
  for (const [deviceId, plates] of state.shelves.devices) {
    for (const [number, today] of plates) {
      const before = saved.devices.get(deviceId)?.get(number);
      if (before?.sku !== today.sku || before.shelf !== today.shelf) continue;
      const { unitGrams, capacity } = today;
      plates.set(number, { ...before, unitGrams, capacity });
    }
  }
}

function adoptStock(house: House, state: HouseState, saved: HouseState["stock"]) {
  const { skus, ...rest } = saved;
  Object.assign(state.stock, rest);
  for (const [sku, before] of skus) {
    if (!state.stock.skus.has(sku)) continue;
    const places = new Map([...before.places].filter(([place]) => house.plan.skuAt.get(place) === sku));
    state.stock.skus.set(sku, { ...before, places });
  }
}
