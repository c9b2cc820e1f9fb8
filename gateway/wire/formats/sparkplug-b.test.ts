import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Ask, emptyMemory } from "../format-memory.ts";
import { createDecoder, deviceTopicFilters } from "../formats.ts";
import { readProtobufFields } from "./protobuf.ts";
import { decodeSparkplugPayload, isNextSeq } from "./sparkplug-payload.ts";

// Written by the Eclipse project's own encoder (npm sparkplug-payload 1.0.3, eclipse-tahu/tahu).
const t = "08eaf2f5a8a02b";
const golden = {
  nodeBirth: `${t}12120a05626453657118eaf2f5a8a02b2008580312210a144e6f646520436f6e74726f6c2f5265626972746818eaf2f5a8a02b200b7000121f0a0b74656d706572617475726518eaf2f5a8a02b200a6900000000008035401800`,
  nodeDeath: `${t}120b0a05626453657120085803`,
  deviceBirth: `${t}121f0a0d706c6174652f312f6772616d73100118eaf2f5a8a02b20096500509c4412200a0d706c6174652f322f6772616d73100218eaf2f5a8a02b200350fdffffff0f121d0a1050726f706572746965732f4d6f64656c200c7a075363616c6520371801`,
  deviceData: [
    `${t}12210a0d706c6174652f312f6772616d7318eaf2f5a8a02b200a690000000000428f4012120a0868756d6964697479200250d8ffffff0f`,
    "120f0a05736d616c6c200150fbffffff0f120d0a07626174746572792005506112140a05746f74616c200458eccb9b8bb4fcffffff01",
    "120f0a09646f6f72206f70656e200b7001120c0a06616273656e7420093801120e0a056c6162656c200c7a036162631802",
  ].join(""),
  aliasOnly: `${t}120910012009650000803f1803`,
};
const at = 1486144502122;

const decode = createDecoder("main");
const hex = (text: string) => Buffer.from(text, "hex");
const say = (topic: string, payload: string) => decode(topic, hex(payload));
/** A metric of this name, with these bytes behind it, in a payload. */
const metric = (name: string, rest: string) => {
  const body = Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name), hex(rest)]);
  return Buffer.concat([Buffer.from([0x12, body.length]), body]).toString("hex");
};
const dataTopic = "spBv1.0/shop/DDATA/node-1/scale-1";

describe("a Sparkplug node", () => {
  test("is born: online, with everything it ever measures, and its own switches are nobody's reading", () => {
    expect(say("spBv1.0/shop/NBIRTH/node-1", golden.nodeBirth)).toEqual({
      ok: true,
      value: {
        deviceId: "sparkplug-shop--node-1",
        kind: "shelf",
        format: "sparkplug-b",
        boot: 3,
        at,
        readings: [
          { kind: "status", state: "online" },
          {
            kind: "sensor",
            mac: "sparkplug-shop--node-1",
            values: [{ property: "temperature", value: 21.5, unit: "" }],
          },
        ],
      },
    });
  });

  test("dies: offline, and says which of its lives that was", () => {
    expect(say("spBv1.0/shop/NDEATH/node-1", golden.nodeDeath)).toMatchObject({
      value: { deviceId: "sparkplug-shop--node-1", boot: 3, readings: [{ kind: "status", state: "offline" }] },
    });
  });

  test("counts its messages to 255 and begins again; a birth begins anywhere", () => {
    expect(isNextSeq(undefined, 0)).toBe(true);
    expect(isNextSeq(undefined, 7)).toBe(true);
    expect(isNextSeq(7, 8)).toBe(true);
    expect(isNextSeq(7, 7)).toBe(false);
    expect(isNextSeq(7, 9)).toBe(false);
    expect(isNextSeq(255, 0)).toBe(true);
    expect(isNextSeq(255, 256)).toBe(false);
    expect(isNextSeq(undefined, -1)).toBe(false);
    expect(isNextSeq(undefined, 0.5)).toBe(false);
    expect(decodeSparkplugPayload(hex(golden.deviceData))).toMatchObject({ value: { seq: 2, timestampMs: at } });
    expect(decodeSparkplugPayload(hex(golden.nodeDeath))).not.toHaveProperty("value.seq");
  });
});

