import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Shop, StockItem } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { placeHref } from "../route.ts";
import { itemName } from "../words.ts";
import { gtinIn, sameGtin, scan, whyNoScan } from "./barcode.ts";

type Props = { page: Page; shop: Shop };
type Place = { shelf: string; plate: number; count: number | undefined };

/** Which goods are counted: by their barcode through the camera, or by the number under it. */
export function FindByCode({ page, shop }: Props): JSX.Element {
  const [typed, setTyped] = useState("");
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [found, setFound] = useState<StockItem | undefined>(undefined);

  function find(text: string) {
    const gtin = gtinIn(text);
    const item = gtin === undefined ? undefined : itemOf(page, gtin);
    setFound(item);
    if (gtin === undefined) return setTrouble("That is no complete number. It has 8, 12, 13 or 14 digits.");
    if (!item) return setTrouble(`No product of this shop has the number ${gtin}.`);
    setTrouble(undefined);
    const places = placesOf(page, item.sku);
    const [only] = places;
    if (only && places.length === 1) page.go(placeHref("count", only.shelf, only.plate, item.sku));
  }

  return (
    <div class="sheet count">
      <a class="b bare back" href="#shelves">
        <Icon name="arrow-left" />
        Shelves
      </a>
      <h1 class="d f4">What are you counting?</h1>
      <Camera onFound={find} />
      <form
        class="code-form"
        onSubmit={(event) => {
          event.preventDefault();
          find(typed);
        }}
      >
        <label>
          <span class="f1">The number under the barcode</span>
          <input
            class={`fld n ${trouble ? "err" : ""}`}
            inputMode="numeric"
            autocomplete="off"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="b go">
          Find
        </button>
      </form>
      {trouble && (
        <p class="f1 st-stop" role="alert">
          {trouble}
        </p>
      )}
      {found && <Places page={page} item={found} />}
      <h2 class="f1 qq">Or count a whole shelf</h2>
      <ul class="shelf-keys">
        {shop.shelves.map(({ id, name, plates: [first] }) => (
          <li key={id}>
            {first && (
              <a class="b" href={placeHref("count", id, first.plate, first.sku)} aria-label={`Count ${id}, ${name}`}>
                {id}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function itemOf(page: Page, gtin: string): StockItem | undefined {
  for (const item of page.stock.value.values()) if (sameGtin(item.gtin, gtin)) return item;
  return undefined;
}

/** Where it stands or belongs. */
function placesOf(page: Page, sku: string): Place[] {
  return page.shelves.value.flatMap(({ shelf, plates }) =>
    plates.filter((one) => one.sku === sku).map(({ plate, count }) => ({ shelf: shelf.id, plate, count })),
  );
}

function Places({ page, item }: { page: Page; item: StockItem }): JSX.Element {
  const places = placesOf(page, item.sku);
  const name = itemName(item, page.stock.value);
  if (places.length === 0) return <p class="f1">{name} belongs on no shelf. A manager can give it a place.</p>;
  return (
    <section>
      <h2 class="f1">
        <b>
          {name} stands in {places.length} places
        </b>
      </h2>
      <ul class="rows f1 n">
        {places.map(({ shelf, plate, count }) => (
          <li key={`${shelf}/${plate}`}>
            <a href={placeHref("count", shelf, plate, item.sku)}>
              <b>{shelf}</b>
              <span class="grow">Plate {plate}</span>
              <span class="q">{count ?? "not counted yet"}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The camera looks only while somebody wants it to, and its picture stays in the page. */
function Camera({ onFound }: { onFound(gtin: string): void }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [on, setOn] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const why = whyNoScan();
  useEffect(() => {
    if (!on || !video.current) return;
    let gone = false;
    let stop: (() => void) | undefined;
    scan(video.current, (gtin) => {
      setOn(false);
      onFound(gtin);
    }).then(
      (scanning) => {
        stop = scanning.stop;
        if (gone) stop();
      },
      () => {
        setOn(false);
        setTrouble("The camera did not open. Allow it for this page, or type the number.");
      },
    );
    return () => {
      gone = true;
      stop?.();
    };
  }, [on]);
  if (why) return <p class="f1 q">{why}</p>;
  return (
    <>
      {on && (
        <figure class="looking">
          <video ref={video} muted playsInline />
          <figcaption class="label">The camera is on. Nothing is kept.</figcaption>
        </figure>
      )}
      <button type="button" class={on ? "b wide" : "b go wide"} onClick={() => setOn(!on)}>
        {on ? "Switch the camera off" : "Scan a barcode"}
      </button>
      {trouble && (
        <p class="f1 st-stop" role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}
