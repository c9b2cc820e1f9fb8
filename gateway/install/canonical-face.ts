/** MediaPipe's canonical face: 468 vertices in centimetres (x, y, z) and its triangles. */
export type CanonicalFace = { positions: number[]; triangles: number[] };

const VERTEX_FLOATS = 5;
const VERTICES = 468;

/** Reads the mesh out of geometry_pipeline_metadata (protobuf): message 1 = mesh, its field 3 = floats, 4 = indices. */
export function readCanonicalFace(file: Uint8Array): CanonicalFace {
  const mesh = fields(file).find((entry) => entry.number === 1 && entry.bytes !== undefined)?.bytes;
  if (!mesh) throw new Error("canonical face: no mesh inside");
  const values: number[] = [];
  const triangles: number[] = [];
  for (const entry of fields(mesh)) {
    if (entry.number === 3 && entry.float !== undefined) values.push(entry.float);
    if (entry.number === 3 && entry.bytes) values.push(...packedFloats(entry.bytes));
    if (entry.number === 4 && entry.integer !== undefined) triangles.push(entry.integer);
    if (entry.number === 4 && entry.bytes) triangles.push(...packedIntegers(entry.bytes));
  }
  const positions = Array.from({ length: VERTICES * 3 }, (_, i) => values[Math.floor(i / 3) * VERTEX_FLOATS + (i % 3)]);
  if (positions.some((value) => value === undefined)) throw new Error("canonical face: too few vertices");
  return { positions: positions.map((value) => Math.round((value ?? 0) * 1e5) / 1e5), triangles };
}

type Field = { number: number; integer?: number; float?: number; bytes?: Uint8Array };

function fields(file: Uint8Array): Field[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Field[] = [];
  let at = 0;
  while (at < file.length) {
    const key = varint(file, at);
    at = key.next;
    const number = key.value >> 3;
    const wire = key.value & 7;
    if (wire === 5) {
      found.push({ number, float: view.getFloat32(at, true) });
      at += 4;
    } else {
      const value = varint(file, at);
      at = value.next;
      if (wire === 0) found.push({ number, integer: value.value });
      else {
        found.push({ number, bytes: file.subarray(at, at + value.value) });
        at += value.value;
      }
    }
  }
  return found;
}

function varint(file: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  let at = from;
  for (let factor = 1; at < file.length; factor *= 128) {
    const byte = file[at++] ?? 0;
    value += (byte & 127) * factor;
    if (byte < 128) break;
  }
  return { value, next: at };
}

function packedFloats(data: Uint8Array): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function packedIntegers(data: Uint8Array): number[] {
  const values: number[] = [];
  for (let at = 0; at < data.length; ) {
    const { value, next } = varint(data, at);
    values.push(value);
    at = next;
  }
  return values;
}
