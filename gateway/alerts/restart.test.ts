import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import type { HouseState } from "../house.ts";
import type { Loaded } from "../storage/messages.ts";
import { restore, writeState } from "../wiring/restore.ts";
import { openFloor } from "./test-floor.ts";
import { step } from "./test-steps.ts";

function onDisk(events: readonly DomainEvent[], snapshot?: { state: HouseState; upTo: number }): Loaded {
  const upTo = snapshot?.upTo ?? 0;
  return {
    ...{ lastId: events.length, facts: {}, retained: [], subscriptions: [], outgoing: [], incoming: [] },
    ...(snapshot ? { snapshot: { upTo, body: writeState(snapshot.state) } } : {}),
    events: events.slice(upTo).map((event, index) => ({ id: upTo + index + 1, body: JSON.stringify(event) })),
  };
}

test("alerts and history after a restart are what they were before, wherever the snapshot was taken", () => {
  const { house } = openFloor();
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (steps, share) => {
        const floor = openFloor();
        for (const each of steps) each(floor);
        const { journal } = floor;
        const upTo = Math.floor(journal.length * share);
        const { committed: early } = restore(house, onDisk(journal.slice(0, upTo)));
        const { committed: all } = restore(house, onDisk(journal));
        const { decided } = restore(house, onDisk(journal, { state: early, upTo }));
        expect(decided.alerts).toEqual(all.alerts);
        expect(decided.history).toEqual(all.history);
        expect(decided.mirrors).toEqual(all.mirrors);
        expect(all.alerts.open).toEqual(floor.state.alerts.open);
      },
    ),
    { numRuns: 30 },
  );
}, 120_000);
