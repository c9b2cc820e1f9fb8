import type { ComponentChildren, JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Icon, type IconName } from "../look/icons.tsx";
import { clockTime } from "../look/time.ts";
import { Alerts, Reach } from "./alerts.tsx";
import { crowd, Legend, ZoneList } from "./floor.tsx";
import { DeviceList, HealthSheet, HealthStrip } from "./health.tsx";
import { type Page, person, type Route } from "./page.ts";
import { Plan } from "./plan.tsx";
import { ShelfPicture } from "./shelf-picture.tsx";
import type { ShelfView } from "./shelf-state.ts";
import { ShelfList, ShelfSheet } from "./shelves.tsx";
import { SignIn } from "./sign-in.tsx";
import { peopleWords } from "./words.ts";

type Props = { page: Page; shop: Shop };

/** The staff page: who are you, then one of four views, as a column or side by side. */
export function App({ page }: { page: Page }): JSX.Element {
  const shop = page.shop.value;
  if (page.stranger.value) return <SignIn page={page} />;
  if (!shop || !page.ready.value) return <Opening page={page} />;
  if (!person(shop, page.me.value)) return <WhoAreYou page={page} shop={shop} />;
  const Frame = page.wide.value ? Tablet : Phone;
  return (
    <>
      <Frame page={page} shop={shop} />
      <p class="hidden" role="status" aria-live="polite">
        {page.spoken.value}
      </p>
    </>
  );
}

function Opening({ page }: { page: Page }): JSX.Element {
  const lost = page.connection.value.state === "lost";
  return (
    <main class="opening" aria-busy={!lost}>
      <h1 class="d f5">{lost ? "The gateway does not answer." : "Opening the shop."}</h1>
      {lost ? (
        <p class="q">
          Check that it has power and that this device is on the shop’s network. The page opens by itself.
        </p>
      ) : (
        <>
          <span class="wait-row long" />
          <span class="wait-row" />
        </>
      )}
    </main>
  );
}

function WhoAreYou({ page, shop }: Props): JSX.Element {
  return (
    <>
      <DemoLabel shop={shop} />
      <main class="opening">
        <h1 class="d f6">Who are you?</h1>
        <p class="q">What you take carries your name, so no one walks twice. You can change it under Health.</p>
        <ul class="people">
          {shop.staff.map(({ id, name }) => (
            <li key={id}>
              <button type="button" class="b wide" onClick={() => page.choose(id)}>
                {name}
              </button>
            </li>
          ))}
        </ul>
        {shop.staff.length === 0 && <p>No one is in the shop’s list yet. Add people under staff in the shop’s file.</p>}
      </main>
    </>
  );
}

function DemoLabel({ shop }: { shop: Shop }): JSX.Element | null {
  return shop.demo ? (
    <p class="demo f1">
      <b>Demo shop</b> Its people and goods are simulated.
    </p>
  ) : null;
}

const tabs: { view: Route["view"]; icon: IconName; name: string }[] = [
  { view: "now", icon: "bell", name: "Now" },
  { view: "floor", icon: "map", name: "Floor" },
  { view: "shelves", icon: "library", name: "Shelves" },
  { view: "health", icon: "activity", name: "Health" },
];

function Tabs({ page }: { page: Page }): JSX.Element {
  const { view } = page.route.value;
  const here = view === "shelf" ? "shelves" : view;
  return (
    <>
      {tabs.map((tab) => (
        <a
          key={tab.view}
          href={`#${tab.view}`}
          class={tab.view === here ? "on" : ""}
          aria-current={tab.view === here ? "page" : undefined}
        >
          <Icon name={tab.icon} />
          {tab.name}
        </a>
      ))}
    </>
  );
}

function Phone({ page, shop }: Props): JSX.Element {
  const { view } = page.route.value;
  const alert = page.chosen.value;
  const shelf = shownShelf(page);
  return (
    <div class="app">
      <DemoLabel shop={shop} />
      <header class="top">
        <b class="n f3">{clockTime(page.now.value, shop)}</b>
        <span class="grow f1 q">{crowd(page, shop).total} in the shop</span>
        <LineState page={page} />
      </header>
      {(view === "now" || view === "floor") && (
        <>
          <div class={`pane ${view === "now" && alert ? "low" : "high"}`}>
            <Plan page={page} shop={shop} named={view === "floor"} crop={view === "now" && alert !== undefined} />
          </div>
          <div class="edge" />
        </>
      )}
      {view === "shelf" && shelf && (
        <>
          <div class="pane shelf-pane">
            <ShelfPicture view={shelf} wide={false} />
          </div>
          <div class="edge" />
        </>
      )}
      <main class="sill">
        <LineLost page={page} shop={shop} />
        {view === "now" && <Alerts page={page} shop={shop} />}
        {view === "floor" && <ZoneList page={page} shop={shop} />}
        {view === "shelves" && <ShelfList page={page} shop={shop} />}
        {view === "shelf" && <ShelfOrNone page={page} shop={shop} shelf={shelf} />}
        {view === "health" && (
          <>
            {/* what is under way, or wrong, before what is fine */}
            {page.media.value?.state !== "ready" && <HealthSheet page={page} shop={shop} />}
            <DeviceList page={page} shop={shop} />
            {page.media.value?.state === "ready" && <HealthSheet page={page} shop={shop} />}
          </>
        )}
      </main>
      {view === "now" && alert && <Reach page={page} shop={shop} alert={alert} />}
      <nav class="nav" aria-label="Views">
        <Tabs page={page} />
      </nav>
    </div>
  );
}

