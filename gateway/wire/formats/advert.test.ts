import { describe, expect, test } from "vitest";
import { readAdStructures } from "./ad-structures.ts";
import { decodeAdvert } from "./advert.ts";
import { decodeBthomeV2 } from "./bthome-v2.ts";
import { decodeEddystoneUid } from "./eddystone-uid.ts";
import { decodeIbeacon } from "./ibeacon.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
/** Service data of BTHome around these objects. */
const bthome = (hex: string) => decodeBthomeV2(bytes(`d2fc ${hex}`));

describe("iBeacon", () => {
  test("the frame printed in AprilBrother's gateway guide", () => {
    expect(decodeAdvert("0201061AFF4C000215B5B182C7EAB14988AA99B5C1517008D90001CF64C5")).toEqual({
      ok: true,
      value: { kind: "beacon", beacon: "ibeacon:b5b182c7-eab1-4988-aa99-b5c1517008d9:1:53092", measuredPowerDbm: -59 },
    });
  });

  test("the frame in a Minew G1 capture", () => {
    expect(decodeAdvert("0201061AFF4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9C5")).toEqual({
      ok: true,
      value: {
        kind: "beacon",
        beacon: "ibeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825:10001:19641",
        measuredPowerDbm: -59,
      },
    });
  });

  test("one without flags before it, from AprilBrother's SDK", () => {
    expect(decodeAdvert("1AFF4C000215EB6D469624BE4663B15230D46B0E9CC9000D002AC0")).toMatchObject({
      ok: true,
      value: { beacon: "ibeacon:eb6d4696-24be-4663-b152-30d46b0e9cc9:13:42", measuredPowerDbm: -64 },
    });
  });

  test("one byte short is refused with the length it should have", () => {
    const result = decodeIbeacon(bytes("4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9"));
    expect(result).toEqual({ ok: false, reason: "an iBeacon has 25 bytes, this one 24" });
  });

  test("a Minew frame with the maker's own layout is no beacon that we know", () => {
    expect(decodeAdvert("0201060303e1ff1216e1ffa1034affe7004500fa55daba50e1fe").ok).toBe(false);
  });
});

describe("Eddystone-UID", () => {
  const namespace = "8b0ca750e7a7e14a9921";
  const instance = "000000000a01";

  test("the power at 0 m becomes the power at 1 m, 41 dB less", () => {
    expect(decodeAdvert(`020106 0303aafe 1716aafe00ec${namespace}${instance}0000`.replaceAll(" ", ""))).toEqual({
      ok: true,
      value: { kind: "beacon", beacon: `eddystone:${namespace}:${instance}`, measuredPowerDbm: -20 - 41 },
    });
  });

  test("an old tag that leaves out the reserved bytes is the same beacon", () => {
    expect(decodeAdvert(`0201060303aafe1516aafe00ec${namespace}${instance}`)).toMatchObject({
      ok: true,
      value: { beacon: `eddystone:${namespace}:${instance}` },
    });
  });

  test("the other frames of a multi-frame tag, URL and TLM, are refused", () => {
    for (const frame of ["aafe10ec0076697472696e6507", "aafe20000bb81580000000010000000a"]) {
      expect(decodeEddystoneUid(bytes(frame))).toEqual({ ok: false, reason: "an Eddystone frame other than UID" });
    }
  });

  test("a frame cut inside the instance is refused", () => {
    const result = decodeEddystoneUid(bytes(`aafe00ec${namespace}0000`));
    expect(result).toEqual({ ok: false, reason: "an Eddystone-UID has 20 bytes, this one 16" });
  });
});

