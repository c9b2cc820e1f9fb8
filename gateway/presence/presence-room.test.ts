import { describe, expect, test } from "vitest";
import type { Sighting } from "#wire/decoded.ts";
import type { DomainEvent } from "../events.ts";
import { createPresenceRoom, type PresenceConfig } from "./presence-room.ts";

const uuid = "f7826da6-4fa2-4e98-8024-bc5b71e0893e";
const config: PresenceConfig = {
  receivers: [
    { id: "north", zone: "glasses", at: [1, 1], espresenseRoom: "Glasses corner" },
    { id: "south", zone: "knitwear", at: [9, 1] },
    { id: "door", zone: "entrance", at: [5, 9] },
  ],
  zones: [
    { id: "glasses", name: "Glasses", rect: [0, 0, 4, 4] },
    { id: "knitwear", name: "Knitwear", rect: [6, 0, 4, 4] },
    { id: "entrance", name: "Entrance", rect: [0, 6, 9, 3], camera: "cam-door" },
  ],
  presence: { smoothingMs: 1_000, hysteresisDb: 4, dwellMs: 1_500, absentAfterMs: 20_000 },
  baskets: { uuid, major: 7, count: 3 },
};
const start = 1_795_000_000_000;

function sighting(basket: number, rssiDbm: number, at?: number): Sighting {
  return { beacon: `ibeacon:${uuid}:7:${basket}`, rssiDbm, measuredPowerDbm: -59, ...(at === undefined ? {} : { at }) };
}

/** A presence room that is driven as the pipeline drives it; it keeps every event. */
function openShop(overrides: Partial<PresenceConfig["presence"]> = {}) {
  const presence = createPresenceRoom({ ...config, presence: { ...config.presence, ...overrides } });
  const state = presence.room.initial();
  const events: DomainEvent[] = [];
  function commit(decided: DomainEvent[]) {
    for (const event of decided) {
      events.push(event);
      const apply = presence.room.evolve[event.type] as ((s: typeof state, e: DomainEvent) => void) | undefined;
      apply?.(state, event);
    }
    return decided;
  }
  return {
    presence,
    state,
    events,
    commit,
    hear(deviceId: string, sightings: Sighting[], now: number) {
      presence.observe(state, { deviceId, sightings }, now);
      return commit(presence.decideSightings(state, { deviceId, sightings }, now).events);
    },
    tick: (now: number) => commit(presence.decidePresenceTick(state, now)),
    count: (zone: string, people: number, now: number) => commit(presence.decidePeople(state, { zone, people }, now)),
  };
}
type Shop = ReturnType<typeof openShop>;

/** Every half second both receivers hear basket 1 at these levels. */
function stand(
  shop: Shop,
  from: number,
  seconds: number,
  levels: (step: number) => { north?: number; south?: number },
) {
  for (let step = 0; step < seconds * 2; step++) {
    const now = from + step * 500;
    const { north, south } = levels(step);
    if (north !== undefined) shop.hear("north", [sighting(1, north, now)], now);
    if (south !== undefined) shop.hear("south", [sighting(1, south, now)], now);
  }
  return from + seconds * 1_000;
}
const moves = (events: DomainEvent[]) => events.filter(({ type }) => type === "zone-entered" || type === "zone-left");

