import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import { Doing, Refused } from "../devices/screen.tsx";
import type { Page } from "../page.ts";
import { itemName, staffName } from "../words.ts";
import { changeWords } from "./change-words.ts";
import type { Editor } from "./editor.ts";

const shownAtMost = 3;

/** What will change, before it does; and what to do when somebody else was faster. */
export function Saving({ page, shop, editor }: { page: Page; shop: Shop; editor: Editor }): JSX.Element {
  const [note, setNote] = useState("");
  const [isOpen, setOpen] = useState(false);
  const stock = page.stock.value;
  const nameOf = (sku: string) => {
    const item = stock.get(sku);
    return item ? itemName(item, stock) : sku;
  };
  const base = editor.base.value?.shelves ?? [];
  const changes = changeWords(base, editor.shelves.value, nameOf);
  const shown = isOpen ? changes : changes.slice(0, shownAtMost);
  const other = editor.overtakenBy.value;
  return (
    <section aria-label="Not saved yet">
      {other && (
        <div class="overtaken" role="status">
          <p class="f1">
            <b>
              {other.by === "file" ? "The shop’s file" : staffName(other.by, shop)} saved version {other.version}{" "}
              meanwhile.
            </b>{" "}
            Yours is kept here.
          </p>
          <button type="button" class="b wide" onClick={editor.putOnTop}>
            Put mine on top of it
          </button>
        </div>
      )}
      <Refused trouble={editor.trouble.value} />
      <ul class="f1 changes">
        {shown.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      {changes.length > shownAtMost && (
        <button type="button" class="b bare" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Fewer" : `All ${changes.length} changes`}
        </button>
      )}
      <label>
        <span class="hidden">Why, for the others</span>
        <input
          class="fld"
          placeholder="Why, for the others"
          maxLength={200}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <div class="ways-out">
        <button type="button" class="b" onClick={editor.throwAway}>
          Throw away
        </button>
        <Doing
          busy={editor.busy.value}
          doing="Saving"
          disabled={other !== undefined}
          onClick={() => void editor.save(note).then(() => editor.isChanged.value || setNote(""))}
        >
          Save
        </Doing>
      </div>
    </section>
  );
}
