import { batch } from "@preact/signals";
import type { Offer } from "#wire/views.ts";
import { ApiError, api } from "../link.ts";
import { type OfferLine, openOfferLine } from "./offer-line.ts";
import { isOffer } from "./read-offer.ts";
import { keepSession, type Session } from "./session.ts";
import { type Derived, type Farewell, learnOffers, type Me, type State } from "./state.ts";
import { headline, standing } from "./words.ts";

export const noAnswer = "The shop does not answer. This page tries again by itself.";

/** The token is over, is none, or its shopper was erased. */
const forgotten = new Set([401, 403, 410]);

export type Answer<T> = { ok: true; value: T } | { ok: false; error: ApiError };
export type Visit = ReturnType<typeof createVisit>;

/** One shopper's stay, from joining to leaving: the offer line, what was missed while it was down, and the end of it. */
export function createVisit(state: State, derived: Derived) {
  const { session } = state;
  let line: OfferLine | undefined;
  /** Rises with every join and leave, so that an answer to the visit before is not taken for this one's. */
  let count = 0;

  /**
   * Runs a request; what goes wrong becomes a sentence on the page, or a farewell when the shop no longer knows us.
   * The page's own questions are quiet: that the line is down stands in the corner already.
   */
  async function ask<T>(request: () => Promise<T>, quiet = false): Promise<Answer<T>> {
    const during = count;
    try {
      const value = await request();
      if (during === count && !quiet) state.trouble.value = undefined;
      return { ok: true, value };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (during === count) {
        if (session.value && forgotten.has(error.status)) end("unknown");
        else if (!quiet) state.trouble.value = sentenceFor(error);
      }
      return { ok: false, error };
    }
  }

  /** Asks the shop for what may have been missed. */
  async function refresh(): Promise<void> {
    const bearer = session.value?.token;
    if (!bearer) return;
    const [person, waiting] = await Promise.all([
      ask(() => api<Me>("GET", "/api/v1/shoppers/me", undefined, { bearer }), true),
      ask(() => api<unknown>("GET", "/api/v1/shoppers/me/offers", undefined, { bearer }), true),
    ]);
    if (session.value?.token !== bearer) return;
    if (person.ok) state.me.value = person.value;
    if (!waiting.ok || !Array.isArray(waiting.value)) return;
    for (const offer of waiting.value.filter(isOffer)) hear(state, derived, offer);
  }

  async function connect(): Promise<void> {
    const account = session.value?.mqtt;
    if (!account || line) return;
    const during = count;
    const stands = (next: State["line"]["value"]) => {
      if (during !== count) return;
      state.line.value = next;
      void refresh();
    };
    const opened = await openOfferLine(account, {
      up: () => stands({ state: "live" }),
      down: () => stands({ state: "lost", since: Date.now() }),
      offer: (offer) => during === count && hear(state, derived, offer),
    }).catch(() => undefined);
    if (!opened) stands({ state: "lost", since: Date.now() });
    else if (during === count && !line) line = opened;
    else opened.close();
  }

  async function begin(joined: Session): Promise<void> {
    count += 1;
    keepSession(joined);
    batch(() => {
      session.value = joined;
      state.farewell.value = undefined;
      state.basket.value = undefined;
    });
    await Promise.all([refresh(), connect()]);
  }

  function end(why: Farewell): void {
    count += 1;
    line?.close();
    line = undefined;
    keepSession(undefined);
    batch(() => {
      session.value = undefined;
      state.me.value = undefined;
      state.known.value = new Map();
      state.chosen.value = undefined;
      state.trouble.value = undefined;
      state.said.value = "";
      state.farewell.value = why;
      state.line.value = { state: "connecting" };
      state.tab.value = "offers";
    });
    history.replaceState(null, "", location.pathname);
  }

  return { ask, refresh, connect, begin, end };
}

/** Takes in one offer, new or known, and says aloud what is news about it. */
function hear(state: State, { manners, shown }: Derived, offer: Offer): void {
  const before = state.known.value.get(offer.code);
  const looking = shown.value?.code;
  batch(() => {
    state.now.value = Date.now();
    state.known.value = learnOffers(state.known.value, [offer]);
    if (before === undefined && standing(offer, state.now.value) === "fresh") {
      if (state.tab.value !== "code") state.chosen.value = looking ?? offer.code;
      state.said.value = `New offer. ${headline(offer, manners.value, state.now.value).join(" ")}.`;
    }
    if (before?.state === "fresh" && offer.state === "used") state.said.value = "Your code was used.";
  });
}

function sentenceFor(error: ApiError): string {
  if (error.status === 0) return "The shop does not answer. Nothing was changed. Try again in a moment.";
  if (error.status === 429) return "Too many at once. Wait a minute, then try again.";
  if (error.status >= 500) return "Something in the shop is not well. Nothing was changed. Try again in a minute.";
  return [error.message, error.detail].filter(Boolean).join(" ");
}
