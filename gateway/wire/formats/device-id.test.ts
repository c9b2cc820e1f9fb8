import { expect, test } from "vitest";
import { isDeviceId } from "../topics.ts";
import { foreignDeviceId } from "./device-id.ts";

const idOf = (...levels: string[]) => {
  const result = foreignDeviceId("maker", levels);
  return result.ok ? result.value : result.reason;
};

test("a plain name stays readable", () => {
  expect(idOf("shelf-A1")).toBe("maker-shelf-A1");
  expect(idOf("shelf", "A1")).toBe("maker-shelf--A1");
});

test("two devices never share an id, however alike their names are", () => {
  const names = [
    ["shelf", "A1"],
    ["shelf-A1"],
    ["shelf--A1"],
    ["shelf A1"],
    ["shelf.A1"],
    ["shelf-", "A1"],
    ["shelf", "-A1"],
    ["Regal ä"],
    ["Regal ö"],
  ];
  const ids = names.map((levels) => idOf(...levels));
  expect(new Set(ids).size).toBe(names.length);
  expect(ids.filter((id) => !isDeviceId(id))).toEqual([]);
});

test("no name and too long a name are refused", () => {
  expect(idOf("")).toBe("the topic does not name the device");
  expect(idOf("shelf", "")).toBe("the topic does not name the device");
  expect(idOf("x".repeat(80))).toBe("the name in the topic is too long for a device id");
});
