import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Decoded, Reading } from "#wire/decoded.ts";
import { shopOnFreePorts as shopConfig } from "../drills/drill-config.ts";
import type { DomainEvent, EventOf } from "../events.ts";
import { createHouse } from "../house.ts";
import { unansweredRequests } from "../requests/requests.ts";
import type { Context } from "../room.ts";
import { isLive, rolloutView } from "./rollouts.ts";

/** What a shelf does with the new version. */
const natures = [
  "good",
  "refuses",
  "deaf",
  "never-back",
  "comes-back-old",
  "starts-over",
  "dies",
  "power-cut",
  "offline",
] as const;
type Nature = (typeof natures)[number];

type Shelf = {
  id: string;
  nature: Nature;
  version: string;
  boot: number;
  online: boolean;
  seq: number;
  handled: Map<string, Reading>;
};

const startAt = 1_800_000_000_000;
const pace = { soakMs: 30_000, backMs: 60_000, patienceMs: 120_000, atOnce: 3 };

/** The true house on virtual time, and shelves of all natures around it. */
function shop(given: Nature[]) {
  const loaded = structuredClone(shopConfig());
  const [pattern] = loaded.config.shelves;
  if (!pattern) throw new Error("the shipped shop has no shelf");
  const shelves = new Map<string, Shelf>();
  for (const [index, nature] of given.entries()) {
    const id = `S${index}`;
    loaded.config.shelves.push({ ...pattern, id, name: id, device: id, plates: pattern.plates.slice(0, 1) });
    shelves.set(id, { id, nature, version: "1.0.0", boot: 1, online: true, seq: 0, handled: new Map() });
  }
  const house = createHouse(loaded);
  let state = house.initial();
  let now = startAt;
  const journal: DomainEvent[] = [];
  const later: { at: number; act: () => void }[] = [];
  const after = (seconds: number, act: () => void) => later.push({ at: now + seconds * 1_000, act });
  const context = (): Context => ({ now, derive: (label) => createHash("sha256").update(label).digest("hex") });

  function take(events: DomainEvent[]) {
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (!event) break;
      journal.push(event);
      house.evolve(state, event);
      events.push(...house.react(state, event, context()));
      if (event.type === "device-requested" || event.type === "device-request-repeated") deliver(event.deviceId);
    }
  }
  function say(shelf: Shelf, reading: Reading, seq?: number) {
    const decoded: Decoded = {
      deviceId: shelf.id,
      kind: "shelf",
      format: "native",
      boot: shelf.boot,
      readings: [reading],
    };
    if (seq !== undefined) decoded.seq = seq;
    take(house.decideReading(state, decoded, context()).events);
  }
  const greet = (shelf: Shelf) => say(shelf, { kind: "status", state: "online", firmware: `sim ${shelf.version}` });
  function cut(shelf: Shelf) {
    shelf.online = false;
    say(shelf, { kind: "status", state: "offline" });
  }
  function start(shelf: Shelf) {
    shelf.online = true;
    shelf.boot++;
    greet(shelf);
  }
  function reply(shelf: Shelf, id: string, more: { ok: boolean; progress?: number; detail?: string }) {
    const answer: Reading = { kind: "reply", reply: { id, ...more } };
    shelf.handled.set(id, answer);
    say(shelf, answer);
  }
  function deliver(deviceId: string) {
    const shelf = shelves.get(deviceId);
    after(1, () => {
      const open = state.requests.open.get(deviceId);
      if (shelf?.online && open) carryOut(shelf, open.requestId, open.request.command);
    });
  }
  function carryOut(shelf: Shelf, id: string, command: string) {
    const before = shelf.handled.get(id);
    if (before) return say(shelf, before);
    if (command === "rollback") {
      reply(shelf, id, { ok: true });
      cut(shelf);
      return after(3, () => {
        shelf.version = "1.0.0";
        start(shelf);
      });
    }
    if (command !== "update" || shelf.nature === "deaf") return undefined;
    if (shelf.nature === "refuses") return reply(shelf, id, { ok: false, detail: "no battery" });
    if (shelf.nature === "power-cut") {
      shelf.nature = "good";
      cut(shelf);
      return after(5, () => start(shelf));
    }
    reply(shelf, id, { ok: true, progress: 0.5 });
    return after(3, () => install(shelf, id));
  }
  function install(shelf: Shelf, id: string) {
    reply(shelf, id, { ok: true, progress: 1 });
    cut(shelf);
    if (shelf.nature === "never-back") return;
    after(3, () => {
      if (shelf.nature !== "comes-back-old") shelf.version = "2.0.0";
      start(shelf);
      if (shelf.nature === "dies") after(10, () => shelf.version === "2.0.0" && shelf.online && cut(shelf));
      if (shelf.nature === "starts-over") after(5, () => startOver(shelf));
    });
  }
  function startOver(shelf: Shelf) {
    if (shelf.version !== "2.0.0") return;
    if (shelf.online) {
      cut(shelf);
      start(shelf);
    }
    after(5, () => startOver(shelf));
  }

  for (const shelf of shelves.values()) {
    greet(shelf);
    if (shelf.nature === "offline") cut(shelf);
  }
  return {
    journal,
    shelves,
    command(command: Parameters<typeof house.decideCommand>[1]) {
      const decision = house.decideCommand(state, command, context());
      if (decision.ok) take(decision.events);
      return decision;
    },
    /** So many seconds pass. */
    pass(seconds: number) {
      for (let i = 0; i < seconds; i++) {
        now += 1_000;
        take(house.decideTick(state, context()));
        for (let due = later.findIndex(({ at }) => at <= now); due >= 0; due = later.findIndex(({ at }) => at <= now)) {
          for (const { act } of later.splice(due, 1)) act();
        }
        if (i % 10 === 0) {
          for (const shelf of shelves.values())
            if (shelf.online) say(shelf, { kind: "telemetry", values: { up: 1 } }, shelf.seq++);
        }
      }
    },
    /** The gateway is killed, and starts on what its journal says. */
    restart(awaySeconds: number) {
      now += awaySeconds * 1_000;
      state = house.initial();
      for (const event of journal) house.evolve(state, event);
      for (const { deviceId } of unansweredRequests(state.requests, now)) deliver(deviceId);
      for (const shelf of shelves.values()) if (shelf.online) greet(shelf);
    },
    rollout: () => [...state.rollouts.rollouts.values()].at(-1),
    events: <T extends DomainEvent["type"]>(type: T) =>
      journal.filter((event): event is EventOf<T> => event.type === type),
  };
}
type Shop = ReturnType<typeof shop>;

