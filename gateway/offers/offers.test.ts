import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OfferRule } from "#wire/store-config.ts";
import type { DomainEvent, EventOf } from "../events.ts";
import type { Context } from "../room.ts";
import { codeLength, encodeCode, readCode } from "./code.ts";
import { type Arrival, decideOffers, explainOffers, type OfferSetup } from "./issuing.ts";
import { closingTimeIn, localDayIn } from "./local-day.ts";
import { createOffersRoom, isLive, maxOffers, type OffersState, offersOf, offerView } from "./offers.ts";
import { decideDismiss, decideRedeem, decideRollback } from "./redeeming.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 10, 21, 11);
const localDay = localDayIn("Europe/Brussels");
const closesAt = closingTimeIn("Europe/Brussels", "19:30");
const room = createOffersRoom(localDay);
const at = (now: number): Context => ({
  now,
  derive: (label) => createHash("sha256").update(`seed ${label}`).digest("hex"),
});
const rule = (change: Partial<OfferRule> = {}): OfferRule => ({
  id: "hands",
  sku: "HAND-BALM",
  zone: "beauty",
  percentOff: 20,
  why: "You are at the beauty shelves.",
  capPerDay: 60,
  capPerShopper: 1,
  minimumStock: 3,
  validMinutes: 240,
  ...change,
});
const setupOf = (...rules: OfferRule[]): OfferSetup => ({ rules, priceOf: () => 2_400, localDay, closesAt });
const arrival = (change: Partial<Arrival> = {}): Arrival => ({
  zone: "beauty",
  shopperId: "s-ana",
  consents: { presence: true, offers: true, mirror: false },
  available: () => 9,
  ...change,
});

function evolve(state: OffersState, events: DomainEvent[]) {
  for (const event of events) {
    if (event.type === "offer-issued") room.evolve["offer-issued"]?.(state, event);
    if (event.type === "offer-redeemed") room.evolve["offer-redeemed"]?.(state, event);
    if (event.type === "offer-rolled-back") room.evolve["offer-rolled-back"]?.(state, event);
    if (event.type === "offer-dismissed") room.evolve["offer-dismissed"]?.(state, event);
    if (event.type === "shopper-erased") room.evolve["shopper-erased"]?.(state, event);
  }
}

/** Gives offers for an arrival, applies them, and answers what was given. */
function arrive(state: OffersState, now: number, setup = setupOf(rule()), who = arrival()) {
  const events = decideOffers(state, who, setup, at(now));
  evolve(state, events);
  return events.filter((event): event is EventOf<"offer-issued"> => event.type === "offer-issued");
}

function given(state: OffersState, now = noon, setup = setupOf(rule())) {
  const [issued] = arrive(state, now, setup);
  if (!issued) throw new Error("no offer was given");
  return issued;
}

function redeem(state: OffersState, code: string, key: string, now: number) {
  const decision = decideRedeem(state, { command: "offer.redeem", code, key, by: "till-1" }, at(now));
  if (decision.ok) evolve(state, decision.events);
  return decision;
}

function rollback(state: OffersState, code: string, now: number) {
  const decision = decideRollback(state, { command: "offer.rollback", code, by: "mia" }, at(now));
  if (decision.ok) evolve(state, decision.events);
  return decision;
}

