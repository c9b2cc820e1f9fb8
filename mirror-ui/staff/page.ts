import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Alert, Shop } from "#wire/views.ts";
import { ApiError, api, type Connection } from "../link.ts";
import { openStore, type Store } from "../store.ts";
import { type Actions, createActions } from "./actions.ts";
import { rankAlerts } from "./rank.ts";
import { type ShelfView, viewShelf } from "./shelf-state.ts";
import { alertWords } from "./words.ts";

export type Route =
  | { view: "now" | "floor" | "shelves" | "health" }
  | { view: "shelf"; shelf: string }
  | { view: "account" }
  /** Somebody's first time, from the link they were given. */
  | { view: "invitation"; token: string }
  /** The engineer's pages, by the path under /staff/devices; the step of a question is its hash. */
  | { view: "devices"; path: string[]; step: string };

/** Everything the components of this page read and do. */
export type Page = ReturnType<typeof openStore> & {
  actions: Actions;
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
  /** The gateway does not know this device: name and PIN are wanted. */
  stranger: ReadonlySignal<boolean>;
  ranked: ReadonlySignal<Alert[]>;
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
  const actions = createActions({
    post: (path, body, leaving) => api("POST", path, body, { keepalive: leaving }),
    me: () => me.value,
    explain,
  });
  effect(() => actions.heard(store.alerts.value));
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
    ...news(store, ranked),
    actions,
    now,
    me,
    ranked,
    ...watchRoute(),
    wide: watchWide(),
    shelves: computed(() => shelvesOf(store)),
    chosen: computed(() => ranked.value.find(({ id }) => id === picked.value) ?? ranked.value[0]),
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
  return shop?.shelves.map((shelf) => viewShelf(shelf, store.stock.value, store.devices.value)) ?? [];
}

/** Notices alerts that come while someone is looking. What was there at the start is no news. */
function news(store: Store, ranked: ReadonlySignal<Alert[]>) {
  const arrived = signal<ReadonlySet<string>>(new Set());
  const spoken = signal("");
  let before: Set<string> | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    if (!store.ready.value) return;
    const open = ranked.value;
    const shop = store.shop.peek();
    const fresh = before ? open.filter(({ id }) => !before?.has(id)) : [];
    before = new Set(open.map(({ id }) => id));
    if (fresh.length === 0 || !shop) return;
    arrived.value = new Set([...arrived.peek(), ...fresh.map(({ id }) => id)]);
    clearTimeout(settle);
    // Once it has slid in, it may change its place in the list without sliding again.
    settle = setTimeout(() => {
      arrived.value = new Set();
    }, 1_000);
    const known = { shop, stock: store.stock.peek(), devices: store.devices.peek() };
    spoken.value = fresh.map((alert) => `New: ${alertWords(alert, known).title}.`).join(" ");
  });
  return { arrived, spoken };
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

function watchRoute() {
  const route = signal(readRoute(location.hash, location.pathname));
  const read = () => {
    route.value = readRoute(location.hash, location.pathname);
  };
  const go = (href: string, replace = false) => {
    if (replace) history.replaceState(null, "", href);
    else history.pushState(null, "", href);
    read();
  };
  addEventListener("hashchange", read);
  addEventListener("popstate", read);
  // Links between these pages are ordinary links; following one keeps the live stream open.
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.origin !== location.origin || !/^\/staff(\/|$)/.test(link.pathname)) return;
    if (link.pathname === location.pathname && link.hash) return;
    event.preventDefault();
    go(link.pathname + link.hash);
  });
  return { route, go };
}

/** "#floor", "#shelf/C1", "/staff/devices/A1#tare"; anything else is the list of what to do now. */
export function readRoute(hash: string, path = "/staff"): Route {
  const levels = path.split("/").filter((level) => level !== "");
  if (levels[1] === "devices") return { view: "devices", path: levels.slice(2).map(plain), step: hash.slice(1) };
  const [view, id] = hash.slice(1).split("/");
  if (view === "shelf" && id) return { view, shelf: decodeURIComponent(id) };
  if (view === "floor" || view === "shelves" || view === "health" || view === "account") return { view };
  if (view?.startsWith("invitation=")) return { view: "invitation", token: view.slice("invitation=".length) };
  return { view: "now" };
}

function plain(level: string): string {
  try {
    return decodeURIComponent(level);
  } catch {
    return level;
  }
}

function watchWide(): Signal<boolean> {
  const query = matchMedia("(min-width: 55.01em)");
  const wide = signal(query.matches);
  query.addEventListener("change", () => {
    wide.value = query.matches;
  });
  return wide;
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
