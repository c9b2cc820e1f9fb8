/** Bluetooth addresses, as the makers spell them: with colons or without, in either case. */

const form = /^(?:[0-9a-f]{12}|[0-9a-f]{2}(?::[0-9a-f]{2}){5})$/i;

/** `A4C138AABBCC` or `A4:C1:38:AA:BB:CC` -> `a4:c1:38:aa:bb:cc`; undefined for anything else. */
export function canonicalMac(text: string): string | undefined {
  if (!form.test(text)) return undefined;
  return text
    .replaceAll(":", "")
    .toLowerCase()
    .replace(/..(?!$)/g, "$&:");
}

/**
 * True for the addresses that phones and watches make up and change: random, and not of the static kind, which keeps
 * its two highest bits set [Bluetooth Core 5.4, Vol 6 Part B, 1.3.2]. What they say is forgotten.
 */
export function isPrivateAddress(mac: string, random: boolean): boolean {
  return random && Number.parseInt(mac.slice(0, 2), 16) >> 6 !== 0b11;
}
