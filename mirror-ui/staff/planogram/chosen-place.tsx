import type { JSX } from "preact";
import type { Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import { facingAt, limits, move, nextPlate, platesOf, remove, resize, type Spot, widen } from "./draft.ts";
import type { Editor } from "./editor.ts";

type Props = { shop: Shop; editor: Editor; spot: Spot };

/** What can be done to one place: how many, where to, how wide, away. */
export function ChosenPlace({ shop, editor, spot }: Props): JSX.Element | null {
  const shelves = editor.shelves.value;
  const facing = facingAt(shelves, spot);
  if (!facing) return null;
  const { capacity, minimum, width } = facing;
  const set = (next: { capacity?: number; minimum?: number }) =>
    editor.edit((before) => resize(before, spot, next), spot);
  const onPlate = platesOf(shelves, spot.shelf).filter(({ plate }) => plate === spot.plate);
  const share = Math.round((width ?? 1 / onPlate.length) * 100);
  return (
    <div class="chosen-place">
      <Stepper
        name="Room for"
        value={capacity}
        least={1}
        most={limits.capacity}
        set={(next) => set({ capacity: next })}
      />
      <Stepper name="Filled at" value={minimum} least={0} most={capacity - 1} set={(next) => set({ minimum: next })} />
      {onPlate.length > 1 && (
        <Stepper
          name="Width"
          value={share}
          unit=" %"
          least={5}
          most={95}
          by={5}
          set={(next) => editor.edit((before) => widen(before, spot, (next - share) / 100), spot)}
        />
      )}
      <MoveTo shop={shop} editor={editor} spot={spot} />
      <button
        type="button"
        class="b wide"
        onClick={() => {
          editor.edit((before) => remove(before, spot));
          editor.chosen.value = undefined;
        }}
      >
        <Icon name="x" />
        Take it off this plate
      </button>
    </div>
  );
}

function MoveTo({ shop, editor, spot }: Props): JSX.Element {
  const shelves = editor.shelves.value;
  const here = `${spot.shelf}/${spot.plate}`;
  return (
    <label class="sel">
      <span class="f1 q">Stands on</span>
      <select
        class="fld"
        value={here}
        onChange={(event) => {
          const [shelf = "", plate = ""] = event.currentTarget.value.split("/");
          const to = { shelf, plate: Number(plate) };
          editor.edit((before) => move(before, spot, to), { ...spot, ...to });
        }}
      >
        {shop.shelves.map(({ id, name }) => {
          const plates = platesOf(shelves, id);
          const free = nextPlate(plates);
          const numbers = [...new Set(plates.map(({ plate }) => plate))];
          return (
            <optgroup key={id} label={`${id}, ${name}`}>
              {[...numbers, ...(free === undefined ? [] : [free])].map((plate) => {
                const value = `${id}/${plate}`;
                const isTaken = value !== here && facingAt(shelves, { shelf: id, plate, sku: spot.sku }) !== undefined;
                return (
                  <option key={plate} value={value} disabled={isTaken}>
                    {id}, {plate === free ? `new plate ${plate}` : `plate ${plate}`}
                    {isTaken ? ": stands there too" : ""}
                  </option>
                );
              })}
            </optgroup>
          );
        })}
      </select>
    </label>
  );
}

type StepperProps = {
  name: string;
  value: number;
  unit?: string;
  least: number;
  most: number;
  by?: number;
  set(next: number): void;
};

function Stepper({ name, value, unit = "", least, most, by = 1, set }: StepperProps): JSX.Element {
  const label = name.toLowerCase();
  return (
    // biome-ignore lint/a11y/useSemanticElements: three controls in a row are no fieldset
    <div class="amount" role="group" aria-label={name}>
      <span class="f1 q grow">{name}</span>
      <button
        type="button"
        class="b sq"
        aria-label={`Less, ${label}`}
        disabled={value <= least}
        onClick={() => set(Math.max(least, value - by))}
      >
        <Icon name="minus" />
      </button>
      <output class="n f3" aria-live="polite">
        {value}
        {unit}
      </output>
      <button
        type="button"
        class="b sq"
        aria-label={`More, ${label}`}
        disabled={value >= most}
        onClick={() => set(Math.min(most, value + by))}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}
