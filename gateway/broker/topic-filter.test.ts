import { expect, test } from "vitest";
import { filterMatches, hasWildcard } from "./topic-filter.ts";

// The examples of the specification, MQTT 3.1.1 section 4.7.

test.each([
  ["sport/tennis/player1/#", "sport/tennis/player1"],
  ["sport/tennis/player1/#", "sport/tennis/player1/ranking"],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"],
  ["sport/#", "sport"],
  ["#", "anything/at/all"],
  ["sport/tennis/+", "sport/tennis/player1"],
  ["sport/+", "sport/"],
  ["+/+", "/finance"],
  ["/+", "/finance"],
  ["+/tennis/#", "sport/tennis"],
  ["$SYS/#", "$SYS/uptime"],
  ["$SYS/monitor/+", "$SYS/monitor/clients"],
  ["store/main/shelf/A1/reading", "store/main/shelf/A1/reading"],
])("%s hears %s", (filter, topic) => {
  expect(filterMatches(filter, topic)).toBe(true);
});

test.each([
  ["sport/tennis/+", "sport/tennis/player1/ranking"],
  ["sport/+", "sport"],
  ["+", "/finance"],
  ["sport/tennis/player1/#", "sport/tennis/player2"],
  ["sport/tennis", "sport/tennis/player1"],
  ["sport/tennis/player1", "sport/tennis"],
  ["#", "$SYS/uptime"],
  ["+/monitor/clients", "$SYS/monitor/clients"],
  ["Sport", "sport"],
])("%s does not hear %s", (filter, topic) => {
  expect(filterMatches(filter, topic)).toBe(false);
});

test("a filter has a wildcard when it has + or #", () => {
  expect(["a/+/b", "a/#"].every(hasWildcard)).toBe(true);
  expect(hasWildcard("a/b")).toBe(false);
});
