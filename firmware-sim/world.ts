import { readFile } from "node:fs/promises";
import type { Item, LoadedConfig, StoreConfig } from "#wire/store-config.ts";
import { createFloorPaths, type FloorPaths, inside, middle, type Point, type Rect } from "./floor-paths.ts";

export type ZonePlace = { id: string; rect: Rect; centre: Point };

/** The shop as it is built: what never changes while the simulation runs. */
export type World = {
  storeId: string;
  config: StoreConfig;
  itemBySku: ReadonlyMap<string, Item>;
  zones: ZonePlace[];
  /** Where people come in, and where they pay. */
  entrance: Point;
  till: Point;
  paths: FloorPaths;
  /** Where one stands to reach a shelf or to look into a mirror. */
  shelfSpot: ReadonlyMap<string, Point>;
  mirrorSpot: ReadonlyMap<string, Point>;
  zoneAt(point: Point): string | undefined;
};

/** Reads a world file: the JSON of a checked configuration, as the gateway's commands write it. */
export async function readWorld(path: string): Promise<World> {
  // The file is our own gateway's output, checked before it was written; its schema lives in wire/store-config.ts.
  const loaded: Pick<LoadedConfig, "config" | "items"> = JSON.parse(await readFile(path, "utf8"));
  if (!loaded?.config?.zones?.length || !Array.isArray(loaded.items)) {
    throw new Error(`${path} is not a world file: it needs config.zones and items`);
  }
  return createWorld(loaded);
}

export function createWorld({ config, items }: Pick<LoadedConfig, "config" | "items">): World {
  const furniture = [...config.shelves, ...config.mirrors].map((piece) => piece.rect);
  const paths = createFloorPaths(config.floor, furniture);
  const zones = config.zones.map((zone) => ({ id: zone.id, rect: zone.rect, centre: middle(zone.rect) }));
  const rectOf = new Map(config.zones.map((zone) => [zone.id, zone.rect]));
  const spots = (pieces: { id: string; zone: string; rect: Rect }[]) =>
    new Map(pieces.map((piece) => [piece.id, paths.standBy(middle(piece.rect), rectOf.get(piece.zone))]));

  const door = zones.find((zone) => /entr|door|foyer/i.test(zone.id)) ?? zones[0]!;
  const till = zones.find((zone) => /till|pay|cash|checkout/i.test(zone.id)) ?? door;
  return {
    storeId: config.store.id,
    config,
    itemBySku: new Map(items.map((item) => [item.sku, item])),
    zones,
    entrance: paths.standBy(towardsWall(door, config.floor), door.rect),
    till: paths.standBy(till.centre, till.rect),
    paths,
    shelfSpot: spots(config.shelves),
    mirrorSpot: spots(config.mirrors),
    zoneAt: (point) => zones.find((zone) => inside(point, zone.rect))?.id,
  };
}

/** The door is in the outer wall that the entrance zone touches most closely. */
function towardsWall({ rect, centre }: ZonePlace, floor: { widthM: number; depthM: number }): Point {
  const [left, top, width, depth] = rect;
  const walls: [gap: number, at: Point][] = [
    [floor.depthM - top - depth, [centre[0], top + depth]],
    [left, [left, centre[1]]],
    [floor.widthM - left - width, [left + width, centre[1]]],
    [top, [centre[0], top]],
  ];
  return walls.reduce((best, wall) => (wall[0] < best[0] ? wall : best))[1];
}
