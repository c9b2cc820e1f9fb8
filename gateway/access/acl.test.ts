import fc from "fast-check";
import { expect, test } from "vitest";
import { type Grant, nativeGrant } from "#wire/formats/grants.ts";
import { mayPublish, mayReceive, maySubscribe } from "./acl.ts";
import type { Identity } from "./identity.ts";

const deviceWith = (grant: Grant): Identity => ({ role: "device", deviceId: "A1", grant, proof: { hash: "x" } });
const device = deviceWith(nativeGrant("main", "shelf", "A1"));
const mirror: Identity = { role: "mirror", mirrorId: "m1" };
const shopper: Identity = { role: "shopper", shopperId: "s1" };
const staff: Identity = { role: "staff", id: "ben", name: "Ben" };
const manager: Identity = { role: "manager", id: "mia", name: "Mia" };
const engineer: Identity = { role: "engineer", id: "ana", name: "Ana" };
const demo: Identity = { role: "demo" };
const everybody = [device, mirror, shopper, staff, manager, engineer, demo];

const publishes = (who: Identity, topic: string) => mayPublish(who, "main", topic);
const subscribes = (who: Identity, filter: string) => maySubscribe(who, "main", filter);

test.each(["reading", "reads", "adverts", "event", "status", "telemetry", "reply"])(
  "a device says its own %s",
  (leaf) => {
    expect(publishes(device, `store/main/shelf/A1/${leaf}`)).toBe(true);
    // of its own kind only
    expect(publishes(device, `store/main/ble/A1/${leaf}`)).toBe(false);
  },
);

test.each([
  "store/main/shelf/A2/reading",
  "store/main/shelf/A1/command",
  "store/main/shelf/A1/reading/more",
  "store/main/shelf/A1",
  "store/other/shelf/A1/reading",
  "store/main/state/A1/reading",
  "store/main/toaster/A1/reading",
  "/store/main/shelf/A1/reading",
  "espresense/devices/x/y",
  "",
])("a device does not publish %j", (topic) => {
  expect(publishes(device, topic)).toBe(false);
});

test.each([
  "store/main/state/stock/GLS-1",
  "store/main/alert/al1",
  "store/main/shopper/s1/offer",
  "store/other/state/stock/GLS-1",
  "store/main/state",
  "$SYS/broker/clients",
  "$share/x/store/main/shelf/A1/reading",
  "store/main/shelf/+/reading",
  "store/main/#",
  "store/main/shelf/A1/read\0ing",
])("nobody publishes %j", (topic) => {
  for (const who of everybody) expect(publishes(who, topic)).toBe(false);
});

test("the demo account speaks for any device, foreign ones too", () => {
  for (const topic of [
    "store/main/shelf/A1/reading",
    "store/main/mirror/m1/event",
    "espresense/devices/apple:1005/entrance",
    "zigbee2mqtt/door",
    "anything",
  ]) {
    expect(publishes(demo, topic)).toBe(true);
  }
});

test("people and phones publish nothing over MQTT", () => {
  for (const who of [shopper, staff, engineer]) expect(publishes(who, "store/main/shelf/A1/reading")).toBe(false);
});

test("a mirror speaks as itself", () => {
  expect(publishes(mirror, "store/main/mirror/m1/event")).toBe(true);
  expect(publishes(mirror, "store/main/mirror/m2/event")).toBe(false);
  expect(publishes(mirror, "store/main/shelf/m1/reading")).toBe(false);
  expect(subscribes(mirror, "store/main/mirror/m1/command")).toBe(true);
  expect(subscribes(mirror, "store/main/mirror/+/command")).toBe(false);
});

test("a device hears its own commands and nothing else", () => {
  expect(subscribes(device, "store/main/shelf/A1/command")).toBe(true);
  for (const filter of [
    "store/main/shelf/A2/command",
    "store/main/shelf/+/command",
    "store/main/+/A1/command",
    "store/main/shelf/A1/#",
    "store/main/shelf/A1/+",
    "store/main/shelf/A1/command/#",
    "store/other/shelf/A1/command",
    "#",
    "+/+/+/+/+",
  ]) {
    expect(subscribes(device, filter)).toBe(false);
  }
});

