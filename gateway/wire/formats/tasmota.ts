import type { Decoded, DecodeResult, MqttFormat, Reading, SensorValue } from "../decoded.ts";
import { parseJson, textOf } from "../json.ts";
import { foreignDeviceId } from "./device-id.ts";
import { gramsOfKilograms, gramsRange, numberWithin, type Range } from "./quantity.ts";

/**
 * Tasmota: `tele/<topic>/SENSOR` and `tele/<topic>/LWT` (arendst/Tasmota xsns_34_hx711, xsns_45_vl53l0x, xsns_77_vl53l1x).
 * `Time` is local time without a zone and therefore not used. Dedupe key: none; a weight or a distance said twice is the
 * same weight or distance.
 */

const name = "tasmota";
const kilogramsRange: Range = [gramsRange[0] / 1000, gramsRange[1] / 1000];
/** A VL53L1X sees 4 m. */
const millimetresRange: Range = [0, 5_000];
/** What the drivers say when nothing is in sight, besides null; in mm from old firmware and in cm from new. */
const nothingInSight = new Set([9999, 999.9]);
const maxSensors = 32;

export const tasmotaFormats: MqttFormat[] = [
  { name, topic: "tele/+/SENSOR", decode: decodeSensor },
  { name, topic: "tele/+/LWT", decode: decodeLastWill },
];

function decodeLastWill(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const text = textOf(bytes.subarray(0, 16));
  if (text !== "Online" && text !== "Offline") return { ok: false, reason: "LWT must be Online or Offline" };
  return decoded(levels, () => [{ kind: "status", state: text === "Online" ? "online" : "offline" }]);
}

function decodeSensor(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const payload = parseJson(bytes);
  if (!payload.ok) return payload;
  if (!isObject(payload.value)) return { ok: false, reason: "the payload must be an object" };
  const sensors = Object.entries(payload.value);
  if (sensors.length > maxSensors) return { ok: false, reason: `the payload has more than ${maxSensors} sensors` };
  const readings: Reading[] = [];
  const values: SensorValue[] = [];
  let isKnown = false;
  for (const [key, sensor] of sensors) {
    const distance = /^VL53L[01]X(?:[-_]([1-8]))?$/.exec(key);
    if (key !== "HX711" && !distance) continue;
    isKnown = true;
    if (!isObject(sensor)) return { ok: false, reason: `${key} must be an object` };
    if (!distance) {
      const weight = numberWithin("HX711.Weight", sensor.Weight, kilogramsRange);
      if (!weight.ok) return weight;
      readings.push({ kind: "plates", plates: [{ plate: 1, grams: gramsOfKilograms(weight.value) }] });
      continue;
    }
    const millimetres = readDistance(key, sensor.Distance, textOf(bytes));
    if (!millimetres.ok) return millimetres;
    if (millimetres.value === undefined) continue;
    values.push({ property: `distance${distance[1] ?? ""}`, value: millimetres.value, unit: "mm" });
  }
  if (!isKnown) return { ok: false, reason: "neither a scale nor a distance sensor speaks here" };
  return decoded(levels, (mac) => (values.length > 0 ? [...readings, { kind: "sensor", mac, values }] : readings));
}

/**
 * Old firmware says whole millimetres (263), new firmware centimetres and always one decimal (26.3, 26.0): only the text
 * tells them apart. Undefined: nothing in sight.
 */
function readDistance(key: string, value: unknown, text: string): DecodeResult<number | undefined> {
  if (value === null || (typeof value === "number" && nothingInSight.has(value))) return { ok: true, value: undefined };
  const inCentimetres = new RegExp(`"${key}":\\{"Distance":-?[0-9]+\\.`).test(text);
  const millimetres = typeof value === "number" && inCentimetres ? Math.round(value * 10) : value;
  return numberWithin(`${key}.Distance`, millimetres, millimetresRange);
}

function decoded(levels: string[], readings: (deviceId: string) => Reading[]): DecodeResult<Decoded> {
  const id = foreignDeviceId(name, [levels[1]!]);
  if (!id.ok) return id;
  return { ok: true, value: { deviceId: id.value, kind: "shelf", format: name, readings: readings(id.value) } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
