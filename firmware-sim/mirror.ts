import { createDevice, createRhythm, type Device, type DeviceIdentity } from "./device.ts";
import { createRandom } from "./random.ts";
import type { Shop } from "./shop.ts";

const lookEveryMs = 500;

/** A mirror says when somebody stands before it and which look is tried. */
export function createMirror(identity: DeviceIdentity, shop: Shop): Device {
  const lookDue = createRhythm(
    lookEveryMs,
    createRandom(identity.seed, `mirror/${identity.deviceId}`),
    identity.startMs,
  );
  let person: string | undefined;
  let sku: string | undefined;

  return createDevice(identity, ({ nowMs, send }) => {
    if (!lookDue(nowMs)) return;
    const now = shop.looks.get(identity.deviceId) ?? {};
    if (now.person !== person) send("event", { kind: "presence", present: now.person !== undefined });
    if (now.sku !== undefined && (now.sku !== sku || now.person !== person)) {
      send("event", { kind: "look", sku: now.sku });
    }
    person = now.person;
    sku = now.sku;
  });
}
