/** As much of MessagePack (msgpack/msgpack spec.md) as a small gateway writes. */
export type Packable = number | string | Uint8Array | readonly Packable[] | { readonly [key: string]: Packable };

/** Whole numbers up to 32 bit, texts, bytes, lists and maps, each in its shortest form. */
export function encodeMsgpack(value: Packable): Buffer {
  if (typeof value === "number") return encodeInteger(value);
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([text.length < 32 ? Buffer.from([0xa0 | text.length]) : lengthOf(0xd9, text.length), text]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([lengthOf(0xc4, value.length), value]);
  if (isList(value)) {
    const head = value.length < 16 ? Buffer.from([0x90 | value.length]) : lengthOf(0xdb, value.length);
    return Buffer.concat([head, ...value.map(encodeMsgpack)]);
  }
  const entries = Object.entries(value);
  const head = entries.length < 16 ? Buffer.from([0x80 | entries.length]) : lengthOf(0xdd, entries.length);
  return Buffer.concat([head, ...entries.flatMap(([key, item]) => [encodeMsgpack(key), encodeMsgpack(item)])]);
}

function isList(value: Packable): value is readonly Packable[] {
  return Array.isArray(value);
}

function encodeInteger(value: number): Buffer {
  if (value >= 0 && value < 0x80) return Buffer.from([value]);
  if (value < 0 && value >= -0x20) return Buffer.from([value & 0xff]);
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 0xd2 : 0xce;
  if (value < 0) bytes.writeInt32BE(value, 1);
  else bytes.writeUInt32BE(value, 1);
  return bytes;
}

/** The types of 8, 16 and 32 bit lengths follow each other; lists and maps begin at 16. */
function lengthOf(type: number, length: number): Buffer {
  if (length < 0x100 && type !== 0xdb && type !== 0xdd) return Buffer.from([type, length]);
  if (length < 0x1_0000) return Buffer.from([type + 1, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(5);
  bytes[0] = type + 2;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}
