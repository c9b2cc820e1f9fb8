import { expect, test } from "vitest";
import { isGln, itemLink, placeLink, readItemLink } from "./digital-link.ts";

// examples of GS1 Digital Link: URI syntax 1.3 and the EPCIS 2.0 standard
test("a product, a piece and a place have the links that the standard gives them", () => {
  expect(itemLink("9506000134352")).toBe("https://id.gs1.org/01/09506000134352");
  expect(itemLink("9506000134352", "12345/A&B")).toBe("https://id.gs1.org/01/09506000134352/21/12345%2FA%26B");
  expect(itemLink("96385074")).toBe("https://id.gs1.org/01/00000096385074");
  expect(placeLink("9506000134376")).toBe("https://id.gs1.org/414/9506000134376");
  expect(placeLink("9506000134376", "A.1")).toBe("https://id.gs1.org/414/9506000134376/254/A.1");
  expect(placeLink("9506000134376", "x".repeat(21))).toBe("https://id.gs1.org/414/9506000134376");
});

test("links of any resolver are read, with what stands between product and serial number", () => {
  expect(readItemLink("https://id.gs1.org/01/09506000134352")).toEqual({ gtin14: "09506000134352" });
  expect(readItemLink("https://shop.example/a/01/9506000134352?x=1")).toEqual({ gtin14: "09506000134352" });
  const piece = { gtin14: "09506000134352", serial: "1!2" };
  expect(readItemLink("https://id.gs1.org/01/09506000134352/22/2A/10/LOT/21/1%212")).toEqual(piece);
  expect(readItemLink(itemLink("9506000134352", "1!2"))).toEqual(piece);
});

test.each([
  "https://id.gs1.org/01/09506000134353",
  "https://id.gs1.org/01/950600013435",
  "https://id.gs1.org/414/9506000134376",
  "https://id.gs1.org/",
  "urn:epc:id:sgtin:4012345.011111.9876",
  "01/09506000134352",
  "",
])("%s is no link to goods", (text) => {
  expect(readItemLink(text)).toBeUndefined();
});

test("a GLN has thirteen digits, the last of them checked", () => {
  expect(isGln("9506000134376")).toBe(true);
  for (const text of ["9506000134377", "950600013437", "09506000134352", "x"]) expect(isGln(text)).toBe(false);
});
