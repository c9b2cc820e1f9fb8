import { expect, test } from "vitest";
import type { DeviceRequestView } from "#wire/views.ts";
import { requestWords } from "./request-words.ts";

const shop = { locale: "en-IE", timeZone: "Europe/Brussels" };
const now = Date.parse("2026-03-02T13:36:00Z");
const say = (more: Partial<DeviceRequestView>) =>
  requestWords({ request: { requestId: "r1", command: "identify", state: "sent", at: now, ...more } }, now, shop)
    ?.words;

test("what was asked, and how it went, is told in a sentence", () => {
  expect(say({})).toBe("Asked to blink at 14:36. Waiting for its answer.");
  expect(say({ state: "done" })).toBe("It blinks now.");
  expect(say({ state: "refused", command: "tare", detail: "plate 2 is not empty" })).toBe(
    "It would not set itself to zero. Plate 2 is not empty.",
  );
  expect(say({ state: "unanswered", command: "reboot" })).toBe("No answer within a minute. Is it switched on?");
  expect(say({ command: "update", detail: "downloading, 40 %" })).toBe(
    "Asked to take new firmware at 14:36. Downloading, 40 %.",
  );
});

test("a device that never answers is not said to have done it", () => {
  expect(say({ state: "done", detail: "Sent in its maker's own way; such devices do not answer." })).toBe(
    "Sent in its maker's own way; such devices do not answer.",
  );
});

test("an answer of half an hour ago is no news", () => {
  expect(say({ state: "done", at: now - 1_800_000 })).toBeUndefined();
  expect(requestWords({}, now, shop)).toBeUndefined();
});
