import type { DecodeResult, SensorValue } from "../decoded.ts";
import type { Hearing } from "../format-memory.ts";
import { type AdStructure, adType, readAdStructures } from "./ad-structures.ts";
import { decodeAltBeacon, isAltBeacon } from "./altbeacon.ts";
import { readBthome } from "./bthome-sender.ts";
import { type BthomeFrame, decodeBthomeV2, isBthome } from "./bthome-v2.ts";
import { decodeEddystoneEid } from "./eddystone-eid.ts";
import { decodeEddystoneTlm } from "./eddystone-tlm.ts";
import { decodeEddystoneUid, isEddystone } from "./eddystone-uid.ts";
import { decodeEddystoneUrl } from "./eddystone-url.ts";
import { decodeIbeacon, isIbeacon } from "./ibeacon.ts";
import { decodeRuuviRawV2, isRuuvi } from "./ruuvi-rawv2.ts";

/** What one advertisement means to a shop. Everything else on the air, phones above all, is refused and forgotten. */
export type AdvertMeaning =
  | { kind: "beacon"; beacon: string; measuredPowerDbm: number }
  | { kind: "sensor"; mac?: string; values: SensorValue[] };

/** Whose advert it is, and what was heard before. */
export type AdvertSender = { mac: string; hearing: Hearing };

/** Hex of AD structures -> beacon or sensor values. Without a sender what is sealed stays so, and nothing is a repetition. */
export function decodeAdvert(dataHex: string, sender?: AdvertSender): DecodeResult<AdvertMeaning> {
  const structures = readAdStructures(Buffer.from(dataHex, "hex"));
  if (!structures.ok) return structures;
  for (const structure of structures.value) {
    const meaning = meaningOf(structure, sender);
    if (meaning) return meaning;
  }
  return { ok: false, reason: "no beacon and no sensor that is known" };
}

/** Undefined where the structure is nobody's that we know, and the next one may be. */
function meaningOf({ type, data }: AdStructure, sender?: AdvertSender): DecodeResult<AdvertMeaning> | undefined {
  if (type === adType.manufacturerData) {
    if (isIbeacon(data)) return beacon(decodeIbeacon(data));
    if (isRuuvi(data)) return sensor(decodeRuuviRawV2(data));
    return isAltBeacon(data) ? beacon(decodeAltBeacon(data)) : undefined;
  }
  if (type !== adType.serviceData16) return undefined;
  if (isEddystone(data)) return eddystone(data);
  if (!isBthome(data)) return undefined;
  return sensor(sender ? readBthome(data, sender.mac, sender.hearing) : decodeBthomeV2(data));
}

function eddystone(data: Uint8Array): DecodeResult<AdvertMeaning> {
  switch ((data[2] ?? 0) >> 4) {
    case 1: {
      const frame = decodeEddystoneUrl(data);
      if (!frame.ok) return frame;
      const { url, measuredPowerDbm } = frame.value;
      return { ok: true, value: { kind: "beacon", beacon: `eddystone-url:${url}`, measuredPowerDbm } };
    }
    case 2:
      return sensor(decodeEddystoneTlm(data));
    case 3: {
      const frame = decodeEddystoneEid(data);
      return frame.ok ? { ok: false, reason: "an Eddystone-EID whose owner nobody has resolved" } : frame;
    }
    default:
      return beacon(decodeEddystoneUid(data));
  }
}

function beacon(result: ReturnType<typeof decodeIbeacon>): DecodeResult<AdvertMeaning> {
  return result.ok ? { ok: true, value: { kind: "beacon", ...result.value } } : result;
}

function sensor(result: DecodeResult<BthomeFrame>): DecodeResult<AdvertMeaning> {
  return result.ok ? { ok: true, value: { kind: "sensor", ...result.value } } : result;
}