describe("a basket and its zone", () => {
  test("a basket that stays beside the glasses is in the glasses zone after the dwell time", () => {
    const shop = openShop();
    shop.hear("north", [sighting(1, -55, start)], start);
    expect(shop.events).toEqual([]);
    stand(shop, start + 500, 1, () => ({ north: -55 }));
    expect(shop.events).toEqual([]);
    shop.hear("north", [sighting(1, -55, start + 1_500)], start + 1_500);
    expect(shop.events).toEqual([
      { type: "zone-entered", at: start + 1_500, carrier: "basket-1", zone: "glasses" },
      { type: "occupancy-changed", at: start + 1_500, zone: "glasses", occupancy: 1, by: "carriers" },
    ]);
  });

  test("walking over to the knitwear is one move that says where it came from", () => {
    const shop = openShop();
    const later = stand(shop, start, 4, () => ({ north: -55, south: -80 }));
    stand(shop, later, 8, () => ({ north: -80, south: -55 }));
    expect(moves(shop.events)).toMatchObject([
      { type: "zone-entered", zone: "glasses" },
      { type: "zone-entered", zone: "knitwear", from: "glasses" },
    ]);
    expect(Object.fromEntries(shop.state.occupancy)).toEqual({ glasses: 0, knitwear: 1 });
  });

  test("a basket at the border, louder here and there by a little, does not flap between zones", () => {
    const shop = openShop();
    stand(shop, start, 120, (step) =>
      Math.floor(step / 4) % 2 === 0 ? { north: -63, south: -66 } : { north: -66, south: -63 },
    );
    expect(moves(shop.events)).toHaveLength(1);
  });

  test("a challenger that loses once in between starts its dwell time again", () => {
    const shop = openShop({ smoothingMs: 0 });
    const later = stand(shop, start, 3, () => ({ north: -60, south: -90 }));
    stand(shop, later, 20, (step) => (step % 3 === 2 ? { north: -50, south: -90 } : { north: -70, south: -60 }));
    expect(moves(shop.events)).toMatchObject([{ zone: "glasses" }]);
    expect(moves(shop.events)).toHaveLength(1);
  });

  test("a second challenger does not inherit the time that the first one won", () => {
    const shop = openShop({ smoothingMs: 0, dwellMs: 1_500 });
    const later = stand(shop, start, 3, () => ({ north: -60 }));
    for (const [step, door] of [-90, -90, -50, -50, -50].entries()) {
      const now = later + step * 500;
      shop.hear("north", [sighting(1, -80, now)], now);
      shop.hear("south", [sighting(1, -65, now)], now);
      shop.hear("door", [sighting(1, door, now)], now);
    }
    expect(moves(shop.events)).toHaveLength(1);
    stand(shop, later + 2_500, 1, () => ({ north: -80 }));
    shop.hear("door", [sighting(1, -50, later + 3_500)], later + 3_500);
    expect(moves(shop.events)).toMatchObject([{ zone: "glasses" }, { zone: "entrance", from: "glasses" }]);
  });

  test("when its receiver has gone silent for three seconds the next one takes over without hysteresis", () => {
    const shop = openShop();
    const later = stand(shop, start, 3, () => ({ north: -60, south: -61 }));
    stand(shop, later, 8, () => ({ south: -61 }));
    expect(moves(shop.events)).toMatchObject([{ zone: "glasses" }, { zone: "knitwear", from: "glasses" }]);
  });

  test("an ESPresense node is the receiver of the room it stands in", () => {
    const shop = openShop({ dwellMs: 0 });
    shop.hear("espresense-Glasses-corner", [sighting(2, -60)], start);
    expect(shop.events).toMatchObject([{ carrier: "basket-2", zone: "glasses" }, {}]);
  });
});

describe("leaving", () => {
  test("a basket that nobody hears any more has left after the configured time, once", () => {
    const shop = openShop();
    stand(shop, start, 3, () => ({ north: -55 }));
    const lastHeard = start + 2_500;
    expect(shop.tick(lastHeard + 19_999)).toEqual([]);
    expect(shop.tick(lastHeard + 20_000)).toEqual([
      { type: "zone-left", at: lastHeard + 20_000, carrier: "basket-1", zone: "glasses" },
      { type: "occupancy-changed", at: lastHeard + 20_000, zone: "glasses", occupancy: 0, by: "carriers" },
    ]);
    expect(shop.tick(lastHeard + 40_000)).toEqual([]);
  });

  test("after a restart a basket known from the journal is not sent out before it could be heard again", () => {
    const shop = openShop();
    shop.commit([{ type: "zone-entered", at: start - 3_600_000, carrier: "basket-1", zone: "glasses" }]);
    expect(shop.tick(start)).toEqual([]);
    shop.hear("south", [sighting(2, -60, start)], start);
    expect(shop.tick(start + 19_999)).toEqual([]);
    expect(shop.tick(start + 20_000)).toMatchObject([{ type: "zone-left", carrier: "basket-1" }]);
  });
});

