import { crc32 } from "node:zlib";
import {
  bytes,
  floats,
  int32,
  ints,
  keep,
  parts,
  readFlatBuffer,
  table,
  text,
  uint8,
  writeFlatBuffer,
} from "./tflite-rewrite.ts";

/**
 * Turns the face models inside the npm package @mediapipe/face_mesh into what tasks-vision's FaceLandmarker expects.
 * Field numbers are those of TensorFlow Lite's schema.fbs and metadata_schema.fbs.
 */
const MODEL = {
  version: 0,
  operatorCodes: 1,
  subgraphs: 2,
  description: 3,
  buffers: 4,
  metadataBuffer: 5,
  metadata: 6,
  signatures: 7,
};
const SUBGRAPH = { tensors: 0, inputs: 1, operators: 3, name: 4 };
const TENSOR = { shape: 0, name: 3 };
const CONCATENATION = 2;
const CONCATENATION_OPTIONS = 10;
const GATHER = 36;
const GATHER_OPTIONS = 23;
const TYPE_INT32 = 2;

/** How pixels become the model's input: (value - mean) / deviation. */
export type Normalization = { mean: number; deviation: number };

/** The landmark tensors of the attention model in the order in which they are joined, with where each begins. */
const JOINED = [
  { name: "output_mesh_identity", from: 0 },
  { name: "output_lips", from: 1404 },
  { name: "output_left_eye", from: 1564 },
  { name: "output_right_eye", from: 1706 },
  { name: "output_left_iris", from: 1848 },
  { name: "output_right_iris", from: 1858 },
];
const MESH_VALUES = 468 * 3;
/** An iris has no depth of its own: it takes that of the upper lid above it. */
const IRISES = [
  { from: 1848, lid: 159 },
  { from: 1858, lid: 386 },
];

/** FaceLandmarker wants one tensor of 478 points (x, y, z): 468 of the mesh, then five for each iris. */
function landmarkOrder(): number[] {
  const order = Array.from({ length: MESH_VALUES }, (_, i) => i);
  for (const { from, lid } of IRISES)
    for (let point = 0; point < 5; point++) order.push(from + 2 * point, from + 2 * point + 1, 3 * lid + 2);
  return order;
}

/** The attention model with its six landmark outputs joined and put in FaceLandmarker's order, plus the face flag. */
export function retargetLandmarks(model: Uint8Array): Uint8Array {
  const read = readFlatBuffer(model);
  const root = read.root;
  const [subgraph] = read.tables(root, MODEL.subgraphs);
  if (subgraph === undefined) throw new Error("face landmark model: no graph inside");
  const tensors = read.tables(subgraph, SUBGRAPH.tensors);
  const indexOf = (name: string) => {
    const index = tensors.findIndex((tensor) => read.textOf(tensor, TENSOR.name) === name);
    if (index < 0) throw new Error(`face landmark model: no tensor "${name}"`);
    return index;
  };
  const joined = JOINED.map(({ name }) => indexOf(name));
  const width = joined.reduce((sum, i) => sum + (read.intsOf(tensors[i]!, TENSOR.shape).at(-1) ?? 0), 0);
  const order = landmarkOrder();
  const kept = (positions: number[]) => positions.map((at) => ({ kind: "old", at }) as const);
  const operatorCodes = read.tables(root, MODEL.operatorCodes);
  const buffers = read.tables(root, MODEL.buffers);
  const added = tensors.length;
  const newSubgraph = table(
    parts([
      ...kept(tensors),
      table(ints([1, 1, 1, width]), undefined, undefined, text("joined")),
      table(ints([order.length]), uint8(TYPE_INT32), int32(buffers.length), text("landmark_order")),
      table(ints([1, 1, 1, order.length]), undefined, undefined, text("landmarks_478")),
    ]),
    keep(read.target(subgraph, SUBGRAPH.inputs)),
    ints([added + 2, indexOf("conv_faceflag")]),
    parts([
      ...kept(read.tables(subgraph, SUBGRAPH.operators)),
      table(int32(operatorCodes.length), ints(joined), ints([added]), uint8(CONCATENATION_OPTIONS), table(int32(3))),
      table(
        int32(operatorCodes.length + 1),
        ints([added, added + 1]),
        ints([added + 2]),
        uint8(GATHER_OPTIONS),
        table(int32(3)),
      ),
    ]),
    keep(read.target(subgraph, SUBGRAPH.name)),
  );
  const operator = (code: number) => table(uint8(code), undefined, int32(1), int32(code));
  const newRoot = table(
    int32(read.int(root, MODEL.version, 3)),
    parts([...kept(operatorCodes), operator(CONCATENATION), operator(GATHER)]),
    parts([newSubgraph]),
    keep(read.target(root, MODEL.description)),
    parts([...kept(buffers), table(bytes(new Uint8Array(Int32Array.from(order).buffer)))]),
    undefined,
    keep(read.target(root, MODEL.metadata)),
  );
  return writeFlatBuffer(newRoot, "TFL3", model);
}

