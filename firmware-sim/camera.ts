import { createDevice, createRhythm, type Device, type DeviceIdentity } from "./device.ts";
import { createRandom } from "./random.ts";
import type { Shop } from "./shop.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const lookEveryMs = 1_000;
const heartbeatEveryMs = 10_000;
const seenShare = 0.96;

/** A camera that counts heads in its zones. It says a new number when it has seen it twice running, and now and then anyway. */
export function createCamera(identity: DeviceIdentity, shop: Shop, zones: readonly string[]): Device {
  const setUp = createRandom(identity.seed, `camera/${identity.deviceId}`);
  const lookDue = createRhythm(lookEveryMs, setUp, identity.startMs);
  const heartbeatDue = createRhythm(heartbeatEveryMs, setUp, identity.startMs);
  const views = zones.map((zone) => ({ zone, before: -1, said: -1 }));

  return createDevice(identity, ({ nowMs, random, send }) => {
    if (!lookDue(nowMs)) return;
    const heartbeat = heartbeatDue(nowMs);
    for (const view of views) {
      let people = 0;
      for (let n = 0; n < shop.headCount(view.zone); n++) if (random.chance(seenShare)) people += 1;
      const steady = people === view.before;
      view.before = people;
      if (!steady || (people === view.said && !heartbeat)) continue;
      view.said = people;
      send("event", { kind: "count", zone: view.zone, people });
    }
  });
}
