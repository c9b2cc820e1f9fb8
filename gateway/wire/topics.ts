import type { DecodeResult } from "./decoded.ts";

/** The native topic tree: store/<storeId>/<kind>/<deviceId>/<channel>. */

export const deviceKinds = ["shelf", "rfid", "ble", "camera", "mirror"] as const;
export type TopicKind = (typeof deviceKinds)[number];

/** What a device publishes, and `command`, which it subscribes to. */
export const channels = ["reading", "reads", "adverts", "event", "status", "telemetry", "command", "reply"] as const;
export type Channel = (typeof channels)[number];

export type DeviceTopic = { kind: TopicKind; deviceId: string; channel: Channel };

/** Bounds on what may come in at all. Longer topics and larger payloads are refused before anyone looks inside. */
export const maxTopicBytes = 256;
export const maxTopicLevels = 16;
export const maxPayloadBytes = 256 * 1024;
export const maxDeviceIdLength = 64;

const deviceIdPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;
const kindByName: ReadonlyMap<string, TopicKind> = new Map(deviceKinds.map((kind) => [kind, kind]));
const channelByName: ReadonlyMap<string, Channel> = new Map(channels.map((channel) => [channel, channel]));

/** True for names that are safe as one topic level, as a key and in a URL. */
export function isDeviceId(text: string): boolean {
  return deviceIdPattern.test(text);
}

/** For example `shelf/A1/reading` of store `main` -> `store/main/shelf/A1/reading`. */
export function deviceTopic(storeId: string, { kind, deviceId, channel }: DeviceTopic): string {
  return `store/${storeId}/${kind}/${deviceId}/${channel}`;
}

/** MQTT filter for one channel of every device of a kind; both wild by default. */
export function deviceTopicFilter(storeId: string, kind = "+", channel = "+"): string {
  return `store/${storeId}/${kind}/+/${channel}`;
}

/** The device id of an ESPresense node by its room: rooms are free text, ids are not. */
export function espresenseDeviceId(room: string): string {
  return `espresense-${room.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 40)}`;
}

/** Where the gateway publishes what it knows. */
export const stockTopic = (storeId: string, sku: string) => `store/${storeId}/state/stock/${sku}`;
export const zoneTopic = (storeId: string, zone: string) => `store/${storeId}/state/zone/${zone}`;
export const alertTopic = (storeId: string, alertId: string) => `store/${storeId}/alert/${alertId}`;
export const offerTopic = (storeId: string, shopperId: string) => `store/${storeId}/shopper/${shopperId}/offer`;

/** Reads a native device topic. Refuses other stores, other kinds and odd names with a reason. */
export function parseDeviceTopic(storeId: string, topic: string): DecodeResult<DeviceTopic> {
  if (topic.length > maxTopicBytes) return { ok: false, reason: `the topic is longer than ${maxTopicBytes} bytes` };
  return parseDeviceTopicLevels(storeId, topic.split("/", maxTopicLevels + 1));
}

/** The same from a topic already split at its slashes. */
export function parseDeviceTopicLevels(storeId: string, levels: readonly string[]): DecodeResult<DeviceTopic> {
  if (levels.length !== 5 || levels[0] !== "store") {
    return { ok: false, reason: "not a device topic: store/<store>/<kind>/<device>/<channel> has five levels" };
  }
  if (levels[1] !== storeId) return { ok: false, reason: `the topic belongs to another store, not to "${storeId}"` };
  const kind = kindByName.get(levels[2]!);
  if (!kind) return { ok: false, reason: `"${shorten(levels[2]!)}" is not a kind of device` };
  const deviceId = levels[3]!;
  if (!isDeviceId(deviceId)) {
    return {
      ok: false,
      reason: `"${shorten(deviceId)}" cannot be a device id: letters, digits, _ . : and -, ${maxDeviceIdLength} at most`,
    };
  }
  const channel = channelByName.get(levels[4]!);
  if (!channel) return { ok: false, reason: `"${shorten(levels[4]!)}" is not a channel of a device` };
  return { ok: true, value: { kind, deviceId, channel } };
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
