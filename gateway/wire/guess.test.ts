import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guessMappings } from "./guess.ts";
import { checkMapping, readMapped } from "./mapping.ts";
import { maxPayloadBytes } from "./topics.ts";

const zones = ["entrance", "till"];
const best = (payload: unknown, topic = "acme/shelf-7/state") => {
  const bytes = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
  const guesses = guessMappings({ storeId: "main", topic, bytes, zones });
  const [first] = guesses;
  const readings = first && readMapped(first.mapping, bytes);
  return { guesses, first, about: first?.about, readings: readings?.ok ? readings.value : undefined };
};

describe("a payload that nobody speaks for", () => {
  test("a scale that says its weight and battery", () => {
    const { first, readings } = best({ weight: 1.24, bat: 71, uptime: 4000 });
    expect(first).toEqual({
      about: "Looks like a weight, 1.24 kg at weight.",
      sure: 0.75,
      mapping: {
        topic: "acme/shelf-7/state",
        kind: "shelf",
        fields: [
          { path: "weight", unit: "kg", yields: { reading: "weight", plate: 1 } },
          { path: "bat", unit: "%", yields: { reading: "battery" } },
        ],
      },
    });
    expect(readings).toEqual([
      { kind: "plates", plates: [{ plate: 1, grams: 1240 }] },
      { kind: "telemetry", values: { battery: 71 } },
    ]);
  });

  test.each([
    ["grams in its name", { net_g: 812 }, "Looks like a weight, 812 g at net_g."],
    ["its unit beside it", { w: { value: 2.5, unit: "lb" }, x: 1 }, "Looks like a weight, 2.5 lb at w.value."],
    ["German", { gewicht: 812 }, "Looks like a weight, 812 g at gewicht."],
    ["French, with the comma", { poids: "1,24" }, "Looks like a weight, 1.24 kg at poids."],
    ["its unit behind it", { value: "812 g" }, "Looks like a weight, 812 g at value."],
    ["in the maker's words", { hx711: { raw: 812 } }, "Looks like a weight, 812 g at hx711.raw."],
    [
      "two plates by index, the first one is plate 1",
      { scales: [{ kg: 1.24 }, { kg: 0.8 }] },
      "Looks like 2 weights: 1.24 kg at scales.0.kg, 0.8 kg at scales.1.kg.",
    ],
    [
      "two plates by name",
      { w1: 5, weight1: 812, weight2: 90 },
      "Looks like 2 weights: 812 g at weight1, 90 g at weight2.",
    ],
    ["people at the till", { people: 3 }, "Looks like a count of people, 3 people at people."],
    ["Spanish people", { personas: 1 }, "Looks like a count of people, 1 person at personas."],
    ["volts, whatever its name says", { weight: "3.1 V" }, /^Tells about itself: voltage 3\.1 V at weight\./],
    ["a name and a bare 1 behind it", { weight: "812 1" }, "Looks like a weight, 812 g at weight."],
    ["percents of people", { people: "40 %" }, "A number without a name, 40. It may be a weight in g."],
    ["only about itself", { temp: 21.5, batt: 88 }, /^Tells about itself: temperature 21.5 °C at temp and 1 more/],
    ["nothing telling", { foo: 3, bar: 4 }, "2 numbers and no name that tells what they are: foo, bar."],
    ["a number on a shelf's topic", "812", "A number without a name, 812. It may be a weight in g."],
  ])("with %s", (_what, payload, about) => {
    expect(best(payload).about).toEqual(typeof about === "string" ? about : expect.stringMatching(about));
  });

  test("plates are told by their place", () => {
    expect(best({ scales: [{ kg: 1.24 }, { kg: 0.8 }] }).readings).toEqual([
      {
        kind: "plates",
        plates: [
          { plate: 1, grams: 1240 },
          { plate: 2, grams: 800 },
        ],
      },
    ]);
  });

  test("net and gross are two ways to say one plate, the surer one first", () => {
    const { guesses } = best({ gross: 1.4, net_kg: 1.24 });
    expect(guesses.map(({ about }) => about)).toEqual([
      "Looks like a weight, 1.24 kg at net_kg.",
      "Looks like a weight, 1.4 kg at gross.",
    ]);
  });

  test("people are counted in the zone that the topic names", () => {
    expect(best({ count: 4 }, "eye/till/out").readings).toEqual([{ kind: "people", zone: "till", people: 4 }]);
  });

  test("batteries in volts, millivolts, percent and as a fraction", () => {
    const battery = (value: number) => best({ weight: 5, battery: value }).readings?.[1];
    expect(battery(2.95)).toMatchObject({ values: { voltage: 2.95 } });
    expect(battery(2950)).toMatchObject({ values: { voltage: 2.95 } });
    expect(battery(71)).toMatchObject({ values: { battery: 71 } });
    expect(battery(0.71)).toMatchObject({ values: { battery: 71 } });
  });
});

