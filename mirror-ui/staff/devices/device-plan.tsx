import type { JSX } from "preact";
import type { Device, DevicePlace, Shop } from "#wire/views.ts";
import { Icon, type IconName } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { BayMark, nearestTo, type Rect, Shapes, scaled, unit, useFloor } from "../plan.tsx";
import { conditionOf, markOf } from "./condition.ts";
import { type DeviceKind, placeOf, rectOf } from "./naming.ts";
import { type Laid, layTiles } from "./tiles.ts";

type Spot<Id> = { id: Id; rect: Rect };
type Props = {
  page: Page;
  shop: Shop;
  devices: Device[];
  /** Gets a glass frame. */
  framed?: DevicePlace | undefined;
  /** What a tap means: one of the devices, or a place of this kind. */
  pick?:
    | { what: "device"; chosen(id: string): void }
    | { what: DevicePlace["at"]; chosen(id: string): void }
    | undefined;
};

export const kindIcon: Record<DeviceKind, IconName> = {
  shelf: "weight",
  ble: "bluetooth",
  rfid: "nfc",
  camera: "video",
  mirror: "user",
};

/** The shop from above with every device where it belongs. All of it is said in a list too: one picture to a reader. */
export function DevicePlan({ page, shop, devices, framed, pick }: Props): JSX.Element {
  const { widthM, depthM } = shop.floor;
  const floor = useFloor(shop);
  const [width, depth] = [widthM * unit, depthM * unit];
  const size = page.wide.value ? 34 : 54;
  const tiles = layTiles(devices, shop, { size, unit });
  const open = (event: MouseEvent & { currentTarget: SVGSVGElement }) => {
    if (!pick) return;
    const spots = pick.what === "device" ? deviceSpots(devices, shop, tiles) : placeSpots(pick.what, shop);
    const id = nearestTo(event, spots);
    if (id !== undefined) pick.chosen(id);
  };
  const frame = framed && rectOf(framed, shop);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut for the pointer; everything on it is in the list
    <svg
      class="plan named"
      viewBox={`-8 -8 ${width + 16} ${depth + 16}`}
      preserveAspectRatio="xMidYMid meet"
      role="img"
      aria-label={planWords(devices)}
      onClick={open}
    >
      <rect width={width} height={depth} class="floor" />
      {pick?.what === "zone" && shop.zones.map((zone) => <ZoneLine key={zone.id} rect={scaled(zone.rect)} />)}
      <Shapes shapes={floor.filter(({ kind }) => kind === "furniture")} />
      {shop.shelves.map((shelf) => (
        <Bay
          key={shelf.id}
          tag={page.wide.value ? [26, 18] : [36, 24]}
          rect={scaled(shelf.rect)}
          name={shelf.id}
          device={devices.find((one) => isAt(one, { at: "shelf", id: shelf.id }, shop))}
        />
      ))}
      {shop.mirrors.map((mirror) => (
        <Bay
          key={mirror.id}
          tag={[0, 0]}
          rect={thick(scaled(mirror.rect))}
          name=""
          device={devices.find((one) => isAt(one, { at: "mirror", id: mirror.id }, shop))}
        />
      ))}
      <Shapes shapes={floor.filter(({ kind }) => kind !== "furniture")} />
      {frame && <Frame rect={scaled(frame)} />}
      {tiles.map(({ device, x, y }) => (
        <Tile key={device.id} device={device} at={[x, y]} size={size} />
      ))}
      {pick?.what === "zone" &&
        shop.zones.map(({ id, name, rect: [x, y, wide, deep] }) => (
          <text key={id} class="place-name" x={(x + wide / 2) * unit} y={(y + deep / 2) * unit}>
            {name}
          </text>
        ))}
    </svg>
  );
}

function planWords(devices: Device[]): string {
  const silent = devices.filter(({ state }) => state === "offline").length;
  return `Floor plan with ${devices.length} devices, ${silent === 0 ? "none" : silent} of them silent`;
}

function isAt(device: Device, place: DevicePlace, shop: Shop): boolean {
  const its = placeOf(device, shop);
  return its?.at === place.at && its.id === place.id && device.state !== "retired";
}

function Bay(props: { rect: Rect; name: string; device: Device | undefined; tag: [width: number, height: number] }) {
  const { rect, name, device, tag } = props;
  const [x, y, width, depth] = rect;
  const mark = device ? markOf[conditionOf(device)] : "none";
  return (
    <BayMark rect={rect} mark={mark}>
      {name !== "" && (mark === "stop" || mark === "wait") && (
        <rect
          class="tag"
          x={x + width / 2 - tag[0] / 2}
          y={y + depth / 2 - tag[1] / 2}
          width={tag[0]}
          height={tag[1]}
        />
      )}
      {name !== "" && (
        <text x={x + width / 2} y={y + depth / 2 + 4.5}>
          {name}
        </text>
      )}
    </BayMark>
  );
}

function Tile({ device, at: [x, y], size }: { device: Device; at: [number, number]; size: number }): JSX.Element {
  const mark = markOf[conditionOf(device)];
  const half = size / 2;
  return (
    <g class={`bay tile ${mark}`} transform={`translate(${x} ${y})`}>
      <rect class="under" x={-half - 3} y={-half - 3} width={size + 6} height={size + 6} />
      <rect x={-half} y={-half} width={size} height={size} />
      {mark === "wait" && <rect class="part" x={-half} y={half * 0.12} width={size} height={half * 0.88} />}
      <svg
        x={-half * 0.6}
        y={-half * 0.6}
        width={size * 0.6}
        height={size * 0.6}
        viewBox="0 0 24 24"
        aria-hidden="true"
      >
        <Icon name={kindIcon[device.kind]} />
      </svg>
      {mark === "stop" && <path d={`M${-half} ${half}L${half} ${-half}`} />}
    </g>
  );
}

function Frame({ rect: [x, y, width, depth] }: { rect: Rect }): JSX.Element {
  return <rect class="chosen" x={x - 4} y={y - 4} width={width + 8} height={depth + 8} />;
}

function ZoneLine({ rect: [x, y, width, depth] }: { rect: Rect }): JSX.Element {
  return <rect class="zone-line" x={x + 3} y={y + 3} width={width - 6} height={depth - 6} />;
}

/** A mirror on the plan is a line; a line cannot show a state. */
function thick([x, y, width, depth]: Rect): Rect {
  const least = 12;
  return [
    x - Math.max(0, least - width) / 2,
    y - Math.max(0, least - depth) / 2,
    Math.max(least, width),
    Math.max(least, depth),
  ];
}

function deviceSpots(devices: Device[], shop: Shop, tiles: Laid[]): Spot<string>[] {
  const onTiles = tiles.map(({ device, x, y }): Spot<string> => ({ id: device.id, rect: [x - 17, y - 17, 34, 34] }));
  const onShelves = devices.flatMap((device): Spot<string>[] => {
    const place = placeOf(device, shop);
    const rect = place && place.at !== "zone" ? rectOf(place, shop) : undefined;
    return rect ? [{ id: device.id, rect: scaled(rect) }] : [];
  });
  return [...onTiles, ...onShelves];
}

function placeSpots(what: DevicePlace["at"], shop: Shop): Spot<string>[] {
  const list = { shelf: shop.shelves, zone: shop.zones, mirror: shop.mirrors }[what];
  return list.map(({ id, rect }) => ({ id, rect: scaled(rect) }));
}
