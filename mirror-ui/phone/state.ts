import { computed, signal } from "@preact/signals";
import type { Offer, ShopCard } from "#wire/views.ts";
import { type Consents, noConsents } from "./consent-text.ts";
import { type Basket, basketNumber, loadSession, type Session } from "./session.ts";
import { type Manners, standing } from "./words.ts";

export type Line = { state: "connecting" | "live" } | { state: "lost"; since: number };
export type Tab = "offers" | "privacy" | "code";
/** Why the page is back at the door: the shopper left, or the shop no longer knows the phone. */
export type Farewell = "erased" | "unknown";
export type Me = { shopperId: string; consents: Consents; basket?: string | number; joinedAt: number };

/** More offers than a shopper gets in a day; the oldest leave first. */
const mostOffers = 50;

export type State = ReturnType<typeof createState>;

/** Everything the page knows, as signals. Views only read it. Times are epoch ms. */
export function createState() {
  return {
    session: signal<Session | undefined>(loadSession()),
    /** Scanned, not yet taken. */
    basket: signal<Basket | undefined>(undefined),
    me: signal<Me | undefined>(undefined),
    shop: signal<ShopCard | undefined>(undefined),
    known: signal<ReadonlyMap<string, Offer>>(new Map()),
    line: signal<Line>({ state: "connecting" }),
    tab: signal<Tab>("offers"),
    /** Code of the offer the shopper looks at: one that arrives later must not slip under the finger. */
    chosen: signal<string | undefined>(undefined),
    now: signal(Date.now()),
    busy: signal<string | undefined>(undefined),
    /** What went wrong, as a sentence. */
    trouble: signal<string | undefined>(undefined),
    /** What a screen reader says next. */
    said: signal(""),
    farewell: signal<Farewell | undefined>(undefined),
  };
}

export type Derived = ReturnType<typeof derive>;

/** What follows from the state. */
export function derive({ shop, known, now, chosen, me }: State) {
  const manners = computed<Manners>(() => shop.value ?? deviceManners());
  const offers = computed(() =>
    [...known.value.values()].filter((offer) => offer.state !== "dismissed").sort((a, b) => b.issuedAt - a.issuedAt),
  );
  const fresh = computed(() => offers.value.filter((offer) => standing(offer, now.value) === "fresh"));
  const past = computed(() => offers.value.filter((offer) => standing(offer, now.value) !== "fresh"));
  const shown = computed(() => fresh.value.find((offer) => offer.code === chosen.value) ?? fresh.value[0]);
  const coded = computed(() => offers.value.find((offer) => offer.code === chosen.value) ?? fresh.value[0]);
  const consents = computed(() => me.value?.consents ?? noConsents);
  const basketShown = computed(() => basketNumber(me.value?.basket));
  return { manners, offers, fresh, past, shown, coded, consents, basketShown };
}

/** The known offers with `news` laid over them. */
export function learnOffers(known: ReadonlyMap<string, Offer>, news: readonly Offer[]): ReadonlyMap<string, Offer> {
  const all = new Map(known);
  for (const offer of news) all.set(offer.code, offer);
  const kept = [...all.values()].sort((a, b) => b.issuedAt - a.issuedAt).slice(0, mostOffers);
  return new Map(kept.map((offer) => [offer.code, offer]));
}

/** Until the shop has said its own language and zone; it stands in the same town, so the phone's clock is right. */
function deviceManners(): Manners {
  const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { locale, timeZone };
}