describe("a Sparkplug device", () => {
  test("is born with its plates", () => {
    expect(say("spBv1.0/shop/DBIRTH/node-1/scale-1", golden.deviceBirth)).toMatchObject({
      value: {
        deviceId: "sparkplug-shop--node-1--scale-1",
        readings: [
          { kind: "status", state: "online" },
          {
            kind: "plates",
            plates: [
              { plate: 1, grams: 1250.5 },
              { plate: 2, grams: -3 },
            ],
          },
        ],
      },
    });
  });

  test("reports by exception: numbers of every size, a truth as 1, and neither nothing nor texts", () => {
    expect(say(dataTopic, golden.deviceData)).toMatchObject({
      value: {
        at,
        readings: [
          { kind: "plates", plates: [{ plate: 1, grams: 1000.25 }] },
          {
            kind: "sensor",
            mac: "sparkplug-shop--node-1--scale-1",
            values: [
              { property: "humidity", value: -40 },
              { property: "small", value: -5 },
              { property: "battery", value: 97 },
              { property: "total", value: -123456789012 },
              { property: "door open", value: 1 },
            ],
          },
        ],
      },
    });
  });

  test("leaves the type out of its data, and minus three grams are still minus three", () => {
    expect(say(dataTopic, metric("plate/2/grams", "50fdffffff0f"))).toMatchObject({
      value: { readings: [{ plates: [{ plate: 2, grams: -3 }] }] },
    });
  });

  test("tells its firmware at birth", () => {
    const payload = metric("Properties/Firmware", "200c7a05312e322e30");
    expect(say("spBv1.0/shop/DBIRTH/node-1/scale-1", payload)).toMatchObject({
      value: { readings: [{ kind: "status", state: "online", firmware: "1.2.0" }] },
    });
  });

  test("hands in what it stored while nobody listened, and it is not taken for now", () => {
    expect(say(dataTopic, metric("plate/1/grams", "2801650000803f"))).toMatchObject({
      ok: true,
      value: { readings: [] },
    });
  });

  test("dies", () => {
    expect(say("spBv1.0/shop/DDEATH/node-1/scale-1", `${t}1805`)).toMatchObject({
      value: { deviceId: "sparkplug-shop--node-1--scale-1", readings: [{ kind: "status", state: "offline" }] },
    });
  });

  test.each([
    ["data by alias only", dataTopic, golden.aliasOnly, /an alias and no name/],
    ["a plate of a tonne", dataTopic, metric("plate/1/grams", "6500247449"), /^plate\/1\/grams must be at most 500000/],
    [
      "a plate that is no number",
      dataTopic,
      metric("plate/1/grams", "650000c07f"),
      /^plate\/1\/grams must be a number/,
    ],
    ["a plate that is true", dataTopic, metric("plate/1/grams", "7001"), /^plate\/1\/grams must be a number/],
    [
      "plate 99",
      dataTopic,
      metric("plate/99/grams", "650000803f"),
      /^the plate of plate\/99\/grams must be at most 64/,
    ],
    ["an infinite sensor", dataTopic, metric("x", "650000807f"), /^x must be a number/],
    ["message number 300", dataTopic, `${t}18ac02`, /^seq must be at most 255, not 300/],
    ["the year 584,554,051", dataTopic, "08ffffffffffffffffff01", /^timestamp must be at most/],
    ["a number whose type is wrong", dataTopic, metric("x", "6001"), /^metrics\[0\]: value is of another type/],
    [
      "a name of 129 bytes",
      dataTopic,
      `1284010a8101${"61".repeat(129)}`,
      /^metrics\[0\]: name must not be longer than 128/,
    ],
    ["a metric cut off", dataTopic, golden.deviceData.slice(0, 60), /cut off or no protobuf, at byte/],
    ["JSON", dataTopic, Buffer.from('{"metrics":[]}').toString("hex"), /no protobuf/],
    ["1,001 metrics", dataTopic, "1200".repeat(1001), /must not have more than 1000 entries/],
    ["the state of a host", "spBv1.0/STATE/main", "7b7d", /state of a Sparkplug host/],
    ["a command to a node", "spBv1.0/shop/NCMD/node-1", golden.nodeBirth, /command to a node/],
    ["a command to a device", "spBv1.0/shop/DCMD/node-1/scale-1", golden.deviceData, /command to a device/],
    ["a nameless device", "spBv1.0/shop/DDATA/node-1/", golden.deviceData, /does not name the device/],
  ])("%s is refused with a reason", (_what, topic, payload, reason) => {
    // nothing was heard before
    const decodeFirst = createDecoder("main");
    expect(decodeFirst(topic, hex(payload))).toEqual({
      ok: false,
      known: true,
      reason: expect.stringMatching(reason),
    });
  });

  test("is asked for at another broker, commands and hosts are not", () => {
    const types = deviceTopicFilters("main").filter((filter) => filter.startsWith("spBv1.0/"));
    expect(types.map((filter) => filter.split("/")[2])).toEqual([
      "NBIRTH",
      "DBIRTH",
      "NDATA",
      "DDATA",
      "NDEATH",
      "DDEATH",
    ]);
  });
});

