import type { Item } from "#wire/store-config.ts";
import type { Offer as OfferView } from "#wire/views.ts";
import type { Room } from "../room.ts";

/** One code given to one shopper. Over when past `expiresAt` (epoch ms), whatever `state` says. Prices in minor units. */
export type Offer = {
  /** The rule it came from. */
  offerId: string;
  code: string;
  shopperId: string;
  sku: string;
  zone: string;
  price: number;
  offerPrice: number;
  issuedAt: number;
  expiresAt: number;
  state: "fresh" | "used" | "dismissed";
  usedAt?: number;
  /** The till's key for the redemption that stands. */
  key?: string;
  /** Keys whose redemption was taken back. They never redeem this code again, however late they are repeated. */
  spentKeys: string[];
};

export type OffersState = {
  /** By code, oldest first. */
  offers: Map<string, Offer>;
  /** Shopper -> rule -> codes given. Outlives the offers themselves, so that caps hold when history is dropped. */
  given: Map<string, Map<string, number>>;
  /** Rule -> local day -> codes given, the newest days only. */
  days: Map<string, Map<string, number>>;
  /** Codes ever given: makes the next one new. */
  issued: number;
};

/** So many codes are remembered. Beyond, the oldest that can no longer be redeemed goes; while none can go, none is given. */
export const maxOffers = 10_000;

/** Days of counting that are kept for each rule: today, and what a late or early clock may still touch. */
const keepDays = 3;

/** `localDay` tells the shop's calendar day (local-day.ts): daily caps turn over at the shop's midnight. */
export function createOffersRoom(localDay: (at: number) => string): Room<OffersState> {
  return {
    name: "offers",
    initial: () => ({ offers: new Map(), given: new Map(), days: new Map(), issued: 0 }),
    evolve: {
      "offer-issued"(state, { type: _, at, ...event }) {
        state.issued += 1;
        countDay(state, event.offerId, localDay(at));
        // An erased shopper's offer is kept in the journal without its code, for the daily cap alone.
        if (event.code === "") return;
        const given = state.given.get(event.shopperId) ?? new Map<string, number>();
        state.given.set(event.shopperId, given.set(event.offerId, (given.get(event.offerId) ?? 0) + 1));
        state.offers.set(event.code, { ...event, issuedAt: at, state: "fresh", spentKeys: [] });
        if (state.offers.size > maxOffers) dropOldestFinished(state, at);
      },
      "offer-redeemed"(state, { code, key, at }) {
        const offer = state.offers.get(code);
        if (offer) Object.assign(offer, { state: "used", usedAt: at, key });
      },
      "offer-rolled-back"(state, { code }) {
        const offer = state.offers.get(code);
        if (offer?.state !== "used") return;
        if (offer.key !== undefined) offer.spentKeys.push(offer.key);
        offer.state = "fresh";
        delete offer.usedAt;
        delete offer.key;
      },
      "offer-dismissed"(state, { code }) {
        const offer = state.offers.get(code);
        if (offer?.state === "fresh") offer.state = "dismissed";
      },
      "shopper-erased"(state, { shopperId }) {
        state.given.delete(shopperId);
        for (const offer of state.offers.values()) if (offer.shopperId === shopperId) state.offers.delete(offer.code);
      },
    },
  };
}

/** A shopper's offers, newest first. */
export function offersOf(state: OffersState, shopperId: string): Offer[] {
  return [...state.offers.values()].filter((offer) => offer.shopperId === shopperId).reverse();
}

/** Whether a code could still be shown at the till at `now`. */
export function isLive(offer: Offer, now: number): boolean {
  return offer.state === "fresh" && now < offer.expiresAt;
}

/** What of an offer its shopper sees. `why` is the sentence of the rule that gave it. */
export function offerView(
  offer: Offer,
  about: { item: Pick<Item, "name" | "size" | "note" | "picture" | "colour">; zoneName: string; why: string },
  now: number,
): OfferView {
  const { item, zoneName, why } = about;
  const { offerId, code, sku, zone, price, offerPrice, issuedAt, expiresAt, usedAt } = offer;
  return {
    offerId,
    code,
    sku,
    name: item.name,
    ...(item.size === undefined ? {} : { size: item.size }),
    ...(item.note === undefined ? {} : { note: item.note }),
    picture: item.picture,
    ...(item.colour === undefined ? {} : { colour: item.colour }),
    zone,
    zoneName,
    price,
    offerPrice,
    why,
    issuedAt,
    expiresAt,
    state: offer.state === "fresh" && now >= expiresAt ? "over" : offer.state,
    ...(usedAt === undefined ? {} : { usedAt }),
  };
}

function countDay(state: OffersState, offerId: string, day: string) {
  const days = state.days.get(offerId) ?? new Map<string, number>();
  state.days.set(offerId, days.set(day, (days.get(day) ?? 0) + 1));
  if (days.size <= keepDays) return;
  const oldest = [...days.keys()].sort()[0];
  if (oldest !== undefined) days.delete(oldest);
}

function dropOldestFinished(state: OffersState, now: number) {
  for (const offer of state.offers.values()) {
    if (isLive(offer, now)) continue;
    state.offers.delete(offer.code);
    return;
  }
}
