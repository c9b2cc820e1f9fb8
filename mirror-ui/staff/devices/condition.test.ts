import { expect, test } from "vitest";
import type { Device } from "#wire/views.ts";
import { byNeed, conditionOf, healthLine, healthSentences, needsAHand, offsetWords } from "./condition.ts";

const shop = { locale: "en-IE", timeZone: "Europe/Brussels" };
const now = Date.parse("2026-03-02T13:36:00Z");
const told = { now, shop };
const scale = (more: Partial<Device> = {}): Device => ({
  id: "A1",
  kind: "shelf",
  format: "native",
  state: "online",
  ...more,
});
const health = (more: Partial<NonNullable<Device["health"]>> = {}) => ({
  received: 1_000,
  lost: 0,
  restarts: 0,
  ...more,
});

test("a silent device says since when, and how often it used to speak", () => {
  const device = scale({ state: "offline", lastSeenAt: now - 16 * 60_000, health: health({ intervalMs: 2_000 }) });
  expect(healthLine(device, told)).toBe("Silent since 14:20. It used to speak every 2\u00a0s.");
});

test("a device that is well says so, and nothing else", () => {
  expect(healthSentences(scale({ health: health({ intervalMs: 1_000 }) }), told)).toEqual([
    "Answers. It speaks every second.",
  ]);
});

test("several ailments are told worst first", () => {
  const device = scale({ health: health({ batteryPercent: 9, clockOffsetMs: -240_000, lost: 60 }) });
  expect(healthSentences(device, told)).toEqual([
    "Its battery is at 9 %. Change it soon.",
    "Its clock is 4\u00a0min behind. The gateway’s own time is used.",
    "60 of 1,060 messages never arrived. The radio or the cable is weak there.",
  ]);
});

test("a device that speaks too fast needs a hand, and says why", () => {
  const device = scale({ health: health({ loud: true, batteryPercent: 9 }) });
  expect(needsAHand(device)).toBe(true);
  expect(healthLine(device, told)).toBe("Speaks faster than it may; it is slowed down.");
});

test("a few lost messages and a clock a little off are no ailment", () => {
  expect(conditionOf(scale({ health: health({ lost: 4, clockOffsetMs: 20_000, batteryPercent: 40 }) }))).toBe("fine");
});

test("those that need a hand stand first, the longest silence before a shorter one", () => {
  const devices = [
    scale({ id: "fine" }),
    scale({ id: "late", state: "offline", lastSeenAt: now - 60_000 }),
    scale({ id: "battery", health: health({ batteryPercent: 3 }) }),
    scale({ id: "new", state: "pending" }),
    scale({ id: "early", state: "offline", lastSeenAt: now - 900_000 }),
    scale({ id: "gone", state: "retired" }),
    scale({ id: "unheard", state: "unseen" }),
  ];
  expect(devices.sort(byNeed).map(({ id }) => id)).toEqual([
    "early",
    "late",
    "new",
    "battery",
    "unheard",
    "fine",
    "gone",
  ]);
});

test("why a device waits again is said in the gateway’s words", () => {
  const note = "The shelf B9 is no longer in the configuration.";
  expect(healthLine(scale({ state: "pending", note }), told)).toBe(note);
});

test("a clock that is ahead is not said to be behind", () => {
  expect(offsetWords(90_000, "en-IE")).toBe("1\u00a0min ahead");
  expect(offsetWords(-20_000, "en-IE")).toBe("20\u00a0s behind");
});