describe("what a Sparkplug node said before", () => {
  const birth = (seq: string, bdSeq = "3") => `${t}120b0a0562645365712008580${bdSeq}18${seq}`;
  const aliasData = (seq: string) => `${t}120910012009650000803f18${seq}`;

  function heard() {
    const memory = emptyMemory();
    const asks: Ask[] = [];
    const decodeHere = createDecoder("main", { memory, ask: (ask) => asks.push(ask) });
    let now = 1_000_000;
    return {
      memory,
      asks,
      later: (ms: number) => (now += ms),
      tell: (topic: string, payload: string) => decodeHere(topic, hex(payload), now),
    };
  }
  const nodeTopic = (type: string) => `spBv1.0/shop/${type}/node-1`;
  const scaleTopic = (type: string) => `spBv1.0/shop/${type}/node-1/scale-1`;
  const oneGram = { readings: [{ kind: "plates", plates: [{ plate: 1, grams: 1 }] }] };

  test("a value by alias has the name of its birth", () => {
    const { tell, asks } = heard();
    tell(nodeTopic("NBIRTH"), birth("00"));
    tell(scaleTopic("DBIRTH"), golden.deviceBirth);
    tell(scaleTopic("DDATA"), golden.deviceData);
    expect(tell(scaleTopic("DDATA"), golden.aliasOnly)).toEqual({ ok: true, value: expect.objectContaining(oneGram) });
    expect(asks).toEqual([]);
  });

  test("a number by alias has the type of its birth: 4,000,000,000 is not taken for less than nothing", () => {
    const { tell } = heard();
    tell(nodeTopic("NBIRTH"), birth("00"));
    tell(scaleTopic("DBIRTH"), `${t}120b0a05746f74616c100920071801`);
    expect(tell(scaleTopic("DDATA"), `${t}120810095080d0acf30e1802`)).toMatchObject({
      value: { readings: [{ values: [{ property: "total", value: 4_000_000_000 }] }] },
    });
  });

  test("of an alias that no birth has named nothing is made, and the node is asked to be born again, once a minute", () => {
    const { tell, asks, later } = heard();
    const refusal = { ok: false, known: true, reason: expect.stringMatching(/no birth that names them was heard/) };
    expect(tell(scaleTopic("DDATA"), golden.aliasOnly)).toEqual(refusal);
    expect(asks).toEqual([{ ask: "rebirth", group: "shop", node: "node-1" }]);
    for (let i = 0; i < 50; i++) tell(scaleTopic("DDATA"), golden.aliasOnly);
    expect(asks).toHaveLength(1);
    later(60_000);
    tell(scaleTopic("DDATA"), golden.aliasOnly);
    expect(asks).toHaveLength(2);
  });

  test("after a gap no alias is believed until the next birth, and the engineer reads why", () => {
    const { tell, asks, memory } = heard();
    tell(nodeTopic("NBIRTH"), birth("00"));
    tell(scaleTopic("DBIRTH"), golden.deviceBirth);
    expect(tell(scaleTopic("DDATA"), aliasData("02"))).toMatchObject({ ok: true });
    expect(tell(scaleTopic("DDATA"), aliasData("05"))).toMatchObject({
      ok: false,
      reason: "Message 5 of shop/node-1 came after 2. What was between is lost; the node was asked to be born again.",
    });
    expect(asks).toHaveLength(1);
    expect(memory.counts.sparkplugGaps).toBe(1);
    expect(tell(scaleTopic("DDATA"), golden.deviceData), "names are names").toMatchObject({ ok: true });
    tell(nodeTopic("NBIRTH"), birth("00"));
    tell(scaleTopic("DBIRTH"), golden.deviceBirth);
    expect(tell(scaleTopic("DDATA"), aliasData("02"))).toMatchObject({ ok: true });
  });

  test("values with names count after a gap, with a word about it", () => {
    const { tell } = heard();
    tell(nodeTopic("NBIRTH"), birth("07"));
    expect(tell(scaleTopic("DDATA"), golden.deviceData)).toMatchObject({
      ok: true,
      doubt: expect.stringMatching(/^Message 2 of shop\/node-1 came after 7/),
      value: { readings: [{ kind: "plates" }, { kind: "sensor" }] },
    });
  });

  test("with a node its devices are gone, and the death of an earlier connection takes nobody", () => {
    const { tell } = heard();
    tell(nodeTopic("NBIRTH"), birth("00", "4"));
    tell(scaleTopic("DBIRTH"), golden.deviceBirth);
    expect(tell(nodeTopic("NDEATH"), golden.nodeDeath)).toMatchObject({
      ok: false,
      reason: "the death of an earlier connection: the node has been born again since",
    });
    expect(tell(nodeTopic("NDEATH"), golden.nodeDeath.replace("5803", "5804"))).toMatchObject({
      value: { deviceId: "sparkplug-shop--node-1", readings: [{ kind: "status", state: "offline" }] },
      also: [{ deviceId: "sparkplug-shop--node-1--scale-1", readings: [{ kind: "status", state: "offline" }] }],
    });
    expect(tell(nodeTopic("NDEATH"), golden.nodeDeath)).not.toHaveProperty("also");
  });

  test("a copy of the memory goes on where the first one was", () => {
    const { tell, memory } = heard();
    tell(nodeTopic("NBIRTH"), birth("00"));
    tell(scaleTopic("DBIRTH"), golden.deviceBirth);
    const copy = createDecoder("main", { memory: structuredClone(memory) });
    expect(copy(scaleTopic("DDATA"), hex(aliasData("02")), 5)).toMatchObject({ value: oneGram });
  });

  test("ten thousand nodes with a thousand aliases each are not all remembered", () => {
    const { tell, memory } = heard();
    const many = Array.from({ length: 1_000 }, (_, i) => {
      const body = `0a046e${i.toString(16).padStart(6, "30")}10${(i % 127).toString(16).padStart(2, "0")}`;
      return `12${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
    }).join("");
    for (let i = 0; i < 10_000; i++) tell(`spBv1.0/g${i}/NBIRTH/n`, i < 400 ? many : birth("00"));
    expect(memory.nodes.size).toBeLessThanOrEqual(200);
    const aliases = [...memory.nodes.values()].reduce((sum, node) => sum + node.aliases.size, 0);
    expect(aliases).toBeLessThanOrEqual(20_000);
  });
});

describe("protobuf", () => {
  test("reads the examples of its own documentation", () => {
    expect(readProtobufFields(hex("089601"), 8)).toEqual({
      ok: true,
      value: [{ number: 1, wire: "varint", value: 150n }],
    });
    expect(readProtobufFields(hex("120774657374696e67"), 8)).toMatchObject({
      value: [{ number: 2, wire: "bytes", bytes: Buffer.from("testing") }],
    });
  });

  test.each([
    ["a varint without an end", "08ffffff", /cut off/],
    ["a varint of eleven bytes", `08${"ff".repeat(10)}01`, /cut off or no protobuf/],
    ["a text longer than the message", "12ff01ab", /cut off/],
    ["a length beyond any computer", "12ffffffffffffffff7f", /cut off/],
    ["half a float", "650000", /cut off/],
    ["a group", "0b0c", /wire type 3/],
    ["field 0", "0001", /field 0/],
    ["nine fields where eight will do", "0801".repeat(9), /more than 8 fields/],
  ])("%s is refused", (_what, payload, reason) => {
    expect(readProtobufFields(hex(payload), 8)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("damaged messages never throw, and every refusal has a reason", () => {
    const damage = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(golden)),
        fc.array(damage, { maxLength: 8 }),
        fc.uint8Array({ maxLength: 12 }),
        (payload, damages, tail) => {
          const bytes = Buffer.concat([hex(payload), tail]);
          for (const { at: position, byte } of damages) bytes[position % bytes.length] = byte;
          const result = decodeSparkplugPayload(bytes);
          expect(result.ok || result.reason.length > 0).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
