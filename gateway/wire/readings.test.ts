import { describe, expect, test } from "vitest";
import {
  decodeBleAdverts,
  decodeCameraEvent,
  decodeMirrorEvent,
  decodeRfidReads,
  decodeShelfReading,
  decodeStatus,
  decodeTelemetry,
} from "./readings.ts";

const json = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const reasonOf = (result: { ok: true } | { ok: false; reason: string }) => (result.ok ? "accepted" : result.reason);
const shelf = (changes: object, plate: object = {}) =>
  decodeShelfReading(json({ boot: 1, seq: 2, plates: [{ plate: 1, grams: 250, ...plate }], ...changes }));

describe("a shelf", () => {
  test("says what its plates weigh; fields that nobody knows do no harm", () => {
    expect(shelf({ at: 1_795_000_000_000, colour: "oak" }, { tempC: 21.5 })).toMatchObject({
      ok: true,
      value: { boot: 1, seq: 2, at: 1_795_000_000_000, plates: [{ plate: 1, grams: 250, tempC: 21.5 }] },
    });
  });

  test("is not believed when it says absurd things, and the answer names the field", () => {
    expect(reasonOf(shelf({}, { grams: 1e308 }))).toBe("plates[0].grams must be at most 500000, not 1e+308");
    expect(reasonOf(shelf({}, { grams: -1e308 }))).toBe("plates[0].grams must be at least -50000, not -1e+308");
    expect(reasonOf(shelf({}, { grams: "250" }))).toBe('plates[0].grams must be a number, not "250"');
    expect(reasonOf(shelf({}, { grams: null }))).toBe("plates[0].grams must be a number, not null");
    expect(reasonOf(shelf({}, { plate: 1e9 }))).toBe("plates[0].plate must be at most 64, not 1000000000");
    expect(reasonOf(shelf({}, { plate: 1.5 }))).toBe("plates[0].plate must be a whole number, not 1.5");
    expect(reasonOf(shelf({}, { tempC: 4000 }))).toBe("plates[0].tempC must be at most 150, not 4000");
    expect(reasonOf(shelf({ seq: -1 }))).toBe("seq must be at least 0, not -1");
    expect(reasonOf(shelf({ boot: 2 ** 60 }))).toMatch(/^boot must be at most/);
    expect(reasonOf(shelf({ at: Date.UTC(3000, 0) }))).toMatch(/^at must be at most/);
    expect(reasonOf(shelf({ plates: [] }))).toBe("plates must have at least 1 entry");
    expect(reasonOf(shelf({ plates: Array(65).fill({ plate: 1, grams: 1 }) }))).toBe(
      "plates must not have more than 64 entries",
    );
    expect(reasonOf(shelf({ plates: {} }))).toBe("plates must be a list, not an object");
  });

  test("a number too large for JSON is infinity to a computer, and refused", () => {
    expect(reasonOf(decodeShelfReading(json('{"boot":1,"seq":1,"plates":[{"plate":1,"grams":1e999}]}')))).toMatch(
      /^plates\[0\]\.grams must be/,
    );
  });

  test.each([
    ["nothing", "", "the payload is empty"],
    ["half a message", '{"boot":1,"seq":2,"pla', "the payload is not valid JSON"],
    ["NaN", '{"boot":1,"seq":1,"plates":[{"plate":1,"grams":NaN}]}', "the payload is not valid JSON"],
    ["a number", "42", "the payload must be an object, not 42"],
    ["null", "null", "the payload must be an object, not null"],
    ["a list", "[]", "the payload must be an object, not a list"],
    ["an empty object", "{}", "boot is missing"],
    ["a plate without a weight", '{"boot":1,"seq":1,"plates":[{"plate":3}]}', "plates[0].grams is missing"],
    ["100,000 brackets", "[".repeat(100_000), "the payload is not valid JSON"],
  ])("%s is refused in plain English", (_what, payload, reason) => {
    expect(reasonOf(decodeShelfReading(json(payload)))).toBe(reason);
  });
});

describe("an RFID reader", () => {
  const reads = (read: object) =>
    decodeRfidReads(
      json({ boot: 1, seq: 1, reads: [{ epc: "30340BB6884CB101A13BC744", antenna: 1, rssi: -61.5, ...read }] }),
    );

  test("names the tags it reads", () => {
    expect(reads({})).toMatchObject({ ok: true });
    expect(decodeRfidReads(json({ boot: 1, seq: 1, reads: [] }))).toMatchObject({ ok: true });
  });

  test("is refused for a tag that is no tag, and for more than a thousand at once", () => {
    expect(reasonOf(reads({ epc: "hello" }))).toBe('reads[0].epc has a form nobody knows: "hello"');
    expect(reasonOf(reads({ epc: "303" }))).toMatch(/^reads\[0\]\.epc/);
    expect(reasonOf(reads({ rssi: 900 }))).toBe("reads[0].rssi must be at most 40, not 900");
    expect(reasonOf(reads({ antenna: -1 }))).toBe("reads[0].antenna must be at least 0, not -1");
    const many = { boot: 1, seq: 1, reads: Array(1001).fill({ epc: "30340BB6", antenna: 1, rssi: -60 }) };
    expect(reasonOf(decodeRfidReads(json(many)))).toBe("reads must not have more than 1000 entries");
  });
});

