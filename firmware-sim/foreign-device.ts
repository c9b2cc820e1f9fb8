import { createListener } from "./ble-receiver.ts";
import { createHeadCounter } from "./camera.ts";
import { createRhythm, type PoweredDevice } from "./device.ts";
import { antennasAt, type ForeignPlan, foreignId, platesAt, pointAt, zonesAt } from "./foreign-plan.ts";
import { createMakerDevice, type MakerDeviceOptions, type Sense } from "./maker-device.ts";
import { makers } from "./makers/makers.ts";
import type { Emission } from "./radio.ts";
import { createRandom } from "./random.ts";
import { createTagReading } from "./rfid-reader.ts";
import { createScale, platesUnder, roomCelsius, type Spoil } from "./scale.ts";
import type { Plate, Shop } from "./shop.ts";

export type ForeignParts = Pick<MakerDeviceOptions, "seed" | "startMs" | "clock" | "battery"> & {
  shop: Shop;
  air: () => readonly Emission[];
  /** What its plates do wrong. */
  spoil?: Spoil | undefined;
};

/** The device of a plan; undefined where no maker has that name, or its place is not in this shop. */
export function createForeignDevice(plan: ForeignPlan, parts: ForeignParts): PoweredDevice | undefined {
  const { shop, air, seed } = parts;
  const { world } = shop;
  const name = foreignId(plan);
  const common = { ...parts, deviceId: name, name: plan.name, storeId: world.storeId };
  const plates = platesAt(shop, plan.place);
  const at = pointAt(world, plan.place);
  const antennas = antennasAt(world, plan.place);
  const zones = zonesAt(world, plan.place);

  const scale = makers.scale[plan.maker];
  if (scale && plates.length > 0) {
    return createMakerDevice({ ...common, kind: "shelf" }, scale, (startMs) =>
      feelPlates({ seed, name, startMs, plates, spoil: parts.spoil, heartbeatMs: scale.heartbeatMs ?? 10_000 }),
    );
  }
  const ear = makers.ear[plan.maker];
  if (ear && at) {
    return createMakerDevice({ ...common, kind: "ble" }, ear, (startMs) =>
      createListener({ seed, name, startMs, at, air, everyMs: ear.everyMs }),
    );
  }
  const reader = makers.reader[plan.maker];
  if (reader && antennas.length > 0) {
    return createMakerDevice({ ...common, kind: "rfid" }, reader, (startMs) =>
      createTagReading({ seed, name, startMs, shop, antennas, everyMs: reader.everyMs }),
    );
  }
  const camera = makers.camera[plan.maker];
  if (camera && zones.length > 0) {
    return createMakerDevice({ ...common, kind: "camera" }, camera, (startMs) =>
      createHeadCounter({ seed, name, startMs, shop, zones }),
    );
  }
  const room = makers.room[plan.maker];
  const [zone] = zones;
  if (!room || zone === undefined) return undefined;
  const everyMs = room.heartbeatMs ?? 60_000;
  return createMakerDevice({ ...common, kind: "shelf" }, room, (startMs) =>
    feelRoom({ ...common, startMs, zone, everyMs }),
  );
}

/** Plates of the shop -> 1, 2, … of the scale, which knows nothing of the planogram. */
function feelPlates(options: {
  seed: string;
  name: string;
  startMs: number;
  plates: Plate[];
  spoil: Spoil | undefined;
  heartbeatMs: number;
}): Sense<"scale"> {
  const { plates, heartbeatMs } = options;
  const under = platesUnder(plates);
  const itemsOn = (number: number) => {
    const { shelf, plate } = under[number - 1] ?? {};
    return plates.filter((one) => one.shelf === shelf && one.plate === plate).flatMap(({ items }) => items).length;
  };
  const measure = createScale({ ...options, ownNumbers: true, heartbeatMs: () => heartbeatMs });
  return (nowMs) => {
    const measured = measure(nowMs);
    if (measured.length === 0) return undefined;
    const tempC = roomCelsius(nowMs);
    return measured.map(({ plate, grams }) => ({ plate, grams, items: itemsOn(plate), tempC }));
  };
}

/** Speaks when somebody comes into an empty zone or the last one leaves it, and now and then anyway. */
function feelRoom(options: {
  seed: string;
  deviceId: string;
  startMs: number;
  shop: Shop;
  zone: string;
  everyMs: number;
}): Sense<"room"> {
  const { seed, deviceId, startMs, shop, zone, everyMs } = options;
  const setUp = createRandom(seed, `room/${deviceId}`);
  const due = createRhythm(everyMs, setUp, startMs);
  const humidity = Math.round(setUp.between(40, 55) * 100) / 100;
  let occupied: boolean | undefined;
  return (nowMs) => {
    const people = shop.headCount(zone);
    const isDue = due(nowMs);
    if (!isDue && occupied === people > 0) return undefined;
    occupied = people > 0;
    return { people, tempC: Math.round(roomCelsius(nowMs) * 100) / 100, humidity };
  };
}
