import { isIPv4 } from "node:net";
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
 * The socket of a worker is bound once, to all networks; a candidate each tells under which addresses it is reached.
 * Of one protocol the earlier address is preferred [RFC 8445 5.1.2.1: a step of the local preference is 256].
 */
export function announce(own: ms.IceCandidate[], addresses: string[] | undefined): ms.IceCandidate[] {
  if (!addresses) return own;
  return own.flatMap((candidate) =>
    addresses.map((address, index) => ({
      ...candidate,
      ip: address,
      address,
      foundation: `${candidate.foundation}${index}`,
      priority: candidate.priority - 256 * index,
    })),
  );
}
