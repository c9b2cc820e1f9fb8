import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");

/** One second in a room, by a G1: twelve devices, of which two iBeacons and one Eddystone-UID are a shop's business. */
const room = bytes(`
  BB0100000371AC233FC02F87000C032E4A1AA95A00011F1EFF06000109200235EEAEEBD2CFD9330452E2AC9FE743D46EFC3EACBEAE2A06CF
  068B332CECE200021F1EFF06000109200253439AFB696A05586197E9F66EE6CB86DBBA155695877C06D2
  1F1EFF06000109200253439AFB696A05586197E9F66EE6CB86DBBA155695877C06D2201811167712000
  21E0201061AFF4C0002154C2B0000000100010001012B010002C900010001C500D9
  1B020A000303F1FF0E16F1FF640001000120181116771204094C2B4201D9
  20200529091300011D0201060303AAFE1516AAFE00E80011223344556677889900000000000000CF
  2FCDA8E1A7A600031F1EFF0600010920020BBCB084E1CE7776FADBE60253E3E9657D33DC5A05C62506D2
  1F1EFF0600010920020BBCB084E1CE7776FADBE60253E3E9657D33DC5A05C62506D0
  1F1EFF0600010920020BBCB084E1CE7776FADBE60253E3E9657D33DC5A05C62506D2
  393F7BA3A03600031F1EFF06000109200200F8DA4B31DDF0B8959217A0E4459D2C9773F26E61999006D3
  1F1EFF06000109200200F8DA4B31DDF0B8959217A0E4459D2C9773F26E61999006D4
  1F1EFF06000109200200F8DA4B31DDF0B8959217A0E4459D2C9773F26E61999006D2
  50ECECE1AEF000020005CF1102011A020A0C0AFF4C001005031CF7B75E04CF
  67C7750A58FC00041202011A020A080BFF4C001006311A4851464904D00005D5
  1202011A020A080BFF4C001006311A4851464904D20005D0
  6D24188177A400021102011A020A0C0AFF4C0010054B1CDB112704D11102011A020A0C0AFF4C0010054B1CDB112704CF
  ACAC2233000400021F0201061BFF3906CA0004003322ACAC5F6000000000000001000000CBC6B86600CF
  1D02010619FF3906CA011700000000B4B63000C500000000000130632BC000CF
  C2005900038E00011E0201061AFF4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9C502D4
  DC234D08C8EA00051C020106030201A20C1601A200616D6673716F7873000000000000000000CF
  1E03095459 19FFD007000300000100A06C720DA47914B1A9D5900447373C5501CF
  1C020106030201A20C1601A200616D6673716F7873000000000000000000CF
  1E03095459 19FFD007000300000100A06C720DA47914B1A9D5900447373C5501CF
  1C020106030201A20C1601A200616D6673716F7873000000000000000000CF DD`);
const say = (payload: Uint8Array | unknown, gateway = "AC233FC02F87") =>
  decode(`minew/${gateway}/status`, payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload)));

