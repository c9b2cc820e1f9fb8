import { Type } from "typebox";
import type { Decoded, DecodeResult, Reading } from "../decoded.ts";
import { bounds } from "../readings.ts";
import { canonicalMac } from "./ble-address.ts";

/** What Bluetooth gateways of all makers have in common. */

export const Dbm = Type.Number({ minimum: -150, maximum: 40 });
export const Mac = Type.String({ pattern: "^([0-9A-Fa-f]{2}:?){5}[0-9A-Fa-f]{2}$" });
export const AdvertHex = Type.String({ maxLength: bounds.maxAdvertHexLength, pattern: "^([0-9A-Fa-f]{2})*$" });

/**
 * The id of a gateway whose topic carries its address: ("ruuvi", "C8:25:2D:8E:9C:2C") -> "ruuvi-c8252d8e9c2c". The topic
 * is what the broker lets a device speak on, so a payload that names another gateway is refused.
 */
export function gatewayIdByMac(maker: string, level: string, claimed?: string): DecodeResult<string> {
  const mac = canonicalMac(level);
  if (mac === undefined) return { ok: false, reason: "the topic does not name the gateway by its address" };
  if (claimed !== undefined && canonicalMac(claimed) !== mac) {
    return { ok: false, reason: "the payload names another gateway than its topic" };
  }
  return { ok: true, value: `${maker}-${mac.replaceAll(":", "")}` };
}

/** The message of a gateway. `at`: its own time, epoch ms. */
export function heardBy(gateway: { deviceId: string; format: string; at?: number }, readings: Reading[]): Decoded {
  const { deviceId, format, at } = gateway;
  return { deviceId, kind: "ble", format, ...(at === undefined ? {} : { at }), readings };
}