describe("a Bluetooth receiver", () => {
  const adverts = (advert: object) =>
    decodeBleAdverts(
      json({ boot: 1, seq: 1, adverts: [{ mac: "C3:00:00:25:EF:6A", rssi: -65, data: "020106", ...advert }] }),
    );

  test("may write an address with or without colons", () => {
    expect(adverts({}).ok).toBe(true);
    expect(adverts({ mac: "c3000025ef6a" }).ok).toBe(true);
  });

  test("is refused for what is no address and no hex", () => {
    expect(reasonOf(adverts({ mac: "kitchen" }))).toMatch(/^adverts\[0\]\.mac/);
    expect(reasonOf(adverts({ data: "02010" }))).toMatch(/^adverts\[0\]\.data/);
    expect(reasonOf(adverts({ data: "zz" }))).toMatch(/^adverts\[0\]\.data/);
    expect(reasonOf(adverts({ data: "00".repeat(1651) }))).toMatch(/^adverts\[0\]\.data must not be longer/);
  });
});

describe("a camera", () => {
  test("counts people in a zone or facings on a plate", () => {
    const people = decodeCameraEvent(json({ boot: 1, seq: 1, kind: "count", zone: "till", people: 3 }));
    expect(people).toMatchObject({ ok: true, value: { kind: "count", zone: "till", people: 3 } });
    const facings = decodeCameraEvent(json({ boot: 1, seq: 1, kind: "facings", shelf: "A1", plate: 2, count: 4 }));
    expect(facings).toMatchObject({ ok: true, value: { kind: "facings", shelf: "A1", plate: 2, count: 4 } });
  });

  test("is refused for half a person and for a kind nobody knows", () => {
    const half = decodeCameraEvent(json({ boot: 1, seq: 1, kind: "count", zone: "till", people: 2.5 }));
    expect(reasonOf(half)).toBe("people must be a whole number, not 2.5");
    expect(reasonOf(decodeCameraEvent(json({ boot: 1, seq: 1, kind: "face", name: "x" })))).toBe(
      'kind has a value nobody knows: "face"',
    );
    expect(reasonOf(decodeCameraEvent(json({ boot: 1, seq: 1 })))).toBe("kind is missing");
  });
});

describe("a mirror", () => {
  test("says that somebody stands before it or tries something on", () => {
    expect(decodeMirrorEvent(json({ boot: 1, seq: 1, kind: "presence", present: true })).ok).toBe(true);
    expect(decodeMirrorEvent(json({ boot: 1, seq: 1, kind: "look", sku: "GLASSES-LIDO" })).ok).toBe(true);
    expect(decodeMirrorEvent(json({ boot: 1, seq: 1, kind: "gesture" })).ok).toBe(true);
  });

  test("must say what is tried on", () => {
    expect(reasonOf(decodeMirrorEvent(json({ boot: 1, seq: 1, kind: "look" })))).toBe("sku is missing");
    expect(reasonOf(decodeMirrorEvent(json({ boot: 1, seq: 1, kind: "presence" })))).toBe("present is missing");
    expect(reasonOf(decodeMirrorEvent(json({ boot: 1, seq: 1, kind: "dance" })))).toMatch(
      /^kind has a value nobody knows/,
    );
  });
});

describe("every device", () => {
  test("is online or offline and nothing else", () => {
    expect(decodeStatus(json({ state: "online", firmware: "1.2.0", ip: "10.0.0.3" }))).toMatchObject({ ok: true });
    expect(reasonOf(decodeStatus(json({ state: "asleep" })))).toMatch(/^state has a value nobody knows/);
    expect(reasonOf(decodeStatus(json("")))).toBe("the payload is empty");
  });

  test("tells numbers about itself; boot, seq and at are not among them", () => {
    expect(decodeTelemetry(json({ boot: 1, seq: 2, battery: 88, firmware: "1.2.0", radio: { rssi: 1 } }))).toEqual({
      ok: true,
      value: { boot: 1, seq: 2, values: { battery: 88 } },
    });
  });

  test("cannot smuggle a prototype, a flood of numbers or an absurd one in by telemetry", () => {
    expect(reasonOf(decodeTelemetry(json('{"__proto__":1}')))).toBe("the name of a field is not acceptable");
    expect(reasonOf(decodeTelemetry(json({ uptime: 1e300 })))).toBe(
      "uptime must be at most 1000000000000000, not 1e+300",
    );
    const flood = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`n${index}`, index]));
    expect(reasonOf(decodeTelemetry(json(flood)))).toBe("the payload must not have more than 64 numbers");
  });
});
