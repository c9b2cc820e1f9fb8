import type { ComponentChildren, JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { clockTime } from "../look/time.ts";
import { AccountPart, InvitationPart } from "./account-part.tsx";
import { Alerts, Reach } from "./alerts.tsx";
import { DevicesPart } from "./devices-part.tsx";
import { crowd, Legend, ZoneList } from "./floor.tsx";
import { DeviceList, HealthSheet, HealthStrip } from "./health.tsx";
import { type Page, person } from "./page.ts";
import { Plan } from "./plan.tsx";
import { PlanogramPart } from "./planogram-part.tsx";
import type { Route } from "./route.ts";
import { ShelfPicture } from "./shelf-picture.tsx";
import type { ShelfView } from "./shelf-state.ts";
import { BottomNav, DemoLabel, LineLost, LineState, SideNav } from "./shell.tsx";
import { ShelfList, ShelfSheet } from "./shelves.tsx";
import { SignIn } from "./sign-in.tsx";
import { StockPane, StockSheet } from "./stock-part.tsx";
import { peopleWords } from "./words.ts";

type Props = { page: Page; shop: Shop };

/** The staff page: who are you, then one of four views, as a column or side by side. */
export function App({ page }: { page: Page }): JSX.Element {
  const shop = page.shop.value;
  const route = page.route.value;
  if (route.view === "invitation") return <InvitationPart page={page} token={route.token} />;
  if (page.stranger.value) return <SignIn page={page} />;
  if (!shop || !page.ready.value) return <Opening page={page} />;
  if (!person(shop, page.me.value)) return <WhoAreYou page={page} shop={shop} />;
  const Frame = page.wide.value ? Tablet : Phone;
  return (
    <>
      {route.view === "devices" && <DevicesPart page={page} shop={shop} />}
      {route.view === "planogram" && <PlanogramPart page={page} shop={shop} />}
      {route.view !== "devices" && route.view !== "planogram" && <Frame page={page} shop={shop} />}
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
      {(view === "day" || (view === "count" && shelf)) && (
        <>
          <div class={`pane ${view === "day" ? "high" : "shelf-pane brief"}`}>
            <StockPane page={page} shop={shop} />
          </div>
          <div class="edge" />
        </>
      )}
      <main class="sill">
        <LineLost page={page} shop={shop} />
        <Sheet page={page} shop={shop} shelf={shelf} />
        {view === "account" && <AccountPart page={page} shop={shop} />}
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
      <BottomNav page={page} />
    </div>
  );
}

function Tablet({ page, shop }: Props): JSX.Element {
  const { view } = page.route.value;
  const shelf = shownShelf(page);
  return (
    <div class="tablet">
      <DemoLabel shop={shop} />
      <div class="tab">
        <SideNav page={page} shop={shop} />
        <div class="pane">
          <TabletPane page={page} shop={shop} shelf={shelf} />
        </div>
        <div class="edge" />
        <main class="sill">
          <LineLost page={page} shop={shop} />
          <Sheet page={page} shop={shop} shelf={shelf} />
          {(view === "health" || view === "account") && <HealthSheet page={page} shop={shop} />}
        </main>
        <HealthStrip page={page} shop={shop} />
      </div>
    </div>
  );
}

/** What is read and touched of a view that both layouts show alike. */
function Sheet({ page, shop, shelf }: Props & { shelf: ShelfView | undefined }): JSX.Element | null {
  const { view } = page.route.value;
  if (view === "now") return <Alerts page={page} shop={shop} />;
  if (view === "floor") return <ZoneList page={page} shop={shop} />;
  if (view === "shelves") return <ShelfList page={page} shop={shop} />;
  if (view === "shelf") return <ShelfOrNone page={page} shop={shop} shelf={shelf} />;
  return isStock(view) ? <StockSheet page={page} shop={shop} /> : null;
}

function TabletPane({ page, shop, shelf }: Props & { shelf: ShelfView | undefined }): JSX.Element {
  const { view } = page.route.value;
  if (view === "shelf" && shelf) return <ShelfPicture view={shelf} wide={true} />;
  if (view === "day" || (view === "count" && shelf)) return <StockPane page={page} shop={shop} />;
  if (view === "health") {
    return (
      <div class="scroll">
        <DeviceList page={page} shop={shop} />
      </div>
    );
  }
  if (view === "account") {
    return (
      <div class="scroll">
        <AccountPart page={page} shop={shop} />
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
  const id = route.view === "shelf" || route.view === "count" ? route.shelf : undefined;
  return page.shelves.value.find(({ shelf }) => shelf.id === id);
}

const isStock = (view: Route["view"]) => view === "count" || view === "held" || view === "day";

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
