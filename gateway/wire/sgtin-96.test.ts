import { expect, test } from "vitest";
import { decodeSgtin96 } from "./sgtin-96.ts";

test("the tag of GS1's own example decodes to its GTIN and serial", () => {
  // GS1 EPC Tag Data Standard, "SGTIN-96": 3074257BF7194E4000001A85 is urn:epc:id:sgtin:0614141.812345.6789
  expect(decodeSgtin96("3074257BF7194E4000001A85")).toEqual({
    ok: true,
    value: { gtin14: "80614141123458", serial: "6789" },
  });
});

test("other tags are refused with a reason", () => {
  expect(decodeSgtin96("e2806894000040017790e471")).toMatchObject({ ok: false, reason: /header/ });
  expect(decodeSgtin96("30")).toMatchObject({ ok: false });
  expect(decodeSgtin96("301c000000000000000000ff")).toMatchObject({ ok: false, reason: /partition 7/ });
});
