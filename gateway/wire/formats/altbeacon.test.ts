import { expect, test } from "vitest";
import { decodeAdvert } from "./advert.ts";
import { decodeAltBeacon } from "./altbeacon.ts";

const id = "2f234454cf6d4a0fadf2f4911ba9ffa600010002";
/** The layout of the specification: length 1B, type FF, company 0x0118 (Radius Networks), BEAC. */
const advert = `1BFF1801BEAC${id}C500`;

test("an AltBeacon is known by its twenty bytes, whoever made it", () => {
  const heard = { ok: true, value: { kind: "beacon", beacon: `altbeacon:${id}`, measuredPowerDbm: -59 } };
  expect(decodeAdvert(advert)).toEqual(heard);
  expect(decodeAdvert(advert.replace("1801", "4C00"))).toEqual(heard);
});

test("an AltBeacon without its last byte is refused with the length it should have", () => {
  expect(decodeAltBeacon(Buffer.from(`1801BEAC${id}C5`, "hex"))).toEqual({
    ok: false,
    reason: "an AltBeacon has 26 bytes, this one 25",
  });
});