test("a shopper's phone hears that shopper's offers and nothing else", () => {
  expect(subscribes(shopper, "store/main/shopper/s1/offer")).toBe(true);
  for (const filter of [
    "store/main/shopper/s2/offer",
    "store/main/shopper/+/offer",
    "store/main/shopper/#",
    "store/main/shopper/s1/#",
    "store/other/shopper/s1/offer",
    "store/main/state/stock/GLS-1",
    "#",
  ]) {
    expect(subscribes(shopper, filter)).toBe(false);
  }
});

test("staff hear the shop, but not what is between the shop and a shopper", () => {
  for (const who of [staff, manager, engineer]) {
    for (const filter of ["store/#", "store/main/#", "store/main/state/#", "store/+/alert/+"]) {
      expect(subscribes(who, filter)).toBe(true);
    }
    for (const filter of ["#", "+/main/#", "store/main/shopper/#", "store/main/shopper/s1/offer", "zigbee2mqtt/#"]) {
      expect(subscribes(who, filter)).toBe(false);
    }
    expect(mayReceive(who, "main", "store/main/alert/al1")).toBe(true);
    expect(mayReceive(who, "main", "store/main/shopper/s1/offer")).toBe(false);
  }
});

test("an offer is delivered to its shopper only", () => {
  expect(mayReceive(shopper, "main", "store/main/shopper/s1/offer")).toBe(true);
  expect(mayReceive(shopper, "main", "store/main/shopper/s2/offer")).toBe(false);
  expect(mayReceive(device, "main", "store/main/shopper/s1/offer")).toBe(false);
  expect(mayReceive(demo, "main", "store/main/shopper/s1/offer")).toBe(true);
});

test("the demo account hears everything but the broker's own topics", () => {
  for (const filter of ["#", "store/#", "espresense/#"]) expect(subscribes(demo, filter)).toBe(true);
  for (const filter of ["$SYS/#", "$share/g/store/#", ""]) {
    for (const who of everybody) expect(subscribes(who, filter)).toBe(false);
  }
});

/** Topics and filters near the truth: a few names, every wildcard, and what should not get through. */
const parts = fc.oneof(
  fc.constantFrom("store", "main", "shelf", "A1", "reading", "command", "tele", "scale1", "SENSOR", "cmnd", "state"),
  fc.constantFrom("+", "#", "", "$SYS", "$share", "a+", "\0", "shopper", "homeassistant"),
);
const anything = fc.oneof(
  fc.array(parts, { minLength: 1, maxLength: 6 }).map((levels) => levels.join("/")),
  fc.string({ maxLength: 30 }),
);
const granted: Grant = {
  publish: [...nativeGrant("main", "shelf", "A1").publish, "tele/scale1/+"],
  subscribe: [...nativeGrant("main", "shelf", "A1").subscribe, "cmnd/scale1/#"],
};

test("whatever a device tries, it says and hears nothing beyond its grant", () => {
  const says = /^(store\/main\/shelf\/A1\/(reading|reads|adverts|event|status|telemetry|reply)|tele\/scale1\/[^/]*)$/;
  const hears = /^(store\/main\/shelf\/A1\/command|cmnd\/scale1(\/.*)?)$/;
  fc.assert(
    fc.property(anything, (text) => {
      const who = deviceWith(granted);
      if (publishes(who, text)) expect(text).toMatch(says);
      if (subscribes(who, text)) expect(text).toMatch(hears);
      if (mayReceive(who, "main", text)) expect(text).toMatch(hears);
      if (/[+#\0]/.test(text)) expect(publishes(who, text)).toBe(false);
      if (text.startsWith("$")) expect(publishes(who, text) || subscribes(who, text)).toBe(false);
    }),
    { numRuns: 20_000 },
  );
});

test("even a grant that somebody wrote too wide does not reach the gateway's own words or the broker's", () => {
  const who = deviceWith({ publish: ["#", "+/#", "$SYS/#"], subscribe: ["$SYS/#", "$share/a/#"] });
  fc.assert(
    fc.property(anything, (text) => {
      const isGateways = /^store\/[^/]*\/(state|alert|shopper)(\/|$)/.test(text) || text.startsWith("$");
      if (isGateways) expect(publishes(who, text)).toBe(false);
      expect(subscribes(who, text)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});
