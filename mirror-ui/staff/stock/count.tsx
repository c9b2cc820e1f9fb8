import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import { ApiError } from "../../link.ts";
import { Icon } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { placeHref } from "../route.ts";
import { evidenceWords, type PlateView, type ShelfView } from "../shelf-state.ts";
import { itemName } from "../words.ts";
import { FindByCode } from "./find-code.tsx";

type Props = { page: Page; shop: Shop };
export type CountedPlace = { view: ShelfView; plate: PlateView };

/** As many as a person counts on one plate; the gateway refuses more. */
const most = 500;

/** The place the address names, if it is there. */
export function countedPlace(page: Page): CountedPlace | undefined {
  const route = page.route.value;
  if (route.view !== "count" || route.shelf === undefined) return undefined;
  const view = page.shelves.value.find(({ shelf }) => shelf.id === route.shelf);
  const plate = view?.plates.find((one) => one.plate === route.plate && one.sku === route.sku);
  return view && plate ? { view, plate } : undefined;
}

/** Counting by hand: which place, how many, sent. Without a place the barcode says which. */
export function Count({ page, shop }: Props): JSX.Element {
  const place = countedPlace(page);
  if (!place) return <FindByCode page={page} shop={shop} />;
  const key = `${place.view.shelf.id}/${place.plate.plate}/${place.plate.sku}`;
  return <CountPlace key={key} page={page} shop={shop} place={place} />;
}

type Sent = { count: number; how: "sending" | "sent" | "kept" } | { refused: string };

function CountPlace({ page, shop, place }: Props & { place: CountedPlace }): JSX.Element {
  const { view, plate } = place;
  const { shelf } = view;
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const [sent, setSent] = useState<Sent | undefined>(undefined);
  const count = typed === undefined ? (plate.count ?? 0) : Number(typed);
  const set = (value: number) => {
    setSent(undefined);
    setTyped(String(Math.min(Math.max(0, value), most)));
  };
  const press = (digit: string) => set(Number(`${typed ?? ""}${digit}`));
  useDigits(press, () => setTyped((before) => (before ?? "").slice(0, -1)));
  const name = plate.item ? itemName(plate.item, page.stock.value) : plate.sku;

  async function send() {
    setSent({ count, how: "sending" });
    try {
      const how = await page.outbox.send({
        about: `count ${shelf.id}/${plate.plate}/${plate.sku}`,
        path: `/api/v1/stock/${encodeURIComponent(plate.sku)}/count`,
        body: { shelf: shelf.id, plate: plate.plate, count },
        says: `${count} ${name} on ${shelf.id}`,
      });
      setSent({ count, how });
    } catch (error) {
      setSent({ refused: error instanceof ApiError ? `${error.message} ${error.detail ?? ""}` : "That did not work." });
    }
  }

  return (
    <div class="sheet count">
      <a class="b bare back" href={placeHref("shelf", shelf.id)}>
        <Icon name="arrow-left" />
        Shelf {shelf.id}
      </a>
      <h1 class="d f4">{name}</h1>
      <p class="q f1">{placeWords(plate, shop)}</p>
      <div class="stepper">
        <button type="button" class="b" aria-label="One less" disabled={count === 0} onClick={() => set(count - 1)}>
          <Icon name="minus" />
        </button>
        <output class="d n" aria-live="polite" aria-label={`${count} counted`}>
          {count}
        </output>
        <button type="button" class="b" aria-label="One more" onClick={() => set(count + 1)}>
          <Icon name="plus" />
        </button>
      </div>
      <Pad press={press} clear={() => set(0)} />
      <SentWords sent={sent} name={name} />
      {isDone(sent) ? (
        <AfterCount page={page} place={place} />
      ) : (
        <button
          type="button"
          class="b go wide"
          aria-busy={sent !== undefined && "how" in sent}
          onClick={() => void send()}
        >
          {sent && "how" in sent ? "Sending" : `There are ${count}`}
        </button>
      )}
    </div>
  );
}

const isDone = (sent: Sent | undefined) => sent !== undefined && "how" in sent && sent.how !== "sending";

function placeWords(plate: PlateView, shop: Shop): string {
  const where = `Plate ${plate.plate}, ${plate.count ?? "nothing known"} of ${plate.capacity}.`;
  return plate.evidence ? `${where} ${evidenceWords(plate.evidence, shop)}.` : where;
}

/** Digits under the thumb: the system's keyboard would cover the shelf. */
function Pad({ press, clear }: { press(digit: string): void; clear(): void }): JSX.Element {
  return (
    <div class="pad n">
      {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => (
        <button key={digit} type="button" class="b" onClick={() => press(digit)}>
          {digit}
        </button>
      ))}
      <button type="button" class="b bare" onClick={clear}>
        Clear
      </button>
      <button type="button" class="b" onClick={() => press("0")}>
        0
      </button>
      <a class="b bare" href="#count">
        Scan
      </a>
    </div>
  );
}

function SentWords({ sent, name }: { sent: Sent | undefined; name: string }): JSX.Element {
  if (sent && "refused" in sent) {
    return (
      <p class="f1 st-stop" role="alert">
        {sent.refused}
      </p>
    );
  }
  const said = sent?.how === "sent" ? "Counted." : sent?.how === "kept" ? "It is sent when the line is back." : "";
  return (
    <p class="f1 row" role="status">
      {sent && said !== "" && (
        <>
          <span class={`mark ${sent.how === "kept" ? "unseen" : "fine"}`} />
          {sent.count} × {name}. {said}
        </>
      )}
    </p>
  );
}

/** Whoever counts mostly counts the whole shelf: the next place is one tap away. */
function AfterCount({ page, place: { view, plate } }: { page: Page; place: CountedPlace }): JSX.Element {
  const next = view.plates[view.plates.indexOf(plate) + 1];
  return (
    <div class="acts undo">
      {next ? (
        <a class="b go" href={placeHref("count", view.shelf.id, next.plate, next.sku)}>
          Next: {next.item ? itemName(next.item, page.stock.value) : next.sku}
        </a>
      ) : (
        <a class="b go" href={placeHref("shelf", view.shelf.id)}>
          Shelf {view.shelf.id} is counted
        </a>
      )}
      <a class="b" href="#now">
        Done
      </a>
    </div>
  );
}

/** A real keyboard, or a scanner that types, counts too. */
function useDigits(press: (digit: string) => void, back: () => void): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const isElsewhere = event.target instanceof HTMLInputElement;
      if (isElsewhere || event.metaKey || event.ctrlKey || event.altKey) return;
      if (/^\d$/.test(event.key)) press(event.key);
      else if (event.key === "Backspace") back();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  });
}
