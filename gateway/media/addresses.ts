import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { types as ms } from "mediasoup";

/** Beyond so many a player only loses time with checks that fail. */
const maxAddresses = 8;

/**
 * Under which addresses phones reach us, most likely first: what the configuration says, or all of this computer's when
 * it listens on all of them, looked up anew each time because networks come and go. undefined: the one it listens on.
 */
export function ownAddresses(listenIp: string, configured: string[], likely?: string): string[] | undefined {
  if (configured.length > 0) return configured.slice(0, maxAddresses);
  if (listenIp !== "0.0.0.0") return likely === undefined ? undefined : [likely];
  const present = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = present
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
  // an address of this computer's that a network has taken back since is nobody's, or worse, somebody else's
  const isStale = isIPv4(likely ?? "") && !present.some(({ address }) => address === likely);
  const all = new Set([...(likely === undefined || isStale ? [] : [likely]), ...found]);
  return all.size > 0 ? [...all].slice(0, maxAddresses) : ["127.0.0.1"];
}

/**
 * Which of the configured addresses are IPv6 ones of this computer: each is bound by itself, because an answer must leave by the
 * address that was asked, and a computer has many. Only those that somebody wrote down: they pass on and off by the
 * day, and no router stands between them and the internet as it does before an IPv4 one.
 */
export function ownIpv6(configured: string[]): { ours: string[]; missing: string[] } {
  const wanted = configured.slice(0, maxAddresses).filter(isIPv6);
  const present = new Set(
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => canonical(address))),
  );
  const isOurs = (address: string) => present.has(canonical(address));
  return { ours: wanted.filter(isOurs), missing: wanted.filter((address) => !isOurs(address)) };
}

/** One spelling of an IPv6 address [RFC 5952]. */
function canonical(address: string): string {
  const url = `http://[${address}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}

/**
 * The IPv4 socket of a worker is bound once, to all networks; a candidate each tells under which addresses it is reached.
 * An IPv6 address has a socket of its own. Of one protocol the earlier address is preferred [RFC 8445 5.1.2.1: a step of
 * the local preference is 256].
 */
export function announce(own: ms.IceCandidate[], addresses: string[] | undefined): ms.IceCandidate[] {
  if (!addresses) return own;
  return own.flatMap((candidate) =>
    addresses.flatMap((address, index) => {
      const isIts = isIPv6(candidate.address) ? canonical(address) === canonical(candidate.address) : !isIPv6(address);
      if (!isIts) return [];
      const foundation = `${candidate.foundation}${index}`;
      return [{ ...candidate, ip: address, address, foundation, priority: candidate.priority - 256 * index }];
    }),
  );
}
