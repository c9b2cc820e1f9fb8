import fc from "fast-check";
import { expect, test } from "vitest";
import { createInbox } from "./inbox.ts";

const at = 1_795_000_000_000;
const inboxOf = () => {
  const inbox = createInbox({ storeId: "main", zones: ["till"] });
  let now = at;
  const add = (topic: string, payload: string | Uint8Array, client = "c", reason = "nobody speaks for it") => {
    now += 10;
    inbox.add({ at: now, topic, client, reason, payload: Buffer.from(payload) });
  };
  return { inbox, add };
};

test("payloads lie by topic, the newest first, with what they may be", () => {
  const { inbox, add } = inboxOf();
  for (const grams of [810, 811, 812, 813]) add("acme/7/state", JSON.stringify({ weight: grams }));
  add("other", Buffer.from([0xff, 0x00]));
  expect(inbox.list()).toMatchObject([
    { topic: "other", count: 1, samples: [{ sizeBytes: 2, hex: "ff00" }] },
    {
      topic: "acme/7/state",
      client: "c",
      count: 4,
      firstAt: at + 10,
      lastAt: at + 40,
      samples: [{ text: '{"weight":813}' }, { text: '{"weight":812}' }, { text: '{"weight":811}' }],
      guesses: [{ about: "Looks like a weight, 813 g at weight." }],
    },
  ]);
  expect(inbox.list()[0]?.samples[0]).not.toHaveProperty("text");
  expect(inbox.counts()).toEqual({ topics: 2, total: 5 });
});

test("one client that speaks on a thousand topics pushes nobody else out", () => {
  const { inbox, add } = inboxOf();
  for (let i = 0; i < 20; i++) add(`honest/${i}`, "7", `honest-${i % 4}`);
  for (let i = 0; i < 1_000; i++) add(`flood/${i}`, "x".repeat(10_000), "flood");
  const topics = inbox.list().map(({ topic }) => topic);
  expect(topics.filter((topic) => topic.startsWith("honest/"))).toHaveLength(20);
  expect(topics.length).toBeLessThanOrEqual(200);
  expect(topics[0]).toMatch(/^flood/);
  expect(inbox.total()).toBe(1_020);
});

test("of a flood every message is counted, and only some are looked at", () => {
  const inbox = createInbox({ storeId: "main" });
  const say = (client: string, payload: string, now: number) =>
    inbox.add({ at: now, topic: `${client}/out`, client, reason: "?", payload: Buffer.from(payload) });
  for (let i = 0; i < 5_000; i++) say("loud", `${i}`, at);
  say("quiet", "7", at);
  const [quiet, loud] = inbox.list();
  expect(quiet).toMatchObject({ topic: "quiet/out", count: 1 });
  expect(loud).toMatchObject({ count: 5_000, samples: [{ text: "199" }, {}, {}] });
  say("loud", "again", at + 1_000);
  expect(inbox.list()[0]).toMatchObject({ count: 5_001, samples: [{ text: "again" }, {}, {}] });
});

test("the topic that has been silent for longest makes room, and speaking keeps one", () => {
  const { inbox, add } = inboxOf();
  for (let i = 0; i < 200; i++) add(`t/${i}`, "1");
  add("t/0", "2");
  add("t/200", "1");
  const topics = inbox.list().map(({ topic }) => topic);
  expect(topics).toHaveLength(200);
  expect(topics).toContain("t/0");
  expect(topics).not.toContain("t/1");
});

test("whoever says how much, no more than half a megabyte is kept", () => {
  const { inbox, add } = inboxOf();
  for (let i = 0; i < 3_000; i++) add(`t/${i % 220}`, Buffer.alloc(9_000, 0x41), `c${i % 90}`);
  const bytes = inbox.list().flatMap(({ samples }) => samples.map(({ hex }) => hex.length / 2));
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(512 * 1024);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(4_096);
});

test("a topic that was dealt with can be cleared; how many there were stays known", () => {
  const { inbox, add } = inboxOf();
  add("a/b", "1");
  expect(inbox.clear("a/b")).toBe(true);
  expect(inbox.clear("a/b")).toBe(false);
  expect(inbox.counts()).toEqual({ topics: 0, total: 1 });
});

test("a letter that was cut in half at the end of a sample spoils no text", () => {
  const { inbox, add } = inboxOf();
  add("a/b", `x${"ü".repeat(5_000)}`);
  expect(inbox.list()[0]?.samples[0]?.text).toMatch(/^xü+$/);
});

