import { deviceTopic, type TopicKind } from "#wire/topics.ts";
import { createRandom, type Random } from "./random.ts";

/** One MQTT message a simulated device sends. `at` is simulated epoch ms. */
export type Message = {
  at: number;
  kind: TopicKind;
  deviceId: string;
  topic: string;
  payload: string | Uint8Array;
  retain: boolean;
  /** 1 unless it says 0. */
  qos?: 0;
  /** Part of what the device says first on every connection. */
  greeting?: true;
};

/** What the broker says for a device that vanished; also its goodbye. */
export type Will = { topic: string; payload: string | Uint8Array; retain: boolean; qos: 0 | 1 };

/** A simulated device: what it has to say now that the shop has moved on to `nowMs`. */
export type Device = {
  kind: TopicKind;
  deviceId: string;
  /** Its first step begins with its greeting. */
  step(nowMs: number): Message[];
  /** What it says first on a new connection, with the values of now. */
  greet(): Message[];
  /** Asked for once before every connection; some makers have none. */
  will(): Will | undefined;
  /** Topics it listens to. */
  listensTo?: readonly string[];
  hear?(topic: string, payload: Uint8Array): void;
};

/** "cut": no power, what was not sent yet is gone. "away": no network, it is kept. "resting": said goodbye, then no power. */
export type Air = "up" | "away" | "cut" | "resting";

/** A device with a power switch: one that can fail, restart and come back. */
export type PoweredDevice = Device & {
  air(): Air;
  /** Power off now and on again after `downMs`: a new boot. "resting": it says goodbye first. */
  restart(nowMs: number, downMs: number, how: "cut" | "resting"): void;
};

export type DeviceIdentity = {
  storeId: string;
  kind: TopicKind;
  deviceId: string;
  seed: string;
  /** When it was switched on, epoch ms. */
  startMs: number;
  firmware?: string;
  /** What its own clock shows; right where left out. */
  clock?: (nowMs: number) => number;
  /** Charge of its battery, %; left out: it hangs on the mains. */
  battery?: (nowMs: number) => number;
};

export const factoryFirmware = "1.0.0";
const telemetryEveryMs = 60_000;

/** What all native devices share: boot and seq, status, telemetry once a minute. `speak` says what the kind of device measures. */
export function createDevice(
  identity: DeviceIdentity,
  speak: (tools: { nowMs: number; random: Random; send: (channel: DataChannel, body: object) => void }) => void,
): Device {
  const { storeId, kind, deviceId, seed, startMs, clock = (nowMs) => nowMs, battery } = identity;
  const firmware = identity.firmware ?? `vitrine-sim ${factoryFirmware}`;
  const random = createRandom(seed, `${kind}/${deviceId}`);
  // A new power-on is a new boot: the same seed started at another time must not look like a redelivery.
  const boot = createRandom(`${seed}@${startMs}`, `boot/${kind}/${deviceId}`).integer(1, 2 ** 31 - 1);
  const rssiDbm = random.between(-72, -42);
  let seq = 0;
  let lastMs = startMs;
  let nextTelemetryMs = startMs + random.between(2_000, telemetryEveryMs);
  let greeted = false;

  const message = (channel: DataChannel | "status" | "telemetry", body: object): Message => ({
    at: lastMs,
    kind,
    deviceId,
    topic: deviceTopic(storeId, { kind, deviceId, channel }),
    payload: JSON.stringify(body),
    retain: channel === "status",
    ...(channel === "status" ? { greeting: true } : {}),
  });
  const greet = () => [message("status", { state: "online", firmware, boot, at: clock(lastMs) })];

  return {
    kind,
    deviceId,
    greet,
    will: () => ({
      topic: deviceTopic(storeId, { kind, deviceId, channel: "status" }),
      payload: JSON.stringify({ state: "offline", firmware }),
      retain: true,
      qos: 1,
    }),
    step(nowMs) {
      lastMs = nowMs;
      const messages: Message[] = greeted ? [] : greet();
      greeted = true;
      speak({
        nowMs,
        random,
        send(channel, body) {
          messages.push(message(channel, { boot, seq, at: clock(nowMs), ...body }));
          seq += 1;
        },
      });
      if (nowMs >= nextTelemetryMs) {
        nextTelemetryMs += telemetryEveryMs;
        messages.push(
          message("telemetry", {
            at: clock(nowMs),
            uptimeS: Math.round((nowMs - startMs) / 1000),
            tempC: round(random.normal(34, 0.5), 1),
            freeMemoryBytes: random.integer(110_000, 140_000),
            wifiRssiDbm: Math.round(rssiDbm + random.normal(0, 2)),
            ...(battery ? { batteryPercent: Math.round(battery(nowMs)) } : {}),
          }),
        );
      }
      return messages;
    },
  };
}

export type DataChannel = "reading" | "reads" | "adverts" | "event";

/** True every `everyMs`, at a place in the cycle that is the device's own. */
export function createRhythm(
  everyMs: number | (() => number),
  random: Random,
  startMs: number,
): (nowMs: number) => boolean {
  const period = () => (typeof everyMs === "number" ? everyMs : everyMs());
  let dueMs = startMs + random.integer(0, Math.max(0, period() - 1));
  return (nowMs) => {
    if (nowMs < dueMs) return false;
    dueMs += period() * Math.max(1, Math.ceil((nowMs - dueMs + 1) / period()));
    return true;
  };
}

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  // Adding zero turns −0 into 0, which JSON would print the same but equality would not.
  return Math.round(value * scale) / scale + 0;
}