describe("a Minew gateway that sends bytes", () => {
  test("of all that was on the air in a captured second, three beacons are passed on", () => {
    expect(say(room)).toEqual({
      ok: true,
      value: {
        deviceId: "minew-ac233fc02f87",
        kind: "ble",
        format: "minew",
        readings: [
          {
            kind: "sightings",
            sightings: [
              { beacon: "ibeacon:4c2b0000-0001-0001-0001-012b010002c9:1:1", rssiDbm: -39, measuredPowerDbm: -59 },
              { beacon: "eddystone:00112233445566778899:000000000000", rssiDbm: -49, measuredPowerDbm: -65 },
              {
                beacon: "ibeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825:10001:19641",
                rssiDbm: -44,
                measuredPowerDbm: -59,
              },
            ],
          },
        ],
      },
    });
  });

  test("a frame of one device that nobody knows is a gateway that heard nothing", () => {
    const frame = bytes(`bb0100000034 ac233fffffff 0001 fee150bada55 0001 1a
      0201060303e1ff1216e1ffa1034affe7004500fa55daba50e1fe 00 b8 dd`);
    expect(say(frame, "AC233FFFFFFF")).toMatchObject({ ok: true, value: { readings: [{ sightings: [] }] } });
  });

  test("a thermometer with an address that it makes up is forgotten, with one of its own it is not", () => {
    const frame = (address: string, response: string) =>
      bytes(`bb0100000028 ac233fc02f87 0001 ${address} 0001 0e 0201060a16d2fc4002c40903bf13 ${response} b8 dd`);
    expect(say(frame("5a3102030405", "02"))).toMatchObject({ ok: true, value: { readings: [{ sightings: [] }] } });
    expect(say(frame("a4c138aabbcc", "00"))).toMatchObject({
      value: { readings: [{}, { kind: "sensor", mac: "a4:c1:38:aa:bb:cc", values: [{ value: 25 }, {}] }] },
    });
  });

  const changed = (offset: number, byte: number) => {
    const copy = Buffer.from(room);
    copy[offset] = byte;
    return copy;
  };
  test.each([
    ["cut short", room.subarray(0, 400), /announces 881 bytes, it has 400/],
    ["of nothing but a head", bytes("bb01"), /cut off/],
    ["with another end", changed(room.length - 1, 0), /does not end with DD/],
    ["with a device too many", changed(13, 13), /cut off/],
    ["with a device too few", changed(13, 11), /belong to no device/],
    ["with a packet that is longer than all", changed(22, 0xff), /cut off|belong to no device/],
    ["of the short kind", changed(1, 0), /another kind than long/],
    ["of another gateway", changed(6, 0), /names another gateway than its topic/],
  ])("a frame %s is refused with a reason", (_what, frame, reason) => {
    expect(say(frame)).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});

/** Sent by a G2 in the form JSON-LONG. */
const gateway = {
  timestamp: "2026-02-09T00:13:53.668Z",
  type: "Gateway",
  mac: "AC233FC03641",
  gatewayFree: 89,
  gatewayLoad: 0.03,
};
const beacon = {
  timestamp: "2026-02-09T00:13:53.667Z",
  type: "iBeacon",
  mac: "C3000025EF6A",
  bleName: "",
  ibeaconUuid: "E2C56DB5DFFB48D2B060D0F5A71096E0",
  ibeaconMajor: 0,
  ibeaconMinor: 0,
  rssi: -65,
  ibeaconTxPower: -59,
  battery: 0,
};
const sayJson = (...list: unknown[]) => say(list, "AC233FC03641");

describe("a Minew gateway that sends JSON", () => {
  test("the captured message: a beacon, and how the gateway is", () => {
    expect(sayJson(gateway, beacon)).toEqual({
      ok: true,
      value: {
        deviceId: "minew-ac233fc03641",
        kind: "ble",
        format: "minew",
        at: Date.UTC(2026, 1, 9, 0, 13, 53, 668),
        readings: [
          {
            kind: "sightings",
            sightings: [
              {
                beacon: "ibeacon:e2c56db5-dffb-48d2-b060-d0f5a71096e0:0:0",
                rssiDbm: -65,
                measuredPowerDbm: -59,
                at: Date.UTC(2026, 1, 9, 0, 13, 53, 667),
              },
            ],
          },
          { kind: "telemetry", values: { gatewayFree: 89, gatewayLoad: 0.03 } },
        ],
      },
    });
  });

  test("a device that it does not know is decoded from its raw advert, a phone is forgotten", () => {
    const raw = (mac: string, rawData: string) => ({ type: "Unknown", mac, rssi: -70, rawData });
    const result = sayJson(
      gateway,
      raw("A4C138AABBCC", "0201060A16D2FC4002C40903BF13"),
      raw("C3000025EF6A", "0201061AFF4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9C5"),
      raw("5A3102030405", "02011A020A0C0AFF4C0010054B1CDB1127"),
    );
    expect(result).toMatchObject({
      value: {
        readings: [
          { sightings: [{ beacon: "ibeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825:10001:19641", rssiDbm: -70 }] },
          { kind: "sensor", mac: "a4:c1:38:aa:bb:cc" },
          { kind: "telemetry" },
        ],
      },
    });
    expect(JSON.stringify(result)).not.toMatch(/5a:?31/i);
  });

  test("Minew's own thermometer is a sensor", () => {
    const s1 = { type: "S1", mac: "AC233FA1B2C3", rssi: -60, battery: 100, temperature: 21.5, humidity: 40 };
    expect(sayJson(gateway, s1)).toMatchObject({
      value: { readings: [{}, { mac: "ac:23:3f:a1:b2:c3", values: [{ value: 21.5 }, { value: 40 }] }, {}] },
    });
  });

  test("in the form JSON-RAW it only says that it is there", () => {
    expect(sayJson({ gateway: "AC233FC03641" }, { mac: "5A3102030405", no: 1, rssi: -60 })).toMatchObject({
      ok: true,
      value: { readings: [{ kind: "sightings", sightings: [] }] },
    });
  });

  test.each([
    ["an empty list", [], /at least 1 entry/],
    ["a list without its gateway", [beacon], /the first entry of the list must be the gateway/],
    ["another gateway's list", [{ ...gateway, mac: "AC233FC03642" }], /another gateway than its topic/],
    ["an absurd level", [gateway, { ...beacon, rssi: 99 }], /\[1\]\.rssi must be at most 40, not 99/],
    [
      "a minor that does not exist",
      [gateway, { ...beacon, ibeaconMinor: 70_000 }],
      /\[1\]\.ibeaconMinor must be at most/,
    ],
    ["a name that is too short", [gateway, { ...beacon, ibeaconUuid: "E2C5" }], /\[1\]\.ibeaconUuid must have 32/],
    ["a room as hot as the sun", [gateway, { type: "S1", temperature: 5500 }], /\[1\]\.temperature must be between/],
    ["an absurd load", [{ ...gateway, gatewayLoad: 1e300 }], /gatewayLoad must be at most/],
    ["a thousand and one adverts", [gateway, ...Array(1_001).fill(beacon)], /more than 1001 entries/],
  ])("%s is refused with a reason", (_what, list, reason) => {
    expect(sayJson(...list)).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });

  test("on a topic that names no address is refused", () => {
    expect(say([gateway, beacon], "kitchen")).toMatchObject({ ok: false, known: true });
  });
});
