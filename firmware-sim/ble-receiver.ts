import { createDevice, createRhythm, type Device, type DeviceIdentity } from "./device.ts";
import type { Point } from "./floor-paths.ts";
import { createEar, type Emission } from "./radio.ts";
import { createRandom } from "./random.ts";

const batchEveryMs = 500;

/** A Bluetooth receiver: collects what it hears and passes it on twice a second, raw, without judging it. */
export function createBleReceiver(identity: DeviceIdentity, at: Point, air: () => readonly Emission[]): Device {
  const hear = createEar({ seed: identity.seed, receiverId: identity.deviceId, at });
  const batchDue = createRhythm(
    batchEveryMs,
    createRandom(identity.seed, `batch/${identity.deviceId}`),
    identity.startMs,
  );
  let heard: { mac: string; rssi: number; data: string; at: number }[] = [];

  return createDevice(identity, ({ nowMs, send }) => {
    for (const emission of air()) {
      const rssi = hear(emission);
      if (rssi !== undefined) heard.push({ mac: emission.mac, rssi, data: emission.data, at: emission.at });
    }
    if (!batchDue(nowMs) || heard.length === 0) return;
    send("adverts", { adverts: heard });
    heard = [];
  });
}
