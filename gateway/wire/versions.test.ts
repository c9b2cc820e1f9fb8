import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions } from "./versions.ts";

test("versions are compared as people read them", () => {
  const rising = [
    "0.9.9",
    "1.0.0-rc.1",
    "1.0.0-rc.2",
    "1.0.0-rc.10",
    "1.0.0",
    "v1.0.1",
    "vitrine-sim 1.2.0",
    "1.10.0",
    "2",
  ];
  for (const [i, a] of rising.entries()) {
    for (const [j, b] of rising.entries()) expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j));
  }
  expect(compareVersions("1.2", "1.2.0")).toBe(0);
  expect(compareVersions("1.2.0+build7", "1.2.0")).toBe(0);
});

test("however odd two versions are, they compare the same from both sides", () => {
  const version = fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z.+_-]{0,20}$/);
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
    }),
  );
});
