import type { DecodeResult } from "../decoded.ts";
import { textOf } from "../json.ts";

/**
 * MessagePack, as far as gateways speak it (msgpack/msgpack spec.md). No extension types. A text and a binary are both
 * `raw` bytes here, because makers that began with the old specification, which had only raw, send either.
 */
export type MsgpackValue = null | boolean | number | Uint8Array | MsgpackValue[] | Map<string, MsgpackValue>;

/** Bounds on what may come in: deeper or larger is refused before anything of that size is kept. */
const [maxDepth, maxValues] = [6, 20_000];

/** `refusal` is the first thing that was wrong; from then on every read answers nothing and all loops end. */
type Reader = { bytes: Uint8Array; view: DataView; offset: number; values: number; refusal?: string };

/** One value, and nothing after it. */
export function readMsgpack(bytes: Uint8Array): DecodeResult<MsgpackValue> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader: Reader = { bytes, view, offset: 0, values: 0 };
  const value = readValue(reader, 0);
  if (reader.refusal !== undefined) return { ok: false, reason: reader.refusal };
  if (reader.offset < bytes.length) return { ok: false, reason: "bytes follow the end of the message" };
  return { ok: true, value };
}

function readValue(reader: Reader, depth: number): MsgpackValue {
  reader.values += 1;
  if (depth > maxDepth) return refuse(reader, `the message is nested deeper than ${maxDepth} levels`);
  if (reader.values > maxValues) return refuse(reader, `the message has more than ${maxValues} values`);
  const type = readNumber(reader, 1, byte);
  if (type === null) return null;
  if (type < 0x80) return type;
  if (type < 0x90) return readMap(reader, type & 0x0f, depth);
  if (type < 0xa0) return readArray(reader, type & 0x0f, depth);
  if (type < 0xc0) return readRaw(reader, type & 0x1f);
  if (type >= 0xe0) return type - 0x100;
  return readLong(reader, type, depth);
}

type Get = (view: DataView, at: number) => number;
const byte: Get = (view, at) => view.getUint8(at);
const short: Get = (view, at) => view.getUint16(at);
const long: Get = (view, at) => view.getUint32(at);

/** The types whose length or value follows in bytes of its own. */
function readLong(reader: Reader, type: number, depth: number): MsgpackValue {
  switch (type) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
    case 0xd9:
      return readRaw(reader, readNumber(reader, 1, byte));
    case 0xc5:
    case 0xda:
      return readRaw(reader, readNumber(reader, 2, short));
    case 0xc6:
    case 0xdb:
      return readRaw(reader, readNumber(reader, 4, long));
    case 0xca:
      return readNumber(reader, 4, (view, at) => view.getFloat32(at));
    case 0xcb:
      return readNumber(reader, 8, (view, at) => view.getFloat64(at));
    case 0xcc:
      return readNumber(reader, 1, byte);
    case 0xcd:
      return readNumber(reader, 2, short);
    case 0xce:
      return readNumber(reader, 4, long);
    case 0xcf:
      return readNumber(reader, 8, (view, at) => Number(view.getBigUint64(at)));
    case 0xd0:
      return readNumber(reader, 1, (view, at) => view.getInt8(at));
    case 0xd1:
      return readNumber(reader, 2, (view, at) => view.getInt16(at));
    case 0xd2:
      return readNumber(reader, 4, (view, at) => view.getInt32(at));
    case 0xd3:
      return readNumber(reader, 8, (view, at) => Number(view.getBigInt64(at)));
    case 0xdc:
      return readArray(reader, readNumber(reader, 2, short), depth);
    case 0xdd:
      return readArray(reader, readNumber(reader, 4, long), depth);
    case 0xde:
      return readMap(reader, readNumber(reader, 2, short), depth);
    case 0xdf:
      return readMap(reader, readNumber(reader, 4, long), depth);
    default:
      return refuse(reader, `the type 0x${type.toString(16)} of MessagePack is not known`);
  }
}

/** A view into the message, not a copy. */
function readRaw(reader: Reader, length: number | null): Uint8Array | null {
  if (length === null || !has(reader, length)) return null;
  reader.offset += length;
  return reader.bytes.subarray(reader.offset - length, reader.offset);
}

/** A value takes a byte at least, so that a count beyond the rest of the message is refused before a list is made. */
function readArray(reader: Reader, count: number | null, depth: number): MsgpackValue {
  if (count === null || !has(reader, count)) return null;
  const values: MsgpackValue[] = [];
  for (let i = 0; i < count && reader.refusal === undefined; i++) values.push(readValue(reader, depth + 1));
  return values;
}

function readMap(reader: Reader, count: number | null, depth: number): MsgpackValue {
  if (count === null || !has(reader, 2 * count)) return null;
  const values = new Map<string, MsgpackValue>();
  for (let i = 0; i < count && reader.refusal === undefined; i++) {
    const key = readValue(reader, depth + 1);
    if (!(key instanceof Uint8Array)) return refuse(reader, "a key of the message is no text");
    values.set(textOf(key), readValue(reader, depth + 1));
  }
  return values;
}

function readNumber(reader: Reader, length: number, get: Get): number | null {
  if (!has(reader, length)) return null;
  reader.offset += length;
  return get(reader.view, reader.offset - length);
}

function has(reader: Reader, length: number): boolean {
  if (reader.offset + length > reader.bytes.length) refuse(reader, "the message is cut off");
  return reader.refusal === undefined;
}

function refuse(reader: Reader, reason: string): null {
  reader.refusal ??= reason;
  return null;
}
