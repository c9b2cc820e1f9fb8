import { middle, type Point } from "./floor-paths.ts";
import type { Plate, Shop } from "./shop.ts";
import type { World } from "./world.ts";

/** A device of another maker: which, how it is called, and where. `beside`: our own device there goes on. */
export type ForeignPlan = { maker: string; name: string; place: string; beside: boolean };

/**
 * "tasmota:scale9@A1/1" takes the place of our own scale on that plate; with a + before it stands beside it. Places: a
 * shelf or a plate for scales, a receiver or a zone for Bluetooth, a reader or a zone for RFID, a camera or a zone for
 * heads, a zone or a plate for tags in the air.
 */
export function readForeignPlan(text: string): { ok: true; value: ForeignPlan } | { ok: false; reason: string } {
  const match = /^(\+?)([a-z0-9-]+):([^@]*)@([A-Za-z0-9_/-]+)$/.exec(text);
  if (!match) return { ok: false, reason: `"${text}" is not [+]maker:name@place` };
  const [, beside, maker = "", name = "", place = ""] = match;
  return { ok: true, value: { maker, name, place, beside: beside === "+" } };
}

/** For the simulator's own use: client ids and faults name the device so. */
export const foreignId = ({ maker, name }: ForeignPlan) => `${maker}-${name.replace(/[^A-Za-z0-9_-]/g, "-")}`;

/** The plates that a place names: all of a shelf, or one. */
export function platesAt(shop: Shop, place: string): Plate[] {
  const [shelf, plate] = place.split("/");
  return shop.plates.filter((p) => p.shelf === shelf && (plate === undefined || p.plate === Number(plate)));
}

/** Where a place lies on the floor. */
export function pointAt({ config }: World, place: string): Point | undefined {
  const receiver = config.receivers.find(({ id }) => id === place);
  if (receiver) return receiver.at;
  const rect =
    config.zones.find(({ id }) => id === place)?.rect ??
    config.shelves.find(({ id }) => id === place.split("/")[0])?.rect;
  return rect && middle(rect);
}

export function antennasAt({ config }: World, place: string) {
  const reader = config.rfid.find(({ id }) => id === place);
  return reader?.antennas ?? zonesAt({ config }, place).map((zone) => ({ antenna: 1, zone }));
}

/** A zone, or all zones of a camera. */
export function zonesAt({ config }: Pick<World, "config">, place: string): string[] {
  return config.zones.filter(({ id, camera }) => id === place || camera === place).map(({ id }) => id);
}
