import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Icon } from "../look/icons.tsx";
import { clockTime } from "../look/time.ts";
import { isHeld } from "../store.ts";
import { AlertActions } from "./alert-actions.tsx";
import type { Page } from "./page.ts";
import { placeHref } from "./route.ts";
import { evidenceWords, type PlateView, type ShelfView, shelfWords, sureWords } from "./shelf-state.ts";
import { itemName } from "./words.ts";

type Props = { page: Page; shop: Shop };

/** Every shelf by the place it stands in. */
export function ShelfList({ page, shop }: Props): JSX.Element {
  const shelves = page.shelves.value;
  const held = [...page.reservations.value.values()].filter(isHeld).length;
  return (
    <div class="list">
      <h1 class="d f4">Shelves</h1>
      <p class="fit ways-on">
        <a class="b" href="#count">
          Count
        </a>
        <a class="b" href="#held">
          {held > 0 ? `Held, ${held}` : "Held"}
        </a>
        <a class="b" href="#day">
          The day
        </a>
        <a class="b" href="/staff/planogram">
          Planogram
        </a>
      </p>
      {shop.zones.map((zone) => {
        const here = shelves.filter(({ shelf }) => shelf.zone === zone.id);
        if (here.length === 0) return null;
        return (
          <section key={zone.id}>
            <h2 class="f1 qq">{zone.name}</h2>
            <ul class="rows f1 n">
              {here.map((view) => (
                <li key={view.shelf.id}>
                  <a href={`#shelf/${encodeURIComponent(view.shelf.id)}`}>
                    <span class={`mark ${view.state}`} />
                    <b>{view.shelf.id}</b>
                    <span class="grow">{view.shelf.name}</span>
                    <span class="q">{shelfWords(view)}</span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

/** One shelf in words and numbers: what should stand there, what does, and how sure that is. */
export function ShelfSheet({ page, shop, view }: Props & { view: ShelfView }): JSX.Element {
  const ids = shop.shelves.map(({ id }) => id);
  const at = ids.indexOf(view.shelf.id);
  const alert = page.ranked.value.find(
    (one) => one.shelf === view.shelf.id || one.deviceId === (view.shelf.device ?? view.shelf.id),
  );
  const [first] = view.plates;
  return (
    <div class="sheet">
      <div class="row sp top-row">
        <a class="b bare" href="#shelves">
          <Icon name="arrow-left" />
          Shelves
        </a>
        <span class="row">
          <Neighbour id={ids[at - 1]} side="before" />
          <Neighbour id={ids[at + 1]} side="after" />
        </span>
      </div>
      <h1 class="d f5">{shelfTitle(view)}</h1>
      <p class="q">
        {view.shelf.name}. {changedWords(page, view, shop)}
      </p>
      <table class="goods f1 n">
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">State</span>
            </th>
            <th scope="col">Product</th>
            <th scope="col" class="r">
              Here
            </th>
            <th scope="col" class="r">
              How sure
            </th>
          </tr>
        </thead>
        <tbody>
          {view.plates.map((plate) => (
            <tr key={`${plate.plate}/${plate.sku}`}>
              <td class="m">
                <span
                  class={`mark ${plate.state}`}
                  role="img"
                  aria-label={plate.stray ? "out of place" : stateWords[plate.state]}
                />
              </td>
              <td>
                {plate.state === "stop" ? <b>{plateName(page, plate)}</b> : plateName(page, plate)}
                <PlateNotes plate={plate} shop={shop} />
              </td>
              <td class="r">
                {plate.count ?? "–"}
                {!plate.stray && ` of ${plate.capacity}`}
              </td>
              <td class="r s">
                <Sure plate={plate} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="foot">
        {first && (
          <a class="b wide" href={placeHref("count", view.shelf.id, first.plate, first.sku)}>
            Count this shelf
          </a>
        )}
        {alert && <AlertActions page={page} shop={shop} alert={alert} />}
      </div>
    </div>
  );
}

/** What there is to know of a count: where it belongs if not here, what is held, and who says so. */
function PlateNotes({ plate, shop }: { plate: PlateView; shop: Shop }): JSX.Element {
  const { item, stray, sku, doubted, evidence } = plate;
  const home = stray && shop.shelves.find(({ plates }) => plates.some((one) => one.sku === sku));
  return (
    <>
      {stray && <span class="q line">{home ? `Belongs on ${home.id}` : "Belongs nowhere in the shop"}</span>}
      {!stray && item !== undefined && item.reserved > 0 && <span class="q line">{item.reserved} kept aside</span>}
      {doubted && <span class="q line">Something changed here</span>}
      {evidence && <span class="qq line">{evidenceWords(evidence, shop)}</span>}
    </>
  );
}

function Sure({ plate }: { plate: PlateView }): JSX.Element {
  if (plate.count === undefined) return <span class="qq">not counted yet</span>;
  const percent = Math.round(plate.confidence * 100);
  return (
    <>
      <span class="qq">{sureWords(percent / 100)}</span> {percent} %
      <span class="conf">
        <i style={{ inlineSize: `${percent}%` }} />
      </span>
    </>
  );
}

const stateWords = { stop: "empty", wait: "low", fine: "full", unseen: "not sure" };

function Neighbour({ id, side }: { id: string | undefined; side: "before" | "after" }): JSX.Element | null {
  if (!id) return null;
  return (
    <a
      class="b bare"
      href={`#shelf/${encodeURIComponent(id)}`}
      aria-label={side === "before" ? `Shelf before, ${id}` : `Next shelf, ${id}`}
    >
      {side === "before" && <Icon name="chevron-left" />}
      {id}
      {side === "after" && <Icon name="chevron-right" />}
    </a>
  );
}

/** "C1 has one gap", "C1 runs low", "C1 has enough". */
export function shelfTitle({ shelf, plates: all, answers }: ShelfView): string {
  const plates = all.filter(({ stray }) => !stray);
  if (!answers) return `${shelf.id} does not answer`;
  const gaps = plates.filter(({ state }) => state === "stop").length;
  if (gaps === 1) return `${shelf.id} has one gap`;
  if (gaps > 1) return `${shelf.id} has ${gaps} gaps`;
  if (plates.some(({ state }) => state === "wait")) return `${shelf.id} runs low`;
  if (plates.some(({ state }) => state === "unseen")) return `${shelf.id} is not sure`;
  return plates.length < all.length ? `${shelf.id} has a stray` : `${shelf.id} has enough`;
}

function plateName(page: Page, { item, sku }: PlateView): string {
  return item ? itemName(item, page.stock.value) : sku;
}

function changedWords(page: Page, view: ShelfView, shop: Shop): string {
  if (!view.answers) {
    const seen = page.devices.value.get(view.shelf.device ?? view.shelf.id)?.lastSeenAt;
    return seen ? `The counts are from ${clockTime(seen, shop)}.` : "The counts may be old.";
  }
  const last = Math.max(0, ...view.plates.map(({ item }) => item?.at ?? 0));
  return last > 0 ? `Counted by weight, last change ${clockTime(last, shop)}.` : "Nothing was counted yet.";
}
