import type { Item, LoadedConfig, StoreConfig } from "#wire/store-config.ts";
import { espresenseDeviceId } from "#wire/topics.ts";
import type { AlertsConfig } from "./alerts/alerts.ts";
import type { KnownDevice } from "./devices/devices.ts";
import type { PlateRules } from "./shelves/counting.ts";
import type { TagsConfig } from "./stock/tags.ts";

/** The configuration turned into the look-ups that the rooms need. */
export function housePlan({ config, items }: LoadedConfig) {
  const itemOf = new Map(items.map((item: Item) => [item.sku, item]));
  const plates: (PlateRules & { deviceId: string })[] = [];
  const alerts: AlertsConfig = { plates: new Map() };
  const skuAt = new Map<string, string>();
  for (const shelf of config.shelves) {
    for (const { plate, sku, capacity, minimum } of shelf.plates) {
      const unitGrams = itemOf.get(sku)?.grams ?? 0;
      plates.push({ deviceId: shelf.device, shelf: shelf.id, plate, sku, unitGrams, capacity });
      alerts.plates.set(`${shelf.id}/${plate}`, { minimum, zone: shelf.zone });
      skuAt.set(`${shelf.id}/${plate}`, sku);
    }
  }
  return {
    plates,
    alerts,
    skuAt,
    itemOf,
    skus: new Set(itemOf.keys()),
    mirrors: new Set(config.mirrors.map(({ id }) => id)),
    devices: devicesOf(config),
    tags: tagsOf(config, items),
    isBasket: basketsOf(config),
    standIns: new Set(
      config.receivers.flatMap(({ espresenseRoom: room }) => (room === undefined ? [] : [espresenseDeviceId(room)])),
    ),
  };
}

/** Baskets are `basket-1` to `basket-<count>`. */
function basketsOf({ baskets }: StoreConfig) {
  const known = new Set(Array.from({ length: baskets.count }, (_, index) => `basket-${index + 1}`));
  return (carrier: string) => known.has(carrier);
}

function devicesOf(config: StoreConfig): KnownDevice[] {
  const devices: KnownDevice[] = [];
  const add = (id: string | undefined, kind: KnownDevice["kind"]) => {
    if (id !== undefined && !devices.some((device) => device.id === id)) devices.push({ id, kind });
  };
  for (const shelf of config.shelves) add(shelf.device, "shelf");
  for (const receiver of config.receivers) {
    add(receiver.id, "ble");
    // an ESPresense node may stand in for the receiver: it is known, and shown once it has spoken
    if (receiver.espresenseRoom !== undefined) add(espresenseDeviceId(receiver.espresenseRoom), "ble");
  }
  for (const reader of config.rfid) add(reader.id, "rfid");
  for (const zone of config.zones) add(zone.camera, "camera");
  for (const mirror of config.mirrors) add(mirror.id, "mirror");
  return devices;
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
