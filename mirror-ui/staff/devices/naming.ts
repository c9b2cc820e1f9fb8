import type { Device, DevicePlace, Shop } from "#wire/views.ts";
import { calledBy, displaced, zoneName } from "../words.ts";

export type DeviceKind = Device["kind"];

/** What each kind is called, alone and in numbers, and what to look for when somebody asks "what is it". */
export const kinds: { kind: DeviceKind; one: string; many: string; about: string }[] = [
  { kind: "shelf", one: "Scale", many: "Scales", about: "Weighs what stands on a shelf or hangs on a rail." },
  { kind: "ble", one: "Receiver", many: "Receivers", about: "Hears the baskets’ beacons by Bluetooth." },
  { kind: "rfid", one: "Tag reader", many: "Readers", about: "Reads the radio tags on the goods." },
  { kind: "camera", one: "Head counter", many: "Cameras", about: "Counts people in one place, never faces." },
  { kind: "mirror", one: "Mirror", many: "Mirrors", about: "A smart mirror with its own screen." },
];

export const kindName = (kind: DeviceKind) => kinds.find((one) => one.kind === kind)?.one ?? kind;

const makers: Record<string, string> = {
  native: "speaks Vitrine’s own language",
  espresense: "ESPresense",
  esphome: "ESPHome",
  tasmota: "Tasmota",
  zigbee2mqtt: "Zigbee2MQTT",
  openmqttgateway: "OpenMQTTGateway",
  shelly: "Shelly",
  minew: "Minew",
  aprilbrother: "AprilBrother",
  ruuvi: "Ruuvi",
  cassia: "Cassia",
  zebra: "Zebra",
  impinj: "Impinj",
  frigate: "Frigate",
  sparkplug: "Sparkplug B",
  mapped: "read by a mapping of yours",
};

/** Maker or language of a device, for people. An unknown format is shown as it is called. */
export function formatWords(format: string): string {
  return makers[format] ?? makers[format.split("-")[0] ?? ""] ?? format;
}

/** Where it belongs: said by the device, else by the shop's file. */
export function placeOf(device: Device, shop: Shop): DevicePlace | undefined {
  if (device.place) return device.place;
  if (device.state === "pending" || device.state === "retired") return undefined;
  const shelf = shop.shelves.find((one) => (one.device ?? one.id) === device.id);
  if (shelf) return { at: "shelf", id: shelf.id };
  const mirror = shop.mirrors.find((one) => one.id === device.id);
  if (mirror) return { at: "mirror", id: mirror.id };
  const receiver = shop.receivers.find((one) => one.id === device.id);
  return receiver && { at: "zone", id: receiver.zone };
}

/** "Shelf A1, Glasses, left"; "Entrance". */
export function placeWords(place: DevicePlace, shop: Shop): string {
  if (place.at === "zone") return zoneName(place.id, shop);
  if (place.at === "mirror") return shop.mirrors.find(({ id }) => id === place.id)?.name ?? place.id;
  const shelf = shop.shelves.find(({ id }) => id === place.id);
  return shelf ? `Shelf ${shelf.id}, ${shelf.name}` : `Shelf ${place.id}`;
}

/** What people call it: its own name, else what it belongs to, else its hardware id. */
export function nameOf(device: Device, shop: Shop): string {
  return calledBy(device, shop);
}

/** The same beneath a name that says part of it already: "Hands, in Beauty"; empty where nothing is left to say. */
export function placeBelow(place: DevicePlace, name: string, shop: Shop): string {
  if (place.at !== "shelf" && name.includes(placeWords(place, shop))) return "";
  const shelf = place.at === "shelf" ? shop.shelves.find(({ id }) => id === place.id) : undefined;
  if (!shelf || !name.includes(`Shelf ${shelf.id}`)) return placeWords(place, shop);
  return `${shelf.name}, in ${zoneName(shelf.zone, shop)}`;
}

/** A name to begin with: "Scale of A1", "Receiver, Entrance". */
export function suggestName(kind: DeviceKind, place: DevicePlace, shop: Shop): string {
  if (place.at === "mirror") return placeWords(place, shop);
  if (place.at === "shelf") return `${kindName(kind)} of ${place.id}`;
  return `${kindName(kind)}, ${zoneName(place.id, shop)}`;
}

/** The devices to show: without those the gateway has let go of (retired, without a name), and without the displaced. */
export function ofTheShop(devices: Device[]): Device[] {
  const gone = displaced(devices);
  return devices.filter(({ id, state, name }) => !gone.has(id) && (state !== "retired" || name !== undefined));
}

/** Middle of a place on the plan, in metres; a receiver of the shop's file stands at its own point. */
export function pointOf(device: Device, shop: Shop): [number, number] | undefined {
  const receiver = shop.receivers.find(({ id }) => id === device.id);
  if (receiver && (!device.place || device.place.id === receiver.zone)) return receiver.at;
  const place = placeOf(device, shop);
  if (!place) return undefined;
  const rect = rectOf(place, shop);
  return rect && [rect[0] + rect[2] / 2, rect[1] + rect[3] / 2];
}

export function rectOf(place: DevicePlace, shop: Shop): [number, number, number, number] | undefined {
  const list = { shelf: shop.shelves, zone: shop.zones, mirror: shop.mirrors }[place.at];
  return list.find(({ id }) => id === place.id)?.rect;
}
