import { expect, test } from "vitest";
import { createManualClock } from "../clock.ts";
import { createBoundedMap, createLockout, createRateLimit } from "./throttle.ts";

test("after five wrong guesses the wait doubles with each further one, up to an hour", () => {
  const clock = createManualClock(0);
  const lockout = createLockout(clock, { limit: 5, lockMs: 5_000 });
  for (let n = 0; n < 4; n += 1) lockout.failed("a ben");
  expect(lockout.blockedForMs("a ben")).toBe(0);
  lockout.failed("a ben");
  expect(lockout.blockedForMs("a ben")).toBe(5_000);
  expect(lockout.blockedForMs("b ben")).toBe(0);
  clock.advance(5_000);
  expect(lockout.blockedForMs("a ben")).toBe(0);
  lockout.failed("a ben");
  expect(lockout.blockedForMs("a ben")).toBe(10_000);
  for (let n = 0; n < 100; n += 1) lockout.failed("a ben");
  expect(lockout.blockedForMs("a ben")).toBe(3_600_000);
  lockout.succeeded("a ben");
  expect(lockout.blockedForMs("a ben")).toBe(0);
});

test("a burst is granted, then one at a time as time passes", () => {
  const clock = createManualClock(0);
  const limit = createRateLimit(clock, { perSecond: 10, burst: 3 });
  expect([limit.take("a"), limit.take("a"), limit.take("a")]).toEqual([0, 0, 0]);
  expect(limit.take("a")).toBe(100);
  expect(limit.take("b")).toBe(0);
  clock.advance(100);
  expect(limit.take("a")).toBe(0);
  expect(limit.take("a")).toBe(100);
  clock.set(0);
  expect(limit.take("a")).toBeGreaterThan(0);
});

test("a million strangers take no more room than the bound, and the busy are remembered", () => {
  const map = createBoundedMap<number>(3);
  for (const key of ["a", "b", "c"]) map.set(key, 1);
  map.set("a", 2);
  map.set("d", 1);
  expect(map.size).toBe(3);
  expect([map.get("a"), map.get("b"), map.get("c"), map.get("d")]).toEqual([2, undefined, 1, 1]);
});