describe("giving", () => {
  test("a shopper who walks to the beauty shelves gets twenty percent off the hand balm", () => {
    const state = room.initial();
    expect(arrive(state, noon)).toMatchObject([
      { shopperId: "s-ana", sku: "HAND-BALM", price: 2_400, offerPrice: 1_920, expiresAt: noon + 240 * minute },
    ]);
  });

  test.each([
    ["who said no to offers", { consents: { presence: true, offers: false, mirror: true } }, "yes to offers"],
    ["who said no to being noticed", { consents: { presence: false, offers: true, mirror: true } }, "being noticed"],
    ["when too few are on the shelf", { available: () => 2 }, "2 of HAND-BALM are here, 3 are needed."],
    ["when the count is not known", { available: () => Number.NaN }, "are needed"],
    ["in another zone", { zone: "glasses" }, "belongs to zone beauty"],
  ])("nothing is given to a shopper %s, and the dry run says why", (_who, change, reason) => {
    const state = room.initial();
    expect(arrive(state, noon, setupOf(rule()), arrival(change))).toEqual([]);
    const [explanation] = explainOffers(state, arrival(change), setupOf(rule()), at(noon));
    expect(explanation?.wouldIssue).toBe(false);
    expect(explanation?.reasons.join(" ")).toContain(reason);
  });

  test("one arrival brings one offer, and the dry run promises no more", () => {
    const state = room.initial();
    const setup = setupOf(rule(), rule({ id: "soap", sku: "SOAP-OAT" }));
    expect(explainOffers(state, arrival(), setup, at(noon)).map((each) => each.wouldIssue)).toEqual([true, false]);
    expect(state.offers.size).toBe(0);
    expect(arrive(state, noon, setup).map((each) => each.offerId)).toEqual(["hands"]);
    expect(arrive(state, noon + 1, setup).map((each) => each.offerId)).toEqual(["soap"]);
    expect(arrive(state, noon + 2, setup)).toEqual([]);
  });

  test("a shopper who still holds a code gets no second one, and after it is over another if the rule allows two", () => {
    const state = room.initial();
    const setup = setupOf(rule({ capPerShopper: 2 }));
    given(state, noon, setup);
    expect(arrive(state, noon + minute, setup)).toEqual([]);
    expect(arrive(state, noon + 240 * minute, setup)).toHaveLength(1);
    expect(arrive(state, noon + 480 * minute, setup)).toEqual([]);
  });

  test("whoever said not for me is not asked again", () => {
    const state = room.initial();
    const setup = setupOf(rule({ capPerShopper: 5 }));
    const { code } = given(state, noon, setup);
    const decision = decideDismiss(state, { command: "offer.dismiss", code, shopperId: "s-ana" }, at(noon + 1));
    if (!decision.ok) throw new Error(decision.problem.title);
    evolve(state, decision.events);
    expect(arrive(state, noon + 500 * minute, setup)).toEqual([]);
  });

  test("the day's limit turns over at the shop's midnight, not at Greenwich's", () => {
    const state = room.initial();
    const setup = setupOf(rule({ capPerDay: 1 }));
    const lateEvening = Date.UTC(2026, 10, 21, 22, 59, 59);
    const who = (shopperId: string) => arrival({ shopperId });
    expect(arrive(state, lateEvening, setup, who("s-1"))).toHaveLength(1);
    expect(arrive(state, lateEvening + 999, setup, who("s-2"))).toEqual([]);
    expect(arrive(state, lateEvening + 1_000, setup, who("s-2"))).toHaveLength(1);
    expect(arrive(state, lateEvening + 62 * minute, setup, who("s-3"))).toEqual([]);
  });

  test("a clock that steps back over midnight does not open yesterday's limit again", () => {
    const state = room.initial();
    const setup = setupOf(rule({ capPerDay: 1 }));
    const midnight = Date.UTC(2026, 10, 21, 23);
    const who = (shopperId: string) => arrival({ shopperId });
    expect(arrive(state, midnight - 1_000, setup, who("s-1"))).toHaveLength(1);
    expect(arrive(state, midnight, setup, who("s-2"))).toHaveLength(1);
    expect(arrive(state, midnight - 500, setup, who("s-3"))).toEqual([]);
  });

  test("no limit is ever passed, whoever walks where and whenever", () => {
    const step = fc.record({
      who: fc.nat(3),
      zone: fc.constantFrom("beauty", "glasses"),
      later: fc.integer({ min: -30 * minute, max: 9 * 60 * minute }),
      act: fc.constantFrom("walk", "walk", "walk", "redeem", "dismiss", "erase"),
      yes: fc.boolean(),
    });
    const caps = fc.record({
      capPerDay: fc.integer({ min: 1, max: 3 }),
      capPerShopper: fc.integer({ min: 1, max: 2 }),
    });
    fc.assert(
      fc.property(caps, fc.array(step, { maxLength: 60 }), (limits, steps) => {
        const state = room.initial();
        const setup = setupOf(rule({ ...limits, validMinutes: 30 }), rule({ ...limits, id: "orso", zone: "glasses" }));
        const [days, people] = [new Map<string, number>(), new Map<string, number>()];
        const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
        let now = noon;
        for (const { who, zone, later, act, yes } of steps) {
          now += later;
          const shopperId = `s-${who}`;
          const consents = { presence: true, offers: yes, mirror: false };
          const mine = offersOf(state, shopperId)[0];
          if (act === "redeem" && mine) redeem(state, mine.code, `${now}`, now);
          if (act === "dismiss" && mine) evolve(state, [{ type: "offer-dismissed", at: now, code: mine.code }]);
          if (act === "erase") {
            evolve(state, [{ type: "shopper-erased", at: now, shopperId }]);
            for (const key of people.keys()) if (key.startsWith(shopperId)) people.delete(key);
          }
          for (const issued of arrive(state, now, setup, arrival({ shopperId, zone, consents }))) {
            expect(yes).toBe(true);
            // Brussels is one hour ahead of Greenwich all through these November days.
            count(days, `${issued.offerId} ${new Date(now + 60 * minute).toISOString().slice(0, 10)}`);
            count(people, `${shopperId} ${issued.offerId}`);
          }
        }
        expect(Math.max(0, ...days.values())).toBeLessThanOrEqual(limits.capPerDay);
        expect(Math.max(0, ...people.values())).toBeLessThanOrEqual(limits.capPerShopper);
      }),
    );
  });

  test("a full memory drops what is over, never a living code, and gives none while all are alive", () => {
    const state = room.initial();
    const setup = setupOf(rule({ capPerDay: 100_000 }));
    for (let index = 0; index < maxOffers; index += 1) arrive(state, noon, setup, arrival({ shopperId: `s-${index}` }));
    expect(state.offers.size).toBe(maxOffers);
    expect(arrive(state, noon + 1, setup, arrival({ shopperId: "s-late" }))).toEqual([]);
    const used = offersOf(state, "s-500")[0]!;
    redeem(state, used.code, "key", noon + 2);
    expect(arrive(state, noon + 3, setup, arrival({ shopperId: "s-late" }))).toHaveLength(1);
    expect(state.offers.size).toBe(maxOffers);
    expect(state.offers.has(used.code)).toBe(false);
    expect([...state.offers.values()].every((offer) => isLive(offer, noon + 4))).toBe(true);
  });
});