/** The model with the TFLITE_METADATA that tells tasks-vision how to prepare its picture. */
export function addMetadata(model: Uint8Array, name: string, normalization: Normalization): Uint8Array {
  const read = readFlatBuffer(model);
  const root = read.root;
  const kept = (field: number) => read.tables(root, field).map((at) => ({ kind: "old", at }) as const);
  const buffers = kept(MODEL.buffers);
  const newRoot = table(
    int32(read.int(root, MODEL.version, 3)),
    keep(read.target(root, MODEL.operatorCodes)),
    keep(read.target(root, MODEL.subgraphs)),
    keep(read.target(root, MODEL.description)),
    parts([...buffers, table(bytes(pictureMetadata(name, normalization)))]),
    keep(read.target(root, MODEL.metadataBuffer)),
    parts([...kept(MODEL.metadata), table(text("TFLITE_METADATA"), int32(buffers.length))]),
    keep(read.target(root, MODEL.signatures)),
  );
  return writeFlatBuffer(newRoot, "TFL3", model);
}

function pictureMetadata(name: string, { mean, deviation }: Normalization): Uint8Array {
  const RGB = 1;
  const NORMALIZATION_OPTIONS = 1;
  const IMAGE_PROPERTIES = 2;
  const normalize = table(uint8(NORMALIZATION_OPTIONS), table(floats([mean]), floats([deviation])));
  const content = table(uint8(IMAGE_PROPERTIES), table(uint8(RGB)));
  const input = table(text("image"), undefined, undefined, content, parts([normalize]));
  const graph = table(undefined, undefined, parts([input]));
  return writeFlatBuffer(table(text(name), undefined, undefined, parts([graph])), "M001");
}

/**
 * A `.task` file: a zip whose members are stored, not packed, each on a 64 byte boundary, so that the models can be
 * mapped in place (the alignment rides in the extra field 0xd935, as in Android's zipalign).
 */
export function packTask(members: { name: string; data: Uint8Array }[]): Uint8Array {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of members) {
    const path = Buffer.from(name);
    const padding = (64 - ((offset + 30 + path.length + 4) % 64)) % 64;
    const extra = Buffer.alloc(4 + padding);
    extra.writeUInt16LE(0xd935, 0);
    extra.writeUInt16LE(padding, 2);
    const checksum = crc32(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    zipFields(local, 12, { checksum, size: data.length, pathLength: path.length });
    local.writeUInt16LE(extra.length, 28);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    central.writeUInt16LE(20, 6);
    zipFields(central, 14, { checksum, size: data.length, pathLength: path.length });
    central.writeUInt32LE(offset, 42);
    bodies.push(local, path, extra, Buffer.from(data));
    directory.push(central, path);
    offset += 30 + path.length + extra.length + data.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, index, end]);
}

/** Date (1980-01-01, so that the same input gives the same bytes), checksum, sizes and name length, in zip's order. */
function zipFields(header: Buffer, at: number, entry: { checksum: number; size: number; pathLength: number }) {
  header.writeUInt16LE(0x21, at);
  header.writeUInt32LE(entry.checksum, at + 2);
  header.writeUInt32LE(entry.size, at + 6);
  header.writeUInt32LE(entry.size, at + 10);
  header.writeUInt16LE(entry.pathLength, at + 14);
}
