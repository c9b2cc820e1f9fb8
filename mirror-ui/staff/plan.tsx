import { type ComponentChildren, h, type JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Alert, Shop } from "#wire/views.ts";
import { type FloorShape, plainFloor, readFloor } from "./floor-drawing.ts";
import { heatSteps } from "./heat.ts";
import type { Page } from "./page.ts";
import { firstThree } from "./rank.ts";
import type { ShelfView } from "./shelf-state.ts";

/** Drawing units a metre. Letters smaller than one unit are drawn badly, so the plan is not drawn in metres. */
export const unit = 50;
export type Rect = [x: number, y: number, width: number, depth: number];
export const scaled = (rect: Rect): Rect => [rect[0] * unit, rect[1] * unit, rect[2] * unit, rect[3] * unit];

type Props = {
  page: Page;
  shop: Shop;
  /** Names on shelves and zones; a small plan has no room for them. */
  named?: boolean;
  crop?: boolean;
  frame?: string | undefined;
};

/** The shop from above, in metres. Everything on it is also said in a list, so it is one picture to a screen reader. */
export function Plan({ page, shop, named = false, crop = false, frame }: Props): JSX.Element {
  const { widthM, depthM } = shop.floor;
  const drawn = useFloor(shop);
  const [width, depth] = [widthM * unit, depthM * unit];
  const heat = heatSteps(shop, page.zones.value);
  const { first } = firstThree(page.ranked.value);
  const open = (event: MouseEvent & { currentTarget: SVGSVGElement }) => {
    const shelf = nearestTo(
      event,
      shop.shelves.map(({ id, rect }) => ({ id, rect: scaled(rect) })),
    );
    if (shelf) location.hash = `#shelf/${encodeURIComponent(shelf)}`;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut for the pointer; every shelf is a link in the list
    <svg
      class={`plan${named ? " named" : ""}`}
      viewBox={crop ? `0 0 ${width} ${depth * 0.64}` : `-8 -8 ${width + 16} ${depth + 16}`}
      preserveAspectRatio={crop ? "xMidYMin slice" : "xMidYMid meet"}
      role="img"
      aria-label="Floor plan"
      onClick={open}
    >
      <clipPath id="room">
        <rect width={width} height={depth} />
      </clipPath>
      <rect width={width} height={depth} class="floor" />
      <g clip-path="url(#room)">
        {heat.map(({ step, zone, d }) => (
          <path key={`${zone} ${step}`} d={d} class={`heat-${step}`} transform={`scale(${unit})`} />
        ))}
      </g>
      <Shapes shapes={drawn.filter(({ kind }) => kind === "furniture")} />
      {page.shelves.value.map((view) => (
        <Bay key={view.shelf.id} view={view} named={named} framed={view.shelf.id === frame} />
      ))}
      {shop.mirrors.map(({ id, rect }) => {
        const [x, y, wide, deep] = scaled(rect);
        return <rect key={id} x={x} y={y} width={wide} height={deep} class="mirror" />;
      })}
      <Shapes shapes={drawn.filter(({ kind }) => kind !== "furniture")} />
      {named && shop.zones.map((zone) => <ZoneName key={zone.id} zone={zone} shop={shop} />)}
      {first.map((alert, index) => (
        <Mark key={alert.id} alert={alert} number={index + 1} shop={shop} small={named} />
      ))}
    </svg>
  );
}

/** The drawn floor, or four plain walls where there is none. */
export function useFloor({ floor: { widthM, depthM, plan } }: Shop): FloorShape[] {
  const shapes = useMemo(() => (plan ? readFloor(plan) : plainFloor(widthM, depthM)), [plan, widthM, depthM]);
  return shapes.length > 0 ? shapes : plainFloor(widthM, depthM);
}

/** Lines of the drawn floor. */
export function Shapes({ shapes }: { shapes: FloorShape[] }): JSX.Element {
  return (
    <g transform={`scale(${unit})`}>
      {shapes.map(({ kind, tag, shape }, index) => h(tag, { ...shape, key: index, class: kind }))}
    </g>
  );
}

