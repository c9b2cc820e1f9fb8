import type { Alert, Device, Shop, StockItem } from "#wire/views.ts";
import { clockTime } from "../look/time.ts";

/** What the words of an alert are made of. */
export type Known = {
  shop: Shop;
  stock: ReadonlyMap<string, StockItem>;
  devices: ReadonlyMap<string, Device>;
};

export type AlertWords = {
  /** One sentence without its full stop. */
  title: string;
  detail: string;
  /** The title where there is no room for the detail: says the product too. */
  short: string;
  /** What it is about, without what happened. */
  subject: string;
  /** The button that closes it. */
  done: string;
  /** What it says once it is closed. */
  doneTitle: string;
};

/** "Quay coat in 38", "Satin lipstick, brick": as short as it can be without being mistaken for another. */
export function itemName(item: StockItem, stock: ReadonlyMap<string, StockItem>): string {
  let name = item.name;
  for (const other of stock.values()) {
    if (other.name !== item.name || other.colour === item.colour || !item.colour) continue;
    name += `, ${item.colour}`;
    break;
  }
  return item.size ? `${name} in ${item.size}` : name;
}

/** What happened, where, and what there is to know before walking there. */
export function alertWords(alert: Alert, known: Known): AlertWords {
  return alert.kind === "device-down" ? deviceWords(alert, known) : goodsWords(alert, known);
}

function goodsWords(alert: Alert, { shop, stock }: Known): AlertWords {
  const item = alert.sku ? stock.get(alert.sku) : undefined;
  const name = item ? itemName(item, stock) : (alert.sku ?? "Something");
  const shelf = shop.shelves.find(({ id }) => id === alert.shelf);
  const place = item?.places.find((one) => one.shelf === alert.shelf && one.plate === alert.plate);
  const where = alert.shelf ? `Shelf ${alert.shelf}` : "The floor";
  const what = alert.kind === "low" ? "is low" : shelf && shelf.plates.length > 1 ? "has a gap" : "is empty";
  return {
    title: `${where} ${what}`,
    detail: [name, countWords(alert, item, place)].filter(Boolean).join(", "),
    short: `${where} ${what}, ${name}`,
    subject: `${where}, ${name}`,
    done: "Filled",
    doneTitle: `${name} filled${alert.shelf ? ` on ${alert.shelf}` : ""}`,
  };
}

function countWords(
  alert: Alert,
  item: StockItem | undefined,
  place: StockItem["places"][number] | undefined,
): string | undefined {
  if (!item || !place) return undefined;
  const elsewhere = item.places.filter((one) => one.shelf !== alert.shelf && one.count > 0);
  const here =
    alert.kind === "empty" && place.count === 0 ? `0 of ${place.capacity}` : `${place.count} of ${place.capacity}`;
  const other = elsewhere[0] ? `${elsewhere[0].count} on ${elsewhere[0].shelf}` : undefined;
  return other ? `${here}, ${other}` : here;
}

function deviceWords(alert: Alert, { shop, devices }: Known): AlertWords {
  const device = alert.deviceId ? devices.get(alert.deviceId) : undefined;
  const name = device ? calledBy(device, shop) : deviceName(alert.deviceId ?? "A device", undefined, shop);
  const since = device?.lastSeenAt ?? alert.openedAt;
  const title = `${name} does not answer`;
  return {
    title,
    short: title,
    subject: name,
    detail: `Silent since ${clockTime(since, shop)}. ${deviceHelp(device?.kind)}`,
    done: "Fixed",
    doneTitle: `${name} put right`,
  };
}

/** Scales of the shop's file that were never heard, and whose shelf another one has taken: nobody waits for them. */
export function displaced(devices: Iterable<Device>): Set<string> {
  const all = [...devices];
  const held = new Set(
    all.flatMap(({ state, place }) => (place && (state === "online" || state === "offline") ? [keyOf(place)] : [])),
  );
  const gaveWay = ({ kind, state, place }: Device) =>
    kind === "shelf" && state === "unseen" && place && held.has(keyOf(place));
  return new Set(all.filter(gaveWay).map(({ id }) => id));
}

const keyOf = ({ at, id }: NonNullable<Device["place"]>) => `${at} ${id}`;

/** How many answer of those that belong to the shop: who is new or retired is not waited for. */
export function countAnswering(devices: Iterable<Device>): { online: number; all: number } {
  const everyone = [...devices];
  const gone = displaced(everyone);
  const ours = everyone.filter(({ id, state }) => state !== "pending" && state !== "retired" && !gone.has(id));
  return { online: ours.filter(({ state }) => state === "online").length, all: ours.length };
}

/** The name an engineer gave it; what the shop's file calls it is less telling than where it belongs. */
export function calledBy({ id, kind, name, place }: Device, shop: Shop): string {
  const shelf = place?.at === "shelf" ? shop.shelves.find((one) => one.id === place.id) : undefined;
  const isGiven = name !== undefined && name !== id && name !== shelf?.name;
  return isGiven ? name : deviceName(id, kind, shop);
}

/** What people call a device: the shelf, mirror or place it belongs to. */
export function deviceName(id: string, kind: Device["kind"] | undefined, shop: Shop): string {
  const mirror = shop.mirrors.find((one) => one.id === id);
  if (mirror) return mirror.name;
  const shelf = shop.shelves.find((one) => (one.device ?? one.id) === id);
  if (shelf) return `Shelf ${shelf.id}`;
  const receiver = shop.receivers.find((one) => one.id === id);
  if (receiver) return `Basket receiver, ${zoneName(receiver.zone, shop)}`;
  if (kind === "rfid") return `Tag reader ${id}`;
  if (kind === "camera") return `Head counter ${id}`;
  return id;
}

function deviceHelp(kind: Device["kind"] | undefined): string {
  switch (kind) {
    case "shelf":
      return "Its counts are from then. Check the plug under the shelf.";
    case "mirror":
      return "Switch it off and on at the wall. The picture comes back by itself.";
    case "ble":
      return "No basket is seen there until it is back.";
    case "rfid":
      return "Tags there are not read until it is back.";
    case "camera":
      return "Heads are not counted there until it is back.";
    case undefined:
      return "Check its plug.";
  }
}

export function zoneName(id: string, shop: Shop): string {
  return shop.zones.find((zone) => zone.id === id)?.name ?? id;
}

/** Whose it is, by name; an owner who is not in the shop's list keeps what was written. */
export function staffName(by: string, shop: Shop): string {
  return shop.staff.find((person) => person.id === by)?.name ?? by;
}

/** "First these three", and what stands there when there are fewer. */
export function firstTitle(count: number): string {
  return ["Nothing is waiting", "First this one", "First these two"][count] ?? "First these three";
}

/** "9 people in the shop, most at Beauty". */
export function peopleWords(total: number, most: string | undefined): string {
  if (total === 0) return "No one is in the shop";
  const people = total === 1 ? "One person in the shop" : `${total} people in the shop`;
  return most && total > 1 ? `${people}, most at ${most}` : people;
}
