import type { JSX } from "preact";
import { drawingOf, type Group, layShelf } from "./shelf-layout.ts";
import type { PlateView, ShelfView } from "./shelf-state.ts";

type Framed = { plate: number; sku?: string };

type Props = {
  view: ShelfView;
  wide: boolean;
  /** A plate, or one product on it. */
  framed?: Framed | undefined;
  /** Only the board of what is framed, where there is little room. */
  near?: boolean;
};

/** Above and below a group, so that its label and its board are seen. */
const nearRoom = { above: 36, below: 26 };

/** The shelf as it stands, drawn from its counts: each group with its outline and "7 of 8". */
export function ShelfPicture({ view, wide, framed, near = false }: Props): JSX.Element {
  const plateCount = new Set(view.plates.map(({ plate }) => plate)).size;
  const [width, height] = wide ? [760, 800] : [390, Math.max(220, Math.min(4, plateCount) * 94)];
  const { groups, boards } = layShelf(view.plates, width, height);
  const box = near ? groups.find((group) => isFramed(group, framed))?.box : undefined;
  const [top, seen] = box ? [box.y - nearRoom.above, box.height + nearRoom.above + nearRoom.below] : [0, height];
  return (
    <svg
      class="shelf-picture"
      viewBox={`0 ${top} ${width} ${seen}`}
      preserveAspectRatio="xMidYMid meet"
      role="img"
      aria-label={`Shelf ${view.shelf.id}: ${groups.map(groupWords).join(", ")}`}
    >
      <rect y={Math.min(0, top)} width={width} height={height - Math.min(0, top)} class="back" />
      {boards.map(({ y, rail }) =>
        rail ? (
          <rect key={y} x={0} y={y} width={width} height={5} class="rail" />
        ) : (
          <g key={y}>
            <rect x={0} y={y} width={width} height={12} class="board" />
            <rect x={0} y={y + 12} width={width} height={9} class="shade" />
          </g>
        ),
      )}
      <rect width={14} height={height} class="post" />
      <rect x={width - 14} width={14} height={height} class="post" />
      {groups.map((group) => (
        <Goods key={keyOf(group)} group={group} />
      ))}
      {groups.map((group) => (
        <Outline key={keyOf(group)} group={group} framed={isFramed(group, framed)} />
      ))}
    </svg>
  );
}

const isFramed = ({ plate }: Group, framed: Framed | undefined) =>
  framed?.plate === plate.plate && (framed.sku === undefined || framed.sku === plate.sku);

const keyOf = ({ plate: { plate, sku } }: Group) => `${plate}/${sku}`;

function Goods({ group }: { group: Group }): JSX.Element {
  const { body } = drawingOf(group.plate);
  return (
    <g>
      {group.copies.map(({ x, y, scale }) => (
        <g
          key={`${x} ${y}`}
          transform={`translate(${x} ${y}) scale(${scale})`}
          dangerouslySetInnerHTML={{ __html: body }}
        />
      ))}
    </g>
  );
}

function Outline({ group, framed }: { group: Group; framed: boolean }): JSX.Element {
  const { box, plate } = group;
  const words = labelWords(plate);
  const labelWidth = words.length * 7.4 + 18;
  return (
    <g class={`group ${plate.stray ? "stray" : plate.state}`}>
      <rect class="under" x={box.x} y={box.y} width={box.width} height={box.height} />
      <rect class="over" x={box.x} y={box.y} width={box.width} height={box.height} />
      {framed && <rect class="touched" x={box.x - 6} y={box.y - 6} width={box.width + 12} height={box.height + 12} />}
      <g transform={`translate(${labelAt(group)})`}>
        <rect class="tag" width={labelWidth} height={26} />
        <text x={9} y={18}>
          {words}
        </text>
      </g>
    </g>
  );
}

function labelAt({ box, label }: Group): string {
  if (label === "beside") return `${box.x + box.width + 6} ${box.y + box.height / 2 - 13}`;
  return `${box.x} ${label === "below" ? box.y + box.height : box.y - 26}`;
}

function labelWords({ count, capacity, stray, doubted }: PlateView): string {
  if (stray) return count === 1 ? "Not from here" : `${count} not from here`;
  if (count === undefined) return "Not counted yet";
  const words = count === 0 ? `Empty, 0 of ${capacity}` : `${count} of ${capacity}`;
  return doubted ? `${words}?` : words;
}

function groupWords({ plate }: Group): string {
  const name = plate.item?.name ?? plate.sku;
  if (plate.stray) return `${name} ${plate.count}, which does not belong here`;
  return `${name} ${plate.count ?? "unknown"} of ${plate.capacity}${plate.doubted ? ", something changed" : ""}`;
}
