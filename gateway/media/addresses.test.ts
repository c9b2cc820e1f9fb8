import { expect, test } from "vitest";
import { announce, ownAddresses } from "./addresses.ts";

test("bound to one address, that one is told", () => {
  expect(ownAddresses("127.0.0.1", [])).toBeUndefined();
  expect(ownAddresses("127.0.0.1", [], "192.0.2.7")).toEqual(["192.0.2.7"]);
});

test("the name of this computer is told first, an address it no longer has not at all", () => {
  expect(ownAddresses("0.0.0.0", [], "shop.local")?.[0]).toBe("shop.local");
  expect(ownAddresses("0.0.0.0", [], "203.0.113.9")).not.toContain("203.0.113.9");
  expect(ownAddresses("0.0.0.0", [], "127.0.0.1")?.[0]).toBe("127.0.0.1");
});

test("what the configuration says replaces all of it, eight at most", () => {
  const many = Array.from({ length: 12 }, (_, index) => `10.0.0.${index}`);
  expect(ownAddresses("0.0.0.0", many, "shop.local")).toEqual(many.slice(0, 8));
});

test("each address is a candidate of its own, the first preferred, UDP before TCP", () => {
  const own = (["udp", "tcp"] as const).map((protocol, index) => ({
    foundation: `${protocol}candidate`,
    priority: 1_078_862_079 - 25_600 * index,
    ip: "0.0.0.0",
    address: "0.0.0.0",
    protocol,
    port: 44_444,
    type: "host" as const,
  }));
  const told = announce(own, ["10.0.0.1", "10.1.0.1"]);
  expect(told.map(({ protocol, address }) => `${protocol} ${address}`)).toEqual([
    "udp 10.0.0.1",
    "udp 10.1.0.1",
    "tcp 10.0.0.1",
    "tcp 10.1.0.1",
  ]);
  const priorities = told.map(({ priority }) => priority);
  expect(priorities).toEqual([...priorities].sort((a, b) => b - a));
  expect(new Set(told.map(({ foundation }) => foundation)).size).toBe(4);
});
