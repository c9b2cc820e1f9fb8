import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const say = (topic: string, payload: string) => decode(topic, Buffer.from(payload));
const topic = "tele/shelf-a1/SENSOR";
const distances = (payload: string) => {
  const result = say(topic, payload);
  const reading = result.ok ? result.value.readings[0] : undefined;
  return reading?.kind === "sensor" ? reading.values : result;
};

describe("a scale with Tasmota", () => {
  test("weighs in kilograms, and the shop counts in grams", () => {
    const payload =
      '{"Time":"2026-03-01T09:12:00","HX711":{"Weight":1.234,"Count":12,"WeightRaw":148080,"AbsRaw":8523000}}';
    expect(say(topic, payload)).toEqual({
      ok: true,
      value: {
        deviceId: "tasmota-shelf-a1",
        kind: "shelf",
        format: "tasmota",
        readings: [{ kind: "plates", plates: [{ plate: 1, grams: 1234 }] }],
      },
    });
  });

  test("is believed just below zero, for a plate that was emptied after its tare", () => {
    expect(say(topic, '{"HX711":{"Weight":-0.003,"WeightRaw":-360,"AbsRaw":8523000}}')).toMatchObject({
      value: { readings: [{ plates: [{ grams: -3 }] }] },
    });
  });

  test("comes and goes", () => {
    const will = (text: string) => say("tele/shelf-a1/LWT", text);
    expect(will("Online")).toMatchObject({
      value: { deviceId: "tasmota-shelf-a1", readings: [{ kind: "status", state: "online" }] },
    });
    expect(will("Offline")).toMatchObject({ value: { readings: [{ kind: "status", state: "offline" }] } });
    expect(will("online")).toEqual({ ok: false, known: true, reason: "LWT must be Online or Offline" });
  });

  test.each([
    ["no weight", '{"HX711":{}}', "HX711.Weight is missing"],
    ["a weight in words", '{"HX711":{"Weight":"1.2"}}', "HX711.Weight must be a number"],
    ["a tonne", '{"HX711":{"Weight":1000}}', "HX711.Weight must be at most 500, not 1000"],
    ["minus a tonne", '{"HX711":{"Weight":-1000}}', "HX711.Weight must be at least -50, not -1000"],
    ["a weight beyond numbers", '{"HX711":{"Weight":1e999}}', "HX711.Weight must be a number"],
    ["a scale that is a number", '{"HX711":1.2}', "HX711 must be an object"],
    ["a power plug", '{"Time":"2026-03-01T09:12:00","ENERGY":{"Power":5}}', /^neither a scale nor a distance sensor/],
    ["a list", "[]", "the payload must be an object"],
    ["half a message", '{"HX711":{"Wei', "the payload is not valid JSON"],
    [
      "33 sensors",
      JSON.stringify(
        Object.fromEntries(
          Array(33)
            .fill(0)
            .map((_, i) => [`S${i}`, 1]),
        ),
      ),
      /more than 32/,
    ],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say(topic, payload)).toEqual({
      ok: false,
      known: true,
      reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
    });
  });
});

describe("a distance sensor with Tasmota", () => {
  test("with the old firmware speaks in millimetres, as in its documentation", () => {
    expect(distances('{"Time":"2019-12-20T11:29:22","VL53L0X":{"Distance":263}}')).toEqual([
      { property: "distance", value: 263, unit: "mm" },
    ]);
  });

  test("with the new firmware speaks in centimetres: the decimal gives it away, even when it is zero", () => {
    expect(distances('{"VL53L0X":{"Distance":26.3}}')).toEqual([{ property: "distance", value: 263, unit: "mm" }]);
    expect(distances('{"VL53L1X":{"Distance":26.0}}')).toEqual([{ property: "distance", value: 260, unit: "mm" }]);
  });

  test("one of several is told by its number, whichever the separator", () => {
    const both = [
      { property: "distance1", value: 263, unit: "mm" },
      { property: "distance2", value: 344, unit: "mm" },
    ];
    expect(distances('{"VL53L0X_1":{"Distance":263},"VL53L0X_2":{"Distance":344}}')).toEqual(both);
    expect(distances('{"VL53L0X-1":{"Distance":26.3},"VL53L0X-2":{"Distance":34.4}}')).toEqual(both);
  });

  test("that has nothing in sight says no distance, rather than ten metres", () => {
    for (const nothing of ["null", "9999", "999.9"]) {
      expect(say(topic, `{"VL53L0X":{"Distance":${nothing}}}`)).toMatchObject({ ok: true, value: { readings: [] } });
    }
  });

  test("shares its message with a scale", () => {
    expect(say(topic, '{"HX711":{"Weight":0.25},"VL53L0X":{"Distance":12.0}}')).toMatchObject({
      value: {
        readings: [
          { kind: "plates", plates: [{ plate: 1, grams: 250 }] },
          { kind: "sensor", mac: "tasmota-shelf-a1", values: [{ value: 120 }] },
        ],
      },
    });
  });

  test("is not believed beyond what it can see", () => {
    expect(say(topic, '{"VL53L0X_2":{"Distance":65535}}')).toMatchObject({
      ok: false,
      reason: "VL53L0X_2.Distance must be at most 5000, not 65535",
    });
    expect(say(topic, '{"VL53L0X":{}}')).toMatchObject({ ok: false, reason: "VL53L0X.Distance is missing" });
  });
});
