import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readMsgpack } from "./msgpack.ts";

const read = (hex: string) => readMsgpack(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const value = (hex: string) => {
  const result = read(hex);
  return result.ok ? result.value : result;
};

describe("MessagePack", () => {
  test("the example on the format's front page: compact, true; schema, 0", () => {
    expect(value("82 a7 636f6d70616374 c3 a6 736368656d61 00")).toEqual(
      new Map<string, unknown>([
        ["compact", true],
        ["schema", 0],
      ]),
    );
  });

  test.each([
    ["7f", 127],
    ["e0", -32],
    ["ff", -1],
    ["cc ff", 255],
    ["cd 0100", 256],
    ["ce ffffffff", 4_294_967_295],
    ["cf 0000000100000000", 4_294_967_296],
    ["d0 80", -128],
    ["d1 8000", -32_768],
    ["d2 80000000", -2_147_483_648],
    ["d3 ffffffff00000000", -4_294_967_296],
    ["ca 3fc00000", 1.5],
    ["cb 3ff8000000000000", 1.5],
    ["c0", null],
    ["c2", false],
    ["93 01 02 03", [1, 2, 3]],
    ["dc 0002 01 02", [1, 2]],
    ["dd 00000001 c3", [true]],
    ["de 0001 a1 61 01", new Map([["a", 1]])],
    ["df 00000001 a1 61 01", new Map([["a", 1]])],
  ])("%s of the specification's table is read", (hex, expected) => {
    expect(value(hex)).toEqual(expected);
  });

  test.each([
    "a2 4142",
    "d9 02 4142",
    "da 0002 4142",
    "db 00000002 4142",
    "c4 02 4142",
    "c5 0002 4142",
    "c6 00000002 4142",
  ])("%s, text or binary, is its bytes", (hex) => {
    const raw = value(hex);
    expect(raw instanceof Uint8Array && Buffer.from(raw).toString("latin1")).toBe("AB");
  });

  test.each([
    ["nothing", "", /cut off/],
    ["a text cut off", "a5 4142", /cut off/],
    ["a number cut off", "cf 0000", /cut off/],
    ["a list that claims four thousand million entries", "dd ffffffff 01", /cut off/],
    ["a map that claims as many", "df ffffffff 01", /cut off/],
    ["a binary that claims as many", "c6 ffffffff 01", /cut off/],
    ["a list in a list, seven times", "91 91 91 91 91 91 91 00", /nested deeper than 6/],
    ["a key that is a number", "81 01 01", /a key of the message is no text/],
    ["an extension", "d4 01 00", /type 0xd4/],
    ["the type that is never used", "c1", /type 0xc1/],
    ["two messages in one", "01 02", /bytes follow the end/],
    ["more values than a gateway sends", `dd 00004e21 ${"00".repeat(20_001)}`, /more than 20000 values/],
  ])("%s is refused with a reason", (_what, hex, reason) => {
    expect(read(hex)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("whatever arrives, nothing throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const result = readMsgpack(bytes);
        expect(result.ok || result.reason.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
