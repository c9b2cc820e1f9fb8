import fc from "fast-check";
import { expect, test } from "vitest";
import { createDecoder } from "../formats.ts";
import { createTopicSet } from "../topic-filters.ts";
import { formatGrants, type GrantQuestion, grantFor } from "./grants.ts";

function grant(question: Omit<GrantQuestion, "storeId">) {
  const result = grantFor({ storeId: "main", ...question });
  if (!result.ok) throw new Error(result.reason);
  const { deviceId, grant } = result.value;
  return { deviceId, grant, says: createTopicSet(grant.publish), hears: createTopicSet(grant.subscribe) };
}

test("a shelf of ours speaks in its own subtree of its own kind, and hears its own commands", () => {
  const { deviceId, says, hears } = grant({ id: "A1", format: "native", kind: "shelf" });
  expect(deviceId).toBe("A1");
  for (const channel of ["reading", "status", "telemetry", "reply"]) {
    expect(says.has(`store/main/shelf/A1/${channel}`)).toBe(true);
  }
  expect(says.has("store/main/rfid/A1/reads")).toBe(false);
  expect(says.has("store/main/shelf/A1/command")).toBe(false);
  expect(hears.holds("store/main/shelf/A1/command")).toBe(true);
  expect(hears.holds("store/main/shelf/A1/+")).toBe(false);
  expect(grantFor({ storeId: "main", id: "A1", format: "native" })).toMatchObject({ ok: false });
});

test.each([
  ["tasmota", "tasmota-scale1", "tele/scale1/SENSOR", "tele/scale2/SENSOR", "cmnd/scale1/POWER"],
  [
    "espresense",
    "espresense-glasses",
    "espresense/devices/x/glasses",
    "espresense/devices/x/till",
    "espresense/rooms/glasses/absorption/set",
  ],
  [
    "shelly",
    "shellyplus1-a8032ab636ec",
    "shellyplus1-a8032ab636ec/events/rpc",
    "shellyplus1-a8032ab636ed/events/rpc",
    "shellyplus1-a8032ab636ec/rpc",
  ],
  ["ruuvi", "ruuvi-c8252d8e9c2c", "ruuvi/C8:25:2D:8E:9C:2C/gw_status", "ruuvi/C8:25:2D:8E:9C:2D/gw_status", undefined],
  [
    "minew",
    "minew-ac233fc00001",
    "minew/AC233FC00001/status",
    "minew/AC233FC00002/status",
    "minew/AC233FC00001/action",
  ],
  ["impinj", "impinj-r700", "impinj/r700/events", "impinj/r701/events", undefined],
  ["zebra", "zebra-dock", "zebra/dock/d-evt", "zebra/door/d-evt", "zebra/dock/c-cmd"],
  [
    "zebra-handheld",
    "zebra-handheld-21004",
    "shop/DATA/clients/data1event/21004",
    "shop/DATA/clients/data1event/21005",
    undefined,
  ],
  [
    "esphome",
    "esphome-shelf-7",
    "shelf-7/sensor/weight/state",
    "shelf-8/sensor/weight/state",
    "shelf-7/switch/led/command",
  ],
  ["zigbee2mqtt", "zigbee2mqtt", "zigbee2mqtt/door", "zigbee3mqtt/door", "zigbee2mqtt/bridge/request/restart"],
  ["frigate", "frigate", "frigate/till/person", "frigates/till/person", "frigate/restart"],
  [
    "sparkplug-b",
    "sparkplug-shop--edge",
    "spBv1.0/shop/DDATA/edge/scale",
    "spBv1.0/shop/DDATA/other/scale",
    "spBv1.0/shop/NCMD/edge",
  ],
  [
    "openmqttgateway",
    "openmqttgateway-omg1",
    "home/omg1/BTtoMQTT/AABBCCDDEEFF",
    "home/omg2/LWT",
    "home/omg1/commands/x",
  ],
  ["cassia", "cassia-cc1b0e000001", "up/CC1B0E000001/scan", "up/CC1B0E000002/scan", "down/CC1B0E000001/api"],
  [
    "aprilbrother",
    "aprilbrother-123b6a1a64b5",
    "aprilbrother/123B6A1A64B5/adverts",
    "aprilbrother/123B6A1A64B6/adverts",
    undefined,
  ],
])("%s: an account speaks on its own topics, and on no sister's", (format, id, mine, theirs, command) => {
  const { deviceId, says, hears } = grant({ id, format });
  expect(deviceId).toBe(id);
  expect(says.has(mine)).toBe(true);
  expect(says.has(theirs)).toBe(false);
  if (command !== undefined) expect(hears.holds(command)).toBe(true);
  for (const everything of ["#", "+/#", "+/+/+", "store/#", "homeassistant/#", "$SYS/#"]) {
    expect(hears.holds(everything)).toBe(false);
  }
});