describe("a payload of a known maker on another topic", () => {
  test.each([
    [
      "Tasmota",
      { Time: "2026-01-01T00:00:00", HX711: { Weight: 1.24 } },
      /^This is Tasmota under another topic\. Its Prefix/,
    ],
    [
      "Minew",
      [
        { type: "Gateway", mac: "AC233FC03641", gatewayFree: 89 },
        {
          type: "iBeacon",
          mac: "C30000000000",
          ibeaconUuid: "E2C56DB5DFFB48D2B060D0F5A71096E0",
          ibeaconMajor: 0,
          ibeaconMinor: 0,
          rssi: -65,
        },
      ],
      /^This is a Minew gateway\. Set its topic to minew\/AC233FC03641\/status/,
    ],
    [
      "Impinj",
      { tagInventoryEvent: { epcHex: "E2801190A5021F80055817CA", antennaPort: 1 }, timestamp: "2021-07-09T23:35:59Z" },
      /^This is an Impinj reader/,
    ],
    ["our own", { boot: 1, seq: 1, plates: [{ plate: 1, grams: 5 }] }, /store\/main\/shelf\/<its name>\/reading/],
    [
      "an advert in hex",
      "0201061AFF4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9C5",
      /^Looks like a Bluetooth advert in hex/,
    ],
  ])("%s is named, and what to set", (_who, payload, about) => {
    const { first } = best(payload, "floor2/thing");
    expect(first?.about).toMatch(about);
    expect(first?.mapping.fields).toEqual([]);
  });

  test("Tasmota can be mapped all the same", () => {
    const { guesses } = best({ HX711: { Weight: 1.24 } }, "floor2/thing");
    expect(guesses[1]?.about).toBe("Looks like a weight, 1.24 kg at HX711.Weight.");
  });

  test.each([
    [
      "an advert in bytes",
      "0201061aff4c000215fda50693a4e24fb1afcfc6eb0764782527114cb9c5",
      /^Looks like a Bluetooth advert\./,
    ],
    ["Minew's binary form", "bb0100000034ac233fffffff0001", /Minew gateway in its binary form/],
    ["MessagePack", "82a36d6163ac313233423641314136343636a476616c7505", /^Looks like MessagePack/],
    ["Sparkplug", "08eaf2f5a8a02b120b0a05626453657120085803", /^This is Sparkplug B under another topic/],
  ])("%s is named", (_what, hex, about) => {
    const [first] = guessMappings({ storeId: "main", topic: "floor2/thing", bytes: Buffer.from(hex, "hex") });
    expect(first?.about).toMatch(about);
  });

  test("where a format speaks already nothing is guessed, and another store's topic is named", () => {
    expect(best({ weight: 1 }, "tele/x/SENSOR").guesses).toEqual([]);
    expect(best({ weight: 1 }, "store/main/shelf/A1/reading").guesses).toEqual([]);
    expect(best({ weight: 1 }, "store/other/shelf/A1/reading").about).toBe(
      'The topic names another store. This one is called "main".',
    );
  });
});

describe("whatever arrives", () => {
  const topics = fc.constantFrom("acme/shelf-7/state", "a", "eye/till/people", "", "tele/x/SENSOR", "x/__proto__/y");

  test("nothing throws; a guess can be used as it is, or says that there is nothing to map", () => {
    const names = fc.constantFrom("weight", "w2", "net_kg", "people", "bat", "temp_f", "HX711", "plates", "__proto__");
    const units = fc.constantFrom("1", "%", "V", "mV", "kg", "lb", "C", "F", "A", "m", "s", "dBm");
    const shaped = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, depthIdentifier: "payload" },
        fc.double(),
        fc.string(),
        fc.tuple(fc.integer(), units).map(([value, unit]) => `${value} ${unit}`),
        fc.dictionary(names, tie("node"), { maxKeys: 5 }),
        fc.array(tie("node"), { maxLength: 4 }),
      ),
    })).node;
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      shaped.map((value) => Buffer.from(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(payloads, topics, (bytes, topic) => {
        const guesses = guessMappings({ storeId: "main", topic, bytes, zones });
        expect(guesses.length).toBeLessThanOrEqual(5);
        for (const { about, sure, mapping } of guesses) {
          expect(about).not.toBe("");
          expect(sure).toBeGreaterThanOrEqual(0);
          expect(sure).toBeLessThanOrEqual(1);
          if (mapping.fields.length === 0 || topic === "") continue;
          expect(checkMapping("main", mapping)).toMatchObject({ ok: true });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("a payload of 256 kB, wide or deep, is looked at only in part", () => {
    const wide = `[${"1,".repeat(120_000)}1]`;
    const deep = `${"[".repeat(100_000)}1${"]".repeat(100_000)}`;
    const objects = JSON.stringify(Array.from({ length: 9_000 }, (_, i) => ({ weight: i, b: {} })));
    for (const text of [wide, deep, objects]) {
      expect(text.length).toBeLessThanOrEqual(maxPayloadBytes);
      const guesses = guessMappings({ storeId: "main", topic: "a/b", bytes: Buffer.from(text) });
      expect(guesses.every(({ mapping }) => mapping.fields.length <= 64)).toBe(true);
    }
    expect(guessMappings({ storeId: "main", topic: "a/b", bytes: Buffer.alloc(maxPayloadBytes + 1, "1") })).toEqual([]);
  });
});
