import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lipShade } from "./draw/goods.ts";
import { drawing, drawingSvg } from "./drawings.ts";
import { money } from "./money.ts";
import { ago, clockTime, dayAndTime, lasting, left } from "./time.ts";

const brussels = { locale: "en-IE", timeZone: "Europe/Brussels" };
const minute = 60_000;

test("a time is the shop's, wherever the phone thinks it is", () => {
  const at = Date.UTC(2026, 6, 1, 12, 36);
  expect(clockTime(at, brussels)).toBe("14:36");
  expect(clockTime(at, { locale: "en-US", timeZone: "America/New_York" })).toBe("08:36");
  expect(dayAndTime(at, at + minute, brussels)).toBe("14:36");
  expect(dayAndTime(at, at + 86_400_000, brussels)).toBe("Wednesday 14:36");
  expect(dayAndTime(at, at + 30 * 86_400_000, brussels)).toBe("1 July, 14:36");
});

test("how long something lasts is said the short way", () => {
  const said = [20_000, 12 * minute, 60 * minute, 130 * minute, 50 * 60 * minute].map((ms) => lasting(ms, "en-IE"));
  expect(said.map((words) => words.replaceAll("\u00a0", " "))).toEqual(["now", "12 min", "1 h", "2 h 10", "2 days"]);
  expect(lasting(-5_000, "en-IE")).toBe("now");
  expect(ago(0, 4 * minute, "en-IE")).toBe("4\u00a0min ago");
  expect(left(0, 1, "en-IE")).toBeUndefined();
});

test("a price is written in the shop's money, without empty cents", () => {
  expect(money(14_000, "EUR", "en-IE")).toBe("€140");
  expect(money(1_450, "EUR", "en-IE")).toBe("€14.50");
  expect(money(1_450, "JPY", "en-IE")).toContain("1,450");
});

test("everything the shop sells has a drawing of its own", () => {
  const file: unknown = JSON.parse(readFileSync(new URL("../../config/products.json", import.meta.url), "utf8"));
  const pictures = [...JSON.stringify(file).matchAll(/"picture":"([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(pictures.length).toBeGreaterThan(20);
  const box = drawing("nothing-anyone-knows").width;
  for (const picture of pictures) {
    const { width, height, body } = drawing(picture);
    expect(body.length, picture).toBeGreaterThan(100);
    expect([width, height], picture).not.toEqual([box, drawing("nothing-anyone-knows").height]);
  }
});

test("a colour word colours the drawing, and a lipstick has the shade of its name", () => {
  expect(drawing("scarf-wool", "moss").body).not.toBe(drawing("scarf-wool", "rust").body);
  expect(drawing("hat-felt", "Camel").body).toBe(drawing("hat-felt-camel").body);
  expect(lipShade("lips-brick")).not.toBe(lipShade("lips-rose"));
});

test("a drawing brings no script and no address", () => {
  for (const picture of ["glasses-orso", "coat-quay", "lips-plum", "bag-tote"]) {
    expect(drawingSvg(picture, '"><script>')).not.toMatch(/script|href|style=|on\w+=/);
  }
});
