import type { JSX } from "preact";
import type { Delivery } from "#wire/stock-views.ts";
import type { Shop } from "#wire/views.ts";
import { dayAndTime } from "../../look/time.ts";
import { useAsk, usePolled } from "../devices/asking.ts";
import type { Page } from "../page.ts";
import { listed, nameOf } from "../words.ts";

type Props = { page: Page; shop: Shop };

const everyMs = 60_000;

/** What is on its way, and received with one tap; for managers. */
export function Deliveries({ page, shop }: Props): JSX.Element | null {
  const { value: deliveries, refresh } = usePolled<Delivery[]>("/api/v1/deliveries", everyMs);
  const { ask, busy, trouble } = useAsk();
  const expected = deliveries?.filter(({ state }) => state === "expected") ?? [];
  if (expected.length === 0) return null;
  const receive = async (id: string) => {
    const { ok } = await ask(id, "POST", `/api/v1/deliveries/${encodeURIComponent(id)}/receive`, {});
    if (ok) refresh();
  };
  return (
    <section>
      <h2 class="f1 qq">On its way</h2>
      <ul class="holds">
        {expected.map(({ id, lines, expectedAt }) => (
          <li key={id}>
            <p class="row sp">
              <b>{piecesWords(lines.reduce((sum, { quantity }) => sum + quantity, 0))}</b>
              <span class="f1 q n">{dayAndTime(expectedAt, page.now.value, shop)}</span>
            </p>
            <p class="f1 q">
              {listed(
                lines.map(({ sku, quantity }) => `${quantity} × ${nameOf(sku, page.known(shop))}`),
                4,
              )}
            </p>
            <button type="button" class="b" aria-busy={busy === id} onClick={() => void receive(id)}>
              {busy === id ? "Booking it" : "All of it came"}
            </button>
          </li>
        ))}
      </ul>
      {trouble && (
        <p class="f1 st-stop" role="alert">
          {trouble.title} {trouble.detail}
        </p>
      )}
    </section>
  );
}

const piecesWords = (count: number) => (count === 1 ? "One piece" : `${count} pieces`);
