import { expect, test } from "vitest";
import { ageOf, blocksOf } from "./video-clock.ts";

test("the clock in a picture is read back as its age, also when it has just gone round", () => {
  for (const ms of [0, 1, 4_711, 2 ** 24 - 1, 2 ** 24, 1_795_000_000_123]) {
    expect(ageOf(blocksOf(ms), ms + 42)).toBe(42);
  }
});

test("a block that was read wrong, or a strip that shows no clock, is no time", () => {
  const blocks = blocksOf(1_234_567);
  for (const index of blocks.keys()) {
    const wrong = blocks.map((white, at) => (at === index ? !white : white));
    expect(ageOf(wrong, 1_234_600)).toBeUndefined();
  }
  expect(
    ageOf(
      blocks.map(() => false),
      0,
    ),
  ).toBeUndefined();
  expect(
    ageOf(
      blocks.map(() => true),
      0,
    ),
  ).toBeUndefined();
  expect(ageOf([], 0)).toBeUndefined();
});
