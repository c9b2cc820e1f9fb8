import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Shop, StockItem } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { itemName } from "../words.ts";
import { add, facingAt, nextPlate, platesOf } from "./draft.ts";
import type { Editor } from "./editor.ts";

const shownAtMost = 8;

/** A product joins the shelf: found by name, SKU or barcode, put on a plate by touch and dragged from there. */
export function AddProduct(props: { page: Page; editor: Editor; shelf: Shop["shelves"][number] }): JSX.Element {
  const { page, editor, shelf } = props;
  const [text, setText] = useState("");
  const [plate, setPlate] = useState<number | undefined>(undefined);
  const stock = page.stock.value;
  const facings = platesOf(editor.shelves.value, shelf.id);
  const numbers = [...new Set(facings.map((one) => one.plate))];
  const free = nextPlate(facings);
  const chosen = plate !== undefined && numbers.includes(plate) ? plate : (free ?? numbers[0] ?? 1);
  const found = find(text, stock);
  return (
    <section class="part">
      <h2 class="f2">
        <b>Add a product</b>
      </h2>
      <div class="add-fields">
        <label class="seek">
          <span class="hidden">Name, SKU or barcode of the product</span>
          <Icon name="search" />
          <input
            class="fld"
            type="search"
            placeholder="Name, SKU or barcode"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <label class="sel">
          <span class="hidden">On which plate</span>
          <select class="fld" value={String(chosen)} onChange={(event) => setPlate(Number(event.currentTarget.value))}>
            {numbers.map((one) => (
              <option key={one} value={one}>
                Plate {one}
              </option>
            ))}
            {free !== undefined && <option value={free}>New plate {free}</option>}
          </select>
        </label>
      </div>
      {text.trim() !== "" && (
        <ul class="rows f1 places" aria-label="Products found">
          {found.slice(0, shownAtMost).map((item) => {
            const spot = { shelf: shelf.id, plate: chosen, sku: item.sku };
            const isThere = facingAt(editor.shelves.value, spot) !== undefined;
            return (
              <li key={item.sku}>
                <button
                  type="button"
                  class="pick"
                  disabled={isThere}
                  onClick={() => {
                    editor.edit((before) => add(before, spot), spot);
                    setText("");
                  }}
                >
                  <Icon name={isThere ? "check" : "plus"} />
                  <span class="grow">{itemName(item, stock)}</span>
                  <span class="q">{isThere ? `stands on plate ${chosen}` : item.sku}</span>
                </button>
              </li>
            );
          })}
          {found.length === 0 && <li class="q none">No product is called so.</li>}
          {found.length > shownAtMost && <li class="q none">And {found.length - shownAtMost} more. Write on.</li>}
        </ul>
      )}
    </section>
  );
}

function find(text: string, stock: ReadonlyMap<string, StockItem>): StockItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return [...stock.values()].filter(({ sku, gtin, name, size = "", colour = "" }) => {
    const all = `${sku} ${gtin} ${name} ${size} ${colour}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
