import type { DecodeResult } from "../decoded.ts";
import { isDeviceId } from "../topics.ts";

/** Clean levels joined by two hyphens can be told apart again; so no two of them share an id. */
const cleanLevel = /^[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*$/;

/**
 * The id of a device that was named by somebody else: its maker, then the levels of its name.
 * ("zigbee2mqtt", ["shelf", "A1"]) -> "zigbee2mqtt-shelf--A1". A name that has to be respelt carries a mark of its
 * true spelling, so that "Fitting room" never speaks for "Fitting-room". A name that is too long is refused, not cut.
 */
export function foreignDeviceId(maker: string, levels: readonly string[]): DecodeResult<string> {
  if (levels.some((level) => level === "")) return { ok: false, reason: "the topic does not name the device" };
  const name = levels.map((level) => level.replace(/[^A-Za-z0-9_-]/g, "-")).join("--");
  const mark = levels.every((level) => cleanLevel.test(level)) ? "" : `-${hash(levels.join("/"))}`;
  const id = `${maker}-${name}${mark}`;
  if (!isDeviceId(id)) return { ok: false, reason: "the name in the topic is too long for a device id" };
  return { ok: true, value: id };
}

/** FNV-1a, 32 bit, as eight hex digits: a mark, no secret. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
