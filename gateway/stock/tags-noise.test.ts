import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../firmware-sim/random.ts";
import { createTagReading } from "../../firmware-sim/rfid-reader.ts";
import { quiet } from "../../firmware-sim/scenarios/quiet.ts";
import { encodeSgtin96 } from "../../firmware-sim/sgtin96.ts";
import { createShop } from "../../firmware-sim/shop.ts";
import { createWorld } from "../../firmware-sim/world.ts";
import { shopOnFreePorts } from "../drills/drill-config.ts";
import type { DomainEvent } from "../events.ts";
import { createHouse } from "../house.ts";
import { createTagsRoom, decideTags, decideTagsTick, departedAfterMs, forgiveTags } from "./tags.ts";

const loaded = shopOnFreePorts();
const { tags: config } = createHouse(loaded).plan;
const room = createTagsRoom();
const roundMs = 2_000;
const hours = 3_600_000;
const start = Date.UTC(2026, 4, 12, 8, 0);

function antennaRoom() {
  const state = room.initial();
  const log: DomainEvent[] = [];
  const take = (events: DomainEvent[]) => {
    for (const event of events) {
      if (event.type === "tag-arrived") room.evolve["tag-arrived"]?.(state, event);
      if (event.type === "tag-moved") room.evolve["tag-moved"]?.(state, event);
      if (event.type === "tag-departed") room.evolve["tag-departed"]?.(state, event);
      log.push(event);
    }
  };
  return {
    state,
    log,
    of: (type: DomainEvent["type"], epc?: string) =>
      log.filter((event) => event.type === type && (epc === undefined || ("epc" in event && event.epc === epc))),
    hear(reads: { epc: string; antenna: number; rssiDbm: number }[], now: number, deviceId = "rfid-1") {
      take(decideTags(state, { source: { deviceId }, reads }, now, config));
    },
    tick: (now: number) => take(decideTagsTick(state, now)),
  };
}

/** The simulator's shop with its rails full, and what its antennas read. */
function simulatedRails(seed: string) {
  const scenario = { ...quiet, arrivals: [{ afterMinutes: 0, perMinute: 0 }], startInside: 0, staff: 0 };
  const shop = createShop({ world: createWorld(loaded), scenario, seed, startMs: start, tell() {} });
  const antennas = [{ antenna: 1, zone: "knitwear" }];
  const read = createTagReading({ seed, name: "rfid-1", startMs: start, shop, antennas });
  const random = createRandom(seed, "reads");
  return {
    shop,
    round: (now: number) => (read(now, random) ?? []).map(({ rssi, ...one }) => ({ ...one, rssiDbm: rssi })),
  };
}

test("no garment that hangs there all day is ever called gone; one that is carried out is, within minutes", () => {
  const { shop, round } = simulatedRails("rails");
  const rails = antennaRoom();
  const run = (from: number, until: number) => {
    for (let now = from; now < until; now += roundMs) {
      const reads = round(now);
      if (reads.length > 0) rails.hear(reads, now);
      rails.tick(now);
    }
  };
  const day = 10 * hours;
  run(start, start + day);
  const hanging = rails.of("tag-arrived").length;
  expect(hanging).toBeGreaterThan(30);
  expect(rails.of("tag-departed")).toEqual([]);
  expect(rails.of("tag-moved")).toEqual([]);

  const zoneOf = new Map(loaded.config.shelves.map(({ id, zone }) => [id, zone]));
  const knits = shop.plates.filter(({ shelf, items }) => zoneOf.get(shelf) === "knitwear" && items.length > 0);
  const taken = knits.slice(0, 10).map((plate) => plate.items.shift()).length;
  run(start + day, start + day + departedAfterMs);
  const gone = rails.of("tag-departed").map(({ at }) => at - start - day);
  expect(gone).toHaveLength(taken);
  // those that answer well; one in twenty hides and is waited for
  gone.sort((a, b) => a - b);
  expect(gone[7]).toBeLessThan(180_000);
});

const tag = (serial: number) => {
  const gtin = loaded.items.find(({ sku }) => sku === "KNIT-ROLL-M")?.gtin ?? "";
  return encodeSgtin96(gtin, serial);
};

test("a garment between two antennas that hear it alike stays in its zone all day", () => {
  const random = createRandom("between", "reads");
  const rails = antennaRoom();
  for (let now = start; now < start + 10 * hours; now += roundMs) {
    const reads = [1, 2].flatMap((antenna) =>
      random.chance(0.4) ? [{ epc: tag(1), antenna, rssiDbm: -57 + random.normal(0, 2) }] : [],
    );
    rails.hear(reads, now);
    rails.tick(now);
  }
  expect(rails.of("tag-arrived")).toHaveLength(1);
  expect(rails.of("tag-moved").length + rails.of("tag-departed").length).toBeLessThanOrEqual(1);
});

