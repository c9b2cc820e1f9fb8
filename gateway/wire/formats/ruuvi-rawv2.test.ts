import { describe, expect, test } from "vitest";
import { decodeAdvert } from "./advert.ts";
import { decodeRuuviRawV2 } from "./ruuvi-rawv2.ts";

/** The published vectors of the format, each 24 bytes after the company id. */
const decode = (hex: string) => decodeRuuviRawV2(Buffer.from(`9904${hex}`, "hex"));
const names = [
  "temperature",
  "humidity",
  "pressure",
  "accelerationX",
  "accelerationY",
  "accelerationZ",
  "voltage",
  "txPower",
  "movements",
  "sequence",
];
const said = (...values: number[]) => names.map((property, index) => ({ property, value: values[index] }));

describe("a RuuviTag", () => {
  test("the published measurement", () => {
    expect(decode("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F")).toEqual({
      ok: true,
      value: {
        mac: "cb:b8:33:4c:88:4f",
        values: [
          { property: "temperature", value: 24.3, unit: "°C" },
          { property: "humidity", value: 53.49, unit: "%" },
          { property: "pressure", value: 1000.44, unit: "hPa" },
          { property: "accelerationX", value: 0.004, unit: "g" },
          { property: "accelerationY", value: -0.004, unit: "g" },
          { property: "accelerationZ", value: 1.036, unit: "g" },
          { property: "voltage", value: 2.977, unit: "V" },
          { property: "txPower", value: 4, unit: "dBm" },
          { property: "movements", value: 66, unit: "" },
          { property: "sequence", value: 205, unit: "" },
        ],
      },
    });
  });

  test("the published greatest values", () => {
    expect(decode("057FFFFFFEFFFE7FFF7FFF7FFFFFDEFEFFFECBB8334C884F")).toMatchObject({
      value: { values: said(163.835, 163.835, 1155.34, 32.767, 32.767, 32.767, 3.646, 20, 254, 65534) },
    });
  });

  test("the published least values", () => {
    expect(decode("058001000000008001800180010000000000CBB8334C884F")).toMatchObject({
      value: { values: said(-163.835, 0, 500, -32.767, -32.767, -32.767, 1.6, -40, 0, 0) },
    });
  });

  test("that has none of its values has nothing to say", () => {
    expect(decode("058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF")).toEqual({
      ok: false,
      reason: "the Ruuvi tag has nothing to say",
    });
  });

  test("the advert of a Ruuvi Gateway's example is a sensor with its own address", () => {
    const heard = decodeAdvert("0201061BFF99040515AE4C6DC6D7000CFFF803F4ADB6AD697FF41F0C28CBD6");
    expect(heard).toMatchObject({ ok: true, value: { kind: "sensor", mac: "f4:1f:0c:28:cb:d6" } });
  });

  test("of another format and cut off are refused with a reason", () => {
    expect(decode("03291A1ECE1EFC18F94202CA0B53")).toEqual({
      ok: false,
      reason: "Ruuvi data format 3 is not known, only 5",
    });
    expect(decode("")).toMatchObject({ ok: false });
    expect(decode("0512FC5394C37C")).toEqual({ ok: false, reason: "a Ruuvi frame has 26 bytes, this one 9" });
  });
});
