import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const say = (topic: string, payload: string) => decode(topic, Buffer.from(payload));
const sensor = (object: string, payload: string) => say(`shelf-a1/sensor/${object}/state`, payload);

describe("a shelf with ESPHome", () => {
  test("weighs, because its sensor is called a weight", () => {
    expect(sensor("shelf_weight", "1234.5")).toEqual({
      ok: true,
      value: {
        deviceId: "esphome-shelf-a1",
        kind: "shelf",
        format: "esphome",
        readings: [{ kind: "plates", plates: [{ plate: 1, grams: 1234.5 }] }],
      },
    });
  });

  test.each([
    ["scale", "250", 1, 250],
    ["weight_2", "250", 2, 250],
    ["bottle_weight_g_3", "250", 3, 250],
    ["weight_kg", "1.234", 1, 1234],
    ["top_scale_kg_4", "-0.003", 4, -3],
  ])("the sensor %s saying %s is plate %d with %d g", (object, payload, plate, grams) => {
    expect(sensor(object, payload)).toMatchObject({ value: { readings: [{ plates: [{ plate, grams }] }] } });
  });

  test.each([
    ["scale_temperature", "21.4", 21.4],
    ["weight_raw", "148080", 148080],
    ["shelf_distance", "0.263", 0.263],
    ["overweight", "3", 3],
  ])("the sensor %s is no weight, it stays what it is called", (object, payload, value) => {
    expect(sensor(object, payload)).toMatchObject({
      value: {
        readings: [{ kind: "sensor", mac: "esphome-shelf-a1", values: [{ property: object, value, unit: "" }] }],
      },
    });
  });

  test("says that its door is open", () => {
    const door = (text: string) => say("shelf-a1/binary_sensor/glass_door/state", text);
    expect(door("ON")).toMatchObject({ value: { readings: [{ values: [{ property: "glass_door", value: 1 }] }] } });
    expect(door("OFF")).toMatchObject({ value: { readings: [{ values: [{ value: 0 }] }] } });
    expect(door("maybe")).toEqual({ ok: false, known: true, reason: "glass_door must be ON or OFF" });
  });

  test("comes and goes; Home Assistant, which uses the same words, is no shelf", () => {
    expect(say("shelf-a1/status", "online")).toMatchObject({
      value: { deviceId: "esphome-shelf-a1", readings: [{ kind: "status", state: "online" }] },
    });
    expect(say("shelf-a1/status", "offline")).toMatchObject({ value: { readings: [{ state: "offline" }] } });
    expect(say("homeassistant/status", "online")).toMatchObject({ ok: false, notForUs: true });
  });

  test.each([
    ["shelf_weight", "nan", 'shelf_weight could not be measured: "nan"'],
    ["shelf_weight", "", "shelf_weight must be a number"],
    ["shelf_weight", "0x10", "shelf_weight must be a number"],
    ["shelf_weight", "12 g", "shelf_weight must be a number"],
    ["shelf_weight", "1e999", "shelf_weight must be a number"],
    ["shelf_weight", "600000", "shelf_weight must be at most 500000, not 600000"],
    ["weight_kg", "600", "weight_kg must be at most 500, not 600"],
    ["weight_99", "1", "the plate in the name of the sensor must be at most 64, not 99"],
    ["weight_0", "1", "the plate in the name of the sensor must be at least 1, not 0"],
    ["wifi signal", "-60", "the name of the sensor has a form nobody knows"],
  ])("%s saying %s is refused with a reason", (object, payload, reason) => {
    expect(sensor(object, payload)).toEqual({ ok: false, known: true, reason });
  });
});
