import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyMemory, type SensorKey } from "../format-memory.ts";
import { createDecoder } from "../formats.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const mac = "54:48:e6:8f:80:a5";
const secret = hex("231d39c1d7cc1ab1aee224cd096db932");
/** The example of bthome.io: 25.06 °C, 50.55 %, counter 0x33221100. */
const published = "d2fc 41 a47266c95f73 00112233 78237214";
const publishedCounter = 0x33221100;
const degrees = [
  { property: "temperature", value: 25.06, unit: "°C" },
  { property: "humidity", value: 50.55, unit: "%" },
];

/** Objects sealed as the specification says, by Node's own AES-CCM. */
function seal(counter: number, objects = "02ca09") {
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(counter);
  const head = hex("d2fc41");
  const nonce = Buffer.concat([hex(mac.replaceAll(":", "")), head, tail]);
  const cipher = createCipheriv("aes-128-ccm", secret, nonce, { authTagLength: 4 });
  const sealed = Buffer.concat([cipher.update(hex(objects)), cipher.final()]);
  return Buffer.concat([head, sealed, tail, cipher.getAuthTag()]).toString("hex");
}

/** A shop with several receivers, each of which passes on the same kind of advert in its maker's own way. */
function shop(keys: Record<string, SensorKey> = { [mac]: { id: "k1", key: secret } }, memory = emptyMemory()) {
  const decode = createDecoder("main", { memory, keyOf: (address) => keys[address] });
  let now = 1_795_000_000_000;
  let seq = 0;
  const advertOf = (serviceData: string) => {
    const data = hex(serviceData);
    return `020106${Buffer.from([data.length + 1, 0x16]).toString("hex")}${data.toString("hex")}`;
  };
  function hear(serviceData: string, receiver = "B1", from = mac) {
    const adverts = [{ mac: from, rssi: -60, data: advertOf(serviceData) }];
    const payload = JSON.stringify({ boot: 1, seq: ++seq, adverts });
    const result = decode(`store/main/ble/${receiver}/adverts`, Buffer.from(payload), now);
    if (!result.ok) throw new Error(result.reason);
    const [values] = result.value.readings.flatMap((reading) => (reading.kind === "sensor" ? [reading.values] : []));
    return { values, doubt: result.doubt };
  }
  return { hear, advertOf, decode, memory, later: (ms: number) => (now += ms) };
}