describe("BTHome v2", () => {
  test("the whole advert of the project's own example: 25 °C and 50.55 %", () => {
    expect(decodeAdvert("0201060B094449592D73656E736F720A16D2FC4002C40903BF13")).toEqual({
      ok: true,
      value: {
        kind: "sensor",
        values: [
          { property: "temperature", value: 25, unit: "°C" },
          { property: "humidity", value: 50.55, unit: "%" },
        ],
      },
    });
  });

  test.each([
    ["0161", "battery", 97, "%"],
    ["02CA09", "temperature", 25.06, "°C"],
    ["451101", "temperature", 27.3, "°C"],
    ["03BF13", "humidity", 50.55, "%"],
    ["04138A01", "pressure", 1008.83, "hPa"],
    ["05138A14", "illuminance", 13460.67, "lx"],
    ["065E1F", "mass", 80.3, "kg"],
    ["073E1D", "mass", 74.86, "lb"],
    ["0960", "count", 96, ""],
    ["3D0960", "count", 24585, ""],
    ["3E2A2C0960", "count", 1611213866, ""],
    ["0C020C", "voltage", 3.074, "V"],
    ["1101", "opening", 1, ""],
    ["3A01", "button", 1, ""],
    ["400C00", "distance", 12, "mm"],
    ["414E00", "distance", 7.8, "m"],
  ])("the published vector %s is %s %d %s", (hex, property, value, unit) => {
    expect(bthome(`40${hex}`)).toEqual({ ok: true, value: { values: [{ property, value, unit }] } });
  });

  test("below zero stays below zero", () => {
    expect(bthome("40 02 9CFF 59 FE")).toMatchObject({ value: { values: [{ value: -1 }, { value: -2 }] } });
  });

  test("a Shelly display's packet: its id, battery, light, humidity and temperature", () => {
    expect(bthome("40 002e 0164 1e01 2e34 451601")).toMatchObject({
      value: {
        values: [
          { property: "packetId", value: 46 },
          { property: "battery", value: 100 },
          { property: "light", value: 1 },
          { property: "humidity", value: 52 },
          { property: "temperature", value: 27.8 },
        ],
      },
    });
  });

  test("an encrypted frame is refused, because nobody has its key", () => {
    expect(bthome("41 a47266c95f73 00112233 78237214")).toEqual({ ok: false, reason: "encrypted, no key" });
    expect(bthome("43A5808FE64854F196C06FFB4900112233F08ECBDE")).toEqual({ ok: false, reason: "encrypted, no key" });
  });

  test("a frame that carries its sender's address gives it back in reading order", () => {
    expect(bthome("42 A5808FE64854 0161")).toMatchObject({ value: { mac: "54:48:e6:8f:80:a5" } });
  });

  test("a text in between is skipped, an object nobody knows ends the reading", () => {
    expect(bthome("40 5303414243 0161")).toMatchObject({ ok: true, value: { values: [{ property: "battery" }] } });
    expect(bthome("40 0161 EE 0261")).toMatchObject({ ok: true, value: { values: [{ property: "battery" }] } });
    expect(bthome("40 EE 0161")).toMatchObject({ ok: false });
  });

  test("cut off, empty and of another version are refused with a reason", () => {
    expect(bthome("40 0161 02CA")).toEqual({ ok: false, reason: "the BTHome frame is cut off inside object 0x02" });
    expect(bthome("42 A580")).toEqual({ ok: false, reason: "the BTHome frame is cut off inside its address" });
    expect(bthome("")).toEqual({ ok: false, reason: "the BTHome frame is empty" });
    expect(bthome("e1 02000c04")).toMatchObject({ ok: false, reason: expect.stringMatching(/version 7/) });
  });
});

describe("AD structures", () => {
  test("a length that points beyond the end is refused", () => {
    expect(readAdStructures(bytes("020106 1AFF4C00"))).toEqual({
      ok: false,
      reason: "the advert is cut off: byte 3 announces 26 bytes, 3 follow",
    });
  });

  test("zeros after the last structure are padding", () => {
    expect(readAdStructures(bytes("020106 000000"))).toMatchObject({ ok: true, value: [{ type: 1 }] });
    expect(readAdStructures(bytes(""))).toEqual({ ok: true, value: [] });
  });
});
