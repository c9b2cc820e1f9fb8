import { readAdStructures } from "./formats/ad-structures.ts";
import { isMinewBinary } from "./formats/minew-binary.ts";
import { formatSpeakingFor } from "./formats.ts";

/**
 * What a Bluetooth receiver hears are phones as well. Nobody needs their addresses to see why a message could not be
 * read: of every address, and of every advert in hex, the first three bytes stay (the maker), the others become zeros.
 * The length stays, so that the payload can still be parsed.
 */

/** Formats that carry what passes by, beside the shop's own beacons and sensors. */
const hearing: ReadonlySet<string> = new Set([
  "espresense",
  "openmqttgateway",
  "ruuvi",
  "cassia",
  "shelly",
  "minew",
  "aprilbrother",
  "zebra-fixed",
]);
/** Names of fields that only messages about adverts have. */
const advertWords = /rssi|bdaddr|addata|scandata|rawdata|advert|manufacturerdata|servicedata|mac_type/i;
/** An address, with separators or without, or longer hex such as a raw advert or a resolving key. */
const hexRun = /(?<![0-9a-z])[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5,}(?![0-9a-z])/gi;
const bytesKept = 3;

/** True where a receiver speaks that hears everybody; the topic itself may then name a sender. */
export function isHearingTopic(storeId: string, topic: string): boolean {
  if (topic.startsWith(`store/${storeId}/`)) return topic.startsWith(`store/${storeId}/ble/`);
  return hearing.has(formatSpeakingFor(storeId, topic) ?? "");
}

/** True for a payload that looks as if a receiver had written it, whatever its topic. */
export function looksHeard(bytes: Uint8Array, text: string | undefined): boolean {
  if (text !== undefined) return advertWords.test(text) || isAdvert(hexOf(text));
  return isMinewBinary(bytes) || isAdvert(bytes) || advertWords.test(Buffer.from(bytes).toString("latin1"));
}

function hexOf(text: string): Uint8Array {
  const trimmed = text.trim();
  return /^(?:[0-9a-f]{2})+$/i.test(trimmed) ? Buffer.from(trimmed, "hex") : Buffer.alloc(0);
}

/** Flags, or two AD structures and more, one of which is of a type that adverts have. */
export function isAdvert(bytes: Uint8Array): boolean {
  if (bytes.length < 6 || bytes.length > 1_650) return false;
  // nearly every advert begins with its flags, also one that was cut off
  if (bytes[0] === 0x02 && bytes[1] === 0x01 && bytes[2]! < 0x20) return true;
  const structures = readAdStructures(bytes);
  if (!structures.ok || structures.value.length < 2) return false;
  const types = structures.value.map(({ type }) => type);
  return types.every((type) => type <= 0x3d || type === 0xff) && types.some((type) => type === 0x01 || type === 0xff);
}

/** Text with its addresses shortened. A bare number is a time or a count and stays; the same in quotes may be an address. */
export function redactText(text: string): string {
  return text.replace(hexRun, (run, offset: number) => {
    const isNumber = /^[0-9]+$/.test(run) && text[offset - 1] !== '"';
    return isNumber ? run : shorten(run);
  });
}

function shorten(run: string): string {
  let digits = 0;
  return run.replace(/[0-9a-f]/gi, (digit) => (digits++ < 2 * bytesKept ? digit : "0"));
}

/** The topic with the addresses of senders shortened; its first two levels name the receiver and stay. */
export function redactTopic(topic: string): string {
  const levels = topic.split("/");
  return levels.map((level, index) => (index < 2 ? level : redactText(`"${level}`).slice(1))).join("/");
}

/** A payload as it may be kept: as text with its addresses shortened; of bytes that nobody can read only the first three. */
export function redactPayload(bytes: Uint8Array, text: string | undefined): Uint8Array {
  return text === undefined ? bytes.subarray(0, bytesKept) : Buffer.from(redactText(text), "utf8");
}
