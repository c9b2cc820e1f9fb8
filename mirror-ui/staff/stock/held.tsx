import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Reservation } from "#wire/stock-views.ts";
import type { Shop } from "#wire/views.ts";
import { ApiError, api } from "../../link.ts";
import { Icon } from "../../look/icons.tsx";
import { clockTime, left } from "../../look/time.ts";
import { isHeld } from "../../store.ts";
import type { Page } from "../page.ts";
import { listed, nameOf } from "../words.ts";
import { Deliveries } from "./deliveries.tsx";

type Props = { page: Page; shop: Shop };

/** Goods held for customers: to fetch, and put aside until somebody comes. */
export function Held({ page, shop }: Props): JSX.Element {
  const reservations = useReservations(page);
  const toFetch = reservations.filter(({ state }) => state === "made");
  const aside = reservations.filter(({ state }) => state === "ready");
  const ended = reservations.filter((one) => !isHeld(one)).sort((a, b) => b.at - a.at);
  return (
    <div class="list held">
      <a class="b bare back" href="#shelves">
        <Icon name="arrow-left" />
        Shelves
      </a>
      <h1 class="d f4">{heldTitle(toFetch.length, aside.length)}</h1>
      <Holds page={page} shop={shop} title="To fetch" reservations={toFetch} />
      <Holds page={page} shop={shop} title="Put aside, until they come" reservations={aside} />
      {ended.length > 0 && (
        <section>
          <h2 class="f1 qq">Lately</h2>
          <ul class="rows f1 n">
            {ended.slice(0, 6).map((held) => (
              <li key={held.id}>
                <div>
                  <span class="grow">{whatWords(held, page, shop)}</span>
                  <span class="q">
                    {endWords[held.state]} {clockTime(held.at, shop)}
                  </span>
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      {page.manages.value && <Deliveries page={page} shop={shop} />}
    </div>
  );
}

function Holds(props: Props & { title: string; reservations: Reservation[] }): JSX.Element | null {
  const { page, shop, title, reservations } = props;
  if (reservations.length === 0) return null;
  return (
    <section>
      <h2 class="f1 qq">{title}</h2>
      <ul class="holds">
        {reservations.map((held) => (
          <HeldRow key={held.id} page={page} shop={shop} held={held} />
        ))}
      </ul>
    </section>
  );
}

const endWords: Record<Reservation["state"], string> = {
  made: "asked for",
  ready: "put aside",
  collected: "collected",
  expired: "nobody came,",
  cancelled: "cancelled",
};

export function heldTitle(toFetch: number, aside: number): string {
  if (toFetch + aside === 0) return "Nothing is held for anyone";
  const parts = [toFetch > 0 ? `${toFetch} to fetch` : "", aside > 0 ? `${aside} put aside` : ""].filter(Boolean);
  return listed(parts, 2);
}

function whatWords({ quantity, sku, label }: Reservation, page: Page, shop: Shop): string {
  const name = nameOf(sku, page.known(shop));
  return `${quantity > 1 ? `${quantity} × ` : ""}${name}${label ? ` for ${label}` : ""}`;
}

/** What the stream told of them, and what was there before it was opened. */
function useReservations(page: Page): Reservation[] {
  const [asked, setAsked] = useState<Reservation[]>([]);
  const isLive = page.connection.value.state === "live";
  useEffect(() => {
    if (!isLive) return;
    api<Reservation[]>("GET", "/api/v1/reservations").then(setAsked, () => undefined);
  }, [isLive]);
  const all = new Map(asked.map((one) => [one.id, one]));
  for (const [id, one] of page.reservations.value) {
    const known = all.get(id);
    if (!known || known.at <= one.at) all.set(id, one);
  }
  return [...all.values()].sort((a, b) => a.madeAt - b.madeAt);
}

type Doing = { says: string } | { refused: string };

function HeldRow({ page, shop, held }: Props & { held: Reservation }): JSX.Element {
  const [doing, setDoing] = useState<Doing | undefined>(undefined);
  async function send(verb: "ready" | "collect" | "cancel", says: string) {
    const what = whatWords(held, page, shop);
    setDoing({ says });
    try {
      const path = `/api/v1/reservations/${encodeURIComponent(held.id)}/${verb}`;
      const how = await page.outbox.send({ about: `held ${held.id}`, path, body: {}, says: `${what}: ${says}` });
      setDoing(how === "kept" ? { says: "Is sent when the line is back" } : undefined);
    } catch (error) {
      setDoing({
        refused: error instanceof ApiError ? `${error.message} ${error.detail ?? ""}` : "That did not work.",
      });
    }
  }
  const places = page.stock.value.get(held.sku)?.places.filter(({ count }) => count > 0) ?? [];
  const where =
    places.length === 0 ? "Look in the stockroom" : `On ${listed([...new Set(places.map(({ shelf }) => shelf))], 3)}`;
  const busy = doing !== undefined && "says" in doing;
  return (
    <li>
      <p class="row sp">
        <b>{whatWords(held, page, shop)}</b>
        <span class="f1 q n">{left(held.expiresAt, page.now.value, shop.locale) ?? "over"}</span>
      </p>
      <p class="f1 q">
        {held.state === "made" ? `${where}. ` : ""}
        Held until {clockTime(held.expiresAt, shop)}.
      </p>
      <div class="acts two" aria-busy={busy}>
        {held.state === "made" ? (
          <button type="button" class="b go" disabled={busy} onClick={() => void send("ready", "put aside")}>
            It is put aside
          </button>
        ) : (
          <button type="button" class="b go" disabled={busy} onClick={() => void send("collect", "collected")}>
            Collected
          </button>
        )}
        <button type="button" class="b" disabled={busy} onClick={() => void send("cancel", "not held any more")}>
          Do not hold it
        </button>
      </div>
      {doing && (
        <p class={`f1 ${"refused" in doing ? "st-stop" : "q"}`} role="status">
          {"refused" in doing ? doing.refused : doing.says}
        </p>
      )}
    </li>
  );
}
