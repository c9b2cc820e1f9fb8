import type { DecodeResult } from "../decoded.ts";
import { bounds } from "../readings.ts";
import { signedByte, toHex } from "./hex.ts";
import type { HeardAdvert } from "./read-adverts.ts";

/**
 * Minew's BINARY-LONG, big-endian: `BB 01 | total length 4 | gateway 6 | devices 2 | devices… | DD`, a device being
 * `address 6 | packets 2 | packets…`, a packet `length 1 | AD… | response 1 | rssi int8` (layout as reelyactive's
 * barnowl-minew reads it; bits 0x06 of the response mark an address that was made up).
 */
export type MinewBinary = { gateway: string; adverts: HeardAdvert[] };

const [headerBytes, tail, randomBits] = [14, 0xdd, 0x06];

export function isMinewBinary(bytes: Uint8Array): boolean {
  return bytes[0] === 0xbb;
}

/** The whole frame -> the gateway's address and every advert it heard. */
export function decodeMinewBinary(bytes: Uint8Array): DecodeResult<MinewBinary> {
  if (bytes[0] !== 0xbb || bytes[1] !== 0x01) return { ok: false, reason: "a Minew frame of another kind than long" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length <= headerBytes) return cutOff;
  if (view.getUint32(2) !== bytes.length) {
    return { ok: false, reason: `the Minew frame announces ${view.getUint32(2)} bytes, it has ${bytes.length}` };
  }
  const end = bytes.length - 1;
  if (bytes[end] !== tail) return { ok: false, reason: "the Minew frame does not end with DD" };

  const adverts: HeardAdvert[] = [];
  let offset = headerBytes;
  for (let devices = view.getUint16(12); devices > 0; devices--) {
    if (offset + 8 > end) return cutOff;
    const mac = toHex(bytes, offset, offset + 6);
    let packets = view.getUint16(offset + 6);
    offset += 8;
    for (; packets > 0; packets--) {
      if (offset >= end) return cutOff;
      const dataEnd = offset + 1 + bytes[offset]!;
      if (dataEnd + 2 > end) return cutOff;
      if (adverts.length === bounds.maxAdvertsPerMessage) {
        return { ok: false, reason: `the Minew frame must not have more than ${bounds.maxAdvertsPerMessage} packets` };
      }
      const random = (bytes[dataEnd]! & randomBits) !== 0;
      adverts.push({ mac, rssi: signedByte(bytes[dataEnd + 1]!), data: toHex(bytes, offset + 1, dataEnd), random });
      offset = dataEnd + 2;
    }
  }
  if (offset !== end) return { ok: false, reason: "the Minew frame has bytes that belong to no device" };
  return { ok: true, value: { gateway: toHex(bytes, 6, 12), adverts } };
}

const cutOff: DecodeResult<never> = { ok: false, reason: "the Minew frame is cut off" };
