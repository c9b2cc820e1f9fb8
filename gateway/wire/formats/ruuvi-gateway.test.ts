import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const gateway = "ruuvi/C8:25:2D:8E:9C:2C";
const say = (payload: string, level = "F4:1F:0C:28:CB:D6") => decode(`${gateway}/${level}`, Buffer.from(payload));
const published =
  '{"gw_mac":"C8:25:2D:8E:9C:2C","rssi":-26,"aoa":[],"gwts":"1653668027","ts":"1653668027","data":"0201061BFF99040515AE4C6DC6D7000CFFF803F4ADB6AD697FF41F0C28CBD6","coords":""}';
const withData = (data: string) => published.replace(/"data":"[0-9A-F]*"/, `"data":"${data}"`);

describe("a Ruuvi Gateway", () => {
  test("the published example: a RuuviTag's values at the tag's time", () => {
    const result = say(published);
    expect(result).toMatchObject({
      ok: true,
      value: {
        deviceId: "ruuvi-c8252d8e9c2c",
        kind: "ble",
        format: "ruuvi",
        at: 1_653_668_027_000,
        readings: [
          { kind: "sightings", sightings: [] },
          { kind: "sensor", mac: "f4:1f:0c:28:cb:d6" },
        ],
      },
    });
    expect(result.ok && result.value.readings[1]).toMatchObject({
      values: expect.arrayContaining([
        { property: "temperature", value: 27.75, unit: "°C" },
        { property: "sequence", value: 27007, unit: "" },
      ]),
    });
  });

  test("passes on any beacon, Ruuvi or not", () => {
    expect(say(withData("0201061AFF4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9C5"))).toMatchObject({
      value: {
        readings: [
          {
            sightings: [
              {
                beacon: "ibeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825:10001:19641",
                rssiDbm: -26,
                measuredPowerDbm: -59,
                at: 1_653_668_027_000,
              },
            ],
          },
        ],
      },
    });
  });

  test("hears a phone, and nothing of it is passed on", () => {
    const result = say(withData("02011A020A0C0AFF4C001005031CF7B75E"), "5A:31:02:03:04:05");
    expect(result).toMatchObject({ ok: true, value: { readings: [{ kind: "sightings", sightings: [] }] } });
    expect(JSON.stringify(result).toLowerCase()).not.toContain("5a:31");
  });

  test("without a clock sends a counter and no time", () => {
    const payload = '{"gw_mac":"C8:25:2D:8E:9C:2C","rssi":-26,"cnt":"12","data":""}';
    const result = say(payload);
    expect(result.ok && "at" in result.value).toBe(false);
  });

  test("says online, then the broker says offline for it", () => {
    for (const state of ["online", "offline"]) {
      expect(say(`{"state":"${state}"}`, "gw_status")).toMatchObject({
        value: { deviceId: "ruuvi-c8252d8e9c2c", readings: [{ kind: "status", state }] },
      });
    }
  });

  test.each([
    ["no level", published.replace('"rssi":-26,', ""), /rssi is missing/],
    ["an absurd level", published.replace("-26", "-2600"), /rssi must be at least -150, not -2600/],
    ["a time in the far future", published.replace('"ts":"1653668027"', '"ts":"99999999999"'), /ts lies beyond/],
    ["a time that is none", published.replace('"ts":"1653668027"', '"ts":"soon"'), /ts has a form nobody knows/],
    ["half a byte", withData("020106F"), /data has a form nobody knows/],
    ["another gateway's name", published.replace("9C:2C", "9C:2D"), /names another gateway than its topic/],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say(payload)).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });

  test("on a topic that names no address is refused", () => {
    expect(decode("ruuvi/kitchen/F4:1F:0C:28:CB:D6", Buffer.from('{"rssi":-26,"data":""}'))).toMatchObject({
      ok: false,
      known: true,
    });
  });
});
