import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Shop, StockItem } from "#wire/views.ts";
import { type Box, type Cell, drawingOf, type Group, layShelf, type ShelfLayout } from "../shelf-layout.ts";
import type { PlateView } from "../shelf-state.ts";
import { itemName } from "../words.ts";
import { type Direction, move, nextPlate, platesOf, remove, type Spot, step, widen } from "./draft.ts";
import type { Editor } from "./editor.ts";

type Props = {
  editor: Editor;
  shelf: Shop["shelves"][number];
  stock: ReadonlyMap<string, StockItem>;
  wide: boolean;
  /** Only managers move things. */
  mayEdit: boolean;
};
type Drag = { spot: Spot; pointer: number; from: Point; at: Point; isMoving: boolean };
type Point = { x: number; y: number };

/** A finger trembles: below this it is a tap. In units of the picture. */
const tapUnits = 7;
const arrows: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const widenBy = 0.05;

/** The shelf as it is planned: every place full. What is on it is dragged with a finger or moved by the arrow keys. */
export function EditedPicture({ editor, shelf, stock, wide, mayEdit }: Props): JSX.Element {
  const facings = platesOf(editor.shelves.value, shelf.id);
  // plates that were emptied here are still there
  const before = platesOf(editor.base.value?.shelves ?? [], shelf.id);
  const free = mayEdit ? nextPlate([...before, ...facings]) : undefined;
  const numbers = numbersOf([...before, ...facings], free);
  const views = viewsOf(facings, numbers, stock);
  const [width, height] = wide ? [760, 800] : [390, Math.max(220, Math.min(5, numbers.length) * 84)];
  const layout = layShelf(views, width, height);
  const drawn = layout.groups.filter(({ plate }) => plate.sku !== "");
  const picture = useRef<SVGSVGElement>(null);
  const { drag, handlers } = useDragging({ editor, shelf: shelf.id, layout, picture, mayEdit });
  const target = drag?.isMoving ? cellAt(layout, drag.at) : undefined;
  useFocusOnChosen(editor, shelf.id, picture);

  function press(event: KeyboardEvent, spot: Spot) {
    if (!mayEdit || event.altKey || event.ctrlKey || event.metaKey) return;
    const direction = arrows[event.key];
    if (direction) {
      const to = step(editor.shelves.value, spot, direction, { numbers, columns: layout.columns });
      editor.edit((shelves) => move(shelves, spot, to), landed(editor, spot, to));
    } else if (event.key === "+" || event.key === "=") editor.edit((shelves) => widen(shelves, spot, widenBy), spot);
    else if (event.key === "-") editor.edit((shelves) => widen(shelves, spot, -widenBy), spot);
    else if (event.key === "Delete") editor.edit((shelves) => remove(shelves, spot));
    else return;
    event.preventDefault();
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing is no fieldset
    <svg
      ref={picture}
      class={`shelf-picture planned ${mayEdit ? "mine" : ""}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid meet"
      role="group"
      aria-label={`Shelf ${shelf.id} as it is planned`}
      {...handlers}
    >
      <rect width={width} height={height} class="back" />
      <Furniture layout={layout} />
      {layout.cells.map((cell) => (
        <Plate
          key={cell.plate}
          cell={cell}
          words={cell.plate === free ? `New plate ${free}` : emptyWords(cell.plate, facings)}
          isTarget={cell.plate === target?.plate}
        />
      ))}
      {drawn.map((group) => {
        const spot: Spot = { shelf: shelf.id, plate: group.plate.plate, sku: group.plate.sku };
        const isChosen = isSpot(editor.chosen.value, spot);
        const isDragged = drag?.isMoving === true && isSpot(drag.spot, spot);
        const shift = isDragged ? `translate(${drag.at.x - drag.from.x} ${drag.at.y - drag.from.y})` : undefined;
        return (
          // biome-ignore lint/a11y/useSemanticElements: a drawing cannot hold a button
          <g
            key={`${spot.plate}/${spot.sku}`}
            class={`place ${isChosen ? "chosen" : ""} ${isDragged ? "dragged" : ""}`}
            data-spot={`${spot.plate}/${spot.sku}`}
            role="button"
            tabIndex={0}
            aria-pressed={isChosen}
            aria-label={placeWords(group.plate, stock, mayEdit)}
            {...(shift ? { transform: shift } : {})}
            onKeyDown={(event) => press(event, spot)}
            onFocus={() => {
              editor.chosen.value = spot;
            }}
          >
            <Place group={group} isChosen={isChosen} />
          </g>
        );
      })}
    </svg>
  );
}

/** Every plate up to the last one, and one more where there may be. */
function numbersOf(known: readonly { plate: number }[], free: number | undefined): number[] {
  const last = free ?? Math.max(0, ...known.map(({ plate }) => plate));
  return Array.from({ length: last }, (_, at) => at + 1);
}

/** Full places, and an empty one on each plate that has nothing, so that it can be filled. */
function viewsOf(
  facings: ReturnType<typeof platesOf>,
  numbers: number[],
  stock: ReadonlyMap<string, StockItem>,
): PlateView[] {
  // drawn as its neighbours are, so that a rail stays a rail
  const neighbour = stock.get(facings[0]?.sku ?? "");
  return numbers.flatMap((plate): PlateView[] => {
    const here = facings.filter((one) => one.plate === plate);
    if (here.length === 0) return [{ ...nothing, plate, item: neighbour }];
    return here.map((one) => ({ ...nothing, ...one, item: stock.get(one.sku), count: one.capacity }));
  });
}

const nothing = { sku: "", count: 0, capacity: 1, minimum: 0, confidence: 1, state: "fine" } as const;

function emptyWords(plate: number, facings: readonly { plate: number }[]): string | undefined {
  return facings.some((one) => one.plate === plate) ? undefined : `Plate ${plate}, nothing`;
}

function Furniture({ layout }: { layout: ShelfLayout }): JSX.Element {
  const { width, height, boards } = layout;
  return (
    <>
      {boards.map(({ y, rail }) =>
        rail ? (
          <rect key={y} x={0} y={y} width={width} height={5} class="rail" />
        ) : (
          <rect key={y} x={0} y={y} width={width} height={12} class="board" />
        ),
      )}
      <rect width={14} height={height} class="post" />
      <rect x={width - 14} width={14} height={height} class="post" />
    </>
  );
}

/** `words` where nothing stands on it. */
function Plate(props: { cell: Cell; words: string | undefined; isTarget: boolean }): JSX.Element {
  const { cell, words, isTarget } = props;
  const { x, y, width, height } = cell.box;
  return (
    <g class={`plate ${words ? "free" : ""} ${isTarget ? "target" : ""}`}>
      <rect x={x - 8} y={y + 3} width={width + 14} height={height - 10} />
      {words && (
        <text x={x + width / 2} y={y + height / 2 + 2}>
          {words}
        </text>
      )}
    </g>
  );
}

function Place({ group, isChosen }: { group: Group; isChosen: boolean }): JSX.Element {
  const { box, plate } = group;
  const words = box.width > 96 ? `Room for ${plate.capacity}` : String(plate.capacity);
  const above = group.label === "below" ? box.y + box.height : box.y - 26;
  return (
    <>
      <g>
        {group.copies.map(({ x, y, scale }) => (
          <g
            key={`${x} ${y}`}
            transform={`translate(${x} ${y}) scale(${scale})`}
            dangerouslySetInnerHTML={{ __html: drawingOf(plate).body }}
          />
        ))}
      </g>
      {/* the whole place takes the finger, also between the goods */}
      <rect class="hold" {...grown(box, 4)} />
      {isChosen && <rect class="touched" {...grown(box, 5)} />}
      <g class="group" transform={`translate(${box.x} ${Math.max(0, above)})`}>
        <rect class="tag" width={words.length * 8 + 14} height={24} />
        <text x={8} y={17}>
          {words}
        </text>
      </g>
    </>
  );
}

const grown = ({ x, y, width, height }: Box, by: number) => ({
  ...{ x: x - by, y: y - by, width: Math.max(36, width + 2 * by), height: height + 2 * by },
});

function placeWords(plate: PlateView, stock: ReadonlyMap<string, StockItem>, mayEdit: boolean): string {
  const name = plate.item ? itemName(plate.item, stock) : plate.sku;
  const share = plate.width === undefined ? "" : `, ${Math.round(plate.width * 100)} % wide`;
  const keys = mayEdit ? " Arrow keys move it, plus and minus make it wider or narrower." : "";
  return `${name}, plate ${plate.plate}, room for ${plate.capacity}, filled at ${plate.minimum}${share}.${keys}`;
}

/** A finger or a mouse carries a place to another plate, or to another spot on its own. */
function useDragging(options: {
  editor: Editor;
  shelf: string;
  layout: ShelfLayout;
  picture: { readonly current: SVGSVGElement | null };
  mayEdit: boolean;
}) {
  const { editor, shelf, layout, picture, mayEdit } = options;
  const [drag, setDrag] = useState<Drag | undefined>(undefined);
  const pointAt = (event: PointerEvent): Point => {
    const matrix = picture.current?.getScreenCTM()?.inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return { x, y };
  };
  const spotOf = (event: PointerEvent): Spot | undefined => {
    const found = event.target instanceof Element ? event.target.closest("[data-spot]") : null;
    const [plate, ...sku] = found?.getAttribute("data-spot")?.split("/") ?? [];
    return plate === undefined ? undefined : { shelf, plate: Number(plate), sku: sku.join("/") };
  };
  const handlers = {
    onPointerDown(event: PointerEvent) {
      const spot = event.button === 0 ? spotOf(event) : undefined;
      if (!spot) return;
      editor.chosen.value = spot;
      if (!mayEdit) return;
      picture.current?.setPointerCapture(event.pointerId);
      const from = pointAt(event);
      setDrag({ spot, pointer: event.pointerId, from, at: from, isMoving: false });
    },
    onPointerMove(event: PointerEvent) {
      if (!drag || event.pointerId !== drag.pointer) return;
      const at = pointAt(event);
      const far = Math.hypot(at.x - drag.from.x, at.y - drag.from.y) > tapUnits;
      setDrag({ ...drag, at, isMoving: drag.isMoving || far });
    },
    onPointerUp(event: PointerEvent) {
      if (!drag || event.pointerId !== drag.pointer) return;
      setDrag(undefined);
      const at = pointAt(event);
      const cell = drag.isMoving ? cellAt(layout, at) : undefined;
      if (!cell) return;
      const to = { shelf, plate: cell.plate, index: indexAt(layout, cell, at, drag.spot) };
      editor.edit((shelves) => move(shelves, drag.spot, to), landed(editor, drag.spot, to));
    },
    onPointerCancel() {
      setDrag(undefined);
    },
  };
  return { drag, handlers };
}

/** Where it stands after a move: where it was, if the same product is on that plate already. */
function landed(editor: Editor, spot: Spot, to: { plate: number }): Spot {
  const isTaken =
    to.plate !== spot.plate &&
    platesOf(editor.shelves.value, spot.shelf).some(({ plate, sku }) => plate === to.plate && sku === spot.sku);
  return isTaken ? spot : { ...spot, plate: to.plate };
}

function cellAt({ cells, width, height }: ShelfLayout, { x, y }: Point): Cell | undefined {
  if (x < 0 || y < 0 || x > width || y > height) return undefined;
  // the nearest one: the posts belong to the plates beside them
  const distance = ({ box }: Cell) =>
    Math.hypot(Math.max(box.x - x, 0, x - box.x - box.width), Math.max(box.y - y, 0, y - box.y - box.height));
  return cells.reduce<Cell | undefined>(
    (best, cell) => (best && distance(best) <= distance(cell) ? best : cell),
    undefined,
  );
}

/** Behind all that stand left of the point; the one that is carried does not count. */
function indexAt({ groups }: ShelfLayout, { plate: number }: Cell, { x }: Point, spot: Spot): number {
  return groups.filter(({ plate, box }) => {
    const isSelf = plate.plate === spot.plate && plate.sku === spot.sku;
    return plate.plate === number && plate.sku !== "" && !isSelf && box.x + box.width / 2 < x;
  }).length;
}

/** A place that the keys have moved is another drawing: the focus goes with it. */
function useFocusOnChosen(editor: Editor, shelf: string, picture: { readonly current: SVGSVGElement | null }) {
  const { value: chosen } = editor.chosen;
  useEffect(() => {
    const { activeElement } = document;
    const isHere = activeElement === document.body || picture.current?.contains(activeElement);
    if (chosen?.shelf !== shelf || !isHere) return;
    const spot = `${chosen.plate}/${chosen.sku}`;
    const drawn = [...(picture.current?.querySelectorAll<SVGGElement>("[data-spot]") ?? [])];
    drawn.find((one) => one.dataset.spot === spot)?.focus();
  }, [chosen, shelf, picture]);
}

const isSpot = (one: Spot | undefined, other: Spot) =>
  one?.shelf === other.shelf && one.plate === other.plate && one.sku === other.sku;
