import type { DomainEvent, Facing } from "../events.ts";
import { decideCount, decideSettled } from "./counting.ts";
import { createShelvesRoom } from "./shelves-room.ts";
import type { CountingRules } from "./shelves-state.ts";

export const rules: CountingRules = { quietGrams: 3, settleMs: 600, toleranceShare: 0.06 };

export type TestProduct = { sku: string; grams: number; plates: number[]; x?: number; width?: number };

/** Load cells that tremble, ten times a second, under a row of plates; and the room, as the house drives it. For tests. */
export function testShelf(products: TestProduct[], { noise = 0.7, everyMs = 100, seed = 1 } = {}) {
  const facings = products.flatMap(({ sku, plates, x, width }) =>
    plates.map((plate): Facing => {
      const place = { ...(x === undefined ? {} : { x }), ...(width === undefined ? {} : { width }) };
      return { plate, sku, capacity: 12, minimum: 1, ...place };
    }),
  );
  const plateCount = Math.max(...facings.map(({ plate }) => plate));
  const gramsOf = (sku: string) => products.find((product) => product.sku === sku)?.grams;
  const room = createShelvesRoom({ shelves: [{ id: "S", deviceId: "S", facings }], gramsOf, rules });
  const state = room.initial();
  const levels = Array.from({ length: plateCount }, () => 0);
  const random = normal(seed);
  const log: DomainEvent[] = [];
  const heard: { seq: number; at: number; grams: number[] }[] = [];
  let seq = 0;
  let now = 1_000_000;

  function take(events: DomainEvent[]) {
    for (const event of events) {
      apply(event);
      log.push(event);
    }
    return events;
  }
  function apply(event: DomainEvent) {
    const evolve: unknown = room.evolve[event.type];
    if (typeof evolve === "function") Reflect.apply(evolve, undefined, [state, event]);
  }
  const hear = (reading: { seq: number; at: number; grams: number[]; boot?: number }) =>
    take(
      decideCount(
        state,
        {
          source: { deviceId: "S", boot: reading.boot ?? 1, seq: reading.seq },
          plates: reading.grams.map((grams, index) => ({ plate: index + 1, grams })),
        },
        { at: reading.at, now },
        rules,
      ),
    );

  return {
    state,
    room,
    log,
    heard,
    hear,
    take,
    apply,
    /** What lies on the plates changes, on each as much as is said. */
    load(...grams: number[]) {
      for (const [index, each] of grams.entries()) levels[index] = (levels[index] ?? 0) + each;
    },
    /** Readings for so long; `press` is what a hand adds to each plate, trembling. Answers what was said, briefly. */
    wait(ms: number, press: number[] = []) {
      const from = log.length;
      for (const until = now + ms; now < until; ) {
        now += everyMs;
        seq++;
        if (now % 1_000 < everyMs) take(decideSettled(state, now, rules));
        const grams = levels.map((level, index) => {
          const hand = (press[index] ?? 0) * (1 + 0.15 * Math.sin(now / 140) + 0.08 * random());
          return Math.round((level + hand + noise * random()) * 10) / 10;
        });
        heard.push({ seq, at: now, grams });
        hear({ seq, at: now, grams });
      }
      return log.slice(from).map(short);
    },
    tick: (at: number) => take(decideSettled(state, at, rules)),
    now: () => now,
    count: (sku: string, plate?: number) =>
      [...(state.devices.get("S")?.values() ?? [])]
        .filter((each) => plate === undefined || each.plate === plate)
        .flatMap(({ goods }) => goods)
        .reduce((sum, goods) => (goods.sku === sku ? sum + (goods.count ?? 0) : sum), 0),
  };
}

/** "pick soap -1", "put-back soap +1 stray", or what else was said. */
export function short(event: DomainEvent): string {
  if (event.type !== "stock-changed") return event.type;
  const delta = event.count - event.previous;
  return `${event.cause} ${event.sku} ${delta > 0 ? "+" : ""}${delta}${event.stray ? " stray" : ""}`;
}

function normal(seed: number): () => number {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}
