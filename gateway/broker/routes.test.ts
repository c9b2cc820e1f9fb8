import fc from "fast-check";
import { expect, test } from "vitest";
import { createRoutes } from "./routes.ts";
import { filterMatches } from "./topic-filter.ts";

const filters = ["a", "a/b", "a/+", "+/b", "#", "a/#", "$x/#"];
const topics = ["a", "a/b", "a/c", "b", "c/b", "$x/b"];
const step = fc.record({
  does: fc.constantFrom("add", "remove"),
  who: fc.constantFrom("till", "phone", "page"),
  filter: fc.constantFrom(...filters),
});

test("a topic goes to whoever has a filter for it now, once, however often filters come and go", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const routes = createRoutes<string>();
      const held = new Set<string>();
      for (const { does, who, filter } of steps) {
        routes[does](who, filter);
        if (does === "add") held.add(`${who} ${filter}`);
        else held.delete(`${who} ${filter}`);
        for (const topic of topics) {
          const expected = [...held].map((each) => each.split(" ")).filter(([, own = ""]) => filterMatches(own, topic));
          expect([...routes.of(topic)].sort()).toEqual([...new Set(expected.map(([name]) => name))].sort());
        }
      }
    }),
  );
});
