import { expect, test } from "vitest";
import { isGtin, withCheckDigit } from "./gtin.ts";

// Published examples: GS1 (629104150021-3), a book (978-3-16-148410-0), EAN-8 (9638507-4), UPC-A (03600029145-2).
test.each(["6291041500213", "9783161484100", "96385074", "036000291452"])("%s is a real article number", (gtin) => {
  expect(isGtin(gtin)).toBe(true);
  expect(withCheckDigit(gtin)).toBe(gtin);
});

test.each(["6291041500214", "9783161481400", "", "123", "62910415002131", "629104150021x"])(
  "%j is not an article number",
  (gtin) => expect(isGtin(gtin)).toBe(false),
);

test("one wrong digit is always noticed", () => {
  for (let place = 0; place < 13; place += 1) {
    for (let digit = 0; digit < 10; digit += 1) {
      const typed = `${"6291041500213".slice(0, place)}${digit}${"6291041500213".slice(place + 1)}`;
      expect(isGtin(typed)).toBe(typed === "6291041500213");
    }
  }
});
