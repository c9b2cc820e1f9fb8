import type { Offer, ShopCard } from "#wire/views.ts";
import { api } from "../link.ts";
import { readBasket } from "./session.ts";
import { createState, derive, type State, type Tab } from "./state.ts";
import { createVisit, type Visit } from "./visit.ts";
import { createWishes } from "./wishes.ts";

const tickMs = 15_000;
const codeTickMs = 3_000;

export type Phone = ReturnType<typeof createPhone>;

/** Everything the phone page knows and can do: views read the signals and call the functions. */
export function createPhone() {
  const state = createState();
  const derived = derive(state);
  const visit = createVisit(state, derived);
  const wishes = createWishes(state, derived, visit);

  function go(next: Tab, code?: string): void {
    if (code) state.chosen.value = code;
    state.tab.value = next;
    if (location.hash !== `#${next}`) location.hash = next;
  }

  /** One that still stands is laid out as the offer; one that is used or over shows its code and why it no longer works. */
  function open(offer: Offer): void {
    const stands = derived.fresh.value.includes(offer);
    go(stands ? "offers" : "code", offer.code);
    if (stands) scrollTo(0, 0);
  }

  function leaveBasket(): void {
    state.basket.value = undefined;
  }

  async function start(): Promise<void> {
    readAddress(state);
    addEventListener("hashchange", () => readAddress(state));
    keepUp(state, visit);
    const card = api<ShopCard>("GET", "/api/v1/shop").then(
      (shop) => {
        state.shop.value = shop;
      },
      // Without the card amounts lose their currency sign and times follow the phone. Nothing else depends on it.
      () => undefined,
    );
    await Promise.all([card, visit.refresh(), visit.connect()]);
  }

  return { ...state, ...derived, ...wishes, start, go, open, leaveBasket };
}

/** The fragment names a scanned basket or a view. A basket's signature must not stay in the address or the history. */
function readAddress(state: State): void {
  const found = readBasket(location.hash);
  if (found) {
    state.basket.value = found;
    history.replaceState(null, "", location.pathname);
  }
  const name = location.hash.slice(1);
  state.tab.value = name === "privacy" || name === "code" ? name : "offers";
}

/** While the line is down, or a code lies on the counter, the page asks; otherwise it only listens. */
function keepUp(state: State, visit: Visit): void {
  const wake = () => {
    state.now.value = Date.now();
    if (document.visibilityState === "visible") void visit.refresh();
  };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  setInterval(() => {
    state.now.value = Date.now();
    if (state.line.value.state !== "live") void visit.refresh();
  }, tickMs);
  setInterval(() => {
    if (state.tab.value === "code" && document.visibilityState === "visible") void visit.refresh();
  }, codeTickMs);
}
