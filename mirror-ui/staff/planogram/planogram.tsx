import "../devices/devices.css";
import "./planogram.css";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import { Refused, Screen, Title, Waiting } from "../devices/screen.tsx";
import type { Page } from "../page.ts";
import { itemName } from "../words.ts";
import { AddProduct } from "./add-product.tsx";
import { ChosenPlace } from "./chosen-place.tsx";
import { facingAt, platesOf } from "./draft.ts";
import { EditedPicture } from "./edited-picture.tsx";
import { type Editor, editorOf } from "./editor.ts";
import { Saving } from "./saving.tsx";
import { Table } from "./table.tsx";
import { versionWords } from "./version-words.ts";
import { Versions } from "./versions.tsx";

type Props = { page: Page; shop: Shop };
type ShelfProps = Props & { editor: Editor; shelf: Shop["shelves"][number] };

/** Where everything belongs: a shelf's picture to drag on, and beside it what is chosen, what changes, and what was before. */
export function PlanogramPage({ page, shop }: Props): JSX.Element {
  const editor = editorOf(page);
  const route = page.route.value;
  const id = route.view === "planogram" ? route.shelf : undefined;
  const shelf = shop.shelves.find((one) => one.id === id) ?? shop.shelves[0];
  const live = editor.live.value;
  const mayEdit = page.manages.value;
  useEffect(editor.ask, [editor]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (editor.isChanged.value) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [editor]);
  const back = { href: "/staff#shelves", name: "Shelves" };
  if (!shelf || !live) {
    return (
      <Screen page={page} shop={shop} back={back}>
        <div class="list">
          <Title>Where everything belongs</Title>
          {shelf ? <Waiting words="The planogram is on its way." /> : <p class="q">The shop has no shelves yet.</p>}
          <Refused trouble={editor.trouble.value} />
        </div>
      </Screen>
    );
  }
  const picture = (
    <EditedPicture
      editor={editor}
      shelf={shelf}
      stock={page.stock.value}
      wide={page.wide.value}
      mayEdit={mayEdit}
      key={shelf.id}
    />
  );
  const foot = mayEdit && editor.isChanged.value ? <Saving page={page} shop={shop} editor={editor} /> : undefined;
  return (
    <Screen page={page} shop={shop} back={back} pane={picture} paneSize="tall" foot={foot}>
      <div class="list planogram">
        <Title>Where everything belongs</Title>
        <p class="f1 q">{versionWords(live, shop)}</p>
        <ShelfChoice page={page} shop={shop} shelf={shelf} />
        {!mayEdit && <p class="f1 q">Managers change it. You see it as it is.</p>}
        <Places page={page} shop={shop} editor={editor} shelf={shelf} />
        {mayEdit && <AddProduct page={page} editor={editor} shelf={shelf} />}
        <Versions page={page} shop={shop} editor={editor} mayEdit={mayEdit} />
        <Table editor={editor} mayEdit={mayEdit} />
      </div>
    </Screen>
  );
}

function ShelfChoice({ page, shop, shelf }: Props & { shelf: Shop["shelves"][number] }): JSX.Element {
  return (
    <label class="sel shelf-choice">
      <span class="hidden">Shelf</span>
      <select
        class="fld"
        value={shelf.id}
        onChange={(event) => page.go(`/staff/planogram/${encodeURIComponent(event.currentTarget.value)}`)}
      >
        {shop.shelves.map(({ id, name, fixture, level }) => (
          <option key={id} value={id}>
            {id}, {name}
            {fixture === undefined ? "" : ` (${fixture}${level === undefined ? "" : `, board ${level}`})`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What stands here, plate by plate; the chosen one with what can be done to it. */
function Places({ page, shop, editor, shelf }: ShelfProps): JSX.Element {
  const facings = platesOf(editor.shelves.value, shelf.id);
  const { value: chosen } = editor.chosen;
  const isChosen = chosen && facingAt(editor.shelves.value, chosen) && chosen.shelf === shelf.id;
  return (
    <>
      {facings.length === 0 && <p class="q none">Nothing belongs on this shelf.</p>}
      <ul class="rows f1 places">
        {facings.map(({ plate, sku, capacity, minimum }) => {
          const item = page.stock.value.get(sku);
          const isOn = isChosen && chosen.plate === plate && chosen.sku === sku;
          const spot = { shelf: shelf.id, plate, sku };
          return (
            <li key={`${plate}/${sku}`} class={isOn ? "on" : ""}>
              <button
                type="button"
                class="pick"
                aria-expanded={isOn === true}
                onClick={() => {
                  editor.chosen.value = isOn ? undefined : spot;
                }}
              >
                <b class="n plate-number">{plate}</b>
                <span class="grow">{item ? itemName(item, page.stock.value) : sku}</span>
                <span class="q n">
                  {capacity}, filled at {minimum}
                </span>
              </button>
              {isOn && page.manages.value && <ChosenPlace shop={shop} editor={editor} spot={spot} />}
            </li>
          );
        })}
      </ul>
    </>
  );
}
