import { createBleReceiver } from "./ble-receiver.ts";
import { createCamera } from "./camera.ts";
import { createCrowd } from "./crowd.ts";
import type { Device, DeviceIdentity, Message } from "./device.ts";
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
  devices: readonly Device[];
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
}): Simulation {
  const { world, scenario, seed, startMs, tell } = options;
  const receiverZones = [...new Set(world.config.receivers.map((receiver) => receiver.zone))];
  tell({ at: startMs, kind: "shop", seed, scenario: scenario.name, receiverZones });
  const shop = createShop(options);
  shop.tellStock();
  const crowd = createCrowd({ shop, scenario, seed, startMs });
  const listen = createAir({ shop, seed, startMs, neighbourPhones: scenario.neighbourPhones });
  let air: readonly Emission[] = [];
  const devices = createDevices({ shop, seed, startMs, air: () => air });

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

function createDevices(parts: { shop: Shop; seed: string; startMs: number; air: () => readonly Emission[] }): Device[] {
  const { shop, seed, startMs, air } = parts;
  const { config, storeId } = shop.world;
  const identity = (kind: Device["kind"], deviceId: string): DeviceIdentity => ({
    storeId,
    kind,
    deviceId,
    seed,
    startMs,
  });

  const shelvesByDevice = Map.groupBy(config.shelves, (shelf) => shelf.device);
  const zonesByCamera = Map.groupBy(
    config.zones.filter((zone) => zone.camera),
    (zone) => zone.camera ?? "",
  );
  return [
    ...[...shelvesByDevice].map(([deviceId, shelves]) =>
      createShelf(
        identity("shelf", deviceId),
        shop,
        shelves.map((shelf) => shelf.id),
      ),
    ),
    ...config.receivers.map((receiver) => createBleReceiver(identity("ble", receiver.id), receiver.at, air)),
    ...config.rfid.map((reader) => createRfidReader(identity("rfid", reader.id), shop, reader.antennas)),
    ...[...zonesByCamera].map(([deviceId, zones]) =>
      createCamera(
        identity("camera", deviceId),
        shop,
        zones.map((zone) => zone.id),
      ),
    ),
    ...config.mirrors.map((mirror) => createMirror(identity("mirror", mirror.id), shop)),
  ];
}
