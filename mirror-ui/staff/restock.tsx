import { type ReadonlySignal, signal } from "@preact/signals";
import type { JSX } from "preact";
import type { RestockLine } from "#wire/stock-views.ts";
import type { Shop } from "#wire/views.ts";
import { api, type Connection } from "../link.ts";
import { clockTime } from "../look/time.ts";
import type { Page } from "./page.ts";
import { placeHref } from "./route.ts";
import { nameOf } from "./words.ts";

const everyMs = 5 * 60_000;
const shownMost = 8;

/** What to bring before the rush, asked every few minutes while there is a line; empty where the gateway does not say. */
export function watchRestock(connection: ReadonlySignal<Connection>): ReadonlySignal<RestockLine[]> {
  const lines = signal<RestockLine[]>([]);
  const ask = () => {
    if (connection.peek().state !== "live" || document.hidden) return;
    api<RestockLine[]>("GET", "/api/v1/restock").then(
      (answer) => {
        lines.value = Array.isArray(answer) ? answer : [];
      },
      () => undefined,
    );
  };
  setInterval(ask, everyMs);
  let wasLive = false;
  connection.subscribe(({ state }) => {
    if (state === "live" && !wasLive) ask();
    wasLive = state === "live";
  });
  return lines;
}

/** "Before 17:00": what will not last until then, the most urgent first. */
export function Restock({ page, shop }: { page: Page; shop: Shop }): JSX.Element | null {
  const lines = page.restock.value;
  const [first] = lines;
  if (!first) return null;
  return (
    <section class="restock">
      <div class="sub">
        <h2>
          <b>Bring before {clockTime(first.until, shop)}</b>
        </h2>
        <span class="f1 q n">{lines.length}</span>
      </div>
      <ul class="also f1 n">
        {lines.slice(0, shownMost).map((line) => (
          <li key={`${line.shelf}/${line.plate}/${line.sku}`}>
            <a class="pick" href={placeHref("shelf", line.shelf)}>
              <b>{line.quantity} ×</b>
              <span>{nameOf(line.sku, page.known(shop))}</span>
              <span class="q">{line.shelf}</span>
              <span class="age q">
                {line.emptyAt === undefined
                  ? `${line.count} of ${line.capacity}`
                  : `out ${clockTime(line.emptyAt, shop)}`}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