describe("what must change nothing", () => {
  test("a batch delivered twice", () => {
    const once = openShop();
    const twice = openShop();
    for (let step = 0; step < 40; step++) {
      const now = start + step * 500;
      const batch = [sighting(1, -60 - (step % 7), now - 300), sighting(1, -58, now)];
      const receiver = step % 3 === 0 ? "south" : "north";
      once.hear(receiver, batch, now);
      twice.hear(receiver, batch, now);
      twice.hear(receiver, batch, now + 200);
    }
    expect(twice.events).toEqual(once.events);
    expect(once.events.length).toBeGreaterThan(0);
  });

  test("a sighting that arrives after a newer one of the same receiver", () => {
    const shop = openShop({ dwellMs: 0, smoothingMs: 0 });
    shop.hear("north", [sighting(1, -60, 10_000)], start);
    shop.hear("south", [sighting(1, -70, 10_000)], start);
    expect(shop.hear("south", [sighting(1, -20, 9_000)], start + 100)).toEqual([]);
    expect(shop.hear("south", [sighting(1, -20, 10_200)], start + 200)).toMatchObject([{ zone: "knitwear" }, {}, {}]);
  });

  test("a phone, another shop's baskets and a basket that does not exist", () => {
    const shop = openShop({ dwellMs: 0 });
    const strangers: Sighting[] = [
      { beacon: "ibeacon:00000000-4fa2-4e98-8024-bc5b71e0893e:7:1", rssiDbm: -40 },
      { beacon: `ibeacon:${uuid}:8:1`, rssiDbm: -40 },
      { beacon: "eddystone:00112233445566778899:aabbccddeeff", rssiDbm: -40 },
      sighting(0, -40),
      sighting(4, -40),
      { beacon: `ibeacon:${uuid}:7:`, rssiDbm: -40 },
    ];
    shop.presence.observe(shop.state, { deviceId: "north", sightings: strangers }, start);
    const decision = shop.presence.decideSightings(shop.state, { deviceId: "north", sightings: strangers }, start);
    expect(decision).toEqual({ events: [], heard: 6 });
    expect(shop.state.zoneOf.size).toBe(0);
  });

  test("a receiver that the config does not know", () => {
    const shop = openShop({ dwellMs: 0 });
    expect(shop.hear("somewhere", [sighting(1, -30)], start)).toEqual([]);
  });

  test("a receiver whose clock is an hour wrong is as good as any other", () => {
    const right = openShop();
    const wrong = openShop();
    for (let step = 0; step < 20; step++) {
      const now = start + step * 500;
      right.hear("north", [sighting(1, -60, now)], now);
      wrong.hear("north", [sighting(1, -60, now - 3_600_000)], now);
    }
    expect(wrong.events).toEqual(right.events);
  });
});

describe("occupancy", () => {
  test("two baskets in a zone count two, and are announced only when the number changes", () => {
    const shop = openShop({ dwellMs: 0 });
    shop.hear("north", [sighting(1, -60), sighting(2, -62)], start);
    shop.hear("north", [sighting(1, -60), sighting(2, -62)], start + 500);
    expect(shop.events.filter(({ type }) => type === "occupancy-changed")).toEqual([
      { type: "occupancy-changed", at: start, zone: "glasses", occupancy: 2, by: "carriers" },
    ]);
  });

  test("a zone with a camera believes the camera, not the baskets", () => {
    const shop = openShop({ dwellMs: 0 });
    expect(shop.hear("door", [sighting(1, -50)], start)).toMatchObject([{ type: "zone-entered", zone: "entrance" }]);
    expect(shop.count("entrance", 5, start + 1)).toEqual([
      { type: "occupancy-changed", at: start + 1, zone: "entrance", occupancy: 5, by: "camera" },
    ]);
    expect(shop.count("entrance", 5, start + 2)).toEqual([]);
    expect(shop.count("glasses", 3, start + 3)).toEqual([]);
    expect(shop.count("nowhere", 3, start + 4)).toEqual([]);
  });
});

test("the same inputs make the same events, every time", () => {
  const run = () => {
    const shop = openShop();
    for (let step = 0; step < 400; step++) {
      const now = start + step * 250;
      const receiver = ["north", "south", "door"][(step * 7) % 3]!;
      shop.hear(receiver, [sighting(1 + (step % 3), -50 - ((step * 13) % 37), now)], now);
      if (step % 4 === 0) shop.tick(now);
    }
    return shop.events;
  };
  expect(run()).toEqual(run());
  expect(run().length).toBeGreaterThan(3);
});
