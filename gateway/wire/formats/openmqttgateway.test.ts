import { describe, expect, test } from "vitest";
import { createDecoder } from "../formats.ts";

const decode = createDecoder("main");
const say = (topic: string, payload: string) => decode(`home/OpenMQTTGateway/${topic}`, Buffer.from(payload));
const sensor = (values: [property: string, value: number][]) => ({
  kind: "sensor",
  values: values.map(([property, value]) => expect.objectContaining({ property, value })),
});

describe("OpenMQTTGateway", () => {
  test("hears an iBeacon: the same canonical id as any other receiver's", () => {
    const payload =
      '{"id":"58:78:20:76:BC:24","mac_type":1,"rssi":-79,"brand":"GENERIC","model":"iBeacon","model_id":"IBEACON","mfid":"4c00","uuid":"1de4b189115e45f6b44e509352269977","major":0,"minor":0,"txpower":-66}';
    expect(say("BTtoMQTT/58782076BC24", payload)).toEqual({
      ok: true,
      value: {
        deviceId: "openmqttgateway-OpenMQTTGateway",
        kind: "ble",
        format: "openmqttgateway",
        readings: [
          {
            kind: "sightings",
            sightings: [
              { beacon: "ibeacon:1de4b189-115e-45f6-b44e-509352269977:0:0", rssiDbm: -79, measuredPowerDbm: -66 },
            ],
          },
        ],
      },
    });
  });

  test("writes its numbers as texts, and the address only into the topic", () => {
    expect(say("BTtoMQTT/4C33A6603C79", '{"hum":"52.6","tempc":"19.2","tempf":"66.56"}')).toMatchObject({
      value: {
        readings: [
          { kind: "sightings", sightings: [] },
          {
            kind: "sensor",
            mac: "4c:33:a6:60:3c:79",
            values: [
              { property: "temperature", value: 19.2, unit: "°C" },
              { property: "humidity", value: 52.6, unit: "%" },
            ],
          },
        ],
      },
    });
  });

  test("Theengs Gateway's thermometer is read by the same names", () => {
    const payload =
      '{"name":"F35285","id":"F3:52:85","rssi":-82,"brand":"BlueMaestro","model":"TempoDisc","model_id":"BM_V23","tempc":24.1,"tempf":75.38,"hum":104.7,"dp":24.8,"volt":2.56,"mfr":"Blue Maestro Limited"}';
    expect(decode("home/TheengsGateway/BTtoMQTT/A4C138F35285", Buffer.from(payload))).toMatchObject({
      value: {
        deviceId: "openmqttgateway-TheengsGateway",
        readings: [
          {},
          {
            mac: "a4:c1:38:f3:52:85",
            ...sensor([
              ["temperature", 24.1],
              ["humidity", 104.7],
              ["voltage", 2.56],
            ]),
          },
        ],
      },
    });
  });

  test("a scale's weight counts in the unit that it names", () => {
    const say7 = (unit: string) =>
      say("BTtoMQTT/4C33A6603C79", `{"id":"4C:33:A6:60:3C:79","weight":7.5,"unit":"${unit}"}`);
    expect(say7("kg")).toMatchObject({ value: { readings: [{}, { values: [{ property: "mass", unit: "kg" }] }] } });
    expect(say7("lb")).toMatchObject({ value: { readings: [{}, { values: [{ property: "mass", unit: "lb" }] }] } });
    expect(say7("jin")).toMatchObject({ value: { readings: [{ sightings: [] }] } });
  });

  test("what it could not decode is decoded here: a RuuviTag and an Eddystone beacon", () => {
    const ruuvi =
      '{"id":"CB:B8:33:4C:88:4F","mac_type":1,"rssi":-60,"manufacturerdata":"99040512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"}';
    expect(say("BTtoMQTT/undecoded", ruuvi)).toMatchObject({
      value: {
        readings: [
          {},
          { kind: "sensor", mac: "cb:b8:33:4c:88:4f", values: [{ value: 24.3 }, {}, {}, {}, {}, {}, {}, {}, {}, {}] },
        ],
      },
    });
    const uid =
      '{"id":"20:20:05:29:09:13","rssi":"-49","servicedatauuid":"0xfeaa","servicedata":"00e800112233445566778899000000000000"}';
    expect(say("BTtoMQTT/202005290913", uid)).toMatchObject({
      value: { readings: [{ sightings: [{ beacon: "eddystone:00112233445566778899:000000000000", rssiDbm: -49 }] }] },
    });
  });

  test.each([
    [
      "a phone known by its key",
      '{"manufacturerdata":"4c00100503","id":"11:22:33:44:55:66","rssi":-42,"brand":"Apple","model":"Apple iPhone/iPad","model_id":"APPLEDEVICE","type":"TRACK","track":true,"unlocked":false,"distance":0.0334}',
    ],
    [
      "a phone that says nothing else",
      '{"id":"54:94:5E:9F:64:C4","mac_type":1,"manufacturerdata":"4c0010060319247bbc68","rssi":-74,"txpower":12}',
    ],
    ["a phone that tells its battery", '{"id":"54:94:5E:9F:64:C4","track":true,"rssi":-42,"batt":80}'],
    ["a wristband", '{"id":"54:94:5E:9F:64:C4","type":"BODY","rssi":-74,"batt":80,"steps":1200}'],
    ["a thing that changes its address", '{"id":"54:94:5E:9F:64:C4","mac_type":1,"rssi":-74,"batt":80}'],
    [
      "a device that it cannot name",
      '{"id":"45:e1:74:12:6e:00","rssi":-89,"distance":21.51847,"servicedata":"fe0000000000000000000000000000000000000000"}',
    ],
  ])("of %s nothing is passed on", (_what, payload) => {
    const result = say("BTtoMQTT/54945E9F64C4", payload);
    expect(result).toMatchObject({ ok: true, value: { readings: [{ kind: "sightings", sightings: [] }] } });
    expect(result.ok && result.value.readings).toHaveLength(1);
  });

  test("named by its UUID, as the owner may choose, a beacon still has its address for its battery", () => {
    const payload =
      '{"id":"1de4b189115e45f6b44e509352269977","mac":"58:78:20:76:BC:24","mac_type":0,"rssi":-79,"model_id":"IBEACON","uuid":"1de4b189115e45f6b44e509352269977","major":"1","minor":"2","batt":70}';
    expect(say("BTtoMQTT/1de4b189115e45f6b44e509352269977", payload)).toMatchObject({
      value: {
        readings: [
          { sightings: [{ beacon: "ibeacon:1de4b189-115e-45f6-b44e-509352269977:1:2" }] },
          { kind: "sensor", mac: "58:78:20:76:bc:24", values: [{ property: "battery", value: 70, unit: "%" }] },
        ],
      },
    });
  });

  test("says online, then the broker says offline for it", () => {
    expect(say("LWT", "online")).toMatchObject({ value: { readings: [{ kind: "status", state: "online" }] } });
    expect(say("LWT", "offline")).toMatchObject({ value: { readings: [{ kind: "status", state: "offline" }] } });
    expect(say("LWT", "")).toEqual({ ok: false, known: true, reason: "LWT must be online or offline" });
  });

  test.each([
    ["not JSON", "{", /not valid JSON/],
    ["a list", "[]", /must be an object/],
    ["an absurd level", '{"rssi":"900"}', /rssi must be between -150 and 40, not 900/],
    ["a level in words", '{"rssi":"near"}', /rssi must be a number/],
    ["the heat of the sun", '{"tempc":"5500"}', /tempc must be between -60 and 400, not 5500/],
    ["a temperature in words", '{"tempc":"warm"}', /tempc must be a number/],
    ["an iBeacon without a name", '{"model_id":"IBEACON","rssi":-60,"major":1,"minor":1}', /uuid must be/],
    [
      "a minor that does not exist",
      '{"model_id":"IBEACON","rssi":-60,"uuid":"1de4b189115e45f6b44e509352269977","major":1,"minor":70000}',
      /minor must be/,
    ],
    ["an advert that is not hex", '{"rssi":-60,"manufacturerdata":"zz"}', /manufacturerdata has a form nobody knows/],
  ])("%s is refused with a reason", (_what, payload, reason) => {
    expect(say("BTtoMQTT/4C33A6603C79", payload)).toEqual({
      ok: false,
      known: true,
      reason: expect.stringMatching(reason),
    });
  });
});
