import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Alert } from "#wire/views.ts";
import type { Store } from "../store.ts";
import { alertWords, escalatedWords } from "./alert-words.ts";
import type { Bell } from "./bell.ts";
import type { Page } from "./page.ts";
import type { Known } from "./words.ts";

/** Notices alerts that come, and those nobody looks at, while someone is at the page. What was there at the start is no news. */
export function watchNews(
  store: Pick<Store, "ready" | "shop">,
  ranked: ReadonlySignal<Alert[]>,
  { known, manages, ring }: Pick<Page, "known" | "manages"> & Pick<Bell, "ring">,
) {
  const arrived = signal<ReadonlySet<string>>(new Set());
  const spoken = signal("");
  let before: Map<string, number> | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    if (!store.ready.value) return;
    const open = ranked.value;
    const shop = store.shop.peek();
    const fresh = before ? open.filter(({ id }) => !before?.has(id)) : [];
    const ignored = open.filter(
      ({ id, escalated = 0, by }) => by === undefined && escalated > (before?.get(id) ?? escalated),
    );
    before = new Map(open.map(({ id, escalated = 0 }) => [id, escalated]));
    if (fresh.length + ignored.length === 0 || !shop) return;
    arrived.value = new Set([...arrived.peek(), ...fresh.map(({ id }) => id)]);
    clearTimeout(settle);
    // Once it has slid in, it may change its place in the list without sliding again.
    settle = setTimeout(() => {
      arrived.value = new Set();
    }, 1_000);
    spoken.value = untracked(() => newsWords(fresh, ignored, known(shop)));
    // The first time it is told to everybody again, the second time to the manager.
    const isOurs = ignored.some(({ escalated }) => escalated === 1 || manages.peek());
    if (isOurs || fresh.some(({ severity }) => severity === "stop")) ring();
  });
  return { arrived, spoken };
}

function newsWords(fresh: Alert[], ignored: Alert[], known: Known): string {
  const came = fresh.map((alert) => `New: ${alertWords(alert, known).title}.`);
  const waits = ignored.map((alert) => {
    const since = escalatedWords(alert, Date.now(), known.shop);
    return `${alertWords(alert, known).title}. ${since}.`;
  });
  return [...came, ...waits].join(" ");
}
