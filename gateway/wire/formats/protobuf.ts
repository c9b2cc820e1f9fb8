import type { DecodeResult } from "../decoded.ts";

/**
 * One field of a protobuf message (protobuf.dev, encoding): a varint, or bytes: four or eight of a fixed-size number,
 * any number of a text or a message within. The bytes are views into the message.
 */
export type ProtobufField =
  | { number: number; wire: "varint"; value: bigint }
  | { number: number; wire: "fixed32" | "fixed64" | "bytes"; bytes: Uint8Array };

/** Splits a message into its fields, in their order. `maxFields` bounds what a hostile message may cost. */
export function readProtobufFields(bytes: Uint8Array, maxFields: number): DecodeResult<ProtobufField[]> {
  const fields: ProtobufField[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (fields.length === maxFields) return { ok: false, reason: `the message has more than ${maxFields} fields` };
    const tag = readVarint(bytes, offset);
    if (!tag || tag.value > 0xffff_ffffn) return cutOff(offset);
    const number = Number(tag.value >> 3n);
    if (number === 0) return { ok: false, reason: `the message is no protobuf: byte ${offset} names field 0` };
    offset = tag.end;
    const wire = Number(tag.value & 7n);
    if (wire === 0) {
      const varint = readVarint(bytes, offset);
      if (!varint) return cutOff(offset);
      fields.push({ number, wire: "varint", value: varint.value });
      offset = varint.end;
      continue;
    }
    const span = spanOf(wire, bytes, offset);
    if (!span) return { ok: false, reason: `the message is no protobuf: byte ${offset - 1} has wire type ${wire}` };
    const end = span.start + span.length;
    if (end > bytes.length) return cutOff(offset);
    fields.push({ number, wire: span.wire, bytes: bytes.subarray(span.start, end) });
    offset = end;
  }
  return { ok: true, value: fields };
}

type Span = { wire: "fixed32" | "fixed64" | "bytes"; start: number; length: number };

/** Groups, wire types 3 and 4, were given up by protobuf itself. A length that is cut off points beyond any end. */
function spanOf(wire: number, bytes: Uint8Array, offset: number): Span | undefined {
  if (wire === 1) return { wire: "fixed64", start: offset, length: 8 };
  if (wire === 5) return { wire: "fixed32", start: offset, length: 4 };
  if (wire !== 2) return undefined;
  const length = readVarint(bytes, offset);
  return { wire: "bytes", start: length?.end ?? offset, length: Number(length?.value ?? Number.MAX_SAFE_INTEGER) };
}

/** Seven bits a byte, the lowest first; ten bytes at most, of which 64 bits count. */
function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: start + i + 1 };
  }
  return undefined;
}

function cutOff(offset: number): { ok: false; reason: string } {
  return { ok: false, reason: `the message is cut off or no protobuf, at byte ${offset}` };
}
