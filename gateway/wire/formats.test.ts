import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAdStructures } from "./formats/ad-structures.ts";
import { decodeAdvert } from "./formats/advert.ts";
import { decodeAltBeacon } from "./formats/altbeacon.ts";
import { decodeBthomeV2 } from "./formats/bthome-v2.ts";
import { decodeEddystoneEid } from "./formats/eddystone-eid.ts";
import { decodeEddystoneTlm } from "./formats/eddystone-tlm.ts";
import { decodeEddystoneUid } from "./formats/eddystone-uid.ts";
import { decodeEddystoneUrl } from "./formats/eddystone-url.ts";
import { decodeIbeacon } from "./formats/ibeacon.ts";
import { decodeRuuviRawV2 } from "./formats/ruuvi-rawv2.ts";
import { createDecoder, deviceTopicFilters } from "./formats.ts";
import { deviceTopic, isDeviceId, maxPayloadBytes, parseDeviceTopic } from "./topics.ts";

const decode = createDecoder("main");
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

const ibeaconHex = "0201061AFF4C000215FDA50693A4E24FB1AFCFC6EB0764782527114CB9C5";
const bthomeHex = "0201060B094449592D73656E736F720A16D2FC4002C40903BF13";
const eddystoneHex = "0201060303aafe1716aafe00ec8b0ca750e7a7e14a9921000000000a010000";
const ruuviHex = "0201061BFF99040515AE4C6DC6D7000CFFF803F4ADB6AD697FF41F0C28CBD6";
const tlmHex = "0201060303aafe1116aafe20000bb81580000000010000000a";

