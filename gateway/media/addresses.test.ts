import { expect, test } from "vitest";
import { announce, ownAddresses, ownIpv6 } from "./addresses.ts";

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

test("an IPv6 address is told by the socket that is its own, and by no other", () => {
  const candidate = (protocol: "udp" | "tcp", address: string) => ({
    foundation: `${protocol}candidate`,
    priority: 1_078_862_079,
    ip: address,
    address,
    protocol,
    port: 44_444,
    type: "host" as const,
  });
  const own = ["192.168.1.10", "2001:db8::10"].map((address) => candidate("udp", address));
  const told = announce(own, ["2001:DB8:0::10", "shop.local", "192.168.1.10"]);
  expect(told.map(({ address }) => address)).toEqual(["shop.local", "192.168.1.10", "2001:DB8:0::10"]);
  expect(new Set(told.map(({ foundation }) => foundation)).size).toBe(3);
  // one that is not bound here would lead nowhere
  expect(announce([candidate("udp", "0.0.0.0")], ["2001:db8::10"])).toEqual([]);
  expect(ownIpv6(["192.168.1.10", "shop.local", "2001:db8::10"])).toEqual({ ours: [], missing: ["2001:db8::10"] });
});
