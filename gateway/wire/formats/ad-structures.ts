import type { DecodeResult } from "../decoded.ts";

/** AD structures: `length | type | data…`, length excluding itself [Bluetooth Core 5.4, Vol 3 Part C, 11]. */

export const adType = { flags: 0x01, name: 0x09, serviceData16: 0x16, manufacturerData: 0xff } as const;

export type AdStructure = { type: number; data: Uint8Array };

/** Splits an advertisement. The data are views into `bytes`. A zero length ends it early, the rest is padding. */
export function readAdStructures(bytes: Uint8Array): DecodeResult<AdStructure[]> {
  const structures: AdStructure[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const length = bytes[offset]!;
    if (length === 0) break;
    const end = offset + 1 + length;
    if (end > bytes.length) {
      return {
        ok: false,
        reason: `the advert is cut off: byte ${offset} announces ${length} bytes, ${bytes.length - offset - 1} follow`,
      };
    }
    structures.push({ type: bytes[offset + 1]!, data: bytes.subarray(offset + 2, end) });
    offset = end;
  }
  return { ok: true, value: structures };
}
