import { expect, test } from "vitest";
import { clipTime, timeAndDay } from "./when.ts";
import { roomLeft, watchingWords } from "./words.ts";

const brussels = { locale: "en-IE", timeZone: "Europe/Brussels" };
const hour = 3_600_000;

test("how long a clip is kept is said with the day, as somebody on the phone counts days", () => {
  const now = Date.UTC(2026, 6, 1, 12, 41);
  const said = [0, 10, 24, -24, 48, 9 * 24].map((hours) => timeAndDay(now + hours * hour, now, brussels));
  expect(said).toEqual([
    "14:41 today",
    "00:41 tomorrow",
    "14:41 tomorrow",
    "14:41 yesterday",
    "14:41 on Friday",
    "14:41 on 10 July",
  ]);
  // the same moment is another day elsewhere
  expect(timeAndDay(now + 10 * hour, now, { ...brussels, timeZone: "America/New_York" })).toBe("18:41 today");
});

test("a night with a change of the clocks is one day", () => {
  const before = Date.UTC(2026, 2, 28, 22, 30);
  expect(timeAndDay(before + 24 * hour, before, brussels)).toBe("00:30 on Monday");
  expect(timeAndDay(before + 23 * hour, before, brussels)).toBe("23:30 tomorrow");
});

test("where a clip stands is said in minutes and seconds", () => {
  expect([-1, 0, 7.4, 29.9, 61].map(clipTime)).toEqual(["0:00", "0:00", "0:07", "0:30", "1:01"]);
});

test("the room left on the line is said when it gets tight", () => {
  expect([0, 94, 95, 119, 120, 121].map(roomLeft)).toEqual([
    "",
    "",
    "25 letters left",
    "1 letter left",
    "0 letters left",
    "1 letter too many",
  ]);
  expect(watchingWords(undefined)).toBe(watchingWords(1));
});
