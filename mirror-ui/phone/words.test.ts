import { expect, test } from "vitest";
import { basketNumber, readBasket } from "./session.ts";
import { card, coatOffer } from "./test-shop.ts";
import { amount, cameWhen, codeGroups, endedWhen, headline, standing, thing, untilWhen } from "./words.ts";

/** Saturday, 14:52 in Brussels. */
const now = Date.parse("2026-11-21T13:52:00Z");
const until = (time: string) => ({ ...coatOffer(now), expiresAt: Date.parse(time) });

test("an offer for today says so, and a longer one says until which day", () => {
  expect(headline(until("2026-11-21T18:30:00Z"), card, now)).toEqual(["€63 off this coat,", "today only"]);
  expect(headline(until("2026-11-22T18:30:00Z"), card, now)).toEqual(["€63 off this coat,", "until tomorrow"]);
  expect(headline(until("2026-11-24T18:30:00Z"), card, now)[1]).toBe("until Tuesday");
});

test("a thing is called what it is, by its name or its picture, and else keeps its name", () => {
  const called = (name: string, picture = "box") => thing({ name, picture });
  expect(called("Quay coat")).toBe("this coat");
  expect(called("Hand balm 75 ml")).toBe("this balm");
  expect(called("Serum, amber 30 ml")).toBe("this serum");
  expect(called("Fjord gloves")).toBe("these gloves");
  expect(called("Orso", "glasses-orso-tortoise")).toBe("these glasses");
  expect(called("Lisières 10 ml", "bottle-lisieres")).toBe("Lisières 10 ml");
});

test("the end of an offer is told by the shop's clock, and by its closing time when that is the end", () => {
  expect(untilWhen(until("2026-11-21T18:30:00Z"), { ...card, closes: "19:30" }, now)).toBe(
    "until the shop closes at 19:30",
  );
  expect(untilWhen(until("2026-11-21T16:40:00Z"), card, now)).toBe("until 17:40");
  expect(untilWhen(until("2026-11-22T09:15:00Z"), card, now)).toBe("until tomorrow, 10:15");
  expect(cameWhen(coatOffer(now - 5_000), card, now)).toBe("just now, 14:51");
});

test("an offer whose time is up is over, even if nobody has told the phone", () => {
  const offer = until("2026-11-20T18:30:00Z");
  expect(standing(offer, now)).toBe("over");
  expect(endedWhen(offer, card, now)).toBe("Ended yesterday");
  const used = { ...offer, state: "used" as const, usedAt: Date.parse("2026-11-21T14:10:00Z") };
  expect(endedWhen(used, card, now)).toBe("Used today at 15:10");
});

test("a shop that has not told its currency gets none made up", () => {
  expect(amount(4_250, { locale: "en-IE", timeZone: "Europe/Brussels" })).toBe("42.50");
  expect(amount(4_200, card)).toBe("€42");
});

test("a code is read aloud in short groups", () => {
  expect(codeGroups("LIN42K")).toEqual(["LIN", "42K"]);
  expect(codeGroups("lin-42k9")).toEqual(["LIN4", "2K9"]);
  expect(codeGroups("3QFKFMP6NW")).toEqual(["3QFK", "FMP", "6NW"]);
  expect(codeGroups("ORS19PQ4")).toEqual(["ORS1", "9PQ4"]);
});

test("only a number with its signature is a basket", () => {
  expect(readBasket("#basket=7&key=abc")).toEqual({ number: "7", key: "abc" });
  expect(["#basket=7", "#basket=x&key=abc", "#privacy", ""].map(readBasket)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(basketNumber("basket-12")).toBe("12");
});
