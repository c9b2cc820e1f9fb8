import type { DeviceMapping, DevicePlace } from "#wire/views.ts";
import type { DeviceKind } from "../events.ts";
import type { DeviceState } from "./devices.ts";

/** A device of the configuration, with the place that the configuration gives it. */
export type KnownDevice = { id: string; kind: DeviceKind; name?: string; place?: DevicePlace };

/** What of the configuration says where devices can belong. */
export type DevicesPlan = {
  devices: readonly KnownDevice[];
  /** Every plate of the planogram; `deviceId` is the scale that the configuration puts under it. */
  plates: readonly { deviceId: string; shelf: string; plate: number }[];
  zones: ReadonlySet<string>;
  mirrors: ReadonlySet<string>;
  /** Zones that a camera of the configuration counts. */
  cameras: readonly { id: string; zone: string }[];
  /** Shown once they have spoken: they stand in for another device of the configuration. */
  standIns: ReadonlySet<string>;
};

/**
 * Where each device's word counts. Worked out of the registry and the configuration whenever one of them changes, and part
 * of the state, so that a reading costs one look-up and a replay reads the same.
 */
export type Seats = {
  /** Scale -> whose plates it feeds. */
  scales: Map<string, ScaleSeat>;
  /** Receivers, readers and cameras -> their zone. */
  zones: Map<string, string>;
  /** RFID reader -> the reader of the configuration whose antennas it has. */
  antennas: Map<string, string>;
  mirrors: Map<string, string>;
  /** Zones in which a camera counts the people. */
  cameraZones: Set<string>;
  /** "shelf/plate" -> the device that feeds it. */
  feeders: Map<string, string>;
  /** Devices that no format speaks for. A new list whenever one of them changes. */
  mappings: { deviceId: string; mapping: DeviceMapping }[];
};
/** `deviceId`: the scale of the configuration. `plates`: own plate -> planogram plate; left out where all are the same. */
export type ScaleSeat = { deviceId: string; plates?: Map<number, number> };

export const noSeats = (): Seats => ({
  scales: new Map(),
  zones: new Map(),
  antennas: new Map(),
  mirrors: new Map(),
  cameraZones: new Set(),
  feeders: new Map(),
  mappings: [],
});

export const isActive = ({ state }: Pick<DeviceState, "state">) => state !== "pending" && state !== "retired";

/** True for a place that today's configuration has. */
export function placeExists(plan: DevicesPlan, { at, id }: DevicePlace): boolean {
  if (at === "zone") return plan.zones.has(id);
  return at === "mirror" ? plan.mirrors.has(id) : plan.plates.some(({ shelf }) => shelf === id);
}

/** Plates of an edited planogram that the configuration file does not name. */
export function platesBeside(
  shelves: readonly { id: string; plates: readonly { plate: number }[] }[],
  plan: DevicesPlan,
): DevicesPlan["plates"][number][] {
  return shelves.flatMap(({ id, plates }) => {
    const known = plan.plates.filter(({ shelf }) => shelf === id);
    const deviceId = known[0]?.deviceId;
    if (deviceId === undefined) return [];
    const numbers = new Set(plates.map(({ plate }) => plate));
    for (const { plate } of known) numbers.delete(plate);
    return [...numbers].map((plate) => ({ deviceId, shelf: id, plate }));
  });
}

/** The plan with the plates of the planogram as it is now. */
export const withNewPlates = (
  { newPlates }: { newPlates: readonly DevicesPlan["plates"][number][] },
  plan: DevicesPlan,
): DevicesPlan => (newPlates.length === 0 ? plan : { ...plan, plates: [...plan.plates, ...newPlates] });

/** "2" -> 5 becomes 2 -> 5. Left out means: every plate of the shelf, by its own number. */
export function claimOf(
  plan: DevicesPlan,
  shelf: string,
  plates: Record<string, number> | undefined,
): [number, number][] {
  if (plates) return Object.entries(plates).map(([own, plate]): [number, number] => [Number(own), plate]);
  return plan.plates.filter((one) => one.shelf === shelf).map(({ plate }): [number, number] => [plate, plate]);
}

/** Who adopted last has the plate; what an engineer said beats what the configuration says. */
export function seatsOf(devices: ReadonlyMap<string, DeviceState>, plan: DevicesPlan): Seats {
  const seats = noSeats();
  const active = [...devices].filter(([, device]) => isActive(device));
  active.sort(([a, one], [b, other]) => (one.adoptedAt ?? -1) - (other.adoptedAt ?? -1) || (a < b ? -1 : 1));
  for (const [id, device] of active) {
    for (const [, plate] of device.place?.at === "shelf" ? claimOf(plan, device.place.id, device.plates) : []) {
      seats.feeders.set(`${device.place?.id}/${plate}`, id);
    }
  }
  for (const [id, device] of active) sit(seats, plan, { id, device });
  return seats;
}

function sit(seats: Seats, plan: DevicesPlan, { id, device }: { id: string; device: DeviceState }) {
  const { place, mapping } = device;
  if (mapping) seats.mappings.push({ deviceId: id, mapping });
  if (!place) return;
  if (place.at === "shelf") return sitAtShelf(seats, plan, { id, shelf: place.id, plates: device.plates });
  if (place.at === "mirror") {
    // a line of the configuration that gave way
    for (const [other, mirror] of seats.mirrors) if (mirror === place.id) seats.mirrors.delete(other);
    seats.mirrors.set(id, place.id);
    return;
  }
  seats.zones.set(id, place.id);
  const isWhereConfigured = plan.devices.find((one) => one.id === device.seat)?.place?.id === place.id;
  if (device.kind === "rfid" && isWhereConfigured) seats.antennas.set(id, device.seat);
  if (device.kind !== "camera") return;
  seats.cameraZones.add(place.id);
  // one camera may look at several zones
  for (const { id: camera, zone } of isWhereConfigured ? plan.cameras : []) {
    if (camera === device.seat) seats.cameraZones.add(zone);
  }
}

function sitAtShelf(
  seats: Seats,
  plan: DevicesPlan,
  { id, shelf, plates }: { id: string; shelf: string; plates: Record<string, number> | undefined },
) {
  const scale = plan.plates.find((one) => one.shelf === shelf)?.deviceId;
  const claim = claimOf(plan, shelf, plates);
  const fed = claim.filter(([, plate]) => seats.feeders.get(`${shelf}/${plate}`) === id);
  if (scale === undefined || fed.length === 0) return;
  const isWhole = plates === undefined && fed.length === claim.length;
  seats.scales.set(id, { deviceId: scale, ...(isWhole ? {} : { plates: new Map(fed) }) });
}

/** Why nothing that a device says of the shop counts, in words; undefined where it does. */
export function whyNowhere(
  seats: Seats,
  deviceId: string,
  { kind, place }: Pick<DeviceState, "kind" | "place">,
): string | undefined {
  if ((kind === "shelf" ? seats.scales : kind === "mirror" ? seats.mirrors : seats.zones).has(deviceId))
    return undefined;
  const [, other] =
    [...seats.feeders].find(([plate]) => place?.at === "shelf" && plate.startsWith(`${place.id}/`)) ?? [];
  const [runner] = [...seats.mirrors].find(([, mirror]) => place?.at === "mirror" && mirror === place.id) ?? [];
  const holder = other ?? runner;
  const why = holder === undefined || holder === deviceId ? "it has no place" : `${holder} has its place`;
  return `device ${deviceId} counts nowhere: ${why}`;
}