const golden: [topic: string, payload: Buffer][] = [
  [
    "store/main/shelf/A1/reading",
    json({ boot: 7, seq: 1, at: 1_795_000_000_000, plates: [{ plate: 1, grams: 250.5 }] }),
  ],
  [
    "store/main/rfid/R1/reads",
    json({ boot: 7, seq: 1, reads: [{ epc: "30340BB6884CB101A13BC744", antenna: 1, rssi: -61 }] }),
  ],
  [
    "store/main/ble/B1/adverts",
    json({
      boot: 7,
      seq: 1,
      adverts: [
        { mac: "C3:00:00:25:EF:6A", rssi: -65, data: ibeaconHex, at: 1_795_000_000_000 },
        { mac: "A4C138AABBCC", rssi: -70, data: bthomeHex },
        { mac: "A4C138AABBCD", rssi: -70, data: eddystoneHex },
        { mac: "5A3102030405", rssi: -40, data: "02011a0aff4c0010050b1c8f4d3a" },
      ],
    }),
  ],
  ["store/main/camera/C1/event", json({ boot: 7, seq: 1, kind: "count", zone: "till", people: 2 })],
  ["store/main/mirror/M1/event", json({ boot: 7, seq: 1, kind: "look", sku: "GLASSES-LIDO" })],
  ["store/main/shelf/A1/status", json({ state: "online", firmware: "1.2.0" })],
  ["store/main/shelf/A1/telemetry", json({ boot: 7, battery: 80 })],
  [
    "espresense/devices/x/knitwear",
    json({ id: "iBeacon:2f234454-cf6d-4a0f-adf2-f4911ba9ffa6-1-2", "rssi@1m": -59, rssi: -71.2 }),
  ],
  ["espresense/rooms/knitwear/status", Buffer.from("online")],
  ["espresense/rooms/knitwear/telemetry", json({ uptime: 5 })],
  ["home/gw/BTtoMQTT/4C33A6603C79", json({ id: "4C:33:A6:60:3C:79", rssi: "-61", hum: "52.6", tempc: "19.2" })],
  ["home/gw/BTtoMQTT/undecoded", json({ rssi: -60, servicedatauuid: "fcd2", servicedata: "4002C409" })],
  ["home/gw/LWT", Buffer.from("online")],
  ["ruuvi/C8:25:2D:8E:9C:2C/F4:1F:0C:28:CB:D6", json({ rssi: -26, ts: "1653668027", data: ruuviHex })],
  ["ruuvi/C8:25:2D:8E:9C:2C/gw_status", json({ state: "online" })],
  [
    "shellyplus1-a8032abe54dc/events/rpc",
    json({
      method: "NotifyEvent",
      params: {
        ts: 1.5,
        events: [{ event: "shelly-blu", data: { pid: 118, button: [1, 0], address: "b43522fe56e5" } }],
      },
    }),
  ],
  [
    "shellyplus1-a8032abe54dc/events/rpc",
    json({ method: "NotifyStatus", params: { ts: 1.5, "bthomesensor:201": { id: 201, value: 63 } } }),
  ],
  [
    "minew/AC233FC03641/status",
    json([
      { type: "Gateway", mac: "AC233FC03641", gatewayFree: 89 },
      {
        type: "iBeacon",
        mac: "C3000025EF6A",
        ibeaconUuid: "E2C56DB5DFFB48D2B060D0F5A71096E0",
        ibeaconMajor: 0,
        ibeaconMinor: 0,
        rssi: -65,
      },
      { type: "Unknown", mac: "A4C138AABBCC", rssi: -70, rawData: bthomeHex },
    ]),
  ],
  [
    "minew/AC233FC02F87/status",
    Buffer.from(`bb0100000028ac233fc02f870001a4c138aabbcc00010e0201060a16d2fc4002c40903bf1300b8dd`, "hex"),
  ],
  [
    "aprilbrother/123B6A1A6466/adverts",
    Buffer.from(`82a36d6163ac313233423641314136343636a76465766963657391c42600123b6a1a64cfaa${ibeaconHex}`, "hex"),
  ],
  [
    "zebra/FXR90-1/d-evt",
    json([
      {
        type: "BLE_DATA",
        data: { Address: "CF:C7:E6:45:DE:F7", RSSI: -66, beaconType: "EDDYSTONE_TLM", eddystone: {} },
      },
      {
        type: "BLE_DATA",
        data: {
          Address: "CF:C7:E6:45:DE:F7",
          RSSI: -66,
          beaconType: "IBEACON",
          iBeacon: { uuid: "fda50693-a4e2-4fb1-afcf-c6eb07647825", major: 10001, minor: 19641, txPower: -59 },
        },
      },
    ]),
  ],
  [
    "up/CC:1B:E0:E2:8F:2C/scan",
    json({
      action: "data.scan",
      timestamp: 1_678_698_297_028,
      data: { rssi: -67, adData: ibeaconHex, bdaddrs: [{ bdaddr: "CC:1B:E0:E8:11:6A", bdaddrType: "public" }] },
    }),
  ],
  [
    "impinj/door/events",
    json([{ tagInventoryEvent: { epc: "ftqQOAUQAnEAAsCu", antennaPort: 1, peakRssiCdbm: -7000 } }]),
  ],
  ["zebra/door/d-evt", json({ type: "CUSTOM", data: { idHex: "aa0004ef55555555aa21bf43", peakRssi: -34 } })],
  ["tele/scale/SENSOR", Buffer.from('{"HX711":{"Weight":1.234},"VL53L0X-1":{"Distance":26.3}}')],
  ["tele/scale/LWT", Buffer.from("Online")],
  ["shelf-a1/sensor/shelf_weight/state", Buffer.from("1234.5")],
  ["shelf-a1/binary_sensor/door/state", Buffer.from("ON")],
  ["shelf-a1/status", Buffer.from("online")],
  ["zigbee2mqtt/store/door", json({ contact: false, battery: 97, linkquality: 120 })],
  ["zigbee2mqtt/store/door/availability", json({ state: "online" })],
  ["frigate/till/person", Buffer.from("2")],
  ["frigate/available", Buffer.from("online")],
  ["frigate/events", json({ type: "new", after: { camera: "till", label: "person" } })],
  ["spBv1.0/shop/NDEATH/node-1", Buffer.from("08eaf2f5a8a02b120b0a05626453657120085803", "hex")],
  ["spBv1.0/shop/DDATA/node-1/scale-1", Buffer.from("12140a0d706c6174652f312f6772616d736500509c44", "hex")],
  ["tenant/DATA/clients/data1event/S1", json({ data: { tagData: [{ EPCid: "E2003411B802011533ABCD12" }] } })],
];

