import type { Consents, DomainEvent } from "../events.ts";
import type { Room } from "../room.ts";

/** Someone who joined by the shop's code: a number, three choices, and perhaps a basket. Nothing else is known. */
export type Shopper = {
  shopperId: string;
  /** The carrier id of the basket they hold, `basket-<minor>`. */
  basket?: string;
  consents: Consents;
  /** Which wording they said yes or no to. */
  textVersion?: string;
  joinedAt: number;
  /** When the shop last heard of them: they joined, chose, or their basket entered a zone. */
  heardAt: number;
};

export type ShoppersState = {
  /** Longest silent first. */
  shoppers: Map<string, Shopper>;
  /** Carrier id -> shopper id. A basket belongs to whoever joined with it last. */
  byBasket: Map<string, string>;
  /** Shoppers ever joined: makes the next id new even within one millisecond. */
  joined: number;
};

/** Nothing is switched on for anyone. */
export const noConsents: Consents = { presence: false, offers: false, mirror: false };

export const shoppers: Room<ShoppersState> = {
  name: "shoppers",
  initial: () => ({ shoppers: new Map(), byBasket: new Map(), joined: 0 }),
  evolve: {
    "shopper-joined"(state, { shopperId, basket, at }) {
      forget(state, shopperId);
      const shopper: Shopper = { shopperId, consents: noConsents, joinedAt: at, heardAt: at };
      state.shoppers.set(shopperId, shopper);
      state.joined += 1;
      if (basket === undefined) return;
      releaseBasket(state, basket);
      shopper.basket = basket;
      state.byBasket.set(basket, shopperId);
    },
    "consent-changed"(state, { shopperId, consents, textVersion, at }) {
      const shopper = state.shoppers.get(shopperId);
      if (!shopper) return;
      const { presence, offers, mirror } = consents;
      shopper.consents = { presence, offers, mirror };
      shopper.textVersion = textVersion;
      heard(state, shopper, at);
    },
    "zone-entered"(state, { carrier, at }) {
      const shopper = shopperOfCarrier(state, carrier);
      // who has not said yes to being noticed is not noticed here either
      if (shopper?.consents.presence) heard(state, shopper, at);
    },
    "shopper-erased"(state, { shopperId }) {
      forget(state, shopperId);
    },
  },
};

/** Who holds this basket now, if anyone who joined does. */
export function shopperOfCarrier(state: ShoppersState, carrier: string): Shopper | undefined {
  const shopperId = state.byBasket.get(carrier);
  return shopperId === undefined ? undefined : state.shoppers.get(shopperId);
}

/**
 * Whether a journal row would still tell something about an erased shopper. The row that says they were erased stays:
 * it names a number that nothing else names any more.
 */
export function isAboutShopper(event: DomainEvent, shopperId: string): boolean {
  return "shopperId" in event && event.type !== "shopper-erased" && event.shopperId === shopperId;
}

/** The name under which an erased shopper's offers stay in the journal, so that daily caps still count them. */
export const erasedShopper = "erased";

/**
 * What is left of a journal row once `shopperId` is erased: the row unchanged if it is not about them, the bare fact
 * that some offer was issued, or null when the row must go. The code goes too: it would lead to the till's receipt.
 */
export function scrubShopper(event: DomainEvent, shopperId: string): DomainEvent | null {
  if (!isAboutShopper(event, shopperId)) return event;
  return event.type === "offer-issued" ? { ...event, shopperId: erasedShopper, code: "" } : null;
}

function heard(state: ShoppersState, shopper: Shopper, at: number) {
  shopper.heardAt = Math.max(shopper.heardAt, at);
  // Back to the end of the line: the map's order is the order of silence.
  state.shoppers.delete(shopper.shopperId);
  state.shoppers.set(shopper.shopperId, shopper);
}

function forget(state: ShoppersState, shopperId: string) {
  const shopper = state.shoppers.get(shopperId);
  if (!shopper) return;
  if (shopper.basket !== undefined) releaseBasket(state, shopper.basket);
  state.shoppers.delete(shopperId);
}

function releaseBasket(state: ShoppersState, basket: string) {
  const holder = shopperOfCarrier(state, basket);
  if (holder) delete holder.basket;
  state.byBasket.delete(basket);
}
