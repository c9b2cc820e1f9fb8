import type { Advert } from "./frame.ts";

/** AltBeacon (AltBeacon/spec): `1B FF | company 2 LE | BE AC | id 20 | power at 1 m | reserved`; the company is Radius Networks. */
export function encodeAltBeacon(id: string, powerDbm: number): Advert {
  const power = (powerDbm & 0xff).toString(16).padStart(2, "0");
  return { data: `0201061bff1801beac${id}${power}00`, frame: { is: "altbeacon", id, powerDbm } };
}