describe("at the till", () => {
  test("a code is used once: the same key hears the same, another key hears when", () => {
    const state = room.initial();
    const { code } = given(state);
    const first = redeem(state, code, "sale-1", noon + minute);
    expect(first).toMatchObject({ ok: true, value: { code, redeemedAt: noon + minute, offerPrice: 1_920 } });
    const again = redeem(state, code, "sale-1", noon + 500 * minute);
    expect(again).toMatchObject({ ok: true, events: [] });
    expect(again.ok && first.ok && again.value).toEqual(first.ok && first.value);
    expect(redeem(state, code, "sale-2", noon + 3 * minute)).toEqual({
      ok: false,
      problem: {
        status: 409,
        type: "already-redeemed",
        title: "This code has been used.",
        detail: "It was used at 2026-11-21T11:01:00.000Z.",
      },
    });
  });

  test("a code can be said in groups and small letters", () => {
    const state = room.initial();
    const { code } = given(state);
    const said = `${code.slice(0, 3)} ${code.slice(3, 6)}-${code.slice(6)}`.toLowerCase();
    expect(redeem(state, said, "sale-1", noon + 1)).toMatchObject({ ok: true, value: { code } });
  });

  test.each([
    ["an unknown code", "3333333333", noon, 404, "unknown-code"],
    ["rubbish", "\u0000\uD800".repeat(9_000), noon, 404, "unknown-code"],
  ])("%s is refused", (_what, code, now, status, type) => {
    expect(redeem(room.initial(), code, "sale-1", now)).toMatchObject({ ok: false, problem: { status, type } });
  });

  test("a code is good to the last millisecond and not one longer", () => {
    const state = room.initial();
    const { code, expiresAt } = given(state);
    expect(redeem(state, code, "sale-1", expiresAt)).toMatchObject({ ok: false, problem: { status: 410 } });
    expect(redeem(state, code, "sale-1", expiresAt - 1)).toMatchObject({ ok: true });
  });

  test("a sale taken back frees the code for a new sale, but not for a late repeat of the old one", () => {
    const state = room.initial();
    const { code } = given(state);
    expect(rollback(state, code, noon)).toMatchObject({ ok: false, problem: { status: 409, type: "not-redeemed" } });
    redeem(state, code, "sale-1", noon + 1);
    expect(rollback(state, code, noon + 2)).toMatchObject({ ok: true });
    expect(rollback(state, code, noon + 3)).toMatchObject({ ok: true, events: [] });
    expect(redeem(state, code, "sale-1", noon + 4)).toMatchObject({ ok: false, problem: { type: "rolled-back" } });
    expect(redeem(state, code, "sale-2", noon + 5)).toMatchObject({ ok: true });
  });

  test("a request without a usable key is refused", () => {
    const state = room.initial();
    const { code } = given(state);
    expect(redeem(state, code, "", noon)).toMatchObject({ ok: false, problem: { status: 400 } });
    expect(redeem(state, code, "k".repeat(201), noon)).toMatchObject({ ok: false, problem: { status: 400 } });
  });

  test("only its own shopper can put an offer aside, and then the till refuses it", () => {
    const state = room.initial();
    const { code } = given(state);
    const dismiss = (shopperId: string) =>
      decideDismiss(state, { command: "offer.dismiss", code, shopperId }, at(noon + 1));
    expect(dismiss("s-ben")).toMatchObject({ ok: false, problem: { status: 404 } });
    const own = dismiss("s-ana");
    if (!own.ok) throw new Error(own.problem.title);
    evolve(state, own.events);
    expect(dismiss("s-ana")).toMatchObject({ ok: true, events: [] });
    expect(redeem(state, code, "sale-1", noon + 2)).toMatchObject({ ok: false, problem: { type: "offer-dismissed" } });
  });

  test("under any order of sales, take-backs and repeats, a code is sold once at a time and never twice by one key", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("redeem" as const), key: fc.constantFrom("a", "b", "c", "d"), later: fc.nat(9) }),
      fc.record({ kind: fc.constant("rollback" as const), key: fc.constant(""), later: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const state = room.initial();
        const { code } = given(state, noon, setupOf(rule({ validMinutes: 1 })));
        const journal: DomainEvent[] = [];
        let now = noon;
        for (const { kind, key, later } of steps) {
          now += later * 1_000;
          const decision = kind === "redeem" ? redeem(state, code, key, now) : rollback(state, code, now);
          if (!decision.ok) continue;
          journal.push(...decision.events);
          const sold = journal.filter((event) => event.type === "offer-redeemed");
          const back = journal.filter((event) => event.type === "offer-rolled-back");
          expect([0, 1]).toContain(sold.length - back.length);
          expect(new Set(sold.map((event) => event.key)).size).toBe(sold.length);
          expect(sold.every((event) => event.at < noon + minute)).toBe(true);
          if (kind === "redeem") expect(sold.at(-1)).toMatchObject({ key });
        }
        const replayed = room.initial();
        given(replayed, noon, setupOf(rule({ validMinutes: 1 })));
        evolve(replayed, journal);
        expect(replayed).toEqual(state);
      }),
    );
  });
});

