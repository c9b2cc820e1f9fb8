import fc from "fast-check";
import { expect, test } from "vitest";
import { createTopicSet, filtersMeet, isTopicFilter } from "./topic-filters.ts";

const level = fc.constantFrom("a", "b", "c", "", "store");
const topics = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/"));
const filters = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { maxLength: 4 }), fc.constantFrom("#", "+", "a", "b"))
  .map(([levels, last]) => [...levels, last].join("/"));

/** What the standard says, one level at a time, written apart from the code under test. */
function matches([wanted, ...filter]: string[], [found, ...topic]: string[]): boolean {
  if (wanted === "#") return true;
  if (wanted === undefined || found === undefined) return wanted === found;
  if (wanted !== "+" && wanted !== found) return false;
  return topic.length === 0 && filter[0] === "#" ? true : matches(filter, topic);
}

test("a topic is in exactly when one of the filters matches it", () => {
  fc.assert(
    fc.property(fc.array(filters, { maxLength: 3 }), topics, (granted, topic) => {
      const expected = topic !== "" && granted.some((filter) => matches(filter.split("/"), topic.split("/")));
      expect(createTopicSet(granted).has(topic)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test("a filter that is held matches nothing outside, and a topic that is in is held as a filter", () => {
  fc.assert(
    fc.property(fc.array(filters, { maxLength: 3 }), filters, topics, (granted, asked, topic) => {
      const set = createTopicSet(granted);
      if (set.holds(asked) && matches(asked.split("/"), topic.split("/"))) expect(set.has(topic)).toBe(topic !== "");
      if (set.has(topic)) expect(set.holds(topic)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test("two filters meet when a topic is in both", () => {
  fc.assert(
    fc.property(filters, filters, topics, (one, other, topic) => {
      const levels = topic.split("/");
      if (matches(one.split("/"), levels) && matches(other.split("/"), levels)) {
        expect(filtersMeet(one, other)).toBe(true);
      }
    }),
    { numRuns: 5_000 },
  );
  expect(filtersMeet("store/#", "tele/+/SENSOR")).toBe(false);
});

test.each(["a/#/b", "a#", "+a", "a/b+", "", "a\0b", "#/a"])("%j is no filter and grants nothing", (filter) => {
  expect(isTopicFilter(filter)).toBe(false);
  expect(createTopicSet([filter]).holds(filter)).toBe(false);
});

test.each(["$SYS/broker/clients", "$share/group/a", "$"])("%s is the broker's own, whatever is granted", (topic) => {
  const set = createTopicSet(["#", "+/#", topic, "$SYS/#"]);
  expect(set.has(topic)).toBe(false);
  expect(set.holds(topic)).toBe(false);
});
