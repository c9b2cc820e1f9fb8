import type { Settings } from "#wire/requests.ts";
import { createBleReceiver } from "./ble-receiver.ts";
import { type BoardOptions, createBoard } from "./board.ts";
import { createCamera } from "./camera.ts";
import { createCrowd } from "./crowd.ts";
import type { Device, Message, PoweredDevice } from "./device.ts";
import { createMirror } from "./mirror.ts";
import { createAir, type Emission } from "./radio.ts";
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
}): Simulation {
  const { world, scenario, seed, startMs, tell, trustedKeys = [] } = options;
  const receiverZones = [...new Set(world.config.receivers.map((receiver) => receiver.zone))];
  tell({ at: startMs, kind: "shop", seed, scenario: scenario.name, receiverZones });
  const shop = createShop(options);
  shop.tellStock();
  const crowd = createCrowd({ shop, scenario, seed, startMs });
  const listen = createAir({ shop, seed, startMs, neighbourPhones: scenario.neighbourPhones });
  let air: readonly Emission[] = [];
  const devices = createDevices({ shop, seed, startMs, air: () => air, trustedKeys });

  return {
    shop,
    devices,
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

function createDevices(parts: {
  shop: Shop;
  seed: string;
  startMs: number;
  air: () => readonly Emission[];
  trustedKeys: readonly string[];
}): PoweredDevice[] {
  const { shop, seed, startMs, air, trustedKeys } = parts;
  const { config, storeId } = shop.world;
  const board = (kind: Device["kind"], deviceId: string, program: BoardOptions["program"]) =>
    createBoard({ identity: { storeId, kind, deviceId, seed, startMs }, program, trustedKeys });

  const shelvesByDevice = Map.groupBy(config.shelves, (shelf) => shelf.device);
  const zonesByCamera = Map.groupBy(
    config.zones.filter((zone) => zone.camera),
    (zone) => zone.camera ?? "",
  );
  return [
    ...[...shelvesByDevice].map(([deviceId, shelves]) => {
      const plates = shop.plates.filter((plate) => shelves.some((shelf) => shelf.id === plate.shelf));
      return board("shelf", deviceId, (identity, { scale, settings }) =>
        createShelf(identity, plates, { memory: scale, heartbeatMs: () => reportMs(settings) }),
      );
    }),
    ...config.receivers.map(({ id, at }) => board("ble", id, (identity) => createBleReceiver(identity, at, air))),
    ...config.rfid.map(({ id, antennas }) =>
      board("rfid", id, (identity) => createRfidReader(identity, shop, antennas)),
    ),
    ...[...zonesByCamera].map(([deviceId, zones]) => {
      const names = zones.map((zone) => zone.id);
      return board("camera", deviceId, (identity) => createCamera(identity, shop, names));
    }),
    ...config.mirrors.map(({ id }) => board("mirror", id, (identity) => createMirror(identity, shop))),
  ];
}

const reportMs = (settings: Settings) => (typeof settings.reportMs === "number" ? settings.reportMs : 10_000);
