import { expect, test } from "vitest";
import { createManualClock } from "./clock.ts";
import { createLoudDevices } from "./loud-devices.ts";

test("a device is loud for a minute after it was slowed down last, and each turn is told once", () => {
  const clock = createManualClock(1_000_000);
  const loud = createLoudDevices(clock.now);
  loud.note("A1");
  clock.advance(50_000);
  loud.note("A1");
  expect(loud.takeTurned()).toEqual(["A1"]);
  clock.advance(59_999);
  expect(loud.isLoud("A1")).toBe(true);
  expect(loud.takeTurned()).toEqual([]);
  clock.advance(1);
  expect(loud.isLoud("A1")).toBe(false);
  expect(loud.takeTurned()).toEqual(["A1"]);
  expect(loud.takeTurned()).toEqual([]);
});

test("a clock that is set back makes nobody loud for ever", () => {
  const clock = createManualClock(1_000_000);
  const loud = createLoudDevices(clock.now);
  loud.note("A1");
  clock.advance(-500_000);
  expect(loud.isLoud("A1")).toBe(false);
});

test("of too many loud ones, those that were slowed down longest ago are forgotten, and pages hear of it", () => {
  const loud = createLoudDevices(() => 1);
  for (let n = 0; n < 800; n++) loud.note(`d${n}`);
  loud.note("d0");
  expect(loud.takeTurned()).toHaveLength(800);
  loud.note("one too many");
  expect(loud.isLoud("d0")).toBe(true);
  expect(loud.isLoud("d1")).toBe(false);
  expect(loud.takeTurned().sort()).toEqual(["d1", "one too many"]);
});
