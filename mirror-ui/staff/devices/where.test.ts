import { expect, test } from "vitest";
import { hrefOf, readWhere, type Where } from "./where.ts";

const levels = (href: string) =>
  href
    .replace(/#.*$/, "")
    .split("/")
    .slice(3)
    .map((level) => decodeURIComponent(level));

test("every page leads back to itself by its address, whatever a device or a topic is called", () => {
  const all: Where[] = [
    { page: "fleet" },
    { page: "device", id: "A1" },
    { page: "device", id: "inbox" },
    { page: "adopt", id: "aa:bb" },
    { page: "inbox" },
    { page: "topic", topic: "shop/scale ü/#1?" },
    { page: "rollouts" },
    { page: "rollout", id: "r1" },
    { page: "audit" },
  ];
  for (const where of all) expect(readWhere(levels(hrefOf(where, "step")))).toEqual(where);
});
