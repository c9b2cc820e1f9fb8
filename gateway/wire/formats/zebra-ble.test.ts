import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const say = (event: unknown) => decode("zebra/FXR90-1/d-evt", Buffer.from(JSON.stringify(event)));
/** Captured from an FXR60; the other kinds of beacon have the fields of the same capture. */
const captured = {
  data: {
    Adapter: "/org/bluez/hci0",
    Address: "CF:C7:E6:45:DE:F7",
    AddressType: "random",
    Alias: "CF-C7-E6-45-DE-F7",
    Blocked: false,
    RSSI: -66,
    UUIDs: ["0000feaa-0000-1000-8000-00805f9b34fb"],
    beaconType: "EDDYSTONE_TLM",
    eddystone: {
      advPduCount: 27432,
      batteryVoltage: 3300,
      frameType: "TLM",
      temperature: -5.0,
      timeSincePowerOn: 918381,
      version: 0,
    },
  },
  eventNum: 1900,
  timestamp: "2026-09-07T12:53:07.484+00:00",
  type: "BLE_DATA",
};
const at = Date.UTC(2026, 8, 7, 12, 53, 7, 484);
const { eddystone, ...base } = captured.data;
const event = (beaconType: string, frame: object) => ({ ...captured, data: { ...base, beaconType, ...frame } });
const iBeacon = { uuid: "FDA50693-A4E2-4FB1-AFCF-C6EB07647825", major: 10001, minor: 19641, txPower: -59 };

describe("a Zebra reader with a Bluetooth radio", () => {
  test("the captured event: how a beacon is", () => {
    expect(say(captured)).toEqual({
      ok: true,
      value: {
        deviceId: "zebra-FXR90-1",
        kind: "rfid",
        format: "zebra",
        at,
        readings: [
          { kind: "sightings", sightings: [] },
          {
            kind: "sensor",
            mac: "cf:c7:e6:45:de:f7",
            values: [
              { property: "voltage", value: 3.3, unit: "V" },
              { property: "temperature", value: -5, unit: "°C" },
              { property: "adverts", value: 27432, unit: "" },
              { property: "uptime", value: 91838.1, unit: "s" },
            ],
          },
        ],
      },
    });
  });

  test.each([
    ["IBEACON", { iBeacon }, "ibeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825:10001:19641", -59],
    [
      "EDDYSTONE_UID",
      { eddystone: { frameType: "UID", txPower: -20, namespace: "8B0CA750E7A7E14A9921", instance: "000000000a01" } },
      "eddystone:8b0ca750e7a7e14a9921:000000000a01",
      -61,
    ],
    [
      "EDDYSTONE_URL",
      { eddystone: { frameType: "URL", txPower: -20, url: "https://vitrine.com" } },
      "eddystone-url:https://vitrine.com",
      -61,
    ],
    [
      "ALTBEACON",
      { altBeacon: { beaconId: "2f234454-cf6d-4a0f-adf2-f4911ba9ffa6", mfgId: 280, major: 1, minor: 2, refRssi: -59 } },
      "altbeacon:2f234454cf6d4a0fadf2f4911ba9ffa600010002",
      -59,
    ],
    [
      "ALTBEACON",
      { altBeacon: { beaconId: "2f234454cf6d4a0fadf2f4911ba9ffa600010002", mfgId: 280, refRssi: -59 } },
      "altbeacon:2f234454cf6d4a0fadf2f4911ba9ffa600010002",
      -59,
    ],
  ])("hears an %s: the same canonical id as any other receiver's", (type, frame, beacon, measuredPowerDbm) => {
    expect(say(event(type, frame))).toMatchObject({
      ok: true,
      value: { readings: [{ sightings: [{ beacon, rssiDbm: -66, measuredPowerDbm, at }] }] },
    });
  });

  test.each([
    ["a phone", event("GENERIC_BLE", { Address: "5A:31:02:03:04:05" })],
    ["a beacon under cover", event("EDDYSTONE_EID", { eddystone: { txPower: -20, ephemeralId: "0102030405060708" } })],
    ["who changes its address", event("EDDYSTONE_TLM", { Address: "5A:31:02:03:04:05", eddystone })],
  ])("hears %s, and nothing of it is passed on", (_what, heard) => {
    const result = say(heard);
    expect(result).toMatchObject({ ok: true, value: { readings: [{ kind: "sightings", sightings: [] }] } });
    expect(result.ok && result.value.readings).toHaveLength(1);
    expect(JSON.stringify(result)).not.toMatch(/5a:31|cf:c7/i);
  });

  test("tags and beacons may come in one list", () => {
    const tag = {
      data: { antenna: 1, eventNum: 5113, format: "epc", idHex: "e2806894000040017790e471" },
      timestamp: "2026-09-07T12:51:29.949+0000",
      type: "CONVEYOR",
    };
    expect(say([tag, event("IBEACON", { iBeacon }), event("GENERIC_BLE", {})])).toMatchObject({
      value: {
        readings: [
          { kind: "tags", reads: [{ epc: "e2806894000040017790e471" }] },
          { kind: "sightings", sightings: [{ rssiDbm: -66 }] },
        ],
      },
    });
  });

  test.each([
    ["an absurd level", event("IBEACON", { iBeacon, RSSI: 100 }), /RSSI must be at most 40, not 100/],
    [
      "a minor that does not exist",
      event("IBEACON", { iBeacon: { ...iBeacon, minor: 70_000 } }),
      /iBeacon\.minor must/,
    ],
    [
      "a name of another length",
      event("ALTBEACON", { altBeacon: { beaconId: "2f".repeat(18) } }),
      /beaconId must have/,
    ],
    ["a beacon without its fields", event("EDDYSTONE_UID", {}), /eddystone is missing/],
    ["a beacon as hot as the sun", event("EDDYSTONE_TLM", { eddystone: { temperature: 5500 } }), /temperature must be/],
    ["no address", { type: "BLE_DATA", data: {} }, /Address is missing/],
    ["no data", { type: "BLE_DATA" }, /must be an object/],
  ])("%s is refused with a reason", (_what, heard, reason) => {
    expect(say(heard)).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});