test("every format that decodes has its grant, so that no maker's device needs more than its own topics", () => {
  const topics: Record<string, string> = {
    espresense: "espresense/rooms/glasses/status",
    openmqttgateway: "home/omg1/LWT",
    shelly: "shellyplus1-a8032ab636ec/events/rpc",
    impinj: "impinj/r700/events",
    tasmota: "tele/scale1/LWT",
    frigate: "frigate/available",
  };
  const decode = createDecoder("main");
  for (const [format, topic] of Object.entries(topics)) {
    // known to the decoder, and told from the topic alone
    expect(decode(topic, new Uint8Array())).not.toMatchObject({ known: false });
    expect(grant({ id: "seen first", format, topic }).says.has(topic)).toBe(true);
  }
  expect(Object.keys(formatGrants)).toHaveLength(15);
});

test("a name that its id cannot tell is asked for, or taken from where the device was heard", () => {
  const id = "tasmota-Fitting-room-0d6f0a2b";
  expect(grantFor({ storeId: "main", id, format: "tasmota" })).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/--name/),
  });
  expect(grant({ id: "x", format: "tasmota", name: "Fitting room" }).says.has("tele/Fitting room/SENSOR")).toBe(true);
  expect(grant({ id, format: "tasmota", topic: "tele/Fitting room/LWT" }).says.has("tele/Fitting room/LWT")).toBe(true);
});

test.each(["+", "#", "a/b", "", "store", "homeassistant", "a\0", "$SYS"])("%j is no name of a device", (name) => {
  for (const format of ["tasmota", "shelly", "esphome", "espresense", "impinj"]) {
    expect(grantFor({ storeId: "main", id: "x", format, name })).toMatchObject({ ok: false });
  }
});

/** A message that each of these makers' devices says of itself, whatever its name. */
const hello: [format: string, topicOf: (name: string) => string, payload: string][] = [
  ["tasmota", (name) => `tele/${name}/LWT`, "Online"],
  ["espresense", (name) => `espresense/rooms/${name}/status`, "online"],
  ["openmqttgateway", (name) => `home/${name}/LWT`, "online"],
  ["esphome", (name) => `${name}/status`, "online"],
  ["shelly", (name) => `${name}/events/rpc`, '{"src":"x","dst":"y","method":"NotifyStatus","params":{"ts":1}}'],
];
const names = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom("scale1", "scale 1", "scale-1", "Scale1", "+", "#", "a/b", "store", "$SYS"),
);

test("whatever two devices call themselves, what one may say is never taken for the other's word", () => {
  const decode = createDecoder("main");
  let heard = 0;
  fc.assert(
    fc.property(fc.constantFrom(...hello), names, names, ([format, topicOf, payload], mine, other) => {
      const account = grantFor({ storeId: "main", id: "unused", format, name: mine });
      if (!account.ok) return;
      const says = createTopicSet(account.value.grant.publish);
      for (const name of [mine, other]) {
        if (!says.has(topicOf(name))) continue;
        const result = decode(topicOf(name), new TextEncoder().encode(payload));
        if (!result.ok) continue;
        heard++;
        expect(result.value.deviceId).toBe(account.value.deviceId);
      }
    }),
    { numRuns: 5_000 },
  );
  expect(heard).toBeGreaterThan(1_000);
});
