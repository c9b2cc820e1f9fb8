import type { Decoded, DecodeResult, MqttFormat, Reading, SensorValue } from "../decoded.ts";
import { parseJson, textOf } from "../json.ts";
import { foreignDeviceId } from "./device-id.ts";
import { numberWithin, type Range } from "./quantity.ts";

/**
 * Zigbee2MQTT: `zigbee2mqtt/<name>` and `zigbee2mqtt/<name>/availability` (zigbee2mqtt.io, MQTT topics and messages).
 * A name may have slashes in it; up to four levels are read. Dedupe key: none; a state said twice is the same state.
 */

const name = "zigbee2mqtt";

const yesOrNo: Range = [0, 1];

/** What a shop can use, in the words and units of BTHome. All else (actions, colours, settings) is passed over. */
type Exposed = { property: string; unit: string; range: Range };
const exposed: ReadonlyMap<string, Exposed> = new Map([
  // false says that the contact is broken, that is: open
  ["contact", yesNo("opening")],
  ["occupancy", yesNo("occupancy")],
  ["presence", yesNo("presence")],
  ["vibration", yesNo("vibration")],
  ["tamper", yesNo("tamper")],
  ["water_leak", yesNo("moistureDetected")],
  ["smoke", yesNo("smoke")],
  ["battery_low", yesNo("batteryLow")],
  ["battery", number("battery", "%", 0, 100)],
  ["temperature", number("temperature", "°C", -60, 150)],
  ["humidity", number("humidity", "%", 0, 100)],
  ["pressure", number("pressure", "hPa", 300, 1_200)],
  ["illuminance", number("illuminance", "lx", 0, 200_000)],
  ["linkquality", number("linkquality", "", 0, 255)],
]);

export const zigbee2mqttFormats: MqttFormat[] = ["+", "+/+", "+/+/+", "+/+/+/+", "+/+/+/+/+"].map((levels) => ({
  name,
  topic: `zigbee2mqtt/${levels}`,
  decode,
}));

function decode(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const path = levels.slice(1);
  if (path[0] === "bridge") return { ok: false, reason: "the bridge speaks of itself, not of a device" };
  if (path.slice(1).some((level) => level === "set" || level === "get")) {
    return { ok: false, reason: "this asks a device for something; it says nothing" };
  }
  if (path.length > 1 && path.at(-1) === "availability") return decodeAvailability(path.slice(0, -1), bytes);
  if (path.length > 4) return { ok: false, reason: "the name of the device has more than four levels" };
  return decodeState(path, bytes);
}

/** `{"state":"online"}`, and before version 2 the bare word. */
function decodeAvailability(path: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const text = textOf(bytes.subarray(0, 64));
  const state = /^(?:\{"state":")?(online|offline)(?:"\})?$/.exec(text.replace(/\s/g, ""))?.[1];
  if (state !== "online" && state !== "offline") return { ok: false, reason: "state must be online or offline" };
  return decoded(path, () => ({ kind: "status", state }));
}

function decodeState(path: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const payload = parseJson(bytes);
  if (!payload.ok) return payload;
  if (typeof payload.value !== "object" || payload.value === null || Array.isArray(payload.value)) {
    return { ok: false, reason: "the payload must be an object" };
  }
  const state = payload.value as Record<string, unknown>;
  const values: SensorValue[] = [];
  for (const [key, { property, unit, range }] of exposed) {
    const said = Object.hasOwn(state, key) ? state[key] : undefined;
    // null stands for what a device has not yet said
    if (said === undefined || said === null) continue;
    const value = range === yesOrNo ? readYesNo(key, said) : numberWithin(key, said, range);
    if (!value.ok) return value;
    values.push({ property, value: value.value, unit });
  }
  if (values.length === 0) return { ok: false, reason: "it says nothing that a shop can use" };
  return decoded(path, (mac) => ({ kind: "sensor", mac, values }));
}

function readYesNo(key: string, said: unknown): DecodeResult<number> {
  if (typeof said !== "boolean") return { ok: false, reason: `${key} must be true or false` };
  return { ok: true, value: said === (key !== "contact") ? 1 : 0 };
}

function decoded(path: string[], reading: (deviceId: string) => Reading): DecodeResult<Decoded> {
  const id = foreignDeviceId(name, path);
  if (!id.ok) return id;
  return { ok: true, value: { deviceId: id.value, kind: "shelf", format: name, readings: [reading(id.value)] } };
}

function yesNo(property: string): Exposed {
  return { property, unit: "", range: yesOrNo };
}

function number(property: string, unit: string, min: number, max: number): Exposed {
  return { property, unit, range: [min, max] };
}
