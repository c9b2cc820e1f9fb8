import { createDevice, type Device, type DeviceIdentity } from "./device.ts";
import { createScale, type ScaleMemory, type Spoil } from "./scale.ts";
import type { Plate } from "./shop.ts";

/** The scale under a shelf: reads twice a second, speaks when a plate moves and every ten seconds anyway. */
export function createShelf(
  identity: DeviceIdentity,
  plates: readonly Plate[],
  more: { memory?: ScaleMemory; heartbeatMs?: () => number; spoil?: Spoil | undefined } = {},
): Device {
  const { seed, deviceId, startMs } = identity;
  const measure = createScale({ seed, name: deviceId, startMs, plates, ...more });
  return createDevice(identity, ({ nowMs, send }) => {
    const measured = measure(nowMs);
    if (measured.length > 0) send("reading", { plates: measured });
  });
}
