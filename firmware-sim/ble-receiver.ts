import { createDevice, createRhythm, type Device, type DeviceIdentity } from "./device.ts";
import type { Point } from "./floor-paths.ts";
import { createEar, type Emission, type Heard } from "./radio.ts";
import { createRandom } from "./random.ts";

const batchEveryMs = 500;

/** Collects what a receiver hears at a place; answers it when the next batch is due, undefined until then. */
export function createListener(options: {
  seed: string;
  name: string;
  startMs: number;
  at: Point;
  air: () => readonly Emission[];
  everyMs?: number;
}): (nowMs: number) => Heard[] | undefined {
  const { seed, name, startMs, at, air } = options;
  const hear = createEar({ seed, receiverId: name, at });
  const batchDue = createRhythm(options.everyMs ?? batchEveryMs, createRandom(seed, `batch/${name}`), startMs);
  let heard: Heard[] = [];
  return (nowMs) => {
    for (const emission of air()) {
      const rssi = hear(emission);
      const { mac, random, data, frame, at: sentAt } = emission;
      if (rssi !== undefined) heard.push({ mac, random, data, at: sentAt, rssi, ...(frame ? { frame } : {}) });
    }
    if (!batchDue(nowMs)) return undefined;
    const batch = heard;
    heard = [];
    return batch;
  };
}

/** A Bluetooth receiver: collects what it hears and passes it on twice a second, raw, without judging it. */
export function createBleReceiver(identity: DeviceIdentity, at: Point, air: () => readonly Emission[]): Device {
  const listen = createListener({ ...identity, name: identity.deviceId, at, air });
  const { clock = (nowMs) => nowMs } = identity;
  return createDevice(identity, ({ nowMs, send }) => {
    const heard = listen(nowMs) ?? [];
    if (heard.length === 0) return;
    send("adverts", {
      adverts: heard.map(({ mac, rssi, data, at: heardAt }) => ({ mac, rssi, data, at: clock(heardAt) })),
    });
  });
}
