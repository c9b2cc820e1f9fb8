import type { Device, DevicePlace, Shop } from "#wire/views.ts";
import type { Adoption } from "./drafts.ts";
import { type DeviceKind, nameOf, placeOf } from "./naming.ts";

export const steps = ["kind", "place", "plates", "name", "done"] as const;
export type Step = (typeof steps)[number];

/** The questions for this device, in order. A kind that is known is not asked; only scales have plates. */
export function stepsOf({ kind, mapping }: Adoption, isMoved: boolean): Step[] {
  const asked: Step[] = isMoved || mapping ? [] : ["kind"];
  return [...asked, "place", ...(kind === "shelf" ? (["plates"] as const) : []), "name", "done"];
}

/** The step that a hash names, or the first one that still needs an answer before it. */
export function stepAt(hash: string, asked: Step[], adoption: Adoption): Step {
  const wanted = asked.find((step) => step === hash) ?? asked[0] ?? "place";
  for (const step of asked) {
    if (step === wanted) return wanted;
    if (step === "place" && !adoption.place) return "place";
  }
  return wanted;
}

/** Where to begin with a device: what it says of itself, or what is known of it already. */
export function begin(device: Device, shop: Shop): Adoption {
  const known = device.state !== "pending";
  const place = known ? placeOf(device, shop) : undefined;
  return {
    id: device.id,
    kind: device.kind,
    place,
    plates: known ? device.plates : undefined,
    name: known ? nameOf(device, shop) : undefined,
    ...(device.mapping ? { mapping: device.mapping } : {}),
  };
}

/** What kind of place a kind of device belongs to. */
export const placeKind: Record<DeviceKind, DevicePlace["at"]> = {
  shelf: "shelf",
  mirror: "mirror",
  rfid: "zone",
  ble: "zone",
  camera: "zone",
};

export type Choice = {
  place: DevicePlace;
  name: string;
  about: string /** Who has it already. */;
  taken: Device | undefined;
  likely: boolean;
};

/** Where a device of this kind could belong: first what its name points to, then what is free, then the rest. */
export function choicesOf(
  adoption: Adoption,
  hint: string,
  { shop, devices }: { shop: Shop; devices: Device[] },
): Choice[] {
  const at = placeKind[adoption.kind ?? "shelf"];
  const choices = placesAt(at, shop).map(({ id, name, about }): Choice => {
    const place: DevicePlace = { at, id };
    return { place, name, about, taken: takenBy(place, adoption.id, { shop, devices }), likely: pointsTo(hint, id) };
  });
  const order = (choice: Choice) => (choice.likely ? 0 : 2) + (choice.taken ? 1 : 0);
  return choices
    .map((choice, index) => ({ choice, index }))
    .sort((a, b) => order(a.choice) - order(b.choice) || a.index - b.index)
    .map(({ choice }) => choice);
}

function placesAt(at: DevicePlace["at"], shop: Shop): { id: string; name: string; about: string }[] {
  const zone = (id: string) => shop.zones.find((one) => one.id === id)?.name ?? id;
  if (at === "zone") return shop.zones.map(({ id, name }) => ({ id, name, about: "" }));
  if (at === "mirror") return shop.mirrors.map((one) => ({ id: one.id, name: one.name, about: zone(one.zone) }));
  return shop.shelves.map((one) => ({
    id: one.id,
    name: `Shelf ${one.id}`,
    about: `${one.name}, in ${zone(one.zone)}`,
  }));
}

/** True where a hardware name or a topic says a place: "scale-b2", "shop/shelves/B2/weight". */
export function pointsTo(hint: string, id: string): boolean {
  const words = hint.toLowerCase().split(/[^a-z0-9]+/);
  const name = id.toLowerCase().split(/[^a-z0-9]+/);
  return words.some((_, index) => name.every((part, offset) => words[index + offset] === part));
}

/** Who has a shelf or a mirror already, if it was ever heard; zones have room for many. */
function takenBy(place: DevicePlace, id: string, { shop, devices }: { shop: Shop; devices: Device[] }) {
  if (place.at === "zone") return undefined;
  const holders = devices.filter((device) => {
    if (device.id === id || device.state === "unseen" || device.state === "pending" || device.state === "retired") {
      return false;
    }
    const its = placeOf(device, shop);
    return its?.at === place.at && its.id === place.id;
  });
  const holder = holders[0];
  if (!holder) return undefined;
  return place.at === "shelf" && freePlates(place.id, holders, shop).length > 0 ? undefined : holder;
}

/** Plates of a shelf that none of its scales weighs. A scale without a list weighs all of them. */
function freePlates(shelfId: string, holders: Device[], shop: Shop): number[] {
  const shelf = shop.shelves.find(({ id }) => id === shelfId);
  const taken = new Set(
    holders.flatMap(({ plates }) => (plates ? Object.values(plates) : (shelf?.plates.map(({ plate }) => plate) ?? []))),
  );
  return shelf?.plates.map(({ plate }) => plate).filter((plate) => !taken.has(plate)) ?? [];
}

/** The shelf's plates that are free for this device. */
export function platesFor(shelfId: string, id: string, { shop, devices }: { shop: Shop; devices: Device[] }): number[] {
  const holders = devices.filter((device) => {
    const active = device.state === "online" || device.state === "offline";
    const its = placeOf(device, shop);
    return active && device.id !== id && its?.at === "shelf" && its.id === shelfId;
  });
  return freePlates(shelfId, holders, shop);
}

/** By their numbers where they are the same, else in order; what is left over weighs nothing of the shop. */
export function suggestPlates(own: number[], free: number[]): Record<string, number> {
  const plates: Record<string, number> = {};
  for (const plate of own) if (free.includes(plate)) plates[plate] = plate;
  const left = free.filter((plate) => !Object.values(plates).includes(plate));
  for (const plate of own) {
    if (plates[plate] !== undefined) continue;
    const next = left.shift();
    if (next !== undefined) plates[plate] = next;
  }
  return plates;
}

/** One plate of the scale weighs another plate of the shelf, or none; two never weigh the same. */
export function assign(plates: Record<string, number>, own: number, to: number | undefined): Record<string, number> {
  const next: Record<string, number> = {};
  for (const [key, plate] of Object.entries(plates)) if (Number(key) !== own && plate !== to) next[key] = plate;
  if (to !== undefined) next[own] = to;
  return next;
}
