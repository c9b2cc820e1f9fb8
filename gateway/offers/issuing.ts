import type { OfferRule } from "#wire/store-config.ts";
import type { Consents, DomainEvent } from "../events.ts";
import type { Context } from "../room.ts";
import { encodeCode } from "./code.ts";
import { isLive, maxOffers, type Offer, type OffersState } from "./offers.ts";

/** The shop's rules and what they need of the rest of the configuration. */
export type OfferSetup = {
  rules: OfferRule[];
  /** Minor units; undefined for what the shop does not sell. */
  priceOf(sku: string): number | undefined;
  /** The shop's calendar day of an epoch ms (local-day.ts). */
  localDay(at: number): string;
  /** When the shop closes on the day of an epoch ms (local-day.ts). */
  closesAt(at: number): number;
};

/** A shopper's basket has just entered a zone. */
export type Arrival = {
  zone: string;
  shopperId: string;
  consents: Consents;
  /** Pieces of a SKU that are on the shelves and not reserved. */
  available(sku: string): number;
};

/** A dry run. Without a shopper, what depends on the person is left out. */
export type Question = Pick<Arrival, "zone" | "available"> & Partial<Pick<Arrival, "shopperId" | "consents">>;

/**
 * At most one offer an arrival: the first rule in the file's order that fits. Empty unless the shopper said yes to both
 * presence and offers.
 */
export function decideOffers(state: OffersState, arrival: Arrival, setup: OfferSetup, ctx: Context): DomainEvent[] {
  const here = setup.rules.filter((each) => each.zone === arrival.zone);
  const rule = here.find((each) => objections(state, { rule: each, question: arrival, setup }, ctx).length === 0);
  const price = rule && setup.priceOf(rule.sku);
  if (!rule || price === undefined) return [];
  return [
    {
      type: "offer-issued",
      at: ctx.now,
      shopperId: arrival.shopperId,
      offerId: rule.id,
      code: newCode(state, arrival.shopperId, rule.id, ctx),
      sku: rule.sku,
      zone: arrival.zone,
      price,
      offerPrice: Math.round((price * (100 - rule.percentOff)) / 100),
      expiresAt: expiryOf(rule, setup, ctx.now),
    },
  ];
}

/** An offer ends with the shop's day, unless it is made after closing (a late opening, a demo at night). */
function expiryOf(rule: OfferRule, setup: OfferSetup, now: number): number {
  const closing = setup.closesAt(now);
  const valid = now + rule.validMinutes * 60_000;
  return closing > now ? Math.min(valid, closing) : valid;
}

export type Explanation = { offerId: string; sku: string; wouldIssue: boolean; reasons: string[] };

/** For each rule, whether it would give an offer here and now, and every reason why not. Nothing is issued. */
export function explainOffers(
  state: OffersState,
  question: Question,
  setup: OfferSetup,
  ctx: Pick<Context, "now">,
): Explanation[] {
  let taken = false;
  return setup.rules.map((rule) => {
    const reasons = objections(state, { rule, question, setup }, ctx);
    if (reasons.length === 0 && taken) reasons.push("Another rule comes first. One arrival brings one offer.");
    const wouldIssue = reasons.length === 0;
    taken ||= wouldIssue;
    return { offerId: rule.id, sku: rule.sku, wouldIssue, reasons };
  });
}

type Case = { rule: OfferRule; question: Question; setup: OfferSetup };

/** Every reason against this rule, in words; none means it applies. */
function objections(state: OffersState, { rule, question, setup }: Case, ctx: Pick<Context, "now">): string[] {
  const against: string[] = [];
  const { consents, shopperId } = question;
  if (rule.zone !== question.zone) against.push(`It belongs to zone ${rule.zone}, not ${question.zone}.`);
  if (consents && !consents.presence) against.push("The shopper has not said yes to being noticed.");
  if (consents && !consents.offers) against.push("The shopper has not said yes to offers.");
  if (setup.priceOf(rule.sku) === undefined) against.push(`The shop does not sell ${rule.sku}.`);
  const here = question.available(rule.sku);
  if (!(here >= rule.minimumStock)) against.push(`${here} of ${rule.sku} are here, ${rule.minimumStock} are needed.`);
  const today = state.days.get(rule.id)?.get(setup.localDay(ctx.now)) ?? 0;
  if (today >= rule.capPerDay) against.push(`${today} were given today, ${rule.capPerDay} is the limit.`);
  if (shopperId !== undefined) against.push(...personalObjections(state, rule, shopperId, ctx.now));
  if (state.offers.size >= maxOffers && !someFinished(state, ctx.now)) {
    against.push(`${maxOffers} codes are waiting to be used. No more are given until some are over.`);
  }
  return against;
}

function personalObjections(state: OffersState, rule: OfferRule, shopperId: string, now: number): string[] {
  const given = state.given.get(shopperId)?.get(rule.id) ?? 0;
  if (given === 0) return [];
  const against: string[] = [];
  const theirs = findAll(state, (offer) => offer.shopperId === shopperId && offer.offerId === rule.id);
  if (given >= rule.capPerShopper) against.push(`The shopper had ${given} of it, ${rule.capPerShopper} is the limit.`);
  if (theirs.some((offer) => isLive(offer, now))) against.push("The shopper still has one to use.");
  if (theirs.some((offer) => offer.state === "dismissed")) against.push("The shopper said: not for me.");
  return against;
}

function someFinished(state: OffersState, now: number): boolean {
  for (const offer of state.offers.values()) if (!isLive(offer, now)) return true;
  return false;
}

function findAll(state: OffersState, matches: (offer: Offer) => boolean): Offer[] {
  const found: Offer[] = [];
  for (const offer of state.offers.values()) if (matches(offer)) found.push(offer);
  return found;
}

function newCode(state: OffersState, shopperId: string, ruleId: string, ctx: Context): string {
  for (let attempt = 0; ; attempt += 1) {
    const code = encodeCode(ctx.derive(`offer ${shopperId} ${ruleId} ${state.issued} ${ctx.now} ${attempt}`));
    if (!state.offers.has(code)) return code;
  }
}
