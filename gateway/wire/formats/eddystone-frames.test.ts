import { describe, expect, test } from "vitest";
import { decodeAdvert } from "./advert.ts";
import { decodeEddystoneEid } from "./eddystone-eid.ts";
import { decodeEddystoneTlm } from "./eddystone-tlm.ts";
import { decodeEddystoneUrl } from "./eddystone-url.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const ascii = (text: string) => Buffer.from(text).toString("hex");
const advert = (frame: string) => {
  const data = bytes(frame);
  return decodeAdvert(`0201060303aafe${(data.length + 1).toString(16).padStart(2, "0")}16${data.toString("hex")}`);
};

describe("Eddystone-URL", () => {
  test("is a beacon by its address, with the power at 1 m", () => {
    expect(advert(`aafe 10 ec 00 ${ascii("vitrine")} 07`)).toEqual({
      ok: true,
      value: { kind: "beacon", beacon: "eddystone-url:http://www.vitrine.com", measuredPowerDbm: -61 },
    });
  });

  test.each([
    ["02 676f6f 2e 676c 2f 71", "http://goo.gl/q"],
    ["03 61 00 62", "https://a.com/b"],
    ["01 61 0d", "https://www.a.gov"],
    ["00 61 06", "http://www.a.gov/"],
  ])("the short forms of the specification: %s is %s", (hex, url) => {
    expect(decodeEddystoneUrl(bytes(`aafe 10 00 ${hex}`))).toMatchObject({ ok: true, value: { url } });
  });

  test.each([
    ["04 61", /scheme 4/],
    ["00", /1 to 17 bytes of address, this one 0/],
    [`00 ${"61".repeat(18)}`, /this one 18/],
    ["00 61 0e", /byte 0x0e cannot stand in an address/],
    ["00 61 20", /byte 0x20/],
    ["00 61 ff", /byte 0xff/],
  ])("with %s in it is refused with a reason", (hex, reason) => {
    expect(decodeEddystoneUrl(bytes(`aafe 10 00 ${hex}`))).toEqual({
      ok: false,
      reason: expect.stringMatching(reason),
    });
  });
});

describe("Eddystone-TLM", () => {
  test("tells how a beacon is: 3 V, 21.5 °C, one advert, one second", () => {
    expect(advert("aafe 20 00 0bb8 1580 00000001 0000000a")).toEqual({
      ok: true,
      value: {
        kind: "sensor",
        values: [
          { property: "voltage", value: 3, unit: "V" },
          { property: "temperature", value: 21.5, unit: "°C" },
          { property: "adverts", value: 1, unit: "" },
          { property: "uptime", value: 1, unit: "s" },
        ],
      },
    });
  });

  test("the tag that a Zebra reader heard at -5 °C says the same in bytes", () => {
    expect(decodeEddystoneTlm(bytes("aafe 20 00 0ce4 fb00 00006b28 000e036d"))).toMatchObject({
      value: { values: [{ value: 3.3 }, { value: -5 }, { value: 27432 }, { value: 91838.1 }] },
    });
  });

  test("what a beacon cannot measure is left out", () => {
    expect(decodeEddystoneTlm(bytes("aafe 20 00 0000 8000 00000001 0000000a"))).toMatchObject({
      value: { values: [{ property: "adverts" }, { property: "uptime" }] },
    });
  });

  test("encrypted, of another version and cut off are refused with a reason", () => {
    expect(decodeEddystoneTlm(bytes("aafe 20 01 000102030405060708090a0b 0000 0000"))).toEqual({
      ok: false,
      reason: "encrypted, no key",
    });
    expect(decodeEddystoneTlm(bytes("aafe 20 07 0000"))).toMatchObject({ reason: expect.stringMatching(/version 7/) });
    expect(decodeEddystoneTlm(bytes("aafe 20 00 0bb8 1580"))).toEqual({
      ok: false,
      reason: "an Eddystone-TLM has 16 bytes, this one 8",
    });
  });
});

describe("Eddystone-EID", () => {
  test("gives the id of this moment", () => {
    expect(decodeEddystoneEid(bytes("aafe 30 ec 0102030405060708"))).toEqual({
      ok: true,
      value: { ephemeralId: "0102030405060708", measuredPowerDbm: -61 },
    });
  });

  test("is no beacon as long as nobody has resolved it", () => {
    const result = advert("aafe 30 ec 0102030405060708");
    expect(result).toEqual({ ok: false, reason: "an Eddystone-EID whose owner nobody has resolved" });
  });

  test("cut off is refused", () => {
    expect(advert("aafe 30 ec 010203")).toEqual({ ok: false, reason: "an Eddystone-EID has 12 bytes, this one 7" });
  });
});
