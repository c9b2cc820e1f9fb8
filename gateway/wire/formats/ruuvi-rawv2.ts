import type { DecodeResult, SensorValue } from "../decoded.ts";
import { toHex } from "./hex.ts";

/**
 * RuuviTag data format 5, RAWv2, in manufacturer data of 0x0499, big-endian: `99 04 | 05 | temperature s16 | humidity u16 |
 * pressure u16 | acceleration 3 x s16 | power 11 + 5 bits | movements u8 | sequence u16 | address 6` (ruuvi/docs
 * communication/bluetooth-advertisements/data-format-5-rawv2.md). The sequence is its own dedupe key.
 */
export type RuuviFrame = { mac?: string; values: SensorValue[] };

const length = 2 + 24;
const notAvailable = { s16: -0x8000, u16: 0xffff, u8: 0xff, millivolts: 0x7ff, txPower: 0x1f };

export function isRuuvi(manufacturerData: Uint8Array): boolean {
  return manufacturerData[0] === 0x99 && manufacturerData[1] === 0x04;
}

/** Manufacturer data with its company id -> what the tag measured; each value it has none for is left out. */
export function decodeRuuviRawV2(manufacturerData: Uint8Array): DecodeResult<RuuviFrame> {
  if (!isRuuvi(manufacturerData)) return { ok: false, reason: "not a Ruuvi frame" };
  const format = manufacturerData[2];
  if (format !== 5) return { ok: false, reason: `Ruuvi data format ${format ?? "of nothing"} is not known, only 5` };
  if (manufacturerData.length < length) {
    return { ok: false, reason: `a Ruuvi frame has ${length} bytes, this one ${manufacturerData.length}` };
  }
  const view = new DataView(manufacturerData.buffer, manufacturerData.byteOffset + 3, length - 3);
  const values: SensorValue[] = [];
  function add(raw: number, none: number, property: string, [factor, offset, unit]: [number, number, string]) {
    if (raw === none) return;
    values.push({ property, value: Math.round((raw * factor + offset) * 1e6) / 1e6, unit });
  }
  const power = view.getUint16(12);
  add(view.getInt16(0), notAvailable.s16, "temperature", [0.005, 0, "°C"]);
  add(view.getUint16(2), notAvailable.u16, "humidity", [0.0025, 0, "%"]);
  add(view.getUint16(4), notAvailable.u16, "pressure", [0.01, 500, "hPa"]);
  add(view.getInt16(6), notAvailable.s16, "accelerationX", [0.001, 0, "g"]);
  add(view.getInt16(8), notAvailable.s16, "accelerationY", [0.001, 0, "g"]);
  add(view.getInt16(10), notAvailable.s16, "accelerationZ", [0.001, 0, "g"]);
  add(power >> 5, notAvailable.millivolts, "voltage", [0.001, 1.6, "V"]);
  add(power & 0x1f, notAvailable.txPower, "txPower", [2, -40, "dBm"]);
  add(view.getUint8(14), notAvailable.u8, "movements", [1, 0, ""]);
  add(view.getUint16(15), notAvailable.u16, "sequence", [1, 0, ""]);
  if (values.length === 0) return { ok: false, reason: "the Ruuvi tag has nothing to say" };
  const address = toHex(manufacturerData, 20, 26);
  const mac = address === "ffffffffffff" ? {} : { mac: address.replace(/..(?!$)/g, "$&:") };
  return { ok: true, value: { ...mac, values } };
}
