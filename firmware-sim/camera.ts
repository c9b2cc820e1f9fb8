import { createDevice, createRhythm, type Device, type DeviceIdentity } from "./device.ts";
import { createRandom, type Random } from "./random.ts";
import type { Shop } from "./shop.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const lookEveryMs = 1_000;
const heartbeatEveryMs = 10_000;
const seenShare = 0.96;

/** Counts heads in its zones: answers a new number when it has seen it twice running, and all of them now and then. */
export function createHeadCounter(options: {
  seed: string;
  name: string;
  startMs: number;
  shop: Shop;
  zones: readonly string[];
}): (nowMs: number, random: Random) => { zone: string; people: number }[] {
  const { seed, name, startMs, shop } = options;
  const setUp = createRandom(seed, `camera/${name}`);
  const lookDue = createRhythm(lookEveryMs, setUp, startMs);
  const heartbeatDue = createRhythm(heartbeatEveryMs, setUp, startMs);
  const views = options.zones.map((zone) => ({ zone, before: -1, said: -1 }));

  return (nowMs, random) => {
    if (!lookDue(nowMs)) return [];
    const heartbeat = heartbeatDue(nowMs);
    const counts: { zone: string; people: number }[] = [];
    for (const view of views) {
      let people = 0;
      for (let n = 0; n < shop.headCount(view.zone); n++) if (random.chance(seenShare)) people += 1;
      const steady = people === view.before;
      view.before = people;
      if (!steady || (people === view.said && !heartbeat)) continue;
      view.said = people;
      counts.push({ zone: view.zone, people });
    }
    return counts;
  };
}

/** A camera that counts heads in its zones. */
export function createCamera(identity: DeviceIdentity, shop: Shop, zones: readonly string[]): Device {
  const count = createHeadCounter({ ...identity, name: identity.deviceId, shop, zones });
  return createDevice(identity, ({ nowMs, random, send }) => {
    for (const { zone, people } of count(nowMs, random)) send("event", { kind: "count", zone, people });
  });
}