function Bay({ view, named, framed }: { view: ShelfView; named: boolean; framed: boolean }): JSX.Element {
  const { shelf, state } = view;
  const rect = scaled(shelf.rect);
  const [x, y, width, depth] = rect;
  return (
    <BayMark rect={rect} mark={state}>
      {framed && <rect class="frame" x={x - 4} y={y - 4} width={width + 8} height={depth + 8} />}
      {named && (state === "fine" || state === "unseen") && (
        <text x={x + width / 2} y={y + depth / 2 + 4.5}>
          {shelf.id}
        </text>
      )}
    </BayMark>
  );
}

/** A place on the plan with one of the four marks: shape first, colour second. What it carries is drawn upon it. */
export function BayMark(props: { rect: Rect; mark: string; children?: ComponentChildren }): JSX.Element {
  const [x, y, width, depth] = props.rect;
  const upright = depth > width;
  return (
    <g class={`bay ${props.mark}`}>
      <rect x={x} y={y} width={width} height={depth} />
      {props.mark === "wait" && (
        <rect
          class="part"
          x={x}
          y={upright ? y + depth * 0.56 : y}
          width={upright ? width : width * 0.42}
          height={upright ? depth * 0.44 : depth}
        />
      )}
      {props.mark === "stop" && <path d={`M${x} ${y + depth}L${x + width} ${y}`} />}
      {props.children}
    </g>
  );
}

function ZoneName({ zone, shop }: { zone: Shop["zones"][number]; shop: Shop }): JSX.Element {
  const [x, y, width, depth] = scaled(zone.rect);
  const half = zone.name.length * 3.6 + 4;
  const free = (middle: number) => (line: number) =>
    shop.shelves.every(({ rect }) => {
      const [left, top, wide, deep] = scaled(rect);
      return left > middle + half || left + wide < middle - half || top > line + 6 || top + deep < line - 16;
    });
  const middle = Math.max(x + width / 2, x + half);
  const lines = [y + depth - 26, y + depth - 60, y + 22, y + depth / 2];
  return (
    <text class="zone" x={middle} y={lines.find(free(middle)) ?? lines[0]}>
      {zone.name}
    </text>
  );
}

function Mark({ alert, number, shop, small }: { alert: Alert; number: number; shop: Shop; small: boolean }) {
  const at = placeOf(alert, shop);
  if (!at) return null;
  const radius = small ? 12 : 21;
  const inside = (value: number, end: number) => Math.min(Math.max(value * unit, radius + 6), end * unit - radius - 6);
  return (
    <g
      class={`spot ${alert.severity}${small ? " small" : ""}`}
      transform={`translate(${inside(at[0], shop.floor.widthM)} ${inside(at[1], shop.floor.depthM)})`}
    >
      <circle class="ring" r={radius + 4} />
      <circle class="disc" r={radius} />
      <text y={radius * 0.4}>{number}</text>
    </g>
  );
}

/** Where an alert is on the plan, in metres; undefined for a thing that stands nowhere. */
export function placeOf(alert: Alert, shop: Shop): [number, number] | undefined {
  const middle = ([x, y, width, depth]: [number, number, number, number]): [number, number] => [
    x + width / 2,
    y + depth / 2,
  ];
  const of = alert.shelf ?? alert.mirrorId ?? alert.deviceId;
  const shelf = shop.shelves.find(({ id, device }) => id === of || device === of);
  if (shelf) return middle(shelf.rect);
  const mirror = shop.mirrors.find(({ id }) => id === of);
  if (mirror) return middle(mirror.rect);
  const receiver = shop.receivers.find(({ id }) => id === of);
  if (receiver) return receiver.at;
  const zone = shop.zones.find(({ id }) => id === alert.zone);
  return zone ? middle(zone.rect) : undefined;
}

/** What is under a tap, or nearest to it within a finger's width; rectangles in drawing units. */
export function nearestTo<Id>(
  event: MouseEvent & { currentTarget: SVGSVGElement },
  spots: { id: Id; rect: Rect }[],
): Id | undefined {
  const matrix = event.currentTarget.getScreenCTM();
  if (!matrix) return undefined;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  const finger = 22 / matrix.a;
  let best: { id: Id; distance: number } | undefined;
  for (const { id, rect } of spots) {
    const dx = Math.max(rect[0] - x, 0, x - rect[0] - rect[2]);
    const dy = Math.max(rect[1] - y, 0, y - rect[1] - rect[3]);
    const distance = Math.hypot(dx, dy);
    if (distance <= finger && (!best || distance < best.distance)) best = { id, distance };
  }
  return best?.id;
}
