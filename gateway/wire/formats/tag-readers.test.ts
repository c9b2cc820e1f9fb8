import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";
import { epochMs } from "./tag-reads.ts";

const decode = createDecoder("main");
const say = (topic: string, payload: unknown) =>
  decode(topic, Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)));

describe("an Impinj reader", () => {
  const topic = "impinj/door/events";
  const r700 =
    '{"timestamp":"2021-07-09T23:35:59.278427551Z","hostname":"impinj-13-f8-f5","tagInventoryEvent":{"epcHex":"E2801190A5021F80055817CA","antennaPort":1,"peakRssiCdbm":-2650,"transmitPowerCdbm":3000}}';
  const r720 = [
    '{"timestamp":"2021-07-09T23:35:59.278427551Z","hostname":"impinj-01-23-45","eventType":"tagInventory",',
    '"tagInventoryEvent":{"epc":"ftqQOAUQAnEAAsCu","epcHex":"7EDA9038051002710002C0AE","tid":"4oARcCAAFM2bWgjs",',
    '"tidHex":"E2801170200014CD9B5A08EC","pc":"NAA=","antennaPort":1,"antennaName":"ANTENNA-NAME",',
    '"peakRssiCdbm":-7000,"frequency":927250,"transmitPowerCdbm":3000,"phaseAngle":69.00}}',
  ].join("");
  const at = Date.UTC(2021, 6, 9, 23, 35, 59, 278);

  test("hears a tag: its code in hex, its level in dBm and its time", () => {
    expect(say(topic, r700)).toEqual({
      ok: true,
      value: {
        deviceId: "impinj-door",
        kind: "rfid",
        format: "impinj",
        at,
        readings: [{ kind: "tags", reads: [{ epc: "e2801190a5021f80055817ca", antenna: 1, rssiDbm: -26.5, at }] }],
      },
    });
  });

  test("that sends the code in base64 only means the same tag", () => {
    const hex = say(topic, r720);
    expect(hex).toMatchObject({
      value: { readings: [{ reads: [{ epc: "7eda9038051002710002c0ae", rssiDbm: -70 }] }] },
    });
    expect(say(topic, r720.replace('"epcHex":"7EDA9038051002710002C0AE",', ""))).toEqual(hex);
  });

  test("bundles its events into a list, and what it says of itself is passed over", () => {
    const list = `[${r700},{"timestamp":"2021-07-09T23:36:00Z","eventType":"inventoryStatus"},${r720}]`;
    expect(say(topic, list)).toMatchObject({
      value: { readings: [{ reads: [{ epc: "e2801190a5021f80055817ca" }, { epc: "7eda9038051002710002c0ae" }] }] },
    });
    expect(say(topic, "[]")).toMatchObject({ ok: true, value: { readings: [{ reads: [] }] } });
  });

  test("that sends neither antenna nor level is believed for the code alone", () => {
    expect(say(topic, { tagInventoryEvent: { epcHex: "E2801190A5021F80055817CA" } })).toMatchObject({
      ok: true,
      value: { readings: [{ kind: "tags", reads: [{ epc: "e2801190a5021f80055817ca", antenna: 0 }] }] },
    });
  });

  test.each([
    ["an event about itself", { eventType: "inventoryStatus" }, /speaks of itself/],
    ["no code", { tagInventoryEvent: { antennaPort: 1 } }, /tagInventoryEvent\.epc is missing/],
    ["half a word of code", { tagInventoryEvent: { epcHex: "E280119" } }, /tagInventoryEvent\.epcHex has a form/],
    ["base64 that is none", { tagInventoryEvent: { epc: "????????" } }, /epc has a form nobody knows/],
    ["base64 of three bytes", { tagInventoryEvent: { epc: "AAAA" } }, /epc has a form nobody knows/],
    ["antenna -1", { tagInventoryEvent: { epcHex: "E2801190", antennaPort: -1 } }, /antennaPort must be at least 0/],
    [
      "a level beyond physics",
      { tagInventoryEvent: { epcHex: "E2801190", peakRssiCdbm: 1e9 } },
      /peakRssiCdbm must be/,
    ],
    ["a bad event among good ones", `[${r700},{"tagInventoryEvent":7}]`, /\[1\]\.tagInventoryEvent must be an object/],
    ["half a message", r700.slice(0, 90), /not valid JSON/],
    ["1,001 events", Array(1001).fill({}), /must not have more than 1000 entries/],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say(topic, payload)).toMatchObject({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});

describe("a Zebra reader on the ceiling", () => {
  const topic = "zebra/fxr90-1/d-evt";
  const simple =
    '{"data":{"eventNum":5036,"format":"epc","idHex":"e2806894000040017790e471"},"timestamp":"2026-09-07T12:50:36.194+0000","type":"SIMPLE"}';
  const inventory =
    '{"data":{"antenna":1,"eventNum":5059,"format":"epc","idHex":"e2806894000040017790e471","peakRssi":-37,"reads":1},"timestamp":"2026-09-07T12:50:55.513+0000","type":"INVENTORY"}';
  const custom =
    '{"data":{"CRC":"0b18","PC":"3400","antenna":1,"channel":866.3,"eventNum":22,"format":"epc","idHex":"aa0004ef55555555aa21bf43","peakRssi":-34,"phase":148.04,"reads":1},"timestamp":"2026-08-13T09:14:28.651+0000","type":"CUSTOM"}';
  const access =
    '{"data":{"accessResults":["1234","Success","bbbb"],"eventNum":25873,"format":"epc","idHex":"1234567890abcdef00000000"},"timestamp":"2023-05-01T08:55:44.625+0300","type":"CUSTOM"}';

  test("hears a tag in inventory mode", () => {
    const at = Date.UTC(2026, 8, 7, 12, 50, 55, 513);
    expect(say(topic, inventory)).toEqual({
      ok: true,
      value: {
        deviceId: "zebra-fxr90-1",
        kind: "rfid",
        format: "zebra",
        at,
        readings: [{ kind: "tags", reads: [{ epc: "e2806894000040017790e471", antenna: 1, rssiDbm: -37, at }] }],
      },
    });
  });

  test("in simple mode says neither antenna nor level, and none is made up", () => {
    const result = say(topic, simple);
    expect(result).toMatchObject({
      value: { readings: [{ reads: [{ epc: "e2806894000040017790e471", antenna: 0 }] }] },
    });
    expect(JSON.stringify(result)).not.toContain("rssiDbm");
  });

  test("in any other mode, and bundled, is read alike", () => {
    const conveyor = inventory.replace("INVENTORY", "CONVEYOR");
    const portal = inventory.replace("INVENTORY", "PORTAL");
    const result = say(topic, `[${[simple, inventory, conveyor, portal, custom, access].join(",")}]`);
    expect(result).toMatchObject({
      value: {
        readings: [
          {
            reads: [
              {},
              {},
              {},
              {},
              { rssiDbm: -34 },
              { epc: "1234567890abcdef00000000", at: Date.UTC(2023, 4, 1, 5, 55, 44, 625) },
            ],
          },
        ],
      },
    });
  });

  test("says that it is alive", () => {
    const beat = { type: "heartbeat", timestamp: "2026-09-07T12:21:53.635+0000", data: {}, eventNum: 3 };
    expect(say("zebra/fxr90-1/m-evt", beat)).toMatchObject({
      ok: true,
      value: { deviceId: "zebra-fxr90-1", readings: [{ kind: "status", state: "online" }] },
    });
  });

  test.each([
    [
      "a switched output",
      '{"component":"RG","data":{"pin":1,"state":"HIGH"},"eventNum":9,"timestamp":"2026-09-07T12:21:53.635+0000","type":"gpo"}',
      /"gpo" means nothing to a shop/,
    ],
    ["an event without a type", { data: { idHex: "e2806894" } }, /type is missing/],
    ["a tag event without a tag", { type: "SIMPLE", data: {} }, /idHex is missing/],
    ["a tag event without data", { type: "SIMPLE" }, /must be an object/],
    ["an absurd level", { type: "CUSTOM", data: { idHex: "e2806894", peakRssi: 1e6 } }, /peakRssi must be at most 40/],
    ["antenna 300", { type: "CUSTOM", data: { idHex: "e2806894", antenna: 300 } }, /antenna must be at most 255/],
    [
      "a code with a letter too many",
      { type: "CUSTOM", data: { idHex: "e2806894x" } },
      /idHex has a form nobody knows/,
    ],
    ["half a message", inventory.slice(0, 70), /not valid JSON/],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say(topic, payload)).toMatchObject({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});

describe("a Zebra reader in the hand", () => {
  const topic = "shop7/DATA/clients/data1event/S22105523020146";
  const golden =
    '{"type":"BALANCED_PERFORMANCE","timestamp":"2026-05-19T14:23:11Z","data":{"tagData":[{"EPCid":"E2003411B802011533ABCD12","EPC":"E2003411B802011533ABCD12","peakRssi":-52,"seenCount":14,"eventNum":1}]}}';

  test("hears a tag with its only antenna", () => {
    const at = Date.UTC(2026, 4, 19, 14, 23, 11);
    expect(say(topic, golden)).toEqual({
      ok: true,
      value: {
        deviceId: "zebra-handheld-S22105523020146",
        kind: "rfid",
        format: "zebra-handheld",
        at,
        readings: [{ kind: "tags", reads: [{ epc: "e2003411b802011533abcd12", antenna: 1, rssiDbm: -52, at }] }],
      },
    });
  });

  test("that was told to leave the code out has read nothing that a shop can use", () => {
    expect(say(topic, { data: { tagData: [{ eventNum: 1 }] } })).toMatchObject({
      value: { readings: [{ reads: [] }] },
    });
  });

  test.each([
    [
      "a barcode",
      { data: { barcodeData: [{ decodedBarcode: "4006381333931", symbology: "EAN13" }] } },
      /barcodes belong/,
    ],
    ["no data", { type: "BALANCED_PERFORMANCE" }, /data is missing/],
    ["a code that is none", { data: { tagData: [{ EPCid: "hello" }] } }, /data\.tagData\[0\]\.EPCid has a form/],
    ["an absurd level", { data: { tagData: [{ peakRssi: -1e9 }] } }, /peakRssi must be at least -150/],
    ["half a message", golden.slice(0, 100), /not valid JSON/],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say(topic, payload)).toMatchObject({ ok: false, known: true, reason: expect.stringMatching(reason) });
  });
});

test("a reader's time is read with any offset, and a broken one costs no read", () => {
  expect(epochMs("2026-09-07T12:50:36.194+0000")).toBe(Date.UTC(2026, 8, 7, 12, 50, 36, 194));
  expect(epochMs("2026-09-07T14:50:36+02:00")).toBe(Date.UTC(2026, 8, 7, 12, 50, 36));
  expect(epochMs("2021-07-09T23:35:59.278427551Z")).toBe(Date.UTC(2021, 6, 9, 23, 35, 59, 278));
  for (const text of [
    undefined,
    "",
    "yesterday",
    "2026-09-07T12:50:36",
    "9999-01-01T00:00:00Z",
    "2026-99-99T00:00:00Z",
  ]) {
    expect(epochMs(text)).toBeUndefined();
  }
});
