import type { Decoded, DecodeResult, MqttFormat, Reading } from "../decoded.ts";
import { textOf } from "../json.ts";
import { bounds } from "../readings.ts";
import { foreignDeviceId } from "./device-id.ts";
import { anyRange, gramsOfKilograms, gramsRange, numberOfText, numberWithin, type Range } from "./quantity.ts";

/**
 * ESPHome with its default topics (esphome.io, MQTT client): `<prefix>/sensor/<object>/state`, `<prefix>/binary_sensor/
 * <object>/state` and `<prefix>/status`, for a prefix of one level. Dedupe key: none; a state said twice is the same state.
 *
 * The unit travels only in Home Assistant's discovery, so the name of the sensor decides. One that ends in `weight` or
 * `scale`, then perhaps `_g` or `_kg`, then perhaps the number of the plate, is a plate in grams (or kilograms):
 * `shelf_weight`, `scale_kg`, `weight_2`, `weight_kg_2`. Everything else is a value without a unit, under its own name:
 * `scale_temperature` and the uncalibrated `weight_raw` must never be taken for a weight.
 */

const name = "esphome";
const weightForm = /^(?:[a-z0-9_-]*_)?(?:weight|scale)(?:_(g|kg))?(?:_([0-9]{1,2}))?$/;
const objectForm = /^[A-Za-z0-9_-]{1,40}$/;
const kilogramsRange: Range = [gramsRange[0] / 1000, gramsRange[1] / 1000];

export const esphomeFormats: MqttFormat[] = [
  { name, topic: "+/sensor/+/state", decode: decodeSensor },
  { name, topic: "+/binary_sensor/+/state", decode: decodeBinarySensor },
  { name, topic: "+/status", decode: decodeStatus },
];

function decodeSensor(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const object = levels[2]!;
  if (!objectForm.test(object)) return { ok: false, reason: "the name of the sensor has a form nobody knows" };
  const text = textOf(bytes.subarray(0, 64)).trim();
  if (text.toLowerCase() === "nan") return { ok: false, reason: `${object} could not be measured: "${text}"` };
  const weight = weightForm.exec(object.toLowerCase());
  const range = weight ? (weight[1] === "kg" ? kilogramsRange : gramsRange) : anyRange;
  const value = numberWithin(object, numberOfText(text) ?? Number.NaN, range);
  if (!value.ok) return value;
  if (!weight) return decoded(levels, (mac) => sensor(mac, object, value.value));
  const plate = numberWithin("the plate in the name of the sensor", Number(weight[2] ?? 1), [1, bounds.maxPlate]);
  if (!plate.ok) return plate;
  const grams = weight[1] === "kg" ? gramsOfKilograms(value.value) : value.value;
  return decoded(levels, () => ({ kind: "plates", plates: [{ plate: plate.value, grams }] }));
}

function decodeBinarySensor(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const object = levels[2]!;
  if (!objectForm.test(object)) return { ok: false, reason: "the name of the sensor has a form nobody knows" };
  const text = textOf(bytes.subarray(0, 16));
  if (text !== "ON" && text !== "OFF") return { ok: false, reason: `${object} must be ON or OFF` };
  return decoded(levels, (mac) => sensor(mac, object, text === "ON" ? 1 : 0));
}

function decodeStatus(levels: string[], bytes: Uint8Array): DecodeResult<Decoded> {
  const state = textOf(bytes.subarray(0, 16));
  if (state !== "online" && state !== "offline") return { ok: false, reason: "status must be online or offline" };
  return decoded(levels, () => ({ kind: "status", state }));
}

function sensor(mac: string, property: string, value: number): Reading {
  return { kind: "sensor", mac, values: [{ property, value, unit: "" }] };
}

function decoded(levels: string[], reading: (deviceId: string) => Reading): DecodeResult<Decoded> {
  const prefix = levels[0]!;
  if (prefix === "homeassistant") return { ok: false, reason: "Home Assistant itself is no device" };
  const id = foreignDeviceId(name, [prefix]);
  if (!id.ok) return id;
  return { ok: true, value: { deviceId: id.value, kind: "shelf", format: name, readings: [reading(id.value)] } };
}
