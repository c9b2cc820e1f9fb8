import { type ReadonlySignal, signal } from "@preact/signals";

export type Route =
  | { view: "now" | "floor" | "shelves" | "health" | "held" }
  | { view: "shelf"; shelf: string }
  /** Counting by hand; without a place the barcode says which. */
  | { view: "count"; shelf?: string; plate?: number; sku?: string }
  /** How long places stood empty; left out: today. Local date, YYYY-MM-DD. */
  | { view: "day"; day?: string }
  | { view: "account" }
  /** Somebody's first time, from the link they were given. */
  | { view: "invitation"; token: string }
  /** The engineer's pages, by the path under /staff/devices; the step of a question is its hash. */
  | { view: "devices"; path: string[]; step: string }
  /** Where everything belongs; left out: the first shelf. */
  | { view: "planogram"; shelf?: string };

/** "#shelf/C1", "#count/C1/2/HAND-BALM": where a link on this page leads. */
export function placeHref(view: "shelf" | "count" | "day", ...levels: (string | number)[]): string {
  return `#${[view, ...levels.map((level) => encodeURIComponent(level))].join("/")}`;
}

/** "#floor", "#shelf/C1", "/staff/devices/A1#tare"; anything else is the list of what to do now. */
export function readRoute(hash: string, path = "/staff"): Route {
  const levels = path.split("/").filter((level) => level !== "");
  if (levels[1] === "devices") return { view: "devices", path: levels.slice(2).map(plain), step: hash.slice(1) };
  if (levels[1] === "planogram") return { view: "planogram", ...(levels[2] ? { shelf: plain(levels[2]) } : {}) };
  const [view, ...rest] = hash.slice(1).split("/").map(plain);
  const [first, second, third] = rest;
  switch (view) {
    case "shelf":
      return first ? { view, shelf: first } : { view: "shelves" };
    case "count":
      return first && third && /^\d{1,2}$/.test(second ?? "")
        ? { view, shelf: first, plate: Number(second), sku: third }
        : { view };
    case "day":
      return first && /^\d{4}-\d\d-\d\d$/.test(first) ? { view, day: first } : { view };
    case "floor":
    case "shelves":
    case "health":
    case "held":
    case "account":
      return { view };
  }
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

/** Follows the address; `go` shows another page of the staff's without loading it anew. */
export function watchRoute(): { route: ReadonlySignal<Route>; go(href: string, replace?: boolean): void } {
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
