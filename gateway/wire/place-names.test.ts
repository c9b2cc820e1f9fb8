import { expect, test } from "vitest";
import { placeNames } from "./place-names.ts";

test("a place has one name, which is built once, and shops without end are not remembered", () => {
  let built = 0;
  const nameOf = placeNames((shelf, plate, sku) => {
    built++;
    return `${shelf}/${plate}/${sku}`;
  });
  expect([
    nameOf("A1", 1, "SCARF"),
    nameOf("A1", 1, "HAT"),
    nameOf("A1", 2, "SCARF"),
    nameOf("B1", 1, "SCARF"),
  ]).toEqual(["A1/1/SCARF", "A1/1/HAT", "A1/2/SCARF", "B1/1/SCARF"]);
  expect(nameOf("A1", 1, "SCARF")).toBe("A1/1/SCARF");
  expect(built).toBe(4);
  for (let i = 0; i < 20_000; i++) nameOf("C1", i, "SCARF");
  built = 0;
  expect(nameOf("A1", 1, "SCARF")).toBe("A1/1/SCARF");
  expect(built).toBe(1);
});
