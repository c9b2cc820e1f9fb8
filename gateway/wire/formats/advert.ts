import type { DecodeResult, SensorValue } from "../decoded.ts";
import { adType, readAdStructures } from "./ad-structures.ts";
import { decodeBthomeV2, isBthome } from "./bthome-v2.ts";
import { decodeEddystoneUid, isEddystone } from "./eddystone-uid.ts";
import { decodeIbeacon, isIbeacon } from "./ibeacon.ts";

/** What one advertisement means to a shop. Everything else on the air, phones above all, is refused and forgotten. */
export type AdvertMeaning =
  | { kind: "beacon"; beacon: string; measuredPowerDbm: number }
  | { kind: "sensor"; mac?: string; values: SensorValue[] };

/** Hex of AD structures -> beacon or sensor values. */
export function decodeAdvert(dataHex: string): DecodeResult<AdvertMeaning> {
  const structures = readAdStructures(Buffer.from(dataHex, "hex"));
  if (!structures.ok) return structures;
  for (const { type, data } of structures.value) {
    if (type === adType.manufacturerData && isIbeacon(data)) return beacon(decodeIbeacon(data));
    if (type !== adType.serviceData16) continue;
    if (isEddystone(data)) return beacon(decodeEddystoneUid(data));
    if (isBthome(data)) {
      const frame = decodeBthomeV2(data);
      return frame.ok ? { ok: true, value: { kind: "sensor", ...frame.value } } : frame;
    }
  }
  return { ok: false, reason: "no beacon and no sensor that is known" };
}

function beacon(result: ReturnType<typeof decodeIbeacon>): DecodeResult<AdvertMeaning> {
  return result.ok ? { ok: true, value: { kind: "beacon", ...result.value } } : result;
}
