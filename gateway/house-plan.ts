import { createHash } from "node:crypto";
import type { Item, LoadedConfig, StoreConfig } from "#wire/store-config.ts";
import { espresenseDeviceId } from "#wire/topics.ts";
import { suggest } from "./config-suggest.ts";
import type { KnownDevice } from "./devices/seats.ts";
import type { PlanogramConfig } from "./planogram/planogram.ts";
import type { ShelvesConfig } from "./shelves/planogram.ts";
import type { TagsConfig } from "./stock/tags.ts";

/** The configuration turned into the look-ups that the rooms need. */
export function housePlan({ config, items }: LoadedConfig) {
  const itemOf = new Map(items.map((item: Item) => [item.sku, item]));
  const shelves: ShelvesConfig = {
    shelves: config.shelves.map(({ id, device, plates }) => ({ id, deviceId: device, facings: plates })),
    gramsOf: (sku) => itemOf.get(sku)?.grams,
  };
  return {
    shelves,
    planogram: planogramOf(config, itemOf),
    /** Every plate once. */
    plates: shelves.shelves.flatMap(({ id, deviceId, facings }) =>
      [...new Set(facings.map(({ plate }) => plate))].map((plate) => ({ deviceId, shelf: id, plate })),
    ),
    zoneOfShelf: new Map(config.shelves.map(({ id, zone }) => [id, zone])),
    itemOf,
    skus: new Set(itemOf.keys()),
    mirrors: new Set(config.mirrors.map(({ id }) => id)),
    devices: devicesOf(config),
    zones: new Set(config.zones.map(({ id }) => id)),
    cameras: config.zones.flatMap(({ id, camera }) => (camera === undefined ? [] : [{ id: camera, zone: id }])),
    tags: tagsOf(config, items),
    isBasket: basketsOf(config),
    /** Shown once they have spoken. */
    standIns: new Set(
      config.receivers.flatMap(({ espresenseRoom: room }) => (room === undefined ? [] : [espresenseDeviceId(room)])),
    ),
  };
}

/** What the file says of the planogram, and what an edited one must fit. */
function planogramOf({ shelves }: StoreConfig, itemOf: ReadonlyMap<string, Item>): PlanogramConfig {
  const file = shelves.map(({ id, plates }) => ({
    id,
    plates: plates.map(({ plate, sku, capacity, minimum, fill: _, ...where }) => ({
      ...{ plate, sku, capacity, minimum, ...where },
    })),
  }));
  return {
    file,
    basis: createHash("sha256").update(JSON.stringify(file)).digest("base64url").slice(0, 22),
    shelves: new Map(shelves.map(({ id, plateMm }) => [id, plateMm === undefined ? {} : { plateMm }])),
    product: (sku) => itemOf.get(sku),
    nearest: (sku) => suggest(sku, itemOf.keys()),
  };
}

/** Baskets are `basket-1` to `basket-<count>`. */
function basketsOf({ baskets }: StoreConfig) {
  const known = new Set(Array.from({ length: baskets.count }, (_, index) => `basket-${index + 1}`));
  return (carrier: string) => known.has(carrier);
}

/** Every device that the configuration names, once, with the place that follows from where it is named. */
function devicesOf(config: StoreConfig): KnownDevice[] {
  const devices = new Map<string, KnownDevice>();
  const add = (device: KnownDevice) => {
    if (!devices.has(device.id)) devices.set(device.id, device);
  };
  for (const { id, device, name } of config.shelves) {
    add({ id: device, kind: "shelf", name, place: { at: "shelf", id } });
  }
  for (const { id, zone, espresenseRoom: room } of config.receivers) {
    const place = { at: "zone", id: zone } as const;
    add({ id, kind: "ble", name: id, place });
    // an ESPresense node may stand in for the receiver: it is known, and shown once it has spoken
    if (room !== undefined) add({ id: espresenseDeviceId(room), kind: "ble", name: room, place });
  }
  for (const { id, antennas } of config.rfid) {
    const zone = antennas[0]?.zone;
    add({ id, kind: "rfid", name: id, ...(zone === undefined ? {} : { place: { at: "zone", id: zone } }) });
  }
  for (const { id, camera } of config.zones) {
    if (camera !== undefined) add({ id: camera, kind: "camera", name: camera, place: { at: "zone", id } });
  }
  for (const { id, name } of config.mirrors) add({ id, kind: "mirror", name, place: { at: "mirror", id } });
  // witnesses of a shelf: they weigh nothing and count no people, so they take nobody's place
  for (const { name, camera, plates } of config.shelves) {
    if (camera !== undefined) add({ id: camera, kind: "camera", name: `Camera at ${name}` });
    for (const { fill } of plates)
      if (fill?.device !== undefined) add({ id: fill.device, kind: "shelf", name: `Distance at ${name}` });
  }
  return [...devices.values()];
}

function tagsOf(config: StoreConfig, items: Item[]): TagsConfig {
  return {
    skuOfGtin14: new Map(items.map((item) => [item.gtin.padStart(14, "0"), item.sku])),
    zoneOfAntenna: new Map(
      config.rfid.flatMap((reader) =>
        reader.antennas.map(({ antenna, zone }): [string, string] => [`${reader.id}/${antenna}`, zone]),
      ),
    ),
  };
}
