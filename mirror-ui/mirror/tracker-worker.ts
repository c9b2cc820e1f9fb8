import { FaceLandmarker } from "@mediapipe/tasks-vision";
import type { SeenFace } from "./state/tracker.ts";

/**
 * Finds the face, off the page's main thread. In: { frame, atMs }. Out: { ready } once, then { frame, face } for each.
 * The loader is imported as a module: `importScripts` does not exist in a module worker, and a plain import() works in both.
 */
const LOADER = "/vision/vision_wasm_module_internal.js";
const BINARY = "/vision/vision_wasm_module_internal.wasm";
const MODEL = "/vision/face_landmarker.task";
/** Right cheek, left cheek, forehead. */
const SKIN_POINTS = [50, 280, 151];
const EDGES = [234, 454];
/** Skin is read this often; light does not change faster. */
const SKIN_EVERY_MS = 200;
const PATCH = 8;

type Request = { frame: VideoFrame; atMs: number };
export type Reply =
  | { kind: "ready" }
  | { kind: "failed"; reason: string }
  | { kind: "seen"; frame: VideoFrame; face: SeenFace | undefined };

const reply = (message: Reply, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

const palette = new OffscreenCanvas(SKIN_POINTS.length * PATCH, PATCH).getContext("2d", { willReadFrequently: true });
let skinReadMs = Number.NEGATIVE_INFINITY;

async function load(): Promise<FaceLandmarker> {
  await import(/* @vite-ignore */ LOADER);
  return FaceLandmarker.createFromOptions(
    { wasmLoaderPath: "", wasmBinaryPath: BINARY },
    {
      baseOptions: { modelAssetPath: MODEL, delegate: "CPU" },
      runningMode: "VIDEO",
      numFaces: 1,
      minFaceDetectionConfidence: 0.3,
      minFacePresenceConfidence: 0.3,
      outputFacialTransformationMatrixes: true,
    },
  );
}

function look(landmarker: FaceLandmarker, { frame, atMs }: Request): SeenFace | undefined {
  const result = landmarker.detectForVideo(frame, atMs);
  const [landmarks] = result.faceLandmarks;
  const [matrix] = result.facialTransformationMatrixes;
  if (!landmarks || !matrix) return undefined;
  const points = new Float32Array(landmarks.length * 2);
  for (const [i, { x, y }] of landmarks.entries()) points.set([x, y], 2 * i);
  const face: SeenFace = { points, matrix: Float32Array.from(matrix.data) };
  if (atMs - skinReadMs >= SKIN_EVERY_MS && palette) {
    skinReadMs = atMs;
    face.skin = readSkin(palette, frame, points);
  }
  return face;
}

function readSkin(
  canvas: OffscreenCanvasRenderingContext2D,
  frame: VideoFrame,
  points: Float32Array,
): [number, number, number][] {
  const [width, height] = [frame.displayWidth, frame.displayHeight];
  const faceWidth = Math.abs(points[2 * EDGES[1]!]! - points[2 * EDGES[0]!]!) * width;
  const size = Math.max(4, faceWidth * 0.08);
  for (const [i, index] of SKIN_POINTS.entries()) {
    const left = points[2 * index]! * width - size / 2;
    const top = points[2 * index + 1]! * height - size / 2;
    canvas.drawImage(frame, left, top, size, size, i * PATCH, 0, PATCH, PATCH);
  }
  const { data } = canvas.getImageData(0, 0, SKIN_POINTS.length * PATCH, PATCH);
  return SKIN_POINTS.map((_, patch) => {
    const sum: [number, number, number] = [0, 0, 0];
    for (let y = 0; y < PATCH; y++)
      for (let x = 0; x < PATCH; x++)
        for (let c = 0; c < 3; c++) sum[c]! += data[4 * (y * SKIN_POINTS.length * PATCH + patch * PATCH + x) + c]!;
    return [sum[0] / PATCH ** 2, sum[1] / PATCH ** 2, sum[2] / PATCH ** 2];
  });
}

load().then(
  (landmarker) => {
    self.onmessage = ({ data }: MessageEvent<Request>) => {
      let face: SeenFace | undefined;
      try {
        face = look(landmarker, data);
      } catch (error) {
        reply({ kind: "failed", reason: String(error) });
      }
      reply({ kind: "seen", frame: data.frame, face }, [data.frame]);
    };
    reply({ kind: "ready" });
  },
  (error: unknown) => reply({ kind: "failed", reason: String(error) }),
);
