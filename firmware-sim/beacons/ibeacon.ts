import type { Advert } from "./frame.ts";

/** What the baskets' beacons claim to be received at, one metre away. Most catalogue beacons ship with −59 dBm. */
export const measuredPowerDbm = -59;

/** An iBeacon: flags, then Apple manufacturer data of type 02 15 (all big-endian). */
export function encodeIBeacon(uuid: string, major: number, minor: number): Advert {
  const power = (measuredPowerDbm & 0xff).toString(16).padStart(2, "0");
  const data = `0201061aff4c000215${uuid.replaceAll("-", "")}${word(major)}${word(minor)}${power}`;
  return { data, frame: { is: "ibeacon", uuid, major, minor, powerDbm: measuredPowerDbm } };
}

/** Hex of what a stranger's phone sends: flags and a "nearby" message of changing content. Nobody can or should follow it. */
export function encodePhoneChatter(changingHex: string): string {
  return `02011a0aff4c001005${changingHex.slice(0, 10).padEnd(10, "0")}`;
}

const word = (value: number) => value.toString(16).padStart(4, "0");
