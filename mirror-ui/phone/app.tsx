import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../look/icons.tsx";
import { clockTime } from "../look/time.ts";
import { CodeView } from "./code-view.tsx";
import { ConsentView } from "./consent-view.tsx";
import { BasketView, JoinView } from "./join-view.tsx";
import { OffersView } from "./offers-view.tsx";
import type { Phone } from "./phone.ts";
import { PrivacyView } from "./privacy-view.tsx";
import { cameWhen } from "./words.ts";

type View = "join" | "basket" | "consent" | "offers" | "privacy" | "code";

/** The one page of the shopper's phone: which view stands on it, the way between the two tabs, and what is said aloud. */
export function App({ phone }: { phone: Phone }) {
  const view = viewOf(phone);
  const before = useRef<View>(view);
  useEffect(() => {
    if (before.current === view) return;
    before.current = view;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [view]);
  return (
    <div class="app">
      <Header phone={phone} view={view} />
      {phone.trouble.value && (
        <p class="trouble f1" role="alert">
          <span class="mark unseen" aria-hidden="true" /> {phone.trouble.value}
        </p>
      )}
      {view === "join" && <JoinView phone={phone} />}
      {view === "basket" && <BasketView phone={phone} />}
      {view === "consent" && <ConsentView phone={phone} />}
      {view === "offers" && <OffersView phone={phone} />}
      {view === "privacy" && <PrivacyView phone={phone} />}
      {view === "code" && <CodeView phone={phone} />}
      {(view === "offers" || view === "privacy") && <Tabs view={view} />}
      <p class="unseen-text" role="status">
        {phone.said.value}
      </p>
    </div>
  );
}

function viewOf(phone: Phone): View {
  const session = phone.session.value;
  if (!session) return "join";
  if (phone.basket.value && phone.basket.value.number !== phone.basketShown.value) return "basket";
  if (!session.asked) return "consent";
  return phone.tab.value;
}

function Header({ phone, view }: { phone: Phone; view: View }) {
  const line = phone.line.value;
  const offer = phone.shown.value;
  const { manners, now } = phone;
  let corner = "";
  if (view === "join") corner = phone.shop.value?.address ?? "";
  else if (line.state === "lost") corner = `reconnecting since ${clockTime(line.since, manners.value)}`;
  else if (view === "offers" && line.state === "connecting") corner = "connecting";
  else if (view === "offers" && offer) corner = cameWhen(offer, manners.value, now.value);
  else if (view === "privacy") corner = "for this phone only";
  return (
    <header class="top">
      <span class="wm f4">{phone.shop.value?.name ?? "Vitrine"}</span>
      {view === "code" ? (
        <button type="button" class="b bare" onClick={() => phone.go("offers")}>
          <Icon name="x" />
          Close
        </button>
      ) : (
        <span class="f1 q n">{corner}</span>
      )}
    </header>
  );
}

function Tabs({ view }: { view: View }) {
  return (
    <nav class="nav" aria-label="Pages">
      <a href="#offers" class={view === "offers" ? "on" : ""} aria-current={view === "offers" ? "page" : undefined}>
        <Icon name="tag" />
        Offers
      </a>
      <a href="#privacy" class={view === "privacy" ? "on" : ""} aria-current={view === "privacy" ? "page" : undefined}>
        <Icon name="shield" />
        Privacy
      </a>
    </nav>
  );
}
