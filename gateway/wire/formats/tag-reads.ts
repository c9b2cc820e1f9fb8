import { type Static, type TSchema, Type } from "typebox";
import type { Decoded, DecodeResult, TagRead } from "../decoded.ts";
import { createJsonReader, parseJson } from "../json.ts";
import { bounds } from "../readings.ts";
import { toHex } from "./hex.ts";

/** What RFID readers of all makers have in common. */

/** EPC bank in hex: whole 16 bit words, 2 to 31 of them. */
export const EpcHex = Type.String({ pattern: "^([0-9A-Fa-f]{4}){2,31}$" });
export const AntennaPort = Type.Integer({ minimum: 0, maximum: 255 });
export const Timestamp = Type.String({ maxLength: 40 });

/** An antenna number that no reader has: it did not say which one heard the tag. No place is known for it then. */
export const antennaNotSaid = 0;

/** Base64 or base64url of the EPC bank -> lower-case hex. */
export function epcOfBase64(text: string): DecodeResult<string> {
  const isBase64 = /^[A-Za-z0-9+/_-]{6,84}={0,2}$/.test(text);
  const bytes = Buffer.from(isBase64 ? text : "", "base64");
  if (bytes.length < 4 || bytes.length > 62 || bytes.length % 2 !== 0) {
    return { ok: false, reason: "epc has a form nobody knows: base64 of 4 to 62 bytes is expected" };
  }
  return { ok: true, value: toHex(bytes) };
}

const isoForm = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/;

/**
 * ISO 8601 with a zone, to the nanosecond and with or without a colon in the offset -> epoch ms.
 * Undefined for anything else and beyond 2100: the time of a reader is a help, never a reason to lose a read.
 */
export function epochMs(text: string | undefined): number | undefined {
  const match = isoForm.exec(text ?? "");
  if (!match) return undefined;
  const [, seconds, fraction = "", zone = ""] = match;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const at = Date.parse(`${seconds}${fraction.slice(0, 4)}${offset}`);
  return at >= 0 && at <= bounds.maxAtMs ? at : undefined;
}

/** A read without the fields that the reader did not send. */
export function tagRead(
  epc: string,
  heard: { antenna: number | undefined; rssiDbm: number | undefined; at: number | undefined },
): TagRead {
  const read: TagRead = { epc: epc.toLowerCase(), antenna: heard.antenna ?? antennaNotSaid };
  if (heard.rssiDbm !== undefined) read.rssiDbm = heard.rssiDbm;
  if (heard.at !== undefined) read.at = heard.at;
  return read;
}

/** Reads one event, or a list of them as readers send when they bundle. */
export function createEventsReader<Schema extends TSchema>(
  schema: Schema,
): (bytes: Uint8Array) => DecodeResult<Static<Schema>[]> {
  const one = createJsonReader(schema);
  const several = createJsonReader(Type.Array(schema, { maxItems: bounds.maxReadsPerMessage }));
  return (bytes) => {
    const payload = parseJson(bytes);
    if (!payload.ok) return payload;
    if (Array.isArray(payload.value)) return several.check(payload.value) as DecodeResult<Static<Schema>[]>;
    const event = one.check(payload.value);
    return event.ok ? { ok: true, value: [event.value] } : event;
  };
}

/** The message of a reader. `at` is that of its newest event. */
export function readsOf(reader: { deviceId: string; format: string }, reads: TagRead[], at?: number): Decoded {
  return {
    deviceId: reader.deviceId,
    kind: "rfid",
    format: reader.format,
    ...(at === undefined ? {} : { at }),
    readings: [{ kind: "tags", reads }],
  };
}
