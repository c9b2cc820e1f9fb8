import type { DecodeResult } from "../decoded.ts";
import { firstMetreDb, isEddystone } from "./eddystone-uid.ts";
import { signedByte, toHex } from "./hex.ts";

/**
 * Eddystone-EID, service data of 0xFEAA: `30 | txPower at 0 m int8 | ephemeral id 8` (google/eddystone
 * eddystone-eid/README.md). The id changes every 2^K seconds, and only who holds the identity key knows whose it is:
 * until that is resolved, an EID is no beacon.
 */
export type EddystoneEid = { ephemeralId: string; measuredPowerDbm: number };

const length = 2 + 10;

/** Service data with its UUID -> the id of this moment and the power at 1 m. */
export function decodeEddystoneEid(serviceData: Uint8Array): DecodeResult<EddystoneEid> {
  if (!isEddystone(serviceData) || serviceData[2] !== 0x30) return { ok: false, reason: "not an Eddystone-EID frame" };
  if (serviceData.length < length) {
    return { ok: false, reason: `an Eddystone-EID has ${length} bytes, this one ${serviceData.length}` };
  }
  const measuredPowerDbm = signedByte(serviceData[3]!) - firstMetreDb;
  return { ok: true, value: { ephemeralId: toHex(serviceData, 4, 12), measuredPowerDbm } };
}
