import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { RestockLine } from "#wire/stock-views.ts";
import type { Alert, Shop } from "#wire/views.ts";
import { ApiError, api, type Connection } from "../link.ts";
import { openStore, type Store } from "../store.ts";
import { type Actions, createActions } from "./actions.ts";
import { alertWords } from "./alert-words.ts";
import { type Bell, createBell } from "./bell.ts";
import { watchNews } from "./news.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { putOff, rankAlerts } from "./rank.ts";
import { watchRestock } from "./restock.tsx";
import { type Route, watchRoute } from "./route.ts";
import { type ShelfView, viewShelf } from "./shelf-state.ts";
import { type Known, withNames } from "./words.ts";

/** Everything the components of this page read and do. */
export type Page = ReturnType<typeof openStore> & {
  actions: Actions;
  /** Taps that wait for the line. */
  outbox: Outbox;
  bell: Bell;
  route: ReadonlySignal<Route>;
  /** Shows another page of the staff's, without loading it anew. */
  go(href: string, replace?: boolean): void;
  /** Epoch ms, moving on every few seconds: ages are minutes. */
  now: ReadonlySignal<number>;
  /** Room for plan and list side by side. */
  wide: ReadonlySignal<boolean>;
  me: ReadonlySignal<string | undefined>;
  choose(staffId: string | undefined): void;
  /** Someone else takes this device over. */
  change(): Promise<void>;
  /** May receive deliveries and write goods off: not an associate. */
  manages: ReadonlySignal<boolean>;
  /** What to bring before the rush. */
  restock: ReadonlySignal<RestockLine[]>;
  /** What words are made of. */
  known(shop: Shop): Known;
  /** The gateway does not know this device: name and PIN are wanted. */
  stranger: ReadonlySignal<boolean>;
  ranked: ReadonlySignal<Alert[]>;
  putOff: ReadonlySignal<Alert[]>;
  shelves: ReadonlySignal<ShelfView[]>;
  /** The alert whose buttons are shown: the chosen one, else the first. */
  chosen: ReadonlySignal<Alert | undefined>;
  select(alertId: string): void;
  /** Came while the page was open: slides in once. */
  arrived: ReadonlySignal<ReadonlySet<string>>;
  /** The last news, for screen readers. */
  spoken: ReadonlySignal<string>;
};

const rememberedAs = "vitrine-staff";

export function openPage(): Page {
  const store = openStore();
  const now = signal(Date.now());
  setInterval(() => {
    now.value = Date.now();
  }, 5_000);
  const me = signal(recall());
  const picked = signal<string | undefined>(undefined);
  const ranked = computed(() => rankAlerts(store.alerts.value.values()));
  const later = computed(() => putOff(store.alerts.value.values()));
  const known = knownIn(store);
  const outbox = createOutbox({
    post: ({ path, body, key }, leaving) => api("POST", path, body, { keepalive: leaving, idempotencyKey: key }),
    shelf: storage(),
  });
  const actions = createActions({
    outbox,
    me: () => me.value,
    subject: (alertId) => {
      const [alert, shop] = [store.alerts.peek().get(alertId), store.shop.peek()];
      return alert && shop ? alertWords(alert, known(shop)).subject : "an alert";
    },
    explain: (error) => {
      const { title, detail } = explain(error);
      return { title: withNames(title, store.shop.peek()), detail };
    },
  });
  effect(() => actions.heard(store.alerts.value));
  effect(() => {
    if (store.connection.value.state === "live") void outbox.retry();
  });
  addEventListener("online", () => void outbox.retry());
  const bell = createBell();
  const manages = watchRole(store.connection);
  const choose = (staffId: string | undefined) => {
    me.value = staffId;
    remember(staffId);
  };
  // The demo's visitor came to look: as the first of the staff, as the gateway takes them for. Health changes it.
  const stop = effect(() => {
    const shop = store.shop.value;
    if (!shop) return;
    if (shop.demo && me.peek() === undefined) me.value = shop.staff[0]?.id;
    queueMicrotask(() => stop());
  });
  addEventListener("pagehide", actions.flush);
  return {
    ...store,
    ...watchNews(store, ranked, { known, manages, ring: bell.ring }),
    actions,
    outbox,
    bell,
    known,
    now,
    me,
    ranked,
    putOff: later,
    manages,
    restock: watchRestock(store.connection),
    ...watchRoute(),
    wide: watchWide(),
    shelves: computed(() => shelvesOf(store)),
    chosen: computed(() => [...ranked.value, ...later.value].find(({ id }) => id === picked.value) ?? ranked.value[0]),
    select(alertId) {
      picked.value = alertId;
    },
    choose,
    async change() {
      choose(undefined);
      if (store.shop.value?.demo) return;
      await api("DELETE", "/api/v1/staff/sessions").catch(() => undefined);
      location.reload();
    },
    stranger: watchStranger(store.connection),
  };
}

