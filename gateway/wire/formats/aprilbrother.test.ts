import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const text = (value: string) => (0xa0 + value.length).toString(16) + Buffer.from(value).toString("hex");
/** A device as the gateway sends it: binary, or raw as MessagePack's first specification had it. */
const binary = (hex: string) => `c4${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`;
const raw = (hex: string) => `da${(hex.length / 2).toString(16).padStart(4, "0")}${hex}`;
const say = (payload: Buffer, gateway = "123B6A1A6466") => decode(`aprilbrother/${gateway}/adverts`, payload);
/** The keys of the user guide, around these devices. */
const message = (...devices: string[]) =>
  bytes(
    `86 ${text("v")} ${text("1.5.3")} ${text("mid")} 07 ${text("time")} cd0e10 ${text("ip")} ${text("192.168.1.20")}
     ${text("mac")} ${text("123B6A1A6466")} ${text("devices")} ${(0x90 + devices.length).toString(16)} ${devices.join("")}`.replaceAll(
      /\s/g,
      "",
    ),
  );

/** Both printed in the user guide of the V4. */
const first = "00123b6a1a64cfaa0201061aff4c000215b5b182c7eab14988aa99b5c1517008d90001cf64c5";
const second = "02C8FD1949A530CE0201061AFF4C000215EB6D469624BE4663B15230D46B0E9CC9000D002AC0";
const phone = "005a3102030405b002011a020a0c0aff4c0010054b1cdb1127";

describe("an AprilBrother V4 gateway", () => {
  test("the adverts of the user guide are two beacons, as binary and as raw", () => {
    expect(say(message(binary(first), raw(second)))).toEqual({
      ok: true,
      value: {
        deviceId: "aprilbrother-123b6a1a6466",
        kind: "ble",
        format: "aprilbrother",
        readings: [
          {
            kind: "sightings",
            sightings: [
              { beacon: "ibeacon:b5b182c7-eab1-4988-aa99-b5c1517008d9:1:53092", rssiDbm: -86, measuredPowerDbm: -59 },
              { beacon: "ibeacon:eb6d4696-24be-4663-b152-30d46b0e9cc9:13:42", rssiDbm: -50, measuredPowerDbm: -64 },
            ],
          },
          { kind: "telemetry", values: { uptime: 3600 } },
        ],
      },
    });
  });

  test("hears a phone, and nothing of it is passed on", () => {
    const result = say(message(binary(phone)));
    expect(result).toMatchObject({ ok: true, value: { readings: [{ kind: "sightings", sightings: [] }, {}] } });
    expect(JSON.stringify(result)).not.toMatch(/5a:?31/i);
  });

  test.each([
    ["JSON", Buffer.from('{"v":1}'), /bytes follow the end/],
    ["a list", bytes("90"), /must be a map/],
    ["no gateway", bytes("80"), /mac is missing/],
    ["no devices", bytes(`81 ${text("mac")} ${text("123B6A1A6466")}`), /devices must be a list/],
    ["another gateway's message", bytes(`81 ${text("mac")} ${text("123B6A1A6467")}`), /another gateway than its topic/],
    ["a device that is a number", message("07"), /devices\[0\] must be bytes/],
    ["a device cut off inside its address", message(binary("00123b6a")), /devices\[0\] has 4 bytes/],
    [
      "an absurd level",
      message(binary(`${first.slice(0, 14)}7f${first.slice(16)}`)),
      /rssi must be at most 40, not 127/,
    ],
    ["a message cut off", message(binary(first)).subarray(0, 90), /cut off/],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say(payload)).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });

  test("seconds since the start that no clock counts are refused", () => {
    const payload = bytes(
      `83 ${text("mac")} ${text("123B6A1A6466")} ${text("devices")} 90 ${text("time")} cb7ff8000000000000`,
    );
    expect(say(payload)).toMatchObject({ ok: false, reason: expect.stringMatching(/time must be at most/) });
  });
});
