import type { DecodeResult } from "../decoded.ts";
import { signedByte, toHex } from "./hex.ts";
import type { Beacon } from "./ibeacon.ts";

/**
 * Eddystone-UID, service data of 0xFEAA: `00 | txPower at 0 m int8 | namespace 10 | instance 6 | 00 00`
 * (google/eddystone protocol-specification.md; old tags leave out the two reserved bytes).
 */
export function isEddystone(serviceData: Uint8Array): boolean {
  return serviceData[0] === 0xaa && serviceData[1] === 0xfe;
}

/** Free-space loss of the first metre, which the specification adds to a reading taken at 1 m. */
export const firstMetreDb = 41;
const length = 2 + 18;

/** Service data with its UUID -> canonical id and power at 1 m. The other frames have files of their own. */
export function decodeEddystoneUid(serviceData: Uint8Array): DecodeResult<Beacon> {
  if (!isEddystone(serviceData)) return { ok: false, reason: "not an Eddystone frame" };
  const frame = serviceData[2];
  if (frame === undefined || frame >> 4 !== 0) return { ok: false, reason: "an Eddystone frame other than UID" };
  if (serviceData.length < length) {
    return { ok: false, reason: `an Eddystone-UID has ${length} bytes, this one ${serviceData.length}` };
  }
  const beacon = `eddystone:${toHex(serviceData, 4, 14)}:${toHex(serviceData, 14, 20)}`;
  return { ok: true, value: { beacon, measuredPowerDbm: signedByte(serviceData[3]!) - firstMetreDb } };
}
