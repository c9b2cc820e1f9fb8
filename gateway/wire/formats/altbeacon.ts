import type { DecodeResult } from "../decoded.ts";
import { signedByte, toHex } from "./hex.ts";
import type { Beacon } from "./ibeacon.ts";

/**
 * AltBeacon, in manufacturer data of any maker: `company 2 | BE AC | id 20 | power int8 dBm at 1 m | reserved 1`
 * (AltBeacon/spec). The id is one name: how many of its bytes mean the organisation is the owner's choice.
 */
const length = 26;

export function isAltBeacon(manufacturerData: Uint8Array): boolean {
  return manufacturerData[2] === 0xbe && manufacturerData[3] === 0xac;
}

/** Manufacturer data -> "altbeacon:<40 hex digits>" and its power at 1 m. */
export function decodeAltBeacon(manufacturerData: Uint8Array): DecodeResult<Beacon> {
  if (!isAltBeacon(manufacturerData)) return { ok: false, reason: "not an AltBeacon" };
  if (manufacturerData.length < length) {
    return { ok: false, reason: `an AltBeacon has ${length} bytes, this one ${manufacturerData.length}` };
  }
  const beacon = `altbeacon:${toHex(manufacturerData, 4, 24)}`;
  return { ok: true, value: { beacon, measuredPowerDbm: signedByte(manufacturerData[24]!) } };
}
