import type { Offer } from "#wire/views.ts";
import { api } from "../link.ts";
import { type ConsentName, type Consents, consentTextVersion } from "./consent-text.ts";
import { keepSession, type Session } from "./session.ts";
import { type Derived, learnOffers, type State } from "./state.ts";
import type { Visit } from "./visit.ts";

/** What the shopper can ask of the shop. One thing at a time: a second press while one is under way does nothing. */
export function createWishes(state: State, derived: Derived, visit: Visit) {
  const { session, me, busy, said } = state;
  const working = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    if (busy.value) return undefined;
    busy.value = what;
    try {
      return await work();
    } finally {
      busy.value = undefined;
    }
  };
  const send = async (what: string, method: "POST" | "DELETE", path: string, body?: unknown): Promise<boolean> => {
    const bearer = session.value?.token;
    if (!bearer) return false;
    const answer = await working(what, () =>
      visit.ask(() => api(method, `/api/v1/shoppers/me${path}`, body, { bearer })),
    );
    return answer?.ok === true;
  };

  async function join(): Promise<void> {
    const scanned = state.basket.value;
    const body = scanned ? { basket: scanned.number, basketKey: scanned.key } : {};
    const answer = await working("join", () =>
      visit.ask(() => api<Omit<Session, "asked">>("POST", "/api/v1/shoppers", body)),
    );
    if (!answer?.ok) return;
    const { shopperId, token, mqtt } = answer.value;
    await visit.begin({ shopperId, token, mqtt });
  }

  /** Sends the whole set of answers; the switches move only when the shop has written it down. */
  async function consent(next: Consents): Promise<boolean> {
    const saved = await send("consent", "POST", "/consents", { ...next, textVersion: consentTextVersion });
    if (!saved || !session.value) return false;
    if (me.value) me.value = { ...me.value, consents: next };
    session.value = { ...session.value, asked: true };
    keepSession(session.value);
    return true;
  }

  async function setConsent(name: ConsentName, on: boolean): Promise<void> {
    if (await consent({ ...derived.consents.value, [name]: on })) said.value = on ? "Switched on." : "Switched off.";
  }

  async function stopOffers(): Promise<void> {
    if (await consent({ ...derived.consents.value, offers: false })) said.value = "No more offers will come.";
  }

  async function dismiss(offer: Offer): Promise<void> {
    if (!(await send("dismiss", "POST", `/offers/${encodeURIComponent(offer.code)}/dismiss`))) return;
    state.known.value = learnOffers(state.known.value, [{ ...offer, state: "dismissed" }]);
    said.value = "Put away.";
  }

  /** Erases the shopper in the shop first; only then is the phone's own copy gone. */
  async function forgetMe(): Promise<boolean> {
    const erased = await send("forget", "DELETE", "");
    if (erased) visit.end("erased");
    return erased;
  }

  /** One phone, one basket: for a new basket the shop forgets the old number and gives another. */
  async function startAgain(): Promise<void> {
    if (await forgetMe()) await join();
  }

  return { join, consent, setConsent, stopOffers, dismiss, forgetMe, startAgain };
}