const begin = { command: "rollout.start", version: "2.0.0", kind: "shelf", pace, by: "eve" } as const;
function viewOf(one: Shop) {
  const rollout = one.rollout();
  if (!rollout) throw new Error("no roll-out was begun");
  return rolloutView(rollout);
}
const howMany = (one: Shop) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(viewOf(one).devices, ({ state }) => state)).map(([state, list]) => [
      state,
      list.length,
    ]),
  );
const detailOf = (one: Shop) => viewOf(one).devices.find(({ detail }) => detail !== undefined)?.detail;

test("a good version reaches one shelf, then a quarter, then all", () => {
  const one = shop(Array<Nature>(20).fill("good"));
  one.command(begin);
  one.pass(20);
  expect(howMany(one)).toEqual({ updated: 1, waiting: 19 });
  one.pass(60);
  expect(viewOf(one).stage).toBe(1);
  one.pass(600);
  expect(viewOf(one)).toMatchObject({ state: "done", stages: [5, 25, 100] });
  expect(howMany(one)).toEqual({ healthy: 20 });
  expect(one.events("device-requested").length).toBe(20);
  // no more than three at the same time
  let busy = 0;
  for (const { phase } of one.events("rollout-device-changed")) {
    if (phase === "asked") busy++;
    if (phase === "soaking") busy--;
    expect(busy).toBeLessThanOrEqual(3);
  }
});

test.each([
  ["refuses", "no battery"],
  ["deaf", "It did not answer."],
  ["never-back", "It never came back. Someone has to look at it."],
  ["comes-back-old", "It came back with 1.0.0."],
  ["dies", "It fell silent with the new version."],
] as const)("a shelf that %s halts the first stage, and nobody else is asked", (nature, detail) => {
  const one = shop([nature, nature, nature, nature]);
  one.command(begin);
  one.pass(1_500);
  expect(viewOf(one)).toMatchObject({ state: "rolled-back", stage: 0 });
  expect(howMany(one).waiting).toBe(3);
  expect(viewOf(one).why).toContain(detail);
});

test("a shelf that starts again and again hears the order to go back between two starts", () => {
  const one = shop(Array<Nature>(4).fill("starts-over"));
  one.command(begin);
  one.pass(300);
  expect(viewOf(one)).toMatchObject({ state: "rolled-back", why: expect.stringContaining("again and again") });
  expect(howMany(one)).toEqual({ "rolled-back": 1, waiting: 3 });
  expect([...one.shelves.values()].every(({ version }) => version === "1.0.0")).toBe(true);
});

test("a power cut in the middle of an update is no failure", () => {
  const one = shop(Array<Nature>(3).fill("power-cut"));
  one.command(begin);
  one.pass(400);
  expect(viewOf(one).state).toBe("done");
  expect(howMany(one)).toEqual({ healthy: 3 });
});

