import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { valueAtPath } from "./json-path.ts";
import { checkMapping, createMappings, decodeMapped, readMapped } from "./mapping.ts";
import type { DeviceMapping, MappedField } from "./views.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const weight = (path: string, unit: string, plate = 1): MappedField => ({
  path,
  unit,
  yields: { reading: "weight", plate },
});
const mapping = (...fields: MappedField[]): DeviceMapping => ({ topic: "acme/shelf-7/state", kind: "shelf", fields });
const at = (topic: string): DeviceMapping => ({ ...mapping(weight("w", "g")), topic });

describe("what a mapping reads", () => {
  test("two plates, a battery and a temperature out of one JSON", () => {
    const scale = mapping(
      weight("scales.0.kg", "kg"),
      weight("scales.1.kg", "kg", 2),
      { path: "bat", unit: "%", yields: { reading: "battery" } },
      { path: "env.temp", unit: "°F", yields: { reading: "telemetry", name: "temperature" } },
    );
    const payload = json({ scales: [{ kg: 1.24 }, { kg: -0.003 }], bat: 71, env: { temp: 68 } });
    expect(decodeMapped("acme-7", scale, payload)).toEqual({
      ok: true,
      value: {
        deviceId: "acme-7",
        kind: "shelf",
        format: "mapped",
        readings: [
          {
            kind: "plates",
            plates: [
              { plate: 1, grams: 1240 },
              { plate: 2, grams: -3 },
            ],
          },
          { kind: "telemetry", values: { battery: 71, temperature: 20 } },
        ],
      },
    });
  });

  test.each([
    ["1 kg", "1", "kg", 1000],
    ["1 lb", "1", "lb", 453.59237],
    ["16 oz", "16", "oz", 453.59237],
    ["250,5 g as Germans write it", "250,5", "g", 250.5],
    ["1.24 kg with its unit behind it", "1.24 kg", "kg", 1240],
    ["a number in quotes", '"812"', "g", 812],
    ["12,000 mg", "12000", "mg", 12],
    ["0.01 t", "0.01", "t", 10_000],
  ])("a payload that is only a number: %s", (_what, text, unit, grams) => {
    expect(readMapped(mapping(weight("", unit)), Buffer.from(text))).toEqual({
      ok: true,
      value: [{ kind: "plates", plates: [{ plate: 1, grams }] }],
    });
  });

  test("people in a zone, and a battery in volts under its own name", () => {
    const camera: DeviceMapping = {
      topic: "eye/3/out",
      kind: "camera",
      fields: [
        { path: "in", unit: "1", yields: { reading: "people", zone: "till" } },
        { path: "vbat", unit: "mV", yields: { reading: "battery" } },
      ],
    };
    expect(readMapped(camera, json({ in: 3, vbat: 2950 }))).toEqual({
      ok: true,
      value: [
        { kind: "people", zone: "till", people: 3 },
        { kind: "telemetry", values: { voltage: 2.95 } },
      ],
    });
    expect(readMapped(camera, json({ in: 2 })), "a battery need not be told every time").toMatchObject({ ok: true });
    expect(readMapped(camera, json({ in: 2.5 }))).toMatchObject({ reason: expect.stringMatching(/whole numbers/) });
  });

  test.each([
    ["a path that is not there", { x: 1 }, /^"w" is missing in this payload$/],
    ["nothing", { w: null }, /^"w" is empty/],
    ["a word", { w: "heavy" }, /^"w" says "heavy", which is not a number$/],
    ["a list", { w: [1] }, /^"w" is a list, not a number$/],
    ["another unit than was said", { w: "2.1 lb" }, /^"w" is in lb, and the mapping says g$/],
    ["nine tonnes", { w: 9e6 }, /^"w" is 9000000 g; between -50000 and 500000 g can be true$/],
  ])("%s is refused in words", (_what, payload, reason) => {
    expect(readMapped(mapping(weight("w", "g")), json(payload))).toEqual({
      ok: false,
      reason: expect.stringMatching(reason),
    });
  });

  test("infinity, an empty payload, one that is no JSON, and a name that JavaScript owns are refused", () => {
    const scale = mapping(weight("w", "g"));
    expect(readMapped(scale, Buffer.from('{"w":1e999}'))).toMatchObject({ ok: false });
    expect(readMapped(scale, Buffer.alloc(0))).toMatchObject({ reason: "the payload is empty" });
    expect(readMapped(scale, Buffer.from("w=12"))).toMatchObject({ reason: expect.stringMatching(/not JSON/) });
    expect(readMapped(mapping(weight("constructor.length", "g")), json({}))).toMatchObject({ ok: false });
    expect(readMapped(mapping(weight("w.length", "g")), json({ w: [1, 2] }))).toMatchObject({ ok: false });
  });

  test("names with dots in them are found", () => {
    expect(valueAtPath({ "scale.1": { "net.weight": 4 } }, "scale.1.net.weight")).toBe(4);
    expect(valueAtPath([[1, 2], [3]], "0.1")).toBe(2);
    expect(valueAtPath([1], "01")).toBeUndefined();
  });

  test("whatever arrives and whatever the mapping says, nothing throws and no absurd number comes out", () => {
    const field = fc.record({
      path: fc.oneof(fc.constantFrom("", "w", "a.0.b", "__proto__", "toString"), fc.string()),
      unit: fc.oneof(fc.constantFrom("g", "kg", "%", "1", "°F"), fc.string()),
      yields: fc.oneof(
        fc.record({ reading: fc.constant("weight" as const), plate: fc.integer() }),
        fc.record({ reading: fc.constant("people" as const), zone: fc.string() }),
        fc.record({ reading: fc.constant("telemetry" as const), name: fc.string() }),
        fc.constant({ reading: "battery" as const }),
      ),
    });
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.jsonValue().map((value) => json(value)),
      fc.record({ w: fc.oneof(fc.double(), fc.string(), fc.jsonValue()) }).map((value) => json(value)),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 5 }), payloads, (fields, bytes) => {
        checkMapping("main", mapping(...fields));
        const result = readMapped(mapping(...fields), bytes);
        if (!result.ok) return result.reason.length > 0;
        const numbers = result.value.flatMap((reading) =>
          reading.kind === "plates"
            ? reading.plates.map(({ grams }) => grams)
            : reading.kind === "people"
              ? [reading.people]
              : reading.kind === "telemetry"
                ? Object.values(reading.values)
                : [],
        );
        return numbers.length > 0 && numbers.every((number) => Math.abs(number) <= 1e15);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("which mapping can be used", () => {
  test.each([
    ["the whole broker", at("#"), /without #/],
    ["everything of everybody", at("+/+/state"), /first level/],
    ["every device of a maker", at("acme/+"), /some level must be a name/],
    ["half a wildcard", at("acme/shelf+/state"), /whole level/],
    ["the gateway's own topics", at("store/main/shelf/A1/reading"), /gateway's own/],
    ["the broker's own topics", at("$SYS/broker/load"), /belong to the broker/],
    ["a topic that Tasmota speaks for", at("tele/scale/SENSOR"), /^tasmota speaks for this topic already/],
    ["a filter that would take Shelly's place", at("plug-1/+/rpc"), /^shelly speaks for/],
    ["no field", mapping(), /reads nothing yet/],
    ["65 fields", mapping(...Array.from({ length: 65 }, (_, i) => weight(`w${i}`, "g", i + 1))), /64 fields at most/],
    ["the same plate twice", mapping(weight("a", "g"), weight("b", "g")), /Two fields say the weight on plate 1/],
    ["a weight in percent", mapping(weight("a", "%")), /not in %: "a" must be in mg, g, kg, t, oz, lb/],
    ["a unit nobody knows", mapping(weight("a", "stone")), /Nobody knows the unit "stone"/],
    ["plate 65", mapping(weight("a", "g", 65)), /1 to 64/],
    [
      "people in kilograms",
      mapping({ path: "p", unit: "kg", yields: { reading: "people", zone: "till" } }),
      /counted, not measured/,
    ],
    ["a battery in grams", mapping({ path: "p", unit: "g", yields: { reading: "battery" } }), /A battery is in/],
  ])("%s is refused in words", (_what, wrong, reason) => {
    expect(checkMapping("main", wrong)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("a device's own topic can, and one where a level is any", () => {
    for (const topic of ["scale", "acme/shelf-7/state", "acme/+/shelf-7", "acme/shelf-7/+"]) {
      expect(checkMapping("main", at(topic)), topic).toMatchObject({ ok: true });
    }
  });
});

describe("whose mapping a topic is", () => {
  test("the more specific one, whatever order they were made in", () => {
    const devices = [
      { deviceId: "any", mapping: at("acme/+/state") },
      { deviceId: "seven", mapping: at("acme/7/state") },
      { deviceId: "deep", mapping: at("acme/7/+") },
    ];
    for (const list of [devices, devices.toReversed()]) {
      const find = createMappings(list);
      expect(find("acme/7/state")?.deviceId).toBe("seven");
      expect(find("acme/8/state")?.deviceId).toBe("any");
      expect(find("acme/7/other")?.deviceId).toBe("deep");
      expect(find("acme/8/other")).toBeUndefined();
      expect(find("acme/7")).toBeUndefined();
      expect(find("acme/7/state/more")).toBeUndefined();
    }
  });

  test("with the same topic twice, always the same one", () => {
    const devices = [
      { deviceId: "b", mapping: at("acme/7/state") },
      { deviceId: "a", mapping: at("acme/7/state") },
    ];
    for (const list of [devices, devices.toReversed()])
      expect(createMappings(list)("acme/7/state")?.deviceId).toBe("a");
  });

  test("among 600 of them 500 are heard", () => {
    const find = createMappings(
      Array.from({ length: 600 }, (_, i) => ({ deviceId: `d${1000 + i}`, mapping: at(`acme/${1000 + i}/state`) })),
    );
    expect(find("acme/1499/state")?.deviceId).toBe("d1499");
    expect(find("acme/1500/state")).toBeUndefined();
  });
});
