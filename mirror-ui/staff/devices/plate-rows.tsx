import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import type { Page } from "../page.ts";
import { ShelfPicture } from "../shelf-picture.tsx";
import { itemName } from "../words.ts";
import { withUnit } from "./chart-line.ts";
import type { LivePlate } from "./live-plates.ts";

type Live = { plates: LivePlate[]; moved: number | undefined };
type PlateName = { plate: number; name: string };

/** Before the shelf is known: which scale is this? The one that moves under the hand. */
export function LiveRow({ live, shop }: { live: Live; shop: Shop }): JSX.Element {
  return (
    <section class="live" aria-label="What it feels now">
      <p>
        <b>Put something on the scale now.</b>{" "}
        <span class="q">
          {live.plates.length === 0 ? "Its grams will stand here." : "If the grams move, it is this one."}
        </span>
      </p>
      <ul class="n">
        {live.plates.map(({ plate, grams }) => (
          <li key={plate} class={plate === live.moved ? "moved" : ""}>
            <span class="f1 q">Plate {plate}</span>
            <b>{withUnit(grams, "g", shop.locale)}</b>
          </li>
        ))}
      </ul>
      <p class="hidden" role="status">
        {live.moved !== undefined && `Plate ${live.moved} moves.`}
      </p>
    </section>
  );
}

/** Each plate of the scale with its grams, and the plate of the shelf it weighs. */
export function PlateRows(props: {
  live: Live;
  shop: Shop;
  plates: Record<string, number>;
  choices: PlateName[];
  change(own: number, to: number | undefined): void;
}): JSX.Element {
  const { live, shop, plates, choices, change } = props;
  return (
    <ul class="rows plate-rows n">
      {live.plates.map(({ plate, grams }) => (
        <li key={plate} class={plate === live.moved ? "moved" : ""}>
          <label>
            <span class="own">
              <b>Plate {plate}</b>
              <span class="line f1 q">{withUnit(grams, "g", shop.locale)}</span>
            </span>
            <span class="sel">
              <select
                class="fld"
                aria-label={`Plate ${plate} of the scale weighs`}
                value={plates[plate] ?? ""}
                onChange={({ currentTarget: { value } }) => change(plate, value === "" ? undefined : Number(value))}
              >
                {choices.map((choice) => (
                  <option key={choice.plate} value={choice.plate}>
                    {choice.plate}: {choice.name}
                  </option>
                ))}
                <option value="">nothing of this shelf</option>
              </select>
            </span>
          </label>
        </li>
      ))}
    </ul>
  );
}

/** The shelf as a picture, and what stands on its plates. */
export function usePlateShelf(page: Page, shelfId: string) {
  const view = page.shelves.value.find(({ shelf }) => shelf.id === shelfId);
  if (!view) return undefined;
  const names = view.plates.map(({ plate, item, sku }): PlateName => {
    return { plate, name: item ? itemName(item, page.stock.value) : sku };
  });
  return {
    names,
    picture: (framed: number | undefined) => (
      <ShelfPicture view={view} wide={page.wide.value} framed={framed === undefined ? undefined : { plate: framed }} />
    ),
  };
}
