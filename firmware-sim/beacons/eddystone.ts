import { createCipheriv } from "node:crypto";
import type { Advert } from "./frame.ts";

/** Eddystone (google/eddystone protocol-specification.md): service data of 0xFEAA, big-endian, power as received at 0 m. */
const firstMetreDb = 41;

function wrap(body: Buffer): string {
  return Buffer.concat([
    Buffer.from([0x02, 0x01, 0x06, 0x03, 0x03, 0xaa, 0xfe, body.length + 3, 0x16, 0xaa, 0xfe]),
    body,
  ]).toString("hex");
}
const atZero = (powerDbm: number) => (powerDbm + firstMetreDb) & 0xff;

/** `00 | power | namespace 10 | instance 6 | 00 00`. */
export function encodeUid(namespace: string, instance: string, powerDbm: number): Advert {
  const body = Buffer.concat([
    Buffer.from([0x00, atZero(powerDbm)]),
    Buffer.from(namespace + instance, "hex"),
    Buffer.alloc(2),
  ]);
  return { data: wrap(body), frame: { is: "eddystone-uid", namespace, instance, powerDbm } };
}

const schemes = ["http://www.", "https://www.", "http://", "https://"];
const endings = [".com", ".org", ".edu", ".net", ".info", ".biz", ".gov"];

/** `10 | power | scheme | address`, well-known endings as one byte, with their slash or without. */
export function encodeUrl(url: string, powerDbm: number): Advert {
  const scheme = schemes.findIndex((prefix) => url.startsWith(prefix));
  let rest = url.slice(schemes[scheme]?.length ?? 0);
  const bytes: number[] = [];
  while (rest !== "") {
    const ending = endings.findIndex((candidate) => rest.startsWith(candidate));
    const slash = ending >= 0 && rest[endings[ending]?.length ?? 0] === "/";
    bytes.push(ending < 0 ? rest.charCodeAt(0) : slash ? ending : ending + endings.length);
    rest = rest.slice(ending < 0 ? 1 : (endings[ending]?.length ?? 0) + (slash ? 1 : 0));
  }
  const body = Buffer.from([0x10, atZero(powerDbm), scheme, ...bytes]);
  return { data: wrap(body), frame: { is: "eddystone-url", url, powerDbm } };
}

/** `20 | 00 | battery u16 mV | temperature 8.8 | adverts u32 | time since power-on u32, 0.1 s`. */
export function encodeTlm(told: { millivolts: number; tempC: number; adverts: number; uptimeMs: number }): Advert {
  const body = Buffer.alloc(14);
  body[0] = 0x20;
  body.writeUInt16BE(told.millivolts, 2);
  body.writeInt16BE(Math.round(told.tempC * 256), 4);
  body.writeUInt32BE(told.adverts, 6);
  body.writeUInt32BE(Math.floor(told.uptimeMs / 100), 10);
  return { data: wrap(body), frame: { is: "eddystone-tlm", ...told } };
}

/**
 * `30 | power | ephemeral id 8`, a new one every 2^K seconds: AES-128 of (0 × 11, K, time) under a key that is AES-128 of
 * (0 × 11, FF, 0, 0, the time's upper half) under the identity key (eddystone-eid/eid-computation.md).
 */
export function encodeEid(identityKey: Uint8Array, seconds: number, powerDbm: number): Advert {
  const rotation = 10;
  const time = Buffer.alloc(4);
  time.writeUInt32BE(seconds);
  const temporary = aes(identityKey, [...Array(11).fill(0), 0xff, 0, 0, time[0] ?? 0, time[1] ?? 0]);
  time.writeUInt32BE(Math.floor(seconds / 2 ** rotation) * 2 ** rotation);
  const id = aes(temporary, [...Array(11).fill(0), rotation, ...time]).subarray(0, 8);
  const body = Buffer.concat([Buffer.from([0x30, atZero(powerDbm)]), id]);
  return { data: wrap(body), frame: { is: "eddystone-eid", ephemeralId: id.toString("hex"), powerDbm } };
}

function aes(key: Uint8Array, block: number[]): Buffer {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.from(block)), cipher.final()]);
}