function Tablet({ page, shop }: Props): JSX.Element {
  const { view } = page.route.value;
  const shelf = shownShelf(page);
  const me = person(shop, page.me.value);
  return (
    <div class="tablet">
      <DemoLabel shop={shop} />
      <div class="tab">
        <nav class="side" aria-label="Views">
          <Tabs page={page} />
          <span class="grow" />
          <button
            type="button"
            class="me-button"
            aria-label={`You are ${me?.name}. Change`}
            onClick={() => void page.change()}
          >
            <span class="who me">
              <i>{me?.name.charAt(0)}</i>
            </span>
            <span class="f1 q">{me?.name}</span>
          </button>
        </nav>
        <div class="pane">
          <TabletPane page={page} shop={shop} shelf={shelf} />
        </div>
        <div class="edge" />
        <main class="sill">
          <LineLost page={page} shop={shop} />
          {view === "now" && <Alerts page={page} shop={shop} />}
          {view === "floor" && <ZoneList page={page} shop={shop} />}
          {view === "shelves" && <ShelfList page={page} shop={shop} />}
          {view === "shelf" && <ShelfOrNone page={page} shop={shop} shelf={shelf} />}
          {view === "health" && <HealthSheet page={page} shop={shop} />}
        </main>
        <HealthStrip page={page} shop={shop} />
      </div>
    </div>
  );
}

function TabletPane({ page, shop, shelf }: Props & { shelf: ShelfView | undefined }): JSX.Element {
  const { view } = page.route.value;
  if (view === "shelf" && shelf) return <ShelfPicture view={shelf} wide={true} />;
  if (view === "health") {
    return (
      <div class="scroll">
        <DeviceList page={page} shop={shop} />
      </div>
    );
  }
  const { total, most } = crowd(page, shop);
  return (
    <>
      <p class="phead d f4">{peopleWords(total, most)}</p>
      <div class="plan-room">
        <Plan page={page} shop={shop} named={true} frame={page.chosen.value?.shelf} />
      </div>
      <Legend />
    </>
  );
}

function shownShelf(page: Page): ShelfView | undefined {
  const route = page.route.value;
  return route.view === "shelf" ? page.shelves.value.find(({ shelf }) => shelf.id === route.shelf) : undefined;
}

function ShelfOrNone({ page, shop, shelf }: Props & { shelf: ShelfView | undefined }): JSX.Element {
  if (shelf) return <ShelfSheet page={page} shop={shop} view={shelf} />;
  return (
    <div class="list">
      <h1 class="d f4">This shelf is not in the shop.</h1>
      <Linked href="#shelves">All shelves</Linked>
    </div>
  );
}

function Linked({ href, children }: { href: string; children: ComponentChildren }): JSX.Element {
  return (
    <a class="b" href={href}>
      {children}
    </a>
  );
}

/** Top right: do the devices answer, and does this page. */
function LineState({ page }: { page: Page }): JSX.Element {
  const devices = [...page.devices.value.values()];
  const online = devices.filter(({ state }) => state === "online").length;
  if (page.connection.value.state === "lost") {
    return (
      <span class="f1 row st-wait">
        <span class="mark wait" />
        No line
      </span>
    );
  }
  return (
    <a class="f1 row n plain" href="#health">
      <span class={`mark ${online === devices.length ? "fine" : "stop"}`} />
      {online} of {devices.length} devices
    </a>
  );
}

function LineLost({ page, shop }: Props): JSX.Element | null {
  const line = page.connection.value;
  if (line.state !== "lost") return null;
  return (
    <p class="note f1" role="status">
      <b>This page lost the gateway at {clockTime(line.since, shop)}.</b>{" "}
      <span class="q">What you see is from then. It comes back by itself.</span>
    </p>
  );
}
