import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const say = (topic: string, payload: string) => decode(topic, Buffer.from(payload));
const device = "espresense/devices/iBeacon:2f234454-cf6d-4a0f-adf2-f4911ba9ffa6-1-2/knitwear";

describe("an ESPresense node", () => {
  test("hears an iBeacon: the same canonical id as any other receiver's", () => {
    const payload =
      '{"mac":"7750fb4dab70","id":"iBeacon:2F234454-cf6d-4a0f-adf2-f4911ba9ffa6-1-2","rssi@1m":-59,"rssi":-71.20,"rxAdj":0,"rssiVar":2.10,"distance":3.61,"var":0.42,"int":312}';
    expect(say(device, payload)).toEqual({
      ok: true,
      value: {
        deviceId: "espresense-knitwear",
        kind: "ble",
        format: "espresense",
        readings: [
          {
            kind: "sightings",
            sightings: [
              { beacon: "ibeacon:2f234454-cf6d-4a0f-adf2-f4911ba9ffa6:1:2", rssiDbm: -71.2, measuredPowerDbm: -59 },
            ],
          },
        ],
      },
    });
  });

  test("hears an Eddystone beacon", () => {
    expect(say(device, '{"id":"eddy:8B0CA750E7A7E14A9921-000000000a01","rssi":-80}')).toMatchObject({
      value: { readings: [{ sightings: [{ beacon: "eddystone:8b0ca750e7a7e14a9921:000000000a01" }] }] },
    });
  });

  test("hears a phone, and nothing of it is passed on", () => {
    for (const id of [
      "apple:1005:9-24",
      "apple:findmy",
      "md:004c:12",
      "msft:cdp:0100",
      "sid:0x181a",
      "known:7750fb4dab70",
    ]) {
      const result = say(device, JSON.stringify({ mac: "7750fb4dab70", id, rssi: -50 }));
      expect(result).toMatchObject({ ok: true, value: { readings: [{ kind: "sightings", sightings: [] }] } });
      expect(JSON.stringify(result)).not.toContain("7750fb4dab70");
    }
  });

  test("says online, then the broker says offline for it", () => {
    expect(say("espresense/rooms/knitwear/status", "online")).toMatchObject({
      value: { deviceId: "espresense-knitwear", readings: [{ kind: "status", state: "online" }] },
    });
    expect(say("espresense/rooms/knitwear/status", "offline")).toMatchObject({
      value: { readings: [{ kind: "status", state: "offline" }] },
    });
    expect(say("espresense/rooms/knitwear/status", "maybe")).toEqual({
      ok: false,
      known: true,
      reason: "status must be online or offline",
    });
  });

  test("tells its numbers, and its address and firmware name are passed over", () => {
    const payload = '{"ip":"10.0.0.7","uptime":120,"firm":"esp32","rssi":-61,"freeHeap":120000,"adverts":88}';
    expect(say("espresense/rooms/knitwear/telemetry", payload)).toMatchObject({
      value: { readings: [{ kind: "telemetry", values: { uptime: 120, rssi: -61, freeHeap: 120000, adverts: 88 } }] },
    });
  });

  test("in a room with spaces in its name still has an id", () => {
    expect(say("espresense/rooms/Fitting room 2/status", "online")).toMatchObject({
      value: { deviceId: "espresense-Fitting-room-2" },
    });
  });

  test("its retained settings are known and mean nothing", () => {
    expect(say("espresense/rooms/knitwear/max_distance", "16.00")).toMatchObject({ ok: true, value: { readings: [] } });
  });

  test.each([
    ["not JSON", "{", /not valid JSON/],
    ["no level", '{"id":"eddy:x"}', /rssi is missing/],
    ["an absurd level", '{"id":"x","rssi":1e308}', /rssi must be at most 40, not 1e\+308/],
    ["an id of another type", '{"id":7,"rssi":-60}', /id must be a text, not 7/],
    ["a list", "[]", /must be an object/],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say(device, payload)).toMatchObject({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });

  test("a minor that does not exist in an iBeacon is no beacon", () => {
    const payload = '{"id":"iBeacon:2f234454-cf6d-4a0f-adf2-f4911ba9ffa6-1-70000","rssi":-60}';
    expect(say(device, payload)).toMatchObject({ ok: true, value: { readings: [{ sightings: [] }] } });
  });
});