test("a garment that is carried to the fitting rooms is there within three minutes, and has not left in between", () => {
  const random = createRandom("carried", "reads");
  const rails = antennaRoom();
  const moveAt = start + hours;
  for (let now = start; now < moveAt + 600_000; now += roundMs) {
    const near = now < moveAt ? 1 : 2;
    const reads = [1, 2].flatMap((antenna) => {
      const isNear = antenna === near;
      const rssiDbm = (isNear ? -55 : -68) + random.normal(0, 2);
      return random.chance(isNear ? 0.4 : 0.1) ? [{ epc: tag(1), antenna, rssiDbm }] : [];
    });
    rails.hear(reads, now);
    rails.tick(now);
  }
  expect(rails.log.map(({ type }) => type)).toEqual(["tag-arrived", "tag-moved"]);
  const [moved] = rails.of("tag-moved");
  expect(moved).toMatchObject({ from: "knitwear", zone: "fitting" });
  expect((moved?.at ?? 0) - moveAt).toBeLessThan(180_000);
});

test("one faint read of a tag is no garment; two are", () => {
  const rails = antennaRoom();
  rails.hear([{ epc: tag(1), antenna: 1, rssiDbm: -78 }], start);
  rails.hear([{ epc: tag(1), antenna: 1, rssiDbm: -78 }], start + 100);
  expect(rails.log).toEqual([]);
  rails.hear([{ epc: tag(1), antenna: 1, rssiDbm: -78 }], start + 4_000);
  expect(rails.of("tag-arrived")).toHaveLength(1);
  rails.hear([{ epc: tag(2), antenna: 1, rssiDbm: -78 }], start);
  rails.hear([{ epc: tag(2), antenna: 1, rssiDbm: -78 }], start + 90_000);
  expect(rails.of("tag-arrived", tag(2))).toEqual([]);
});

test("a reader that falls silent takes no garment with it before the ten minutes are over, and when it is back they all are", () => {
  const random = createRandom("silent", "reads");
  const rails = antennaRoom();
  const round = (now: number) => {
    const heard = [1, 2, 3, 4].filter(() => random.chance(0.4));
    rails.hear(
      heard.map((serial) => ({ epc: tag(serial), antenna: 1, rssiDbm: -55 })),
      now,
    );
  };
  for (let now = start; now < start + hours; now += roundMs) round(now);
  const back = start + hours + departedAfterMs - 60_000;
  for (let now = start + hours; now < back; now += 1_000) rails.tick(now);
  for (let now = back; now < back + hours; now += roundMs) {
    round(now);
    rails.tick(now);
  }
  expect(rails.of("tag-departed")).toEqual([]);
});

test("what nobody could hear because the broker was away is no tag's silence", () => {
  const rails = antennaRoom();
  rails.hear([{ epc: tag(1), antenna: 1, rssiDbm: -55 }], start);
  forgiveTags(rails.state);
  rails.tick(start + 2 * departedAfterMs);
  expect(rails.log.map(({ type }) => type)).toEqual(["tag-arrived"]);
});

test("a flood of tags of other shops, and of faint ones, leaves nothing behind", () => {
  const rails = antennaRoom();
  for (let batch = 0; batch < 60; batch++) {
    const reads = Array.from({ length: 1_000 }, (_, i) => ({
      epc: i % 2 === 0 ? tag(batch * 1_000 + i) : encodeSgtin96("99999990000007", batch * 1_000 + i),
      antenna: 1,
      rssiDbm: -80,
    }));
    rails.hear(reads, start + batch);
  }
  expect(rails.log).toEqual([]);
  expect(rails.state.tags.size).toBe(0);
  expect(rails.state.ghosts.size).toBeLessThanOrEqual(2_000);
});

test("whatever is read when, also over clocks that jump by a day: the same reads give the same events, and no tag is in two places", () => {
  const step = fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 30_000 }), fc.constantFrom(-24 * hours, 24 * hours)),
    serials: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }),
    antenna: fc.integer({ min: 0, max: 3 }),
    rssiDbm: fc.integer({ min: -90, max: -30 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const run = () => {
        const rails = antennaRoom();
        let now = start;
        for (const { afterMs, serials, antenna, rssiDbm } of steps) {
          now += afterMs;
          rails.hear(
            serials.map((serial) => ({ epc: tag(serial), antenna, rssiDbm })),
            now,
          );
          rails.tick(now);
        }
        return rails.log;
      };
      const log = run();
      expect(run()).toEqual(log);
      const where = new Map<string, string>();
      for (const event of log) {
        if (event.type === "tag-arrived") {
          expect(where.has(event.epc)).toBe(false);
          where.set(event.epc, event.zone);
        } else if (event.type === "tag-moved") {
          expect(where.get(event.epc)).toBe(event.from);
          expect(event.zone).not.toBe(event.from);
          where.set(event.epc, event.zone);
        } else if (event.type === "tag-departed") {
          expect(where.get(event.epc)).toBe(event.zone);
          where.delete(event.epc);
        }
      }
    }),
    { numRuns: 200 },
  );
});
