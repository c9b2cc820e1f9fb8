import type { DecodeResult, SensorValue } from "../decoded.ts";
import { type BthomeObject, bthomeObjects } from "./bthome-objects.ts";
import { toHex } from "./hex.ts";

/**
 * BTHome v2, service data of 0xFCD2: `D2 FC | info | objects…`. Info: bit 0 encrypted, bit 1 a MAC follows,
 * bits 5–7 version 2. The packet id (0x00), where sent, is its own dedupe key.
 */
export type BthomeFrame = {
  /** Present where the frame carries its sender's address (some systems hide it from the receiver): "54:48:e6:8f:80:a5". */
  mac?: string;
  values: SensorValue[];
};

export function isBthome(serviceData: Uint8Array): boolean {
  return serviceData[0] === 0xd2 && serviceData[1] === 0xfc;
}

const text = 0x53;
const raw = 0x54;

/**
 * Service data with its UUID -> values in their units. As the specification asks, an unknown object ends the reading
 * and what came before it counts: its length cannot be known.
 */
export function decodeBthomeV2(serviceData: Uint8Array): DecodeResult<BthomeFrame> {
  if (!isBthome(serviceData)) return { ok: false, reason: "not a BTHome frame" };
  const info = serviceData[2];
  if (info === undefined) return { ok: false, reason: "the BTHome frame is empty" };
  if (info >> 5 !== 2) return { ok: false, reason: `BTHome version ${info >> 5} is not known, only version 2` };
  if (info & 0x01) return { ok: false, reason: "encrypted, no key" };
  let offset = 3;
  const frame: BthomeFrame = { values: [] };
  if (info & 0x02) {
    if (serviceData.length < 9) return { ok: false, reason: "the BTHome frame is cut off inside its address" };
    frame.mac = toHex(Uint8Array.from(serviceData.subarray(3, 9)).reverse()).replace(/..(?!$)/g, "$&:");
    offset = 9;
  }
  while (offset < serviceData.length) {
    const id = serviceData[offset]!;
    const object = bthomeObjects.get(id);
    const length = object ? object.bytes : id === text || id === raw ? 1 + (serviceData[offset + 1] ?? 0) : undefined;
    if (length === undefined) break;
    if (offset + 1 + length > serviceData.length) {
      return { ok: false, reason: `the BTHome frame is cut off inside object 0x${id.toString(16).padStart(2, "0")}` };
    }
    if (object) frame.values.push(readValue(object, serviceData, offset + 1));
    offset += 1 + length;
  }
  if (frame.values.length === 0) return { ok: false, reason: "the BTHome frame says nothing that is known" };
  return { ok: true, value: frame };
}

function readValue(object: BthomeObject, bytes: Uint8Array, start: number): SensorValue {
  let value = 0;
  for (let i = object.bytes - 1; i >= 0; i--) value = value * 256 + bytes[start + i]!;
  if (object.signed && value >= 2 ** (8 * object.bytes - 1)) value -= 2 ** (8 * object.bytes);
  // Six decimals keep every factor exact and spare the reader 25.060000000000002.
  return { property: object.property, value: Math.round(value * object.factor * 1e6) / 1e6, unit: object.unit };
}