test("a shelf that is offline is waited for, then passed over, and is no reason to halt", () => {
  const one = shop(["offline", "good", "good"]);
  one.command({ ...begin, stages: [100] });
  one.pass(400);
  expect(viewOf(one)).toMatchObject({ state: "done", why: "Without S0." });
  expect(howMany(one)).toEqual({ healthy: 2, failed: 1 });
  expect(detailOf(one)).toBe("It was offline all the time.");
});

test("halted by hand, nobody else is asked; those in the middle finish; and it can still be taken back", () => {
  const one = shop(Array<Nature>(20).fill("good"));
  one.command(begin);
  one.pass(3);
  const rolloutId = viewOf(one).id;
  expect(one.command({ command: "rollout.halt", rolloutId, rollBack: false, by: "eve" }).ok).toBe(true);
  one.pass(300);
  expect(viewOf(one).state).toBe("halted");
  expect(howMany(one)).toEqual({ healthy: 1, waiting: 19 });
  one.command({ command: "rollout.halt", rolloutId, rollBack: true, by: "eve" });
  one.pass(60);
  expect(viewOf(one)).toMatchObject({ state: "rolled-back", why: "It was halted by hand." });
  expect(howMany(one)).toEqual({ "rolled-back": 1, waiting: 19 });
});

test("one roll-out at a time, in stages that make sense, and only to those who need it", () => {
  const one = shop(["good", "good"]);
  const titleOf = (more: object) => {
    const decision = one.command({ ...begin, ...more });
    return decision.ok ? "begun" : decision.problem.title;
  };
  expect(titleOf({ stages: [50] })).toBe("The stages do not fit.");
  expect(titleOf({ stages: [50, 20, 100] })).toBe("The stages do not fit.");
  expect(titleOf({ version: "1.0.0" })).toBe("No device is waiting for this version.");
  expect(titleOf({ version: "0.9.0" })).toBe("No device is waiting for this version.");
  expect(titleOf({ minVersion: "1.5.0" })).toBe("No device is waiting for this version.");
  expect(titleOf({ kind: "ble" })).toBe("No device is waiting for this version.");
  expect(titleOf({})).toBe("begun");
  expect(titleOf({ version: "3.0.0" })).toBe("Another roll-out to these devices is not over yet.");
});

test("whatever shelves do and however often the gateway starts anew: nobody is asked twice at once, a halted roll-out asks nobody, and all comes to an end", () => {
  const restarts = fc.array(
    fc.record({ afterS: fc.integer({ min: 1, max: 90 }), awayS: fc.integer({ min: 0, max: 300 }) }),
    {
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...natures), { minLength: 1, maxLength: 12 }), restarts, (given, breaks) => {
      const one = shop(given);
      const begun = one.command(begin);
      if (!begun.ok) return;
      for (const { afterS, awayS } of breaks) {
        one.pass(afterS);
        one.restart(awayS);
      }
      for (let i = 0; i < 90 && isOn(one); i++) one.pass(100);
      checkEnd(one);
      checkAsking(one.journal);
    }),
    {
      numRuns: 30,
      // the gateway was away for nearly as long as it waits for an answer
      examples: [
        [
          ["starts-over", ...Array<Nature>(7).fill("good")],
          [
            { afterS: 5, awayS: 2 },
            { afterS: 52, awayS: 59 },
          ],
        ],
      ],
    },
  );
});

const isOn = (one: Shop) => {
  const rollout = one.rollout();
  return rollout !== undefined && isLive(rollout);
};

function checkEnd(one: Shop) {
  const { state, devices } = viewOf(one);
  expect(["done", "rolled-back"]).toContain(state);
  const ends = state === "done" ? ["healthy", "failed"] : ["healthy", "failed", "rolled-back", "waiting"];
  for (const device of devices) expect(ends).toContain(device.state);
  for (const shelf of one.shelves.values()) {
    if (state === "done" && shelf.nature === "good") expect(shelf.version, shelf.id).toBe("2.0.0");
    // whoever can hear is back; whoever cannot is named
    if (state === "rolled-back" && shelf.online) expect(shelf.version, shelf.id).toBe("1.0.0");
  }
}

function checkAsking(journal: DomainEvent[]) {
  const open = new Set<string>();
  let givenUp = false;
  for (const event of journal) {
    if (event.type === "device-requested") {
      expect(open.has(event.deviceId)).toBe(false);
      open.add(event.deviceId);
      if (givenUp) expect(event.request.command).toBe("rollback");
    }
    if (event.type === "device-answered" && event.state !== "sent") open.delete(event.deviceId);
    if (event.type === "rollout-changed" && event.state !== "running") givenUp = true;
  }
}
