import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClipMime, judgeStructure, kindOf } from "./container.ts";
import { fixture, mp4, webm } from "./test-clips.ts";

const recordings: [Uint8Array, ClipMime][] = [
  [mp4(), "video/mp4"],
  [fixture("av1.mp4"), "video/mp4"],
  [webm(), "video/webm"],
  [fixture("vp9.webm"), "video/webm"],
];

test("what a browser records is made of a clip's parts, from its first byte to its last", () => {
  for (const [bytes, mime] of recordings) {
    expect(kindOf(bytes)).toBe(mime);
    expect(judgeStructure(bytes, mime)).toEqual({ ok: true });
    const more = new Uint8Array([...bytes, ...new TextEncoder().encode("PK\x03\x04 and more of it behind")]);
    expect(judgeStructure(more, mime).ok).toBe(false);
    expect(judgeStructure(bytes.subarray(0, bytes.length - 3), mime).ok).toBe(false);
  }
});

test("no bytes at all make the look at a file fail or last", () => {
  const damage = fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.nat(3), damage, fc.nat(20_000), (which, changes, length) => {
      const [whole, mime] = recordings[which] ?? [mp4(), "video/mp4" as const];
      const bytes = whole.slice(0, length);
      for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value;
      expect(typeof judgeStructure(bytes, mime).ok).toBe("boolean");
    }),
    { numRuns: 1_000 },
  );
});
