import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const say = (frame: unknown, prefix = "shellyplus1-a8032abe54dc") =>
  decode(`${prefix}/events/rpc`, Buffer.from(JSON.stringify(frame)));
/** The maker's documented notification, around the event of the maker's script for a BLU button. */
const pressed = {
  encryption: false,
  BTHome_version: 2,
  pid: 118,
  battery: 100,
  button: 1,
  rssi: -76,
  address: "b4:35:22:fe:56:e5",
};
const frame = (params: object, method = "NotifyEvent") => ({
  src: "shellyplus1-a8032abe54dc",
  dst: "shellyplus1-a8032abe54dc/events",
  method,
  params: { ts: 1_631_186_545.04, ...params },
});
const bluEvent = (data: unknown) =>
  frame({ events: [{ component: "script:1", id: 1, event: "shelly-blu", data, ts: 1_631_186_545.04 }] });

describe("a Shelly with Bluetooth", () => {
  test("is there, and gone by its will; others who say such words are not taken for one", () => {
    const online = (text: string, prefix = "shellyplus1-a8032abe54dc") => decode(`${prefix}/online`, Buffer.from(text));
    const status = (state: string) => ({ value: { deviceId: "shellyplus1-a8032abe54dc", readings: [{ state }] } });
    expect(online("true")).toMatchObject(status("online"));
    expect(online("false")).toMatchObject(status("offline"));
    expect(online("yes")).toEqual({ ok: false, known: true, reason: "online must be true or false" });
    expect(online("true", "kitchen")).toMatchObject({ ok: false });
  });

  test("hears a BLU button", () => {
    expect(say(bluEvent(pressed))).toEqual({
      ok: true,
      value: {
        deviceId: "shellyplus1-a8032abe54dc",
        kind: "ble",
        format: "shelly",
        at: 1_631_186_545_040,
        readings: [
          {
            kind: "sensor",
            mac: "b4:35:22:fe:56:e5",
            values: [
              { property: "packetId", value: 118, unit: "" },
              { property: "battery", value: 100, unit: "%" },
              { property: "button", value: 1, unit: "" },
            ],
          },
        ],
      },
    });
  });

  test("hears a remote control with four buttons, of which the third was pressed", () => {
    const result = say(bluEvent({ ...pressed, button: [0, 0, 1, 0] }));
    expect(result.ok && result.value.readings[0]).toMatchObject({
      values: [{}, {}, { value: 0 }, { value: 0 }, { value: 1 }, { value: 0 }],
    });
  });

  test("hears a sensor whose key it has not got: nobody knows what it said", () => {
    expect(
      say(bluEvent({ encryption: true, BTHome_version: 2, rssi: -76, address: "b4:35:22:fe:56:e5" })),
    ).toMatchObject({
      ok: true,
      value: { readings: [] },
    });
  });

  test("takes no value from a sensor that says it is under seal", () => {
    expect(say(bluEvent({ ...pressed, encryption: true }))).toMatchObject({ ok: true, value: { readings: [] } });
  });

  test("says the values of its BTHome components under their own names", () => {
    const status = {
      "bthomesensor:201": { id: 201, value: 63, last_updated_ts: 1_753_167_523 },
      "bthomesensor:202": { id: 202, value: true },
      "bthomedevice:200": { id: 200, rssi: -49, battery: 100, last_updated_ts: 1_753_167_523 },
      "switch:0": { id: 0, output: true, source: "button" },
    };
    expect(say(frame(status, "NotifyStatus"))).toMatchObject({
      value: {
        readings: [
          {
            kind: "telemetry",
            values: {
              "bthomesensor:201": 63,
              "bthomesensor:202": 1,
              "bthomedevice:200.battery": 100,
              "bthomedevice:200.rssi": -49,
            },
          },
        ],
      },
    });
  });

  test("the documented notification of a relay is known and means nothing to a shop", () => {
    const switched = { "switch:0": { id: 0, output: true, source: "button" } };
    expect(say(frame(switched, "NotifyStatus"))).toMatchObject({ ok: true, value: { readings: [] } });
    const clicked = { events: [{ component: "input:0", id: 0, event: "single_push", ts: 1_631_266_595.44 }] };
    expect(say(frame(clicked))).toMatchObject({ ok: true, value: { readings: [] } });
  });

  test("with a topic prefix of its owner's choice cannot speak for a device of another maker", () => {
    expect(say(bluEvent(pressed), "A1")).toMatchObject({ value: { deviceId: "shelly-A1" } });
    expect(say(bluEvent(pressed), "ruuvi-c8252d8e9c2c")).toMatchObject({
      value: { deviceId: "shelly-ruuvi-c8252d8e9c2c" },
    });
  });

  test("that has not heard the time yet says none", () => {
    const result = say({ method: "NotifyEvent", params: { ts: null, events: [] } });
    expect(result.ok && "at" in result.value).toBe(false);
  });

  test.each([
    ["a list", [], /must be an object/],
    ["no method", { params: {} }, /method is missing/],
    ["another method", frame({}, "Shelly.Reboot"), /method has a value nobody knows/],
    ["no events", frame({}), /events is missing/],
    ["a hundred and one events", frame({ events: Array.from({ length: 101 }, () => ({})) }), /more than 100 entries/],
    ["a time that is none", frame({ ts: 1e15, events: [] }), /params\.ts must be a time/],
    ["a time in words", frame({ ts: "now", events: [] }), /params\.ts must be a number/],
    ["a sensor without an address", bluEvent({ button: 1 }), /address is missing/],
    ["an event without data", bluEvent(undefined), /must be an object/],
    ["an absurd level", bluEvent({ ...pressed, rssi: 900 }), /rssi must be at most 40, not 900/],
    ["a battery of 400 %", bluEvent({ ...pressed, battery: 400 }), /battery must be between 0 and 100, not 400/],
    ["a temperature in words", bluEvent({ ...pressed, temperature: "warm" }), /temperature must be a number/],
    ["seventeen buttons", bluEvent({ ...pressed, button: Array(17).fill(0) }), /button must not have more than 16/],
    [
      "an absurd value",
      frame({ "bthomesensor:201": { value: 1e20 } }, "NotifyStatus"),
      /bthomesensor:201 must be at most/,
    ],
    ["a component that is none", frame({ "bthomesensor:201": 7 }, "NotifyStatus"), /bthomesensor:201 is wrong/],
  ])("%s is refused with a reason", (_what, said, reason) => {
    expect(say(said)).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});
