import { deviceTopic, type TopicKind } from "#wire/topics.ts";
import { createRandom, type Random } from "./random.ts";

/** One MQTT message a simulated device sends. `at` is simulated epoch ms. */
export type Message = {
  at: number;
  kind: TopicKind;
  deviceId: string;
  topic: string;
  payload: string;
  retain: boolean;
};

/** A simulated device: what it has to say now that the shop has moved on to `nowMs`. */
export type Device = { kind: TopicKind; deviceId: string; step(nowMs: number): Message[] };

export type DeviceIdentity = { storeId: string; kind: TopicKind; deviceId: string; seed: string; startMs: number };

const firmware = "vitrine-sim 1.0.0";
const telemetryEveryMs = 60_000;

/** What all devices share: boot and seq, status, telemetry once a minute. `speak` says what the kind of device measures. */
export function createDevice(
  identity: DeviceIdentity,
  speak: (tools: { nowMs: number; random: Random; send: (channel: DataChannel, body: object) => void }) => void,
): Device {
  const { storeId, kind, deviceId, seed, startMs } = identity;
  const random = createRandom(seed, `${kind}/${deviceId}`);
  // A new power-on is a new boot: the same seed started at another time must not look like a redelivery.
  const boot = createRandom(`${seed}@${startMs}`, `boot/${kind}/${deviceId}`).integer(1, 2 ** 31 - 1);
  const rssiDbm = random.between(-72, -42);
  let seq = 0;
  let nextTelemetryMs = startMs + random.between(2_000, telemetryEveryMs);
  let greeted = false;

  return {
    kind,
    deviceId,
    step(nowMs) {
      const messages: Message[] = [];
      const push = (channel: DataChannel | "status" | "telemetry", body: object) =>
        messages.push({
          at: nowMs,
          kind,
          deviceId,
          topic: deviceTopic(storeId, { kind, deviceId, channel }),
          payload: JSON.stringify(body),
          retain: channel === "status",
        });
      if (!greeted) {
        greeted = true;
        push("status", { state: "online", firmware, boot, at: nowMs });
      }
      speak({
        nowMs,
        random,
        send(channel, body) {
          push(channel, { boot, seq, at: nowMs, ...body });
          seq += 1;
        },
      });
      if (nowMs >= nextTelemetryMs) {
        nextTelemetryMs += telemetryEveryMs;
        push("telemetry", {
          at: nowMs,
          uptimeS: Math.round((nowMs - startMs) / 1000),
          tempC: round(random.normal(34, 0.5), 1),
          freeMemoryBytes: random.integer(110_000, 140_000),
          wifiRssiDbm: Math.round(rssiDbm + random.normal(0, 2)),
        });
      }
      return messages;
    },
  };
}

export type DataChannel = "reading" | "reads" | "adverts" | "event";

/** The same text a device leaves behind as its will. */
export const offlineStatus = JSON.stringify({ state: "offline", firmware });

/** True every `everyMs`, at a place in the cycle that is the device's own. */
export function createRhythm(everyMs: number, random: Random, startMs: number): (nowMs: number) => boolean {
  let dueMs = startMs + random.integer(0, Math.max(0, everyMs - 1));
  return (nowMs) => {
    if (nowMs < dueMs) return false;
    dueMs += everyMs * Math.max(1, Math.ceil((nowMs - dueMs + 1) / everyMs));
    return true;
  };
}

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  // Adding zero turns −0 into 0, which JSON would print the same but equality would not.
  return Math.round(value * scale) / scale + 0;
}
