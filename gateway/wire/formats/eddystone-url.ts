import type { DecodeResult } from "../decoded.ts";
import { firstMetreDb, isEddystone } from "./eddystone-uid.ts";
import { signedByte } from "./hex.ts";

/**
 * Eddystone-URL, service data of 0xFEAA: `10 | txPower at 0 m int8 | scheme | 1 to 17 bytes of address, some of them
 * short for an ending` (google/eddystone eddystone-url/README.md).
 */
export type EddystoneUrl = { url: string; measuredPowerDbm: number };

const schemes = ["http://www.", "https://www.", "http://", "https://"];
const endings = [".com", ".org", ".edu", ".net", ".info", ".biz", ".gov"];
const maxEncodedBytes = 17;

/** Service data with its UUID -> the address in full and the power at 1 m. Bytes that no address may hold are refused. */
export function decodeEddystoneUrl(serviceData: Uint8Array): DecodeResult<EddystoneUrl> {
  if (!isEddystone(serviceData) || serviceData[2] !== 0x10) return { ok: false, reason: "not an Eddystone-URL frame" };
  const encoded = serviceData.subarray(5);
  if (encoded.length < 1 || encoded.length > maxEncodedBytes) {
    return {
      ok: false,
      reason: `an Eddystone-URL has 1 to ${maxEncodedBytes} bytes of address, this one ${encoded.length}`,
    };
  }
  let url = schemes[serviceData[4]!];
  if (url === undefined) return { ok: false, reason: `the scheme ${serviceData[4]} of an Eddystone-URL is not known` };
  for (const byte of encoded) {
    const ending = endings[byte % endings.length];
    if (byte < endings.length) url += `${ending}/`;
    else if (byte < 2 * endings.length) url += ending;
    else if (byte > 0x20 && byte < 0x7f) url += String.fromCharCode(byte);
    else return { ok: false, reason: `byte 0x${byte.toString(16).padStart(2, "0")} cannot stand in an address` };
  }
  return { ok: true, value: { url, measuredPowerDbm: signedByte(serviceData[3]!) - firstMetreDb } };
}
