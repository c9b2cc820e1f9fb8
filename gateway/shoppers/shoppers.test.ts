import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DomainEvent } from "../events.ts";
import type { Context } from "../room.ts";
import { decideConsent, decideErase, decideJoin, maxShoppers } from "./joining.ts";
import { isAboutShopper, type ShoppersState, scrubShopper, shopperOfCarrier, shoppers } from "./shoppers.ts";

const at = (now: number): Context => ({
  now,
  derive: (label) => createHash("sha256").update(`seed ${label}`).digest("hex"),
});
const isBasket = (carrier: string) => /^basket-([1-9]|1\d|20)$/.test(carrier);
const allOn = { presence: true, offers: true, mirror: true };

function evolve(state: ShoppersState, events: DomainEvent[]) {
  for (const event of events) {
    if (event.type === "shopper-joined") shoppers.evolve["shopper-joined"]?.(state, event);
    if (event.type === "consent-changed") shoppers.evolve["consent-changed"]?.(state, event);
    if (event.type === "shopper-erased") shoppers.evolve["shopper-erased"]?.(state, event);
    if (event.type === "zone-entered") shoppers.evolve["zone-entered"]?.(state, event);
  }
}

function join(state: ShoppersState, now: number, basket?: string) {
  const command = { command: "shopper.join" as const, ...(basket === undefined ? {} : { basket }) };
  const decision = decideJoin(state, command, at(now), isBasket);
  if (!decision.ok) throw new Error(decision.problem.title);
  evolve(state, decision.events);
  return decision.value.shopperId;
}

function consent(state: ShoppersState, now: number, shopperId: string, consents = allOn) {
  const decision = decideConsent(
    state,
    { command: "shopper.consent", shopperId, consents, textVersion: "2026-01" },
    at(now),
  );
  if (!decision.ok) throw new Error(decision.problem.title);
  evolve(state, decision.events);
  return decision.events;
}

test("whoever joins is a number, and everything is off", () => {
  const state = shoppers.initial();
  const shopperId = join(state, 1_000, "basket-7");
  expect(shopperId).toMatch(/^s-[0-9a-f]{16}$/);
  expect(shopperOfCarrier(state, "basket-7")).toMatchObject({
    shopperId,
    joinedAt: 1_000,
    consents: { presence: false, offers: false, mirror: false },
  });
});

test("two who join in the same millisecond are two people, and a replay gives them the same numbers", () => {
  const [first, again] = [shoppers.initial(), shoppers.initial()];
  const numbers = [join(first, 1_000), join(first, 1_000)];
  expect(new Set(numbers).size).toBe(2);
  expect([join(again, 1_000), join(again, 1_000)]).toEqual(numbers);
});

test("a basket belongs to whoever took it last", () => {
  const state = shoppers.initial();
  const ana = join(state, 1_000, "basket-7");
  const ben = join(state, 2_000, "basket-7");
  expect(shopperOfCarrier(state, "basket-7")?.shopperId).toBe(ben);
  expect(state.shoppers.get(ana)?.basket).toBeUndefined();
  evolve(state, [{ type: "shopper-erased", at: 3_000, shopperId: ana }]);
  expect(shopperOfCarrier(state, "basket-7")?.shopperId).toBe(ben);
});

test("a basket that the shop does not have cannot be joined", () => {
  const decision = decideJoin(shoppers.initial(), { command: "shopper.join", basket: "basket-21" }, at(1), isBasket);
  expect(decision).toMatchObject({ ok: false, problem: { status: 404, type: "unknown-basket" } });
});

test("choices are kept with the wording, and saying the same again writes nothing", () => {
  const state = shoppers.initial();
  const shopperId = join(state, 1_000);
  expect(consent(state, 2_000, shopperId)).toHaveLength(1);
  expect(consent(state, 3_000, shopperId)).toEqual([]);
  expect(consent(state, 4_000, shopperId, { ...allOn, offers: false })).toHaveLength(1);
  expect(state.shoppers.get(shopperId)?.consents).toEqual({ presence: true, offers: false, mirror: true });
});

