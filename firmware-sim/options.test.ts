import { expect, test } from "vitest";
import { readOptions } from "./options.ts";

const read = (...args: string[]) => readOptions(["--world", "shop.json", ...args], 0);

test("devices of other makers and faults are asked for as often as one likes", () => {
  const asked = ["--device", "tasmota:s@A1/1", "--device", "+impinj:r@rfid-1", "--fault", "A2=drop", "--trust", "key"];
  expect(read(...asked)).toMatchObject({
    value: {
      foreign: [
        { maker: "tasmota", name: "s", place: "A1/1", beside: false },
        { maker: "impinj", name: "r", place: "rfid-1", beside: true },
      ],
      faults: [{ device: "A2", kind: "drop", amount: 0.1 }],
      trustedKeys: ["key"],
    },
  });
});

test("what makes no sense is answered with what would", () => {
  const reasonOf = (...args: string[]) => {
    const result = read(...args);
    return result.ok ? "" : result.reason;
  };
  expect(reasonOf("--device", "tasmota")).toContain("maker:name@place");
  expect(reasonOf("--device", "acme:s@A1")).toMatch(/no maker is called acme; there are tasmota, .*bthome-scale/);
  expect(reasonOf("--fault", "A1=sulk")).toContain("device=kind");
  expect(reasonOf("--scenario", "monday")).toBe("no scenario is called monday");
});