describe("a sealed sensor", () => {
  test("is read with its key: the published example", () => {
    expect(shop().hear(published)).toEqual({ values: degrees, doubt: undefined });
  });

  test("through the gateway of every maker that passes on raw adverts", () => {
    const service = hex(published).toString("hex");
    const advert = shop().advertOf(published);
    const bare = mac.replaceAll(":", "").toUpperCase();
    const messages: [string, unknown][] = [
      ["store/main/ble/B1/adverts", { boot: 1, seq: 1, adverts: [{ mac, rssi: -60, data: advert }] }],
      [`ruuvi/C8:25:2D:8E:9C:2C/${mac}`, { rssi: -60, data: advert }],
      [
        "minew/AC233FC03641/status",
        [
          { type: "Gateway", mac: "AC233FC03641" },
          { mac: bare, rssi: -60, rawData: advert },
        ],
      ],
      [
        "up/CC:1B:E0:E2:8F:2C/scan",
        { action: "data.scan", data: { rssi: -60, adData: advert, bdaddrs: [{ bdaddr: mac }] } },
      ],
      [`home/gw/BTtoMQTT/${bare}`, { id: mac, rssi: -60, servicedatauuid: "fcd2", servicedata: service.slice(4) }],
    ];
    for (const [topic, payload] of messages) {
      expect(shop().decode(topic, Buffer.from(JSON.stringify(payload)), 1), topic).toMatchObject({
        ok: true,
        value: { readings: expect.arrayContaining([{ kind: "sensor", mac, values: degrees }]) },
      });
    }
    const minewBinary = `bb0100000000ac233fc02f870001${bare}0001${(advert.length / 2).toString(16)}${advert}00b8dd`;
    const whole = hex(minewBinary);
    whole.writeUInt32BE(whole.length, 2);
    const aprilDevice = hex(`00${bare}c4${advert}`);
    const april = Buffer.concat([
      hex(`82a36d6163ac${Buffer.from("123B6A1A6466").toString("hex")}a764657669636573 91c4`),
      Buffer.from([aprilDevice.length]),
      aprilDevice,
    ]);
    for (const [topic, bytes] of [
      ["minew/AC233FC02F87/status", whole],
      ["aprilbrother/123B6A1A6466/adverts", april],
    ] as const) {
      expect(shop().decode(topic, bytes, 1), topic).toMatchObject({
        value: { readings: expect.arrayContaining([{ kind: "sensor", mac, values: degrees }]) },
      });
    }
  });

  test("is heard by two receivers and says everything three times, and counts once", () => {
    const { hear, memory } = shop();
    expect(hear(published).values).toEqual(degrees);
    for (const receiver of ["B2", "B1", "B3"]) expect(hear(published, receiver)).toEqual({ values: undefined });
    expect(memory.counts).toMatchObject({ packetsRepeated: 3, sealedReplayed: 0 });
  });

  test("is not believed when somebody plays back what it said an hour ago; an engineer reads of it", () => {
    const { hear, memory, later } = shop();
    hear(published);
    later(3_600_000);
    const { values, doubt } = hear(published);
    expect(values).toBeUndefined();
    expect(doubt).toMatch(/^54:48:e6:8f:80:a5 said counter 857870592 after 857870592\. Somebody plays back/);
    expect(memory.counts.sealedReplayed).toBe(1);
  });

  test("goes on after a counter of 32 bits is used up", () => {
    const { hear } = shop();
    expect(hear(seal(0xffff_fffe)).values).toBeDefined();
    expect(hear(seal(3)).values).toBeDefined();
    expect(hear(seal(4)).values).toBeDefined();
  });

  test("that lost its counter is read again once its key was set again", () => {
    const memory = emptyMemory();
    const before = shop({ [mac]: { id: "first", key: secret } }, memory);
    before.hear(seal(5_000));
    before.later(3_600_000);
    expect(before.hear(seal(1)).doubt).toMatch(/set its key again/);
    expect(shop({ [mac]: { id: "second", key: secret } }, memory).hear(seal(2)).values).toBeDefined();
  });

  test("is not replaced by somebody who speaks for it in the clear", () => {
    const { hear } = shop();
    expect(hear("d2fc 40 02c409")).toMatchObject({ values: undefined, doubt: expect.stringMatching(/has a key/) });
  });

  test("with a wrong key says so; without any key it stays sealed", () => {
    const wrong = shop({ [mac]: { id: "k", key: Buffer.alloc(16) } });
    expect(wrong.hear(published)).toMatchObject({
      values: undefined,
      doubt: expect.stringMatching(/the key does not fit/),
    });
    const none = shop({});
    expect(none.hear(published)).toEqual({ values: undefined });
    expect(none.memory.counts.sealedUnopened).toBe(1);
  });
});

describe("a sensor that numbers its packets", () => {
  test("counts each once, whoever heard it", () => {
    const { hear, memory } = shop({});
    expect(hear("d2fc 40 0007 3a01").values).toBeDefined();
    expect(hear("d2fc 40 0007 3a01", "B2").values).toBeUndefined();
    expect(hear("d2fc 40 0008 3a01").values).toBeDefined();
    expect(hear("d2fc 40 0007 3a01", "B2").values, "overtaken").toBeUndefined();
    expect(memory.counts.packetsRepeated).toBe(2);
  });

  test("begins again after 255, and anywhere after it was off", () => {
    const { hear, later } = shop({});
    expect(hear("d2fc 40 00ff 02c409").values).toBeDefined();
    expect(hear("d2fc 40 0000 02c409").values).toBeDefined();
    later(10_000);
    expect(hear("d2fc 40 00f0 02c409").values).toBeDefined();
  });

  test("and never changes the number is heard all the same when it says something new", () => {
    const { hear } = shop({});
    expect(hear("d2fc 40 0000 02c409").values).toBeDefined();
    expect(hear("d2fc 40 0000 02c509").values).toBeDefined();
  });

  test("two thousand of them are not all remembered", () => {
    const { hear, memory } = shop({});
    for (let i = 0; i < 2_000; i++) hear("d2fc 40 0007 02c409", "B1", `c0ffee${i.toString(16).padStart(6, "0")}`);
    expect(memory.packets.size).toBe(1_000);
  });
});

test("whatever counters come in whatever order, none counts twice and none that is older than the last", () => {
  const counters = fc.array(fc.integer({ min: 200, max: 260 }), { maxLength: 30 });
  fc.assert(
    fc.property(counters, fc.array(fc.nat(100_000), { minLength: 30, maxLength: 30 }), (said, gaps) => {
      const { hear, later } = shop();
      const counted = said.filter((counter, i) => {
        later(gaps[i] ?? 0);
        return hear(seal(counter)).values !== undefined;
      });
      expect(counted).toEqual([...new Set(counted)].sort((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
  expect(publishedCounter).toBe(857_870_592);
});
