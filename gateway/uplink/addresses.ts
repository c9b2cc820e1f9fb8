import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * Where a webhook may go. Other computers in the shop's network are the point; this one is not, because what listens here
 * trusts what comes from here, and neither are addresses that mean something only to a machine (cloud metadata).
 */
export type AddressRules = {
  /** In the demo a receiver may run on this computer. */
  allowLoopback: boolean;
  /** Addresses of this machine's own network cards. */
  ownAddresses(): readonly string[];
  /** Ports that the gateway itself listens on. */
  ownPorts(): readonly number[];
};

type Verdict = { ok: true } | { ok: false; reason: string };

const shopNetwork = listOf("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
const loopback = listOf("127.0.0.0/8", "::1/128");
const nowhere = listOf(
  ...["0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24"],
  ...["203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  // 6to4 and Teredo carry any IPv4 address inside
  ...["::/128", "fe80::/10", "fec0::/10", "ff00::/8", "2001:db8::/32", "2001::/32", "2002::/16", "100::/64"],
);

/** What can be said of an address before anything is sent. `url` is what an engineer typed. */
export function judgeUrl(text: string, plainHttp: boolean): { ok: true; url: URL } | { ok: false; reason: string } {
  if (text.length > 2_000 || !URL.canParse(text)) return no("This is no address, like https://shop.example/stock.");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return no("Only https, or http inside the shop's network.");
  if (url.protocol === "http:" && !plainHttp) {
    return no("Use https. For a receiver in the shop's own network that has none, say plainHttp: true.");
  }
  if (url.username !== "" || url.password !== "")
    return no("Leave name and password out: the signature says who we are.");
  if (url.hash !== "") return no("Leave out what stands behind the #: it is never sent.");
  return { ok: true, url };
}

/** Of the address that a name has turned out to have, at the moment of connecting: names change. */
export function judgeAddress(address: string, port: number, secure: boolean, rules: AddressRules): Verdict {
  const plain = unwrap(address);
  const family = isIP(plain);
  if (family === 0) return no(`${address} is no address.`);
  const isIn = (list: BlockList) => list.check(plain, family === 4 ? "ipv4" : "ipv6");
  const isHere = isIn(loopback) || rules.ownAddresses().some((own) => unwrap(own) === plain);
  if (isHere && !rules.allowLoopback) return no("It is this computer: webhooks go to other ones.");
  if (isHere && rules.ownPorts().includes(port)) return no("It is the gateway itself.");
  if (isHere) return { ok: true };
  if (isIn(nowhere)) return no(`${address} is no address of a receiver.`);
  if (!secure && !isIn(shopNetwork)) return no("Outside the shop's network only https.");
  return { ok: true };
}

/** `::ffff:10.0.0.1` and NAT64's `64:ff9b::a00:1` are 10.0.0.1. */
function unwrap(address: string): string {
  const bare = address
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "")
    .toLowerCase();
  const dotted = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (dotted !== undefined && isIPv4(dotted)) return dotted;
  const hex = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare);
  if (!hex) return bare;
  const [high, low] = [Number.parseInt(hex[1] ?? "", 16), Number.parseInt(hex[2] ?? "", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function listOf(...ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = "", bits = ""] = range.split("/");
    list.addSubnet(net, Number(bits), isIPv4(net) ? "ipv4" : "ipv6");
  }
  return list;
}

const no = (reason: string) => ({ ok: false as const, reason });