test("a phone the shop has forgotten cannot choose", () => {
  const decision = decideConsent(
    shoppers.initial(),
    { command: "shopper.consent", shopperId: "s-0000000000000000", consents: allOn, textVersion: "2026-01" },
    at(1),
  );
  expect(decision).toMatchObject({ ok: false, problem: { status: 404 } });
});

test("erasing leaves no trace of the shopper in the state, and can be asked twice", () => {
  const state = shoppers.initial();
  const shopperId = join(state, 1_000, "basket-3");
  consent(state, 2_000, shopperId);
  const decision = decideErase(state, { command: "shopper.erase", shopperId }, at(3_000));
  if (!decision.ok) throw new Error(decision.problem.title);
  evolve(state, decision.events);
  expect(JSON.stringify([...state.shoppers, ...state.byBasket])).not.toContain(shopperId);
  expect(decideErase(state, { command: "shopper.erase", shopperId }, at(4_000))).toMatchObject({
    ok: true,
    events: [],
  });
});

test("the journal keeps no row about an erased shopper, only that an offer was given", () => {
  const issued: DomainEvent = {
    type: "offer-issued",
    at: 5,
    shopperId: "s-1",
    offerId: "hands",
    code: "C4C4C4C4C4",
    sku: "HAND-BALM",
    zone: "beauty",
    price: 2_400,
    offerPrice: 1_920,
    expiresAt: 10,
  };
  const joined: DomainEvent = { type: "shopper-joined", at: 1, shopperId: "s-1", basket: "basket-3" };
  const erased: DomainEvent = { type: "shopper-erased", at: 9, shopperId: "s-1" };
  expect(scrubShopper(joined, "s-1")).toBeNull();
  expect(scrubShopper(joined, "s-2")).toBe(joined);
  expect(scrubShopper(issued, "s-1")).toEqual({ ...issued, shopperId: "erased", code: "" });
  expect(scrubShopper(erased, "s-1")).toBe(erased);
  expect(isAboutShopper({ type: "offer-dismissed", at: 1, code: "X" }, "s-1")).toBe(false);
});

test("when the list is full, the longest silent without a yes leaves, and a basket nobody may notice is not heard", () => {
  const state = shoppers.initial();
  const yes = join(state, 1);
  consent(state, 2, yes);
  const walking = join(state, 3, "basket-1");
  const silent = join(state, 4);
  for (let index = 3; index < maxShoppers; index += 1) join(state, 10 + index);
  evolve(state, [{ type: "zone-entered", at: 9_000, carrier: "basket-1", zone: "beauty" }]);
  expect(state.shoppers.size).toBe(maxShoppers);
  join(state, 10_000);
  expect(state.shoppers.size).toBe(maxShoppers);
  expect(state.shoppers.has(walking)).toBe(false);
  expect(state.shoppers.has(yes)).toBe(true);
  expect(state.shoppers.has(silent)).toBe(true);
});

test("whatever happens, every basket points at someone who holds it, and never at two", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("join" as const), basket: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant("erase" as const), who: fc.nat(20) }),
    fc.record({ kind: fc.constant("consent" as const), who: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const state = shoppers.initial();
      const known: string[] = [];
      for (const [index, each] of steps.entries()) {
        if (each.kind === "join") known.push(join(state, index, `basket-${each.basket}`));
        const who = known[each.kind === "join" ? -1 : each.who];
        if (each.kind === "erase" && who) evolve(state, [{ type: "shopper-erased", at: index, shopperId: who }]);
        if (each.kind === "consent" && who && state.shoppers.has(who)) consent(state, index, who);
      }
      for (const [basket, shopperId] of state.byBasket) expect(state.shoppers.get(shopperId)?.basket).toBe(basket);
      const held = [...state.shoppers.values()].flatMap((shopper) => shopper.basket ?? []);
      expect(new Set(held).size).toBe(held.length);
      expect(held.length).toBe(state.byBasket.size);
    }),
  );
});
