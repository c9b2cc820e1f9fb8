import { createOneEuro } from "./one-euro.ts";
import { invert, matrixOf, poseOf, transform, type Vec3 } from "./pose.ts";
import type { SeenFace } from "./tracker.ts";

/** MediaPipe's virtual camera: vertical field of view of the pinhole in which the head pose is expressed. */
export const FIELD_OF_VIEW_DEG = 63;
export const MESH_POINTS = 468;
const SLOPE = Math.tan((FIELD_OF_VIEW_DEG / 2) * (Math.PI / 180));
const RIGHT_IRIS = 468;
const LEFT_IRIS = 473;
const RIGHT_LIDS = [159, 145];
const LEFT_LIDS = [386, 374];

export type CanonicalFace = { positions: number[]; triangles: number[] };

export type Point = { x: number; y: number };

/** The face of one frame in three dimensions, centimetres. Right and left are the wearer's own. */
export type Face = {
  matrix: Float32Array;
  /** 468 points before the camera: what hides and what receives shadow. */
  camera: Float32Array;
  /** The same points in the head's own space: what things are seated on. */
  head: Float32Array;
  rightEye: Vec3;
  leftEye: Vec3;
  /** Irises in pixels of the video frame, as drawn. */
  pixels: { rightEye: Point; leftEye: Point };
};

export type FaceState = {
  /** Undefined when nobody is seen. The returned arrays are reused by the next frame. */
  advance(seen: SeenFace | undefined, frame: { width: number; height: number; atMs: number }): Face | undefined;
};

/**
 * The person's own landmarks lifted into space: place in the picture from the landmark, depth from the posed canonical
 * head. Seats, shadow and what hides the temples all come from this one array, so they cannot drift apart.
 */
export function createFace(canonical: CanonicalFace): FaceState {
  const steadyPoints = createOneEuro({ minCutoffHz: 2.5, beta: 22 });
  const steadyPose = createOneEuro({ minCutoffHz: 1.5, beta: 8 });
  const camera = new Float32Array(MESH_POINTS * 3);
  const head = new Float32Array(MESH_POINTS * 3);

  return {
    advance(seen, { width, height, atMs }) {
      if (!seen) {
        steadyPoints.reset();
        steadyPose.reset();
        return undefined;
      }
      const points = pixelsOf(seen.points, width, height);
      const eyeDistance = Math.hypot(
        points[2 * LEFT_IRIS]! - points[2 * RIGHT_IRIS]!,
        points[2 * LEFT_IRIS + 1]! - points[2 * RIGHT_IRIS + 1]!,
      );
      steadyPoints.smooth(points, Math.max(1, eyeDistance), atMs);
      const pose = poseOf(seen.matrix);
      // turns count about as much as centimetres do at the eye's distance from the neck: both in units of an eye distance
      steadyPose.smooth(pose, 1, atMs);
      const matrix = matrixOf(pose);
      const back = invert(matrix);
      const ray = (index: number, z: number): Vec3 => [
        ((2 * points[2 * index]!) / width - 1) * SLOPE * (width / height) * -z,
        (1 - (2 * points[2 * index + 1]!) / height) * SLOPE * -z,
        z,
      ];
      for (let i = 0; i < MESH_POINTS; i++) {
        const [, , z] = transform(matrix, canonicalPoint(canonical, i));
        const lifted = ray(i, z);
        camera.set(lifted, 3 * i);
        head.set(transform(back, lifted), 3 * i);
      }
      const eye = (index: number, lids: number[]): Vec3 =>
        transform(back, ray(index, transform(matrix, meanPoint(head, lids))[2]));
      const pixel = (index: number) => ({ x: points[2 * index]!, y: points[2 * index + 1]! });
      return {
        matrix,
        camera,
        head,
        rightEye: eye(RIGHT_IRIS, RIGHT_LIDS),
        leftEye: eye(LEFT_IRIS, LEFT_LIDS),
        pixels: { rightEye: pixel(RIGHT_IRIS), leftEye: pixel(LEFT_IRIS) },
      };
    },
  };
}

/** Middle of some mesh points. */
export function meanPoint(points: Float32Array, indices: number[]): Vec3 {
  const sum: Vec3 = [0, 0, 0];
  for (const index of indices)
    for (let axis = 0; axis < 3; axis++) sum[axis]! += points[3 * index + axis]! / indices.length;
  return sum;
}

function pixelsOf(fractions: Float32Array, width: number, height: number): Float32Array {
  const pixels = new Float32Array(fractions.length);
  for (let i = 0; i < pixels.length; i += 2) {
    pixels[i] = fractions[i]! * width;
    pixels[i + 1] = fractions[i + 1]! * height;
  }
  return pixels;
}

const canonicalPoint = ({ positions }: CanonicalFace, index: number): Vec3 => [
  positions[3 * index] ?? 0,
  positions[3 * index + 1] ?? 0,
  positions[3 * index + 2] ?? 0,
];

/** A place before the camera as a pixel of the frame. */
export function project([x, y, z]: Vec3, { width, height }: { width: number; height: number }): Point {
  const scale = height / 2 / SLOPE / -z;
  return { x: width / 2 + x * scale, y: height / 2 - y * scale };
}
