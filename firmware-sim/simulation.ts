import type { Settings } from "#wire/requests.ts";
import { createAirTag } from "./air-tags.ts";
import { createBleReceiver } from "./ble-receiver.ts";
import { type BoardOptions, createBoard } from "./board.ts";
import { createCamera } from "./camera.ts";
import { createCrowd } from "./crowd.ts";
import type { Device, Message, PoweredDevice } from "./device.ts";
import { ailments, cutPoints, type Fault, faultsOf, readFault, withFaults } from "./faults.ts";
import { createForeignDevice } from "./foreign-device.ts";
import { type ForeignPlan, foreignId, platesAt, readForeignPlan } from "./foreign-plan.ts";
import type { Role } from "./makers/maker.ts";
import { makers } from "./makers/makers.ts";
import { createMirror } from "./mirror.ts";
import { createPlateFaults } from "./plate-faults.ts";
import { type AirTag, createAir, type Emission } from "./radio.ts";
import { createRfidReader } from "./rfid-reader.ts";
import type { Scenario } from "./scenario.ts";
import { createShelf } from "./shelf.ts";
import { createShop, type Shop } from "./shop.ts";
import type { TellTruth } from "./truth.ts";
import type { World } from "./world.ts";

/** The whole shop and its devices on one simulated clock. No network, no real time: same options, same messages. */
export type Simulation = {
  shop: Shop;
  devices: readonly PoweredDevice[];
  tags: readonly AirTag[];
  /** Moves the clock on by one tick and answers what the devices send, in order. */
  step(): Message[];
  /** Says how much lies on every plate now; call it once at the end. */
  end(): void;
};

export const tickMs = 100;

export function createSimulation(options: {
  world: World;
  scenario: Scenario;
  seed: string;
  /** Epoch ms at which the simulated clock starts; whole. */
  startMs: number;
  tell: TellTruth;
  /** Whose firmware the devices take. */
  trustedKeys?: readonly string[];
  /** Told what somebody in the shop would see of the devices: a light that blinks. */
  show?: (text: string) => void;
  /** Besides the scenario's. */
  foreign?: readonly ForeignPlan[];
  faults?: readonly Fault[];
}): Simulation {
  const { world, scenario, seed, startMs, tell, trustedKeys = [], show = () => {} } = options;
  const receiverZones = [...new Set(world.config.receivers.map((receiver) => receiver.zone))];
  tell({ at: startMs, kind: "shop", seed, scenario: scenario.name, receiverZones });
  const shop = createShop(options);
  shop.tellStock();
  const crowd = createCrowd({ shop, scenario, seed, startMs });
  const foreign = [...(scenario.devices ?? []).map(readForeignPlan).flatMap(known), ...(options.foreign ?? [])];
  const faults = [...(scenario.faults ?? []).map(readFault).flatMap(known), ...(options.faults ?? [])];
  const tags = foreign.flatMap((plan) => createAirTag(plan, { shop, seed, startMs }) ?? []);
  const listen = createAir({ shop, seed, startMs, neighbourPhones: scenario.neighbourPhones, tags });
  let air: readonly Emission[] = [];
  const devices = createDevices({ shop, seed, startMs, tell, foreign, faults, trustedKeys, show, air: () => air });

  return {
    shop,
    devices,
    tags,
    step() {
      const before = shop.now();
      shop.advance(tickMs);
      crowd.step(tickMs);
      air = listen(shop.now(), before);
      return devices.flatMap((device) => device.step(shop.now()));
    },
    end: () => shop.tellStock(),
  };
}

type Parts = {
  shop: Shop;
  seed: string;
  startMs: number;
  tell: TellTruth;
  foreign: readonly ForeignPlan[];
  faults: readonly Fault[];
  trustedKeys: readonly string[];
  show: (text: string) => void;
  air: () => readonly Emission[];
};

/** Our own devices wherever no other maker's takes their place, then the others; each behind its own faults. */
function createDevices(parts: Parts): PoweredDevice[] {
  const { shop, seed, startMs, air, foreign } = parts;
  const ill = (device: PoweredDevice) => withFaults(device, faultsOf(parts.faults, device.deviceId), parts);
  const others = foreign.flatMap((plan) => {
    const own = faultsOf(parts.faults, foreignId(plan));
    const spoil = createPlateFaults(own, { ...parts, deviceId: foreignId(plan) });
    return createForeignDevice(plan, { shop, seed, startMs, air, spoil, ...ailments(own, startMs) }) ?? [];
  });
  return [...createNativeDevices(parts), ...others].map(ill);
}

function createNativeDevices({
  shop,
  seed,
  startMs,
  tell,
  air,
  trustedKeys,
  show,
  faults,
  foreign,
}: Parts): PoweredDevice[] {
  const { config, storeId } = shop.world;
  const board = (kind: Device["kind"], deviceId: string, program: BoardOptions["program"]) => {
    const own = faultsOf(faults, deviceId);
    const identity = { storeId, kind, deviceId, seed, startMs, ...ailments(own, startMs) };
    return createBoard({ identity, program, trustedKeys, show, powerCuts: cutPoints(own) });
  };
  const replaced = (role: Role) => foreign.filter(({ beside, maker }) => !beside && Object.hasOwn(makers[role], maker));
  const takenPlates = new Set(replaced("scale").flatMap(({ place }) => platesAt(shop, place)));
  const taken = (role: Role) => new Set(replaced(role).map(({ place }) => place));
  const [takenEars, takenReaders, takenEyes] = [taken("ear"), taken("reader"), taken("camera")];
  const watched = config.zones.filter(
    ({ id, camera = "" }) => camera !== "" && !takenEyes.has(id) && !takenEyes.has(camera),
  );

  const devices: PoweredDevice[] = [];
  for (const [deviceId, shelves] of Map.groupBy(config.shelves, (shelf) => shelf.device)) {
    const plates = shop.plates.filter(
      (plate) => shelves.some((shelf) => shelf.id === plate.shelf) && !takenPlates.has(plate),
    );
    if (plates.length === 0) continue;
    const spoil = createPlateFaults(faultsOf(faults, deviceId), { deviceId, seed, startMs, tell });
    const program: BoardOptions["program"] = (identity, { scale, settings }) =>
      createShelf(identity, plates, { memory: scale, heartbeatMs: () => reportMs(settings), spoil });
    devices.push(board("shelf", deviceId, program));
  }
  for (const { id, at } of config.receivers.filter((receiver) => !takenEars.has(receiver.id))) {
    devices.push(board("ble", id, (identity) => createBleReceiver(identity, at, air)));
  }
  for (const { id, antennas } of config.rfid.filter((reader) => !takenReaders.has(reader.id))) {
    devices.push(board("rfid", id, (identity) => createRfidReader(identity, shop, antennas)));
  }
  for (const [deviceId, zones] of Map.groupBy(watched, ({ camera }) => camera ?? "")) {
    const names = zones.map(({ id }) => id);
    devices.push(board("camera", deviceId, (identity) => createCamera(identity, shop, names)));
  }
  for (const { id } of config.mirrors) devices.push(board("mirror", id, (identity) => createMirror(identity, shop)));
  return devices;
}

const reportMs = (settings: Settings) => (typeof settings.reportMs === "number" ? settings.reportMs : 10_000);
const known = <T>(read: { ok: true; value: T } | { ok: false }): T[] => (read.ok ? [read.value] : []);
