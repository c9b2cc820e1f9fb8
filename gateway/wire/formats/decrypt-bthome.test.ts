import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBthomeV2 } from "./bthome-v2.ts";
import { decryptBthome } from "./decrypt-bthome.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const key = bytes("231d39c1d7cc1ab1aee224cd096db932");
const mac = "54:48:E6:8F:80:A5";
/** The example of bthome.io, and the one of bthome-ble that carries its address. */
const serviceData = bytes("d2fc 41 a47266c95f73 00112233 78237214");
const withAddress = bytes("d2fc 43 a5808fe64854 f196c06ffb49 00112233 f08ecbde");
const counter = 0x33221100;

describe("an encrypted sensor", () => {
  test("the published example opens with its key: 25.06 °C and 50.55 %", () => {
    const opened = decryptBthome({ key, mac, serviceData });
    expect(opened).toEqual({ ok: true, value: { plain: bytes("d2fc 40 02ca09 03bf13"), counter } });
    expect(opened.ok && decodeBthomeV2(opened.value.plain)).toMatchObject({
      ok: true,
      value: { values: [{ value: 25.06 }, { value: 50.55 }] },
    });
  });

  test("the example that carries its address opens too, and keeps the address", () => {
    const opened = decryptBthome({ key, mac, serviceData: withAddress });
    expect(opened.ok && decodeBthomeV2(opened.value.plain)).toMatchObject({
      value: { mac: "54:48:e6:8f:80:a5", values: [{ value: 25.06 }, { value: 50.55 }] },
    });
  });

  test("a frame that somebody recorded and plays again is refused, and so is an older one", () => {
    for (const lastCounter of [counter, counter + 1, 0xffffffff]) {
      expect(decryptBthome({ key, mac, serviceData, lastCounter })).toEqual({
        ok: false,
        reason: `counter ${counter} was heard before: the last one was ${lastCounter}`,
      });
    }
    expect(decryptBthome({ key, mac, serviceData, lastCounter: counter - 1 }).ok).toBe(true);
  });

  test("with any one bit changed on the way is refused, the counter too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3 * 8, max: serviceData.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(serviceData);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(decryptBthome({ key, mac, serviceData: changed })).toEqual({
          ok: false,
          reason: "the key does not fit, or the frame was changed on its way",
        });
      }),
    );
  });

  test("with another sensor's key or address is refused", () => {
    expect(decryptBthome({ key: Buffer.alloc(16), mac, serviceData }).ok).toBe(false);
    expect(decryptBthome({ key, mac: "54:48:E6:8F:80:A6", serviceData }).ok).toBe(false);
    expect(decryptBthome({ key, mac: "54:48:E6:8F:80:A6", serviceData: withAddress })).toEqual({
      ok: false,
      reason: "the BTHome frame carries the address of another sensor",
    });
  });

  test.each([
    ["a key of eight bytes", { key: Buffer.alloc(8), mac, serviceData }, /16 bytes, not 8/],
    ["an address that is none", { key, mac: "kitchen", serviceData }, /mac must be/],
    ["a plain frame", { key, mac, serviceData: bytes("d2fc 40 0161") }, /not encrypted/],
    ["another version", { key, mac, serviceData: bytes("d2fc 21 0161") }, /version 1/],
    ["another service", { key, mac, serviceData: bytes("1a18 41 0161") }, /not a BTHome/],
    ["nothing", { key, mac, serviceData: Buffer.alloc(0) }, /not a BTHome/],
    ["a frame without content", { key, mac, serviceData: bytes("d2fc 41 00112233 78237214") }, /cut off/],
  ])("%s is refused with a reason", (_what, frame, reason) => {
    expect(decryptBthome(frame)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("whatever arrives, nothing throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 20 }), (tail, anyKey) => {
        const frame = Buffer.concat([bytes("d2fc41"), tail]);
        expect(decryptBthome({ key: anyKey, mac, serviceData: frame }).ok).toBe(false);
      }),
    );
  });
});
