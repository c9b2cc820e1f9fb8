import type { Doubt, Reservation } from "#wire/stock-views.ts";
import type { Device, Shop, StockItem } from "#wire/views.ts";

/** What the words of an alert are made of. */
export type Known = {
  shop: Shop;
  stock: ReadonlyMap<string, StockItem>;
  devices: ReadonlyMap<string, Device>;
  doubts: ReadonlyMap<string, Doubt>;
  reservations: ReadonlyMap<string, Reservation>;
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
  /** The button that says it is wrong. */
  refute: string;
};

/** What a kind of alert says of itself; the rest follows from its title. */
export type Given = Pick<AlertWords, "title" | "detail" | "done" | "doneTitle"> & Partial<AlertWords>;

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

/** A product by its name, or by its SKU while the name is not known. */
export function nameOf(sku: string | undefined, { stock }: Known): string {
  const item = sku === undefined ? undefined : stock.get(sku);
  return item ? itemName(item, stock) : (sku ?? "Something");
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

/** What to do about a silent one, and what is missing until then. */
export function deviceHelp(kind: Device["kind"] | undefined): string {
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

/** The gateway names people by their id; whoever reads "Taken by jonas." is told "Taken by Jonas.". */
export function withNames(title: string, shop: Shop | undefined): string {
  return title.replace(/^Taken by (\S+)\.$/, (said, id: string) => (shop ? `Taken by ${staffName(id, shop)}.` : said));
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

/** "A, B and 3 more". */
export function listed(words: string[], most: number, last: "and" | "or" = "and"): string {
  const shown = words.slice(0, most);
  const rest = words.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