describe("what is left", () => {
  test("an erased shopper's offers are gone, the till does not know the code, and the day still counts them", () => {
    const state = room.initial();
    const setup = setupOf(rule({ capPerDay: 1 }));
    const { code } = given(state, noon, setup);
    evolve(state, [{ type: "shopper-erased", at: noon + 1, shopperId: "s-ana" }]);
    expect(JSON.stringify([[...state.offers], [...state.given]])).not.toContain("s-ana");
    expect(redeem(state, code, "sale-1", noon + 2)).toMatchObject({ ok: false, problem: { status: 404 } });
    expect(arrive(state, noon + 3, setup, arrival({ shopperId: "s-ben" }))).toEqual([]);
  });

  test("a journal row without shopper and code counts for the day and nothing else", () => {
    const state = room.initial();
    const issued = { ...given(room.initial()), shopperId: "erased", code: "" };
    evolve(state, [issued]);
    expect(state.offers.size).toBe(0);
    expect(arrive(state, noon + 1, setupOf(rule({ capPerDay: 1 })))).toEqual([]);
  });

  test("the phone sees fresh, used and over, with the sentence of the rule", () => {
    const state = room.initial();
    const { code, expiresAt } = given(state);
    const item = { name: "Hand balm 75 ml", note: "shea and cedar", picture: "hand-balm" };
    const about = { item, zoneName: "Beauty", why: rule().why };
    const seen = (now: number) => offerView(state.offers.get(code)!, about, now);
    expect(seen(noon)).toMatchObject({ code, state: "fresh", why: rule().why, zoneName: "Beauty" });
    expect(seen(expiresAt).state).toBe("over");
    redeem(state, code, "sale-1", noon + minute);
    expect(seen(expiresAt)).toMatchObject({ state: "used", usedAt: noon + minute });
  });

  test("a code has ten characters, none of which looks or sounds like another", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const code = encodeCode(Buffer.from(bytes).toString("hex"));
        expect(code).toHaveLength(codeLength);
        expect(code).not.toMatch(/[0O1IL2Z5S8BUVAE]/);
        expect(readCode(code.toLowerCase())).toBe(code);
      }),
    );
  });

  test("the state survives a snapshot", () => {
    const state = room.initial();
    given(state);
    expect(structuredClone(state)).toEqual(state);
  });
});

test("an offer ends when the shop closes, in summer and in winter, and made after closing it lasts its time", () => {
  expect(new Date(closesAt(Date.parse("2026-07-01T10:00Z"))).toISOString()).toBe("2026-07-01T17:30:00.000Z");
  expect(new Date(closesAt(Date.parse("2026-11-21T10:00Z"))).toISOString()).toBe("2026-11-21T18:30:00.000Z");
  expect(new Date(closesAt(Date.parse("2026-11-21T23:30Z"))).toISOString()).toBe("2026-11-22T18:30:00.000Z");
});