describe("a message from the shop", () => {
  test("of every kind is understood", () => {
    for (const [topic, payload] of golden) expect([topic, decode(topic, payload).ok]).toEqual([topic, true]);
  });

  test("from a Bluetooth receiver gives beacons and sensors, and forgets the phone", () => {
    const [topic, payload] = golden[2]!;
    const result = decode(topic, payload);
    expect(result).toEqual({
      ok: true,
      value: {
        deviceId: "B1",
        kind: "ble",
        format: "native",
        boot: 7,
        seq: 1,
        readings: [
          {
            kind: "sightings",
            sightings: [
              {
                beacon: "ibeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825:10001:19641",
                rssiDbm: -65,
                measuredPowerDbm: -59,
                at: 1_795_000_000_000,
              },
              { beacon: "eddystone:8b0ca750e7a7e14a9921:000000000a01", rssiDbm: -70, measuredPowerDbm: -61 },
            ],
          },
          {
            kind: "sensor",
            mac: "a4:c1:38:aa:bb:cc",
            values: [
              { property: "temperature", value: 25, unit: "°C" },
              { property: "humidity", value: 50.55, unit: "%" },
            ],
          },
        ],
      },
    });
  });

  test("about a tag gives its code in one spelling", () => {
    expect(decode(...golden[1]!)).toMatchObject({
      value: { readings: [{ reads: [{ epc: "30340bb6884cb101a13bc744" }] }] },
    });
  });

  test("on a topic that nobody speaks for goes to the inbox of unknowns", () => {
    for (const topic of [
      "somebody/bridge/state",
      "store/other/shelf/A1/reading",
      "store/main/toaster/A1/reading",
      "store/main/shelf/A1/smell",
      "store/main/shelf/../reading",
      "store/main/shelf/A1",
      "espresense/settings/x/config",
      "__proto__/x",
      "",
      `store/main/shelf/${"A".repeat(100)}/reading`,
      "a/".repeat(200),
      "$SYS/events/rpc",
      "shellyplus1-a8032abe54dc/events/rpc/more",
      "shellyplus1-a8032abe54dc/events",
      `store/main/shelf/${"x/".repeat(40)}reading`,
    ]) {
      expect(decode(topic, json({}))).toMatchObject({ ok: false, known: false, reason: expect.any(String) });
    }
  });

  test("on a known topic with rubbish in it is refused with a reason", () => {
    expect(decode("store/main/shelf/A1/reading", Buffer.from("rubbish"))).toEqual({
      ok: false,
      known: true,
      reason: "the payload is not valid JSON",
    });
    expect(decode("store/main/shelf/A1/adverts", json({}))).toMatchObject({ ok: false, known: true });
    expect(decode("store/main/shelf/A1/reply", json({}))).toMatchObject({ ok: false, known: true });
  });

  test("of a megabyte is refused before anyone looks inside", () => {
    expect(decode("store/main/shelf/A1/reading", Buffer.alloc(1_000_000, 0x20))).toEqual({
      ok: false,
      known: true,
      reason: `the payload is larger than ${maxPayloadBytes} bytes`,
    });
  });
});

describe("topics", () => {
  test("are built as they are read", () => {
    const topic = deviceTopic("main", { kind: "ble", deviceId: "ble-glasses", channel: "adverts" });
    expect(topic).toBe("store/main/ble/ble-glasses/adverts");
    expect(parseDeviceTopic("main", topic)).toEqual({
      ok: true,
      value: { kind: "ble", deviceId: "ble-glasses", channel: "adverts" },
    });
  });

  test("that another broker is asked for cover what is decoded, and not what the gateway itself says", () => {
    const filters = deviceTopicFilters("main");
    expect(filters).toContain("store/main/shelf/+/reading");
    expect(filters).toContain("espresense/devices/+/+");
    expect(filters).toContain("+/events/rpc");
    expect(filters.some((filter) => filter.includes("command") || filter.includes("state/"))).toBe(false);
  });
});

