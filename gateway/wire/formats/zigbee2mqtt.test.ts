import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const say = (topic: string, payload: string) => decode(topic, Buffer.from(payload));
const valuesOf = (payload: string) => {
  const result = say("zigbee2mqtt/thing", payload);
  const reading = result.ok ? result.value.readings[0] : undefined;
  return reading?.kind === "sensor" ? reading.values : result;
};

describe("a Zigbee sensor", () => {
  test("on a door that stands open says contact false, which is opening 1", () => {
    expect(say("zigbee2mqtt/cabinet-door", '{"contact":false,"battery":97,"linkquality":120}')).toEqual({
      ok: true,
      value: {
        deviceId: "zigbee2mqtt-cabinet-door",
        kind: "shelf",
        format: "zigbee2mqtt",
        readings: [
          {
            kind: "sensor",
            mac: "zigbee2mqtt-cabinet-door",
            values: [
              { property: "opening", value: 1, unit: "" },
              { property: "battery", value: 97, unit: "%" },
              { property: "linkquality", value: 120, unit: "" },
            ],
          },
        ],
      },
    });
    expect(valuesOf('{"contact":true}')).toEqual([{ property: "opening", value: 0, unit: "" }]);
  });

  test("for climate and for movement, as in the documentation", () => {
    expect(valuesOf('{"temperature":27.34,"humidity":44.72}')).toEqual([
      { property: "temperature", value: 27.34, unit: "°C" },
      { property: "humidity", value: 44.72, unit: "%" },
    ]);
    expect(valuesOf('{"occupancy":true}')).toEqual([{ property: "occupancy", value: 1, unit: "" }]);
  });

  test("what it has not yet said is null, and passed over", () => {
    expect(valuesOf('{"battery":null,"occupancy":false,"color":{"x":1}}')).toEqual([
      { property: "occupancy", value: 0, unit: "" },
    ]);
  });

  test("may have slashes in its name, and is not the one with hyphens", () => {
    const idOf = (topic: string) => {
      const result = say(topic, '{"occupancy":true}');
      return result.ok ? result.value.deviceId : result.reason;
    };
    expect(idOf("zigbee2mqtt/ground floor/door/left")).toMatch(/^zigbee2mqtt-ground-floor--door--left-[0-9a-f]{8}$/);
    expect(idOf("zigbee2mqtt/door/left")).toBe("zigbee2mqtt-door--left");
    expect(idOf("zigbee2mqtt/door-left")).toBe("zigbee2mqtt-door-left");
    expect(idOf("zigbee2mqtt/a/b/c/d/e")).toMatch(/more than four levels/);
  });

  test("comes and goes, in the words of either version", () => {
    const state = (topic: string, payload: string) => say(topic, payload);
    expect(state("zigbee2mqtt/door/left/availability", '{"state":"offline"}')).toMatchObject({
      value: { deviceId: "zigbee2mqtt-door--left", readings: [{ kind: "status", state: "offline" }] },
    });
    expect(state("zigbee2mqtt/door/availability", "online")).toMatchObject({
      value: { readings: [{ state: "online" }] },
    });
    expect(state("zigbee2mqtt/door/availability", '{"state":"perhaps"}')).toMatchObject({
      ok: false,
      reason: "state must be online or offline",
    });
  });

  test.each([
    ["the bridge", "zigbee2mqtt/bridge/state", '{"state":"online"}', /the bridge speaks of itself/],
    ["a command to a device", "zigbee2mqtt/lamp/set", '{"contact":false}', /asks a device/],
    ["a button", "zigbee2mqtt/button", '{"action":"single"}', /nothing that a shop can use/],
    ["a contact in words", "zigbee2mqtt/door", '{"contact":"open"}', /^contact must be true or false$/],
    ["a battery of 300 %", "zigbee2mqtt/door", '{"battery":300}', /^battery must be at most 100, not 300$/],
    ["an absurd temperature", "zigbee2mqtt/door", '{"temperature":-1e9}', /^temperature must be at least -60/],
    ["a list", "zigbee2mqtt/door", "[]", /must be an object/],
    ["half a message", "zigbee2mqtt/door", '{"contact":fal', /not valid JSON/],
    ["no name", "zigbee2mqtt/", '{"contact":true}', /does not name the device/],
  ])("%s is refused with a reason", (_what, topic, payload, reason) => {
    expect(say(topic, payload)).toEqual({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});
