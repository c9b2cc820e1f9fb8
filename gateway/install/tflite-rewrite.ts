/**
 * Adds to a FlatBuffers file without touching what is in it. Every reference in a FlatBuffer is relative, so a new root
 * put in front of the old bytes may point at the old tables: only what changes has to be written anew.
 */
export type Scalar = { kind: "int32" | "uint8"; value: number };
export type Part =
  | { kind: "old"; at: number }
  | { kind: "table"; fields: (Part | Scalar | undefined)[] }
  | { kind: "parts"; items: Part[] }
  | { kind: "ints" | "floats"; values: readonly number[] }
  | { kind: "bytes"; value: Uint8Array }
  | { kind: "text"; value: string };

export const int32 = (value: number): Scalar => ({ kind: "int32", value });
export const uint8 = (value: number): Scalar => ({ kind: "uint8", value });
export const table = (...fields: (Part | Scalar | undefined)[]): Part => ({ kind: "table", fields });
export const parts = (items: Part[]): Part => ({ kind: "parts", items });
export const ints = (values: readonly number[]): Part => ({ kind: "ints", values });
export const floats = (values: readonly number[]): Part => ({ kind: "floats", values });
export const bytes = (value: Uint8Array): Part => ({ kind: "bytes", value });
export const text = (value: string): Part => ({ kind: "text", value });

/** Where things stand in an existing FlatBuffer. Positions are byte offsets; 0 means "not there". */
export type Reader = ReturnType<typeof readFlatBuffer>;

export function readFlatBuffer(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const uint32 = (at: number) => view.getUint32(at, true);
  const follow = (at: number) => (at === 0 ? 0 : at + uint32(at));
  /** Position of a table's field, 0 when the field is absent. */
  const field = (tableAt: number, index: number) => {
    const vtable = tableAt - view.getInt32(tableAt, true);
    const slot = 4 + 2 * index;
    const offset = slot < view.getUint16(vtable, true) ? view.getUint16(vtable + slot, true) : 0;
    return offset === 0 ? 0 : tableAt + offset;
  };
  const target = (tableAt: number, index: number) => follow(field(tableAt, index));
  return {
    root: uint32(0),
    target,
    int: (tableAt: number, index: number, absent = 0) => {
      const at = field(tableAt, index);
      return at === 0 ? absent : view.getInt32(at, true);
    },
    /** The tables a vector refers to. */
    tables: (tableAt: number, index: number): number[] => {
      const at = target(tableAt, index);
      if (at === 0) return [];
      return Array.from({ length: uint32(at) }, (_, i) => follow(at + 4 + 4 * i));
    },
    intsOf: (tableAt: number, index: number): number[] => {
      const at = target(tableAt, index);
      if (at === 0) return [];
      return Array.from({ length: uint32(at) }, (_, i) => view.getInt32(at + 4 + 4 * i, true));
    },
    textOf: (tableAt: number, index: number): string => {
      const at = target(tableAt, index);
      return at === 0 ? "" : new TextDecoder().decode(file.subarray(at + 4, at + 4 + uint32(at)));
    },
  };
}

/** A part of the original that is kept as it is; undefined when the original lacks it. */
export const keep = (at: number): Part | undefined => (at === 0 ? undefined : { kind: "old", at });

type Placed = { part: Exclude<Part, { kind: "old" }>; at: number; vtable: number };

/** Lays out `root` and returns the file: new block first, then the original bytes, moved by a multiple of 64. */
export function writeFlatBuffer(root: Part, identifier: string, original: Uint8Array = new Uint8Array()): Uint8Array {
  const placed = new Map<Part, Placed>();
  const end = place(root, 8, placed);
  const shift = Math.ceil(end / 64) * 64;
  const file = new Uint8Array(shift + original.length);
  file.set(original, shift);
  const view = new DataView(file.buffer);
  const addressOf = (part: Part) => (part.kind === "old" ? part.at + shift : placed.get(part)!.at);
  view.setUint32(0, addressOf(root), true);
  file.set(new TextEncoder().encode(identifier), 4);
  for (const entry of placed.values()) write(entry, { file, view, addressOf });
  return file;
}

const align = (position: number, size: number) => Math.ceil(position / size) * size;

/** Gives a part and everything below it an address from `position` on; returns the first free byte after them. */
function place(part: Part, position: number, placed: Map<Part, Placed>): number {
  if (part.kind === "old" || placed.has(part)) return position;
  const entry: Placed = { part, at: 0, vtable: 0 };
  placed.set(part, entry);
  switch (part.kind) {
    case "table": {
      entry.vtable = align(position, 4);
      entry.at = align(entry.vtable + 4 + 2 * part.fields.length, 4);
      let next = entry.at + 4 + 4 * part.fields.length;
      for (const child of part.fields) if (child && !isScalar(child)) next = place(child, next, placed);
      return next;
    }
    case "parts": {
      entry.at = align(position, 4);
      let next = entry.at + 4 + 4 * part.items.length;
      for (const child of part.items) next = place(child, next, placed);
      return next;
    }
    case "ints":
    case "floats":
      entry.at = align(position, 4);
      return entry.at + 4 + 4 * part.values.length;
    case "bytes":
      // TFLite wants the data itself, which follows the length, on a 16 byte boundary
      entry.at = align(position, 16) + 12;
      return entry.at + 4 + part.value.length;
    case "text":
      entry.at = align(position, 4);
      return entry.at + 5 + new TextEncoder().encode(part.value).length;
  }
}

const isScalar = (value: Part | Scalar): value is Scalar => value.kind === "int32" || value.kind === "uint8";

type Output = { file: Uint8Array; view: DataView; addressOf(part: Part): number };

function write({ part, at, vtable }: Placed, { file, view, addressOf }: Output) {
  switch (part.kind) {
    case "table":
      view.setUint16(vtable, 4 + 2 * part.fields.length, true);
      view.setUint16(vtable + 2, 4 + 4 * part.fields.length, true);
      view.setInt32(at, at - vtable, true);
      for (const [index, value] of part.fields.entries()) {
        if (value === undefined) continue;
        const slot = at + 4 + 4 * index;
        view.setUint16(vtable + 4 + 2 * index, 4 + 4 * index, true);
        if (!isScalar(value)) view.setUint32(slot, addressOf(value) - slot, true);
        else if (value.kind === "int32") view.setInt32(slot, value.value, true);
        else view.setUint8(slot, value.value);
      }
      return;
    case "parts":
      view.setUint32(at, part.items.length, true);
      for (const [i, item] of part.items.entries()) {
        const slot = at + 4 + 4 * i;
        view.setUint32(slot, addressOf(item) - slot, true);
      }
      return;
    case "ints":
    case "floats":
      view.setUint32(at, part.values.length, true);
      for (const [i, value] of part.values.entries()) {
        if (part.kind === "ints") view.setInt32(at + 4 + 4 * i, value, true);
        else view.setFloat32(at + 4 + 4 * i, value, true);
      }
      return;
    case "bytes":
    case "text": {
      const value = part.kind === "text" ? new TextEncoder().encode(part.value) : part.value;
      view.setUint32(at, value.length, true);
      file.set(value, at + 4);
    }
  }
}