describe("whatever arrives, nothing throws and every refusal has a reason", () => {
  const runs = { numRuns: 400 };
  const topics = fc.constantFrom(...golden.map(([topic]) => topic));
  function settled(result: { ok: boolean; reason?: string }) {
    expect(result.ok || (typeof result.reason === "string" && result.reason.length > 0)).toBe(true);
  }

  test("random bytes on every topic", () => {
    fc.assert(
      fc.property(topics, fc.uint8Array({ maxLength: 300 }), (topic, bytes) => settled(decode(topic, bytes))),
      runs,
    );
  });

  test("random JSON on every topic", () => {
    fc.assert(
      fc.property(topics, fc.json(), (topic, text) => settled(decode(topic, Buffer.from(text)))),
      runs,
    );
  });

  test("real messages with bytes changed, cut off or doubled", () => {
    const damage = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), cut: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.constantFrom(...golden), fc.array(damage, { maxLength: 6 }), ([topic, payload], damages) => {
        let bytes = Buffer.from(payload);
        for (const { at, byte, cut } of damages) {
          if (bytes.length > 0) bytes[at % bytes.length] = byte;
          if (cut !== null) bytes = bytes.subarray(0, cut % (bytes.length + 1));
        }
        settled(decode(topic, bytes));
      }),
      runs,
    );
  });

  test("real JSON messages with a field that says something else, or nothing", () => {
    const parsed = golden.flatMap(([topic, payload]) => {
      const text = payload.toString();
      return /^[[{]/.test(text) ? [{ topic, text }] : [];
    });
    const other = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(null, {}, [], "", "__proto__", -1, 1e308, [[[]]], { length: 1e9 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...parsed), fc.nat(), other, ({ topic, text }, at, value) => {
        let count = 0;
        JSON.parse(text, () => count++);
        let index = 0;
        const changed: unknown = JSON.parse(text, (_key, found: unknown) => (index++ === at % count ? value : found));
        const result = decode(topic, json(changed));
        settled(result);
        if (!result.ok) return;
        expect(isDeviceId(result.value.deviceId)).toBe(true);
        JSON.stringify(result.value, (_key, found: unknown) => {
          expect(typeof found !== "number" || Number.isFinite(found)).toBe(true);
          return found;
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test("random topics", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (topic) => settled(decode(topic, json({})))),
      runs,
    );
  });

  test("adverts of random bytes, and real ones with a byte changed", () => {
    const decoders = [
      readAdStructures,
      decodeIbeacon,
      decodeAltBeacon,
      decodeEddystoneUid,
      decodeEddystoneUrl,
      decodeEddystoneTlm,
      decodeEddystoneEid,
      decodeBthomeV2,
      decodeRuuviRawV2,
    ];
    const starts = ["", "4c000215", "1801beac", "aafe00", "aafe10", "aafe2000", "aafe30", "d2fc40", "d2fc42", "990405"];
    const prefixes = fc.constantFrom(...starts);
    fc.assert(
      fc.property(prefixes, fc.uint8Array({ maxLength: 64 }), (prefix, tail) => {
        const bytes = Buffer.concat([Buffer.from(prefix, "hex"), tail]);
        for (const decoder of decoders) settled(decoder(bytes));
        settled(decodeAdvert(bytes.toString("hex")));
      }),
      runs,
    );
    fc.assert(
      fc.property(
        fc.constantFrom(ibeaconHex, bthomeHex, eddystoneHex, ruuviHex, tlmHex),
        fc.nat(40),
        fc.integer({ min: 0, max: 255 }),
        (hex, at, byte) => {
          const bytes = Buffer.from(hex, "hex");
          bytes[at % bytes.length] = byte;
          settled(decodeAdvert(bytes.toString("hex")));
        },
      ),
      runs,
    );
  });
});
