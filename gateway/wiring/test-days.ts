import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Command } from "#wire/commands.ts";
import type { LoadedConfig } from "#wire/store-config.ts";
import type { DomainEvent } from "../events.ts";
import { createHouse, type HouseState } from "../house.ts";
import type { Loaded } from "../storage/messages.ts";
import { shopConfig } from "../test-gateway.ts";
import { restore, writeState } from "./restore.ts";

// Days in the shipped shop, as journals and snapshots, for the tests of what a restart makes of them.

export const loaded = shopConfig();
export const house = createHouse(loaded);
export const shelf = firstShelfOf(loaded);
export const gramsOf = (sku: string) => loaded.items.find((item) => item.sku === sku)?.grams ?? 0;
export const context = (now: number) => ({
  now,
  derive: (label: string) => createHash("sha256").update(label).digest("hex"),
});

export function onDisk(events: DomainEvent[], snapshot?: { state: HouseState; upTo: number }): Loaded {
  const upTo = snapshot?.upTo ?? 0;
  return {
    lastId: events.length,
    ...(snapshot ? { snapshot: { upTo, body: writeState(snapshot.state) } } : {}),
    events: events.slice(upTo).map((event, index) => ({ id: upTo + index + 1, body: JSON.stringify(event) })),
    facts: {},
    retained: [],
    subscriptions: [],
    outgoing: [],
    incoming: [],
  };
}

/** A day in the shop: what was decided, with all its consequences, as it went into the journal. */
export function live(inputs: ((state: HouseState, now: number) => DomainEvent[])[]): DomainEvent[] {
  const state = house.initial();
  const journal: DomainEvent[] = [];
  inputs.forEach((input, index) => {
    const now = 1_000_000 + index * 5_000;
    const events = [...input(state, now), ...house.decideTick(state, context(now))];
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (!event) break;
      house.evolve(state, event);
      events.push(...house.react(state, event, context(now)));
    }
    journal.push(...events);
  });
  return journal;
}

let seq = 0;
export const weigh = (plate: number, count: number) => (state: HouseState, now: number) => {
  const sku = shelf.plates.find((one) => one.plate === plate)?.sku ?? "";
  const plates = [{ plate, grams: count * gramsOf(sku) }];
  const reading = { deviceId: shelf.device, kind: "shelf" as const, format: "native", boot: 1, seq: ++seq };
  return house.decideReading(state, { ...reading, readings: [{ kind: "plates", plates }] }, context(now)).events;
};
export const ask = (command: (state: HouseState) => Command) => (state: HouseState, now: number) => {
  const decision = house.decideCommand(state, command(state), context(now));
  return decision.ok ? decision.events : [];
};

/** Any few products on any plates of the shelf; what was there and is not named goes. */
const facings = fc.uniqueArray(
  fc.record({
    plate: fc.integer({ min: 1, max: 5 }),
    sku: fc.constantFrom(...loaded.items.slice(0, 4).map((item) => item.sku)),
    capacity: fc.integer({ min: 4, max: 9 }),
    minimum: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 5, selector: (facing) => `${facing.plate}/${facing.sku}` },
);
export const edit = facings.map((plates) =>
  ask((state) => ({
    ...{ command: "planogram.change", basedOn: state.planogram.version, by: "mia" },
    shelves: [{ id: shelf.id, plates }],
  })),
);

/** On the first plate of the shelf. */
export const sku = shelf.plates[0]?.sku ?? "";

/** The same shop after the planogram was changed. */
export function changed(edit: (config: LoadedConfig) => void) {
  const copy = structuredClone(loaded);
  edit(copy);
  return createHouse(copy);
}

export const snapshotOf = (events: DomainEvent[]) => ({
  state: restore(house, onDisk(events)).committed,
  upTo: events.length,
});

function firstShelfOf({ config }: LoadedConfig) {
  const [first] = config.shelves;
  if (!first) throw new Error("the shop has a shelf");
  return first;
}
