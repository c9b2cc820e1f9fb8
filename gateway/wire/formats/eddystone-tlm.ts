import type { DecodeResult, SensorValue } from "../decoded.ts";
import { isEddystone } from "./eddystone-uid.ts";

/**
 * Eddystone-TLM, how a beacon is: service data of 0xFEAA, big-endian: `20 | version 00 | battery mV u16, 0 for none |
 * temperature int8.8 °C, 8000 for none | adverts u32 | tenths of a second u32` (google/eddystone eddystone-tlm/tlm-plain.md).
 * It carries no id of its own; the sender's address says whose it is.
 */
const length = 2 + 14;
const encrypted = 0x01;

/** Service data with its UUID -> battery, temperature, adverts sent and seconds since power-on. */
export function decodeEddystoneTlm(serviceData: Uint8Array): DecodeResult<{ values: SensorValue[] }> {
  if (!isEddystone(serviceData) || serviceData[2] !== 0x20) return { ok: false, reason: "not an Eddystone-TLM frame" };
  if (serviceData[3] === encrypted) return { ok: false, reason: "encrypted, no key" };
  if (serviceData[3] !== 0)
    return { ok: false, reason: `Eddystone-TLM version ${serviceData[3]} is not known, only 0` };
  if (serviceData.length < length) {
    return { ok: false, reason: `an Eddystone-TLM has ${length} bytes, this one ${serviceData.length}` };
  }
  const view = new DataView(serviceData.buffer, serviceData.byteOffset, serviceData.byteLength);
  const values: SensorValue[] = [];
  const millivolts = view.getUint16(4);
  const temperature = view.getInt16(6);
  if (millivolts !== 0) values.push({ property: "voltage", value: millivolts / 1_000, unit: "V" });
  if (temperature !== -0x8000) values.push({ property: "temperature", value: temperature / 256, unit: "°C" });
  values.push({ property: "adverts", value: view.getUint32(8), unit: "" });
  values.push({ property: "uptime", value: view.getUint32(12) / 10, unit: "s" });
  return { ok: true, value: { values } };
}
