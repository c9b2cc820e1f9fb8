import { expect, test } from "vitest";
import { deviceUrl, planAccount, sayTopics, whyNotGrant } from "./device-account.ts";

test("extra topics may be granted, except ours, the broker's and Home Assistant's", () => {
  expect(whyNotGrant(["tele/scale1/SENSOR", "plant/+/weight"])).toBeUndefined();
  for (const filter of ["#", "+/+/shelf/#", "store/main/shelf/A1/reading", "homeassistant/x", "$SYS/#", "a#", ""]) {
    expect(whyNotGrant([filter])).toBeDefined();
    expect(planAccount("main", { id: "A1", kind: "shelf", says: [filter] })).toMatchObject({ ok: false });
  }
});

test("an id says whose format it is; a shelf of ours has to be said to be one", () => {
  expect(planAccount("main", { id: "tasmota-scale1" })).toMatchObject({
    ok: true,
    value: { deviceId: "tasmota-scale1", format: "tasmota", grant: { publish: ["tele/scale1/+", "stat/scale1/+"] } },
  });
  expect(planAccount("main", { id: "A1" })).toMatchObject({ ok: false, reason: expect.stringMatching(/shelf, rfid/) });
  expect(planAccount("main", { id: "A1", kind: "shelf", says: ["plant/1"] })).toMatchObject({
    ok: true,
    value: { format: "native", grant: { publish: expect.arrayContaining(["plant/1"]) } },
  });
  expect(planAccount("main", { id: "A1", format: "constructor" })).toMatchObject({ ok: false });
});

test("Home Assistant reads what is said of the shop, and speaks for no device", () => {
  const planned = planAccount("main", { id: "ha", format: "home-assistant" });
  expect(planned).toMatchObject({
    ok: true,
    value: { grant: { publish: ["homeassistant/status"], subscribe: ["homeassistant/#", "store/main/state/#"] } },
  });
});

test("what a phone copies is one address", () => {
  expect(deviceUrl("mqtts://192.168.1.10:8883", "a:b", "p/w")).toBe("mqtts://a%3Ab:p%2Fw@192.168.1.10:8883");
});

test("topics below one parent are said once", () => {
  expect(sayTopics(["store/main/shelf/A1/reading", "store/main/shelf/A1/status", "x"])).toBe(
    "store/main/shelf/A1/{reading,status} x",
  );
});