const phone = "4c0010060319247bbc68";
const heard: [who: string, topic: string, payload: string | Uint8Array][] = [
  [
    "our own receiver",
    "store/main/ble/B1/adverts",
    `{"adverts":[{"mac":"5A:31:02:0D:0E:0F","rssi":"x","data":"${phone}"}]}`,
  ],
  [
    "OpenMQTTGateway",
    "home/gw/BTtoMQTT/5A31020D0E0F",
    `{"id":"5A:31:02:0D:0E:0F","rssi":"loud","manufacturerdata":"${phone}"}`,
  ],
  [
    "Ruuvi",
    "ruuvi/C8:25:2D:8E:9C:2C/5A:31:02:0D:0E:0F",
    `{"rssi":"x","data":"0201061AFF${phone}","mac":"5a31020d0e0f"}`,
  ],
  ["Minew", "minew/AC233FC03641/status", `[{"type":"Gateway"},{"mac":"5A31020D0E0F","rawData":"${phone}"}]`],
  ["Minew on a topic of the shop's own", "sur/g2/status", `[{"mac":"5A31020D0E0F","rssi":-70,"rawData":"${phone}"}]`],
  ["a script of the shop's own", "node-red/bleraw", `{"addr":"5a:31:02:0d:0e:0f","rssi":-66,"data":"${phone}"}`],
  ["bytes of a receiver", "minew/AC233FC03641/status", Buffer.from(`bb01ffffffff5a31020d0e0f${phone}`, "hex")],
  ["bytes on an unknown topic", "x/y", Buffer.from(`0201060b09445a31020d0e0f${phone.slice(0, 2)}ff`, "hex")],
  ["ESPresense", "espresense/devices/irk:5a31020d0e0f11223344556677889900/door", '{"rssi":"x","mac":"5a31020d0e0f"}'],
];

test.each(heard)(
  "who walked past %s is not kept: three bytes of an address stay, the rest is zeros",
  (_who, topic, payload) => {
    const { inbox, add } = inboxOf();
    add(topic, payload, "gateway", 'mac has a form nobody knows: "5a:31:02:0d:0e:0f"');
    const text = JSON.stringify(inbox.list());
    const [entry] = inbox.list();
    const everything = [
      text,
      Buffer.from(entry?.samples[0]?.hex ?? "", "hex").toString("latin1"),
      entry?.samples[0]?.hex,
    ]
      .join(" ")
      .toLowerCase();
    for (const secret of ["0d0e0f", "0d:0e:0f", "7bbc68", "19247b", Buffer.from("0d0e0f").toString("hex")]) {
      expect(everything, secret).not.toContain(secret);
    }
  },
);

test("numbers, times and the device's own words stay as they were, so that a mapping can be tried on them", () => {
  const { inbox, add } = inboxOf();
  const payload = '{"weight":1.24,"rssi":-60,"ts":1795000000000,"name":"shelf 7","mac":"a4:c1:38:aa:bb:cc"}';
  add("acme/7/state", payload);
  expect(inbox.list()[0]).toMatchObject({
    samples: [{ text: payload.replace("aa:bb:cc", "00:00:00"), sizeBytes: payload.length }],
    guesses: [{ mapping: { fields: [{ path: "weight", unit: "kg" }, { path: "rssi" }] } }],
  });
});

test("senders that change their address every quarter of an hour take one place, not a hundred", () => {
  const { inbox, add } = inboxOf();
  for (let i = 0; i < 100; i++) add(`home/gw/BTtoMQTT/5A3102${i.toString(16).padStart(6, "0")}`, "{", "gw");
  expect(inbox.list()).toMatchObject([{ topic: "home/gw/BTtoMQTT/5A3102000000", count: 100 }]);
});

test("whatever arrives, the inbox holds its bounds", () => {
  const one = fc.tuple(fc.string(), fc.uint8Array({ maxLength: 300 }), fc.string());
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), (messages) => {
      const { inbox, add } = inboxOf();
      for (const [topic, payload, client] of messages) add(topic, payload, client);
      const list = inbox.list();
      expect(list.reduce((sum, { count }) => sum + count, 0)).toBe(messages.length);
      expect(list.every(({ samples }) => samples.length >= 1 && samples.length <= 3)).toBe(true);
    }),
  );
});