function shelvesOf(store: Store): ShelfView[] {
  const shop = store.shop.value;
  const doubts = [...store.doubts.value.values()];
  return shop?.shelves.map((shelf) => viewShelf(shelf, store.stock.value, store.devices.value, doubts)) ?? [];
}

function knownIn({ stock, devices, doubts, reservations }: Store): (shop: Shop) => Known {
  return (shop) => ({
    shop,
    stock: stock.value,
    devices: devices.value,
    doubts: doubts.value,
    reservations: reservations.value,
  });
}

/** Whether the gateway takes whoever is signed in for more than an associate; asked each time the line comes up. */
function watchRole(connection: ReadonlySignal<Connection>): ReadonlySignal<boolean> {
  const manages = signal(false);
  let asked = false;
  effect(() => {
    const isLive = connection.value.state === "live";
    if (!isLive || asked) {
      asked = isLive;
      return;
    }
    asked = true;
    api<{ role?: string }>("GET", "/api/v1/staff/me").then(
      ({ role }) => {
        manages.value = role === "manager" || role === "engineer";
      },
      () => {
        manages.value = false;
      },
    );
  });
  return manages;
}

/** A stream that is refused looks like a broken line; only asking tells them apart. */
function watchStranger(connection: ReadonlySignal<Connection>): Signal<boolean> {
  const stranger = signal(false);
  effect(() => {
    if (connection.value.state === "live") stranger.value = false;
    if (connection.value.state !== "lost") return;
    api("GET", "/api/v1/staff/me").then(
      () => {
        stranger.value = false;
      },
      (error: unknown) => {
        stranger.value = connection.peek().state === "lost" && error instanceof ApiError && error.status === 401;
      },
    );
  });
  return stranger;
}

function watchWide(): Signal<boolean> {
  const query = matchMedia("(min-width: 55.01em)");
  const wide = signal(query.matches);
  query.addEventListener("change", () => {
    wide.value = query.matches;
  });
  return wide;
}

function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    // A browser may refuse even to be asked.
    return undefined;
  }
}

function recall(): string | undefined {
  try {
    return localStorage.getItem(rememberedAs) ?? undefined;
  } catch {
    // A browser that keeps nothing asks again next time.
    return undefined;
  }
}

function remember(staffId: string | undefined): void {
  try {
    if (staffId) localStorage.setItem(rememberedAs, staffId);
    else localStorage.removeItem(rememberedAs);
  } catch {}
}

function explain(error: unknown): { title: string; detail: string | undefined } {
  if (error instanceof ApiError) return { title: error.message, detail: error.detail };
  return { title: "That did not work.", detail: undefined };
}

/** The person at this page, once chosen and still on the shop's list. */
export function person(shop: Shop, me: string | undefined): Shop["staff"][number] | undefined {
  return shop.staff.find(({ id }) => id === me);
}
