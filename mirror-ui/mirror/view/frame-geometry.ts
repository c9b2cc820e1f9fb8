import * as THREE from "three";
import { mergeVertices } from "three/addons/utils/BufferGeometryUtils.js";
import { type FrameShape, lensOutline } from "../state/frames.ts";

/** Radius of the front's curve, centimetres: real fronts are bent, a flat one looks like cardboard. */
const WRAP_CM = 26;
/** Lower rims lean towards the cheeks. */
export const TILT = THREE.MathUtils.degToRad(8);
/** Radius of the lens surface, about 4.5 dioptres. */
const LENS_CURVE_CM = 12;
const TEXTURE_CM = 8;

/** How far back the front lies at a distance `x` from its middle. */
export const bend = (x: number) => (-x * x) / (2 * WRAP_CM);

/**
 * Welds an extrusion, bends it and gives it a flat texture. The flat faces get exact, slightly crowned normals:
 * computed ones would show the slivers of the triangulation as scratches.
 */
export function rounded(extruded: THREE.BufferGeometry, thick: number): THREE.BufferGeometry {
  for (const name of ["uv", "normal"]) extruded.deleteAttribute(name);
  const geometry = mergeVertices(extruded, 1e-4);
  const positions = geometry.getAttribute("position");
  const uv = new Float32Array(positions.count * 2);
  const flat: { index: number; facing: number }[] = [];
  for (let i = 0; i < positions.count; i++) {
    const [x, y, z] = [positions.getX(i), positions.getY(i), positions.getZ(i)];
    uv.set([x / TEXTURE_CM + 0.5, y / TEXTURE_CM + 0.5], 2 * i);
    if (Math.abs(z) > thick / 2 - 1e-4) flat.push({ index: i, facing: Math.sign(z) });
    positions.setZ(i, z + bend(x));
  }
  geometry.setAttribute("uv", new THREE.BufferAttribute(uv, 2));
  geometry.computeVertexNormals();
  const normals = geometry.getAttribute("normal");
  const normal = new THREE.Vector3();
  for (const { index, facing } of flat) {
    normal
      .set(positions.getX(index) / WRAP_CM, 0.05 * positions.getY(index), 1)
      .normalize()
      .multiplyScalar(facing);
    normals.setXYZ(index, normal.x, normal.y, normal.z);
  }
  return geometry;
}

type SweepOptions = { segments: number; ring: number; closed?: boolean };

/** A rounded section carried along a path; `size(t)` is its half width and half height. */
export function sweep(
  path: THREE.Vector3[],
  size: (t: number) => readonly [number, number],
  { segments, ring, closed = false }: SweepOptions,
): THREE.BufferGeometry {
  const curve = new THREE.CatmullRomCurve3(path, closed);
  const reference = closed ? new THREE.Vector3(0, 0, 1) : new THREE.Vector3(0, 1, 0);
  const mesh = createMesh();
  for (let i = 0; i <= segments; i++) {
    const t = i / segments;
    const point = curve.getPointAt(t);
    const along = curve.getTangentAt(t);
    const across = new THREE.Vector3().crossVectors(reference, along).normalize();
    const up = new THREE.Vector3().crossVectors(along, across);
    const [halfWidth, halfHeight] = size(t);
    for (let k = 0; k <= ring; k++) {
      const angle = (k / ring) * 2 * Math.PI;
      const [x, y] = [soft(Math.cos(angle)) * halfWidth, soft(Math.sin(angle)) * halfHeight];
      mesh.positions.push(...point.clone().addScaledVector(across, x).addScaledVector(up, y));
      mesh.uv.push(point.z / TEXTURE_CM, (point.y + x + y) / TEXTURE_CM);
      if (i < segments && k < ring) {
        const a = i * (ring + 1) + k;
        const b = a + ring + 1;
        mesh.indices.push(a, a + 1, b, b, a + 1, b + 1);
      }
    }
  }
  return mesh.finish();
}

/** Between a circle and a square: filed metal and tumbled acetate are neither. */
const soft = (value: number) => Math.sign(value) * Math.abs(value) ** 0.62;

/** A slightly domed disc that runs a little way into the rim. uv.y rises from bottom to top. */
export function lensSurface(shape: FrameShape, side: 1 | -1, rings: number): THREE.BufferGeometry {
  const count = 56;
  const outline = lensOutline(shape, side, count, 0.1);
  const centre = side * (shape.a + shape.bridge / 2);
  const mesh = createMesh();
  // the groove for the lens lies in the middle of an acetate rim, and forward enough not to sink behind it
  const groove = shape.build === "acetate" ? 0.2 : 0.06;
  for (let r = 0; r <= rings; r++)
    for (let i = 0; i <= count; i++) {
      const rim = outline[i % count]!;
      const [dx, y] = [((rim.x - centre) * r) / rings, (rim.y * r) / rings];
      mesh.positions.push(dx + centre, y, bend(dx + centre) * 1.03 + groove - (dx * dx + y * y) / (2 * LENS_CURVE_CM));
      mesh.uv.push(0.5 + dx / (2 * shape.a), 0.5 + y / (2 * shape.b));
      if (r < rings && i < count) {
        const a = r * (count + 1) + i;
        const b = a + count + 1;
        mesh.indices.push(...(side > 0 ? [a, b, a + 1, b, b + 1, a + 1] : [a, a + 1, b, b, a + 1, b + 1]));
      }
    }
  return mesh.finish();
}

function createMesh() {
  const positions: number[] = [];
  const uv: number[] = [];
  const indices: number[] = [];
  const finish = () => {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.Float32BufferAttribute(positions, 3));
    geometry.setAttribute("uv", new THREE.Float32BufferAttribute(uv, 2));
    geometry.setIndex(indices);
    geometry.computeVertexNormals();
    return geometry;
  };
  return { positions, uv, indices, finish };
}
