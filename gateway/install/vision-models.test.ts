import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { ByteBuffer } from "flatbuffers";
import { expect, onTestFinished, test } from "vitest";
import { buildVisionModels } from "./vision-models.ts";

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "vision-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Reads a stored zip from its directory at the end, as an unpacker does. */
function unzip(file: Buffer): Map<string, { data: Buffer; at: number }> {
  const members = new Map<string, { data: Buffer; at: number }>();
  const end = file.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let at = file.readUInt32LE(end + 16);
  for (let left = file.readUInt16LE(end + 10); left > 0; left--) {
    const [size, nameLength, local] = [
      file.readUInt32LE(at + 24),
      file.readUInt16LE(at + 28),
      file.readUInt32LE(at + 42),
    ];
    const name = file.toString("utf8", at + 46, at + 46 + nameLength);
    const from = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const data = file.subarray(from, from + size);
    expect(crc32(data)).toBe(file.readUInt32LE(at + 16));
    members.set(name, { data, at: from });
    at += 46 + nameLength;
  }
  return members;
}

/** Shapes of a model's outputs, read with the flatbuffers package. */
function outputShapes(model: Uint8Array): number[][] {
  const buffer = new ByteBuffer(new Uint8Array(model));
  const follow = (at: number) => at + buffer.readInt32(at);
  const field = (table: number, index: number) => follow(table + buffer.__offset(table, 4 + 2 * index));
  const vector = (at: number) => Array.from({ length: buffer.readInt32(at) }, (_, i) => at + 4 + 4 * i);
  const root = follow(0);
  const graph = follow(vector(field(root, 2))[0]!);
  const tensors = vector(field(graph, 0)).map(follow);
  return vector(field(graph, 2)).map((at) => {
    const tensor = tensors[buffer.readInt32(at)]!;
    return vector(field(tensor, 0)).map((slot) => buffer.readInt32(slot));
  });
}

test("the face model for the mirror is made without a network and gives 478 points and a face flag", async () => {
  const out = await folder();
  const steps: string[] = [];
  expect(await buildVisionModels(out, { onStep: (step) => steps.push(step), dropInDir: join(out, "none") })).toEqual({
    built: true,
    landmarker: "packages",
  });
  expect(steps.length).toBeGreaterThan(1);
  const members = unzip(await readFile(join(out, "face_landmarker.task")));
  expect([...members.keys()]).toEqual([
    "face_detector.tflite",
    "face_landmarks_detector.tflite",
    "geometry_pipeline_metadata_landmarks.binarypb",
  ]);
  for (const { at } of members.values()) expect(at % 64).toBe(0);
  const landmarks = members.get("face_landmarks_detector.tflite")!.data;
  const shapes = outputShapes(landmarks);
  expect(shapes[0]).toEqual([1, 1, 1, 478 * 3]);
  expect(shapes[1]?.reduce((a, b) => a * b, 1)).toBe(1);
  expect(landmarks.includes("TFLITE_METADATA")).toBe(true);
  expect(landmarks.includes("M001")).toBe(true);
});

test("the canonical face is a closed-up mesh of 468 points about as wide as a head", async () => {
  const out = await folder();
  await buildVisionModels(out, { dropInDir: join(out, "none") });
  const face: { positions: number[]; triangles: number[] } = JSON.parse(
    await readFile(join(out, "canonical-face.json"), "utf8"),
  );
  expect(face.positions).toHaveLength(468 * 3);
  expect(face.triangles.length % 3).toBe(0);
  expect(face.triangles.length / 3).toBeGreaterThan(850);
  expect(Math.max(...face.triangles)).toBeLessThan(468);
  const xs = face.positions.filter((_, i) => i % 3 === 0);
  const widthCm = Math.max(...xs) - Math.min(...xs);
  expect(widthCm).toBeGreaterThan(13);
  expect(widthCm).toBeLessThan(18);
});

test("a second run leaves good files alone and makes missing ones again", async () => {
  const out = await folder();
  const options = { dropInDir: join(out, "none") };
  await buildVisionModels(out, options);
  const first = await readFile(join(out, "face_landmarker.task"));
  expect((await buildVisionModels(out, options)).built).toBe(false);
  await rm(join(out, "vision_wasm_module_internal.wasm"));
  expect((await buildVisionModels(out, options)).built).toBe(true);
  expect((await readFile(join(out, "face_landmarker.task"))).equals(first)).toBe(true);
});

test("a model that the engineer drops in is used instead, and again when it is replaced", async () => {
  const out = await folder();
  const dropInDir = join(out, "config");
  await mkdir(dropInDir);
  const dropped = join(dropInDir, "face_landmarker.task");
  await writeFile(dropped, "the official model");
  expect((await buildVisionModels(out, { dropInDir })).landmarker).toBe("dropped-in");
  expect(await readFile(join(out, "face_landmarker.task"), "utf8")).toBe("the official model");
  await writeFile(dropped, "its newer version!");
  await utimes(dropped, 1, 1);
  expect((await buildVisionModels(out, { dropInDir })).built).toBe(true);
  expect(await readFile(join(out, "face_landmarker.task"), "utf8")).toBe("its newer version!");
});
