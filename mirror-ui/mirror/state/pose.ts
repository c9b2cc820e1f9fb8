/** 4x4 matrices in column-major order, as three and MediaPipe write them, made of a turn, an even scale and a place. */
export type Vec3 = [x: number, y: number, z: number];

export function transform(m: ArrayLike<number>, [x, y, z]: Vec3): Vec3 {
  const at = (i: number) => m[i] ?? 0;
  return [
    at(0) * x + at(4) * y + at(8) * z + at(12),
    at(1) * x + at(5) * y + at(9) * z + at(13),
    at(2) * x + at(6) * y + at(10) * z + at(14),
  ];
}

/** The way back. For a turn with an even scale the transpose over the square of the scale is the inverse. */
export function invert(m: ArrayLike<number>): Float32Array {
  const at = (i: number) => m[i] ?? 0;
  const square = at(0) ** 2 + at(1) ** 2 + at(2) ** 2;
  const inverse = new Float32Array(16);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) inverse[4 * column + row] = at(4 * row + column) / square;
    inverse[12 + row] = -(at(12) * at(4 * row) + at(13) * at(4 * row + 1) + at(14) * at(4 * row + 2)) / square;
  }
  inverse[15] = 1;
  return inverse;
}

/** A pose as numbers that may be averaged: quaternion (x, y, z, w), place in centimetres, scale. */
export function poseOf(m: ArrayLike<number>): Float32Array {
  const at = (i: number) => m[i] ?? 0;
  const scale = Math.hypot(at(0), at(1), at(2));
  const [xx, xy, xz] = [at(0) / scale, at(1) / scale, at(2) / scale];
  const [yx, yy, yz] = [at(4) / scale, at(5) / scale, at(6) / scale];
  const [zx, zy, zz] = [at(8) / scale, at(9) / scale, at(10) / scale];
  // a face that can be seen never turns by 180 degrees, so w stays well above zero
  const w = Math.sqrt(Math.max(1e-6, 1 + xx + yy + zz)) / 2;
  return Float32Array.of(
    (yz - zy) / (4 * w),
    (zx - xz) / (4 * w),
    (xy - yx) / (4 * w),
    w,
    at(12),
    at(13),
    at(14),
    scale,
  );
}

export function matrixOf(pose: ArrayLike<number>): Float32Array {
  const at = (i: number) => pose[i] ?? 0;
  const length = Math.hypot(at(0), at(1), at(2), at(3)) || 1;
  const [x, y, z, w] = [at(0) / length, at(1) / length, at(2) / length, at(3) / length];
  const s = at(7);
  return Float32Array.of(
    s * (1 - 2 * (y * y + z * z)),
    s * 2 * (x * y + w * z),
    s * 2 * (x * z - w * y),
    0,
    s * 2 * (x * y - w * z),
    s * (1 - 2 * (x * x + z * z)),
    s * 2 * (y * z + w * x),
    0,
    s * 2 * (x * z + w * y),
    s * 2 * (y * z - w * x),
    s * (1 - 2 * (x * x + y * y)),
    0,
    at(4),
    at(5),
    at(6),
    1,
  );
}
