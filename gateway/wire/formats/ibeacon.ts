import type { DecodeResult } from "../decoded.ts";
import { signedByte, toHex } from "./hex.ts";

/**
 * iBeacon, in manufacturer data: `4C 00 | 02 15 | uuid 16 BE | major 2 BE | minor 2 BE | power int8 dBm at 1 m`.
 * Layout as printed in the AprilBrother AB BLE Gateway V4 guide and decoded by reelyactive/barnowl-minew.
 */
export type Beacon = { beacon: string; measuredPowerDbm: number };

const length = 25;

export function isIbeacon(data: Uint8Array): boolean {
  return data[0] === 0x4c && data[1] === 0x00 && data[2] === 0x02 && data[3] === 0x15;
}

/** Manufacturer data of an iBeacon -> its canonical id and its power at 1 m. Some makers append bytes; they are ignored. */
export function decodeIbeacon(data: Uint8Array): DecodeResult<Beacon> {
  if (!isIbeacon(data)) return { ok: false, reason: "not an iBeacon" };
  if (data.length < length) return { ok: false, reason: `an iBeacon has ${length} bytes, this one ${data.length}` };
  const major = (data[20]! << 8) | data[21]!;
  const minor = (data[22]! << 8) | data[23]!;
  const beacon = `ibeacon:${formatUuid(toHex(data, 4, 20))}:${major}:${minor}`;
  return { ok: true, value: { beacon, measuredPowerDbm: signedByte(data[24]!) } };
}

/** The canonical id of Sighting.beacon. */
export function ibeaconId(uuid: string, major: number, minor: number): string {
  return `ibeacon:${uuid.toLowerCase()}:${major}:${minor}`;
}

/** A UUID with hyphens or without, in either case -> lower case with hyphens; undefined for anything else. */
export function canonicalUuid(text: string): string | undefined {
  const hex = text.replaceAll("-", "").toLowerCase();
  return /^[0-9a-f]{32}$/.test(hex) ? formatUuid(hex) : undefined;
}

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
