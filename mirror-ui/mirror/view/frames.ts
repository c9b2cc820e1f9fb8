import * as THREE from "three";
import { type FrameShape, lensOutline, lensPoint } from "../state/frames.ts";
import { bend, lensSurface, rounded, sweep, TILT } from "./frame-geometry.ts";
import type { LensMaterials, Materials } from "./materials.ts";

/**
 * A pair of glasses built as it is made: acetate cut from a sheet with rounded edges, rivets, moulded pads; or wire rims
 * with a bridge and pads on arms. Origin: middle of the front at the lens centres, +z to the viewer, centimetres.
 */
export type Glasses = {
  root: THREE.Group;
  /** Hinged at the front, so that they open to the head's width. */
  leftTemple: THREE.Group;
  rightTemple: THREE.Group;
  /** What the picture shows through. */
  lenses: THREE.Mesh[];
};

const SIDES = [1, -1] as const;
const at = (x: number, y: number, z: number) => new THREE.Vector3(x, y, z);

/** `coarse` halves the triangles: at one pixel of the camera for one of the canvas nobody can tell. */
export function buildGlasses(shape: FrameShape, materials: Materials, coarse: boolean): Glasses {
  const fine = coarse ? 0.6 : 1;
  const root = new THREE.Group();
  const front = new THREE.Group();
  front.rotation.x = TILT;
  root.add(front);
  if (shape.build === "acetate") addAcetate(front, shape, materials, fine);
  else addWire(front, shape, materials, fine);
  const lenses = SIDES.flatMap((side) =>
    addLens(front, lensSurface(shape, side, coarse ? 2 : 4), materials.lens[shape.lens]),
  );
  const leftTemple = buildTemple(shape, materials, 1, fine);
  const rightTemple = buildTemple(shape, materials, -1, fine);
  root.add(leftTemple, rightTemple);
  return { root, leftTemple, rightTemple, lenses };
}

/** The front as a flat sheet: enough to cast the shadow, and cheap. */
export function buildCaster(shape: FrameShape): THREE.BufferGeometry {
  const sheets = shape.build === "acetate" ? [new THREE.Shape(acetateOutline(shape, 120))] : wireSheets(shape);
  // a sheet of acetate holds both holes, a wire rim one each
  for (const side of SIDES) (sheets[side > 0 ? 0 : 1] ?? sheets[0])?.holes.push(hole(shape, side, 40));
  const geometry = new THREE.ShapeGeometry(sheets);
  const positions = geometry.getAttribute("position");
  for (let i = 0; i < positions.count; i++) positions.setZ(i, bend(positions.getX(i)));
  return geometry.rotateX(TILT);
}

function addMesh(parent: THREE.Object3D, geometry: THREE.BufferGeometry, material: THREE.Material): THREE.Mesh {
  const mesh = new THREE.Mesh(geometry, material);
  parent.add(mesh);
  return mesh;
}

function addLens(front: THREE.Group, surface: THREE.BufferGeometry, { tint, gloss }: LensMaterials): THREE.Mesh[] {
  const passes = [addMesh(front, surface, tint), addMesh(front, surface, gloss)];
  for (const [i, pass] of passes.entries()) pass.renderOrder = 2 + i;
  return passes;
}

const hole = (shape: FrameShape, side: 1 | -1, count: number) => {
  const outline = lensOutline(shape, side, count).map(({ x, y }) => new THREE.Vector2(x, y));
  return new THREE.Path(side > 0 ? outline.reverse() : outline);
};

/** One outline around both lenses: over the brow, out to the end pieces, under the lenses and up to the bridge. */
function acetateOutline(shape: FrameShape, count: number): THREE.Vector2[] {
  const half: THREE.Vector2[] = [];
  const push = (x: number, y: number) => half.push(new THREE.Vector2(x, y));
  const { bridge, b, width, rim } = shape;
  const around = (fromDeg: number, toDeg: number, stepDeg: number) => {
    for (let deg = fromDeg; stepDeg < 0 ? deg >= toDeg : deg <= toDeg; deg += stepDeg) {
      const t = (deg * Math.PI) / 180;
      // browlines are heavier than the lower rims
      const point = lensPoint(shape, t, 1, rim * (1 + 0.25 * Math.max(0, Math.sin(t))));
      push(point.x, point.y);
    }
  };
  const edge = width / 2;
  const lift = shape.upsweep * b;
  const top = b * 0.48;
  push(0, top);
  push(bridge * 0.28, top + 0.05);
  around(140, 62, -6);
  push(edge - 1.15, b * 1.06 + lift * 0.6);
  push(edge - 0.3, b * 0.99 + lift);
  push(edge, b * 0.86 + lift);
  push(edge - 0.05, b * 0.54 + lift * 0.7);
  push(edge - 0.5, b * 0.32 + lift * 0.3);
  around(-6, -188, -7);
  push(bridge * 0.25, top - 0.56);
  push(0, top - 0.6);
  const mirrored = half
    .slice(1, -1)
    .reverse()
    .map(({ x, y }) => new THREE.Vector2(-x, y));
  const first = half[0];
  const closed = first ? [...half, ...mirrored, first] : half;
  let outline = new THREE.SplineCurve(closed).getSpacedPoints(count).slice(0, -1);
  // sanded, as the joints of the real thing are
  for (let pass = 0; pass < Math.round(count / 28); pass++)
    outline = outline.map((point, i) => {
      const [before, after] = [outline.at(i - 1) ?? point, outline[(i + 1) % outline.length] ?? point];
      return new THREE.Vector2((before.x + 2 * point.x + after.x) / 4, (before.y + 2 * point.y + after.y) / 4);
    });
  return outline;
}

/** For the shadow only: a disc for each rim, left first, and the bridge between them. */
function wireSheets(shape: FrameShape): THREE.Shape[] {
  const rim = Math.max(0.16, shape.rim);
  const disc = (side: 1 | -1) =>
    new THREE.Shape(lensOutline(shape, side, 48, rim).map(({ x, y }) => new THREE.Vector2(x, y)));
  const { x, y } = lensPoint(shape, Math.PI - 0.35, 1, 0);
  const arch = [
    [-x, y],
    [-x * 0.5, y + 0.32],
    [x * 0.5, y + 0.32],
    [x, y],
  ] as const;
  const upper = arch.map(([px, py]) => new THREE.Vector2(px, py + 0.12));
  const lower = arch.map(([px, py]) => new THREE.Vector2(px, py - 0.12)).reverse();
  return [disc(1), disc(-1), new THREE.Shape([...upper, ...lower])];
}

function addAcetate(front: THREE.Group, shape: FrameShape, materials: Materials, fine: number) {
  const bevel = 0.14;
  const sheet = new THREE.Shape(acetateOutline(shape, Math.round(220 * fine)));
  for (const side of SIDES) sheet.holes.push(hole(shape, side, Math.round(64 * fine)));
  const extruded = new THREE.ExtrudeGeometry(sheet, {
    depth: shape.thick - 2 * bevel,
    bevelEnabled: true,
    bevelThickness: bevel,
    bevelSize: bevel,
    bevelOffset: -bevel,
    bevelSegments: Math.round(3 * fine),
    steps: 1,
  });
  const body = materials.front[shape.colour];
  addMesh(front, rounded(extruded.translate(0, 0, bevel - shape.thick / 2), shape.thick), body);
  const lift = shape.upsweep * shape.b;
  for (const side of SIDES) {
    const pad = addMesh(front, new THREE.SphereGeometry(1, 14, 10), body);
    pad.scale.set(0.13, 0.42, 0.26);
    pad.position.set(side * (shape.bridge / 2 - 0.12), -0.6, -0.3);
    pad.rotation.set(0.1, side * 0.5, side * 0.3);
    const x = shape.width / 2 - 0.42;
    for (const above of [0.13, -0.13]) {
      const rivet = addMesh(front, new THREE.SphereGeometry(0.055, 8, 6), materials.steel);
      rivet.position.set(side * x, shape.b * 0.7 + lift * 0.85 + above, shape.thick / 2 + bend(x) - 0.005);
    }
  }
}

function addWire(front: THREE.Group, shape: FrameShape, materials: Materials, fine: number) {
  const body = materials.front[shape.colour];
  const { bridge, rim, thick } = shape;
  const edge = shape.width / 2;
  const round = Math.max(0.065, rim * 0.75);
  for (const side of SIDES) {
    const loop = lensOutline(shape, side, 60, rim / 2).map(({ x, y }) => at(x, y, bend(x)));
    addMesh(
      front,
      sweep(loop, () => [rim, thick / 2], { segments: Math.round(84 * fine), ring: 8, closed: true }),
      body,
    );
    const pad = addMesh(front, new THREE.SphereGeometry(1, 12, 8), materials.pad);
    pad.scale.set(0.12, 0.42, 0.24);
    pad.position.set(side * 0.82, -0.75, -0.55);
    pad.rotation.set(0.15, side * 0.6, side * 0.3);
    const inner = bridge / 2;
    const stalk = [at(side * (inner + 0.02), -0.15, -0.05), at(side * 0.88, -0.3, -0.5), at(side * 0.84, -0.7, -0.58)];
    addMesh(front, new THREE.TubeGeometry(new THREE.CatmullRomCurve3(stalk), 14, 0.035, 6), body);
    const outer = lensPoint(shape, 0.45, side, rim);
    const end = [
      at(outer.x, outer.y, bend(outer.x)),
      at(side * (edge - 0.3), 1.05, bend(edge)),
      at(side * edge, 1.02, bend(edge) - 0.3),
    ];
    addMesh(
      front,
      sweep(end, () => [0.07, 0.12], { segments: 14, ring: 8 }),
      body,
    );
  }
  const start = lensPoint(shape, Math.PI - 0.35, 1, rim / 2);
  const crest = start.y + 0.32;
  const arch = [
    at(-start.x, start.y, 0),
    at(-start.x * 0.5, crest, 0.12),
    at(start.x * 0.5, crest, 0.12),
    at(start.x, start.y, 0),
  ];
  addMesh(
    front,
    sweep(arch, () => [round, round], { segments: 26, ring: 8 }),
    body,
  );
}

/** Straight to the ear, then down behind it. */
function buildTemple(shape: FrameShape, materials: Materials, side: 1 | -1, fine: number): THREE.Group {
  const temple = new THREE.Group();
  const acetate = shape.build === "acetate";
  const height = acetate ? shape.b * 0.7 + shape.upsweep * shape.b * 0.85 : 1.02;
  const [halfWidth, halfHeight] = acetate ? [0.16, 0.28] : [0.06, Math.max(0.09, shape.rim * 0.9)];
  // the tilt carries the end pieces forward, so the hinge must follow or a slit opens
  const depth = bend(shape.width / 2) + height * Math.sin(TILT) - (acetate ? shape.thick / 2 - 0.14 : 0.26);
  temple.position.set(side * (shape.width / 2 - (acetate ? 0.2 : 0.02)), height, depth);
  const path = [
    at(0, 0, 0),
    at(0, 0, -1),
    at(side * 0.05, -0.1, -4.5),
    at(side * 0.05, -0.35, -7.8),
    at(-side * 0.15, -1.6, -9.8),
  ];
  const slim = (t: number) => 1 - 0.45 * Math.sin(Math.PI * Math.min(1, t * 1.15));
  const geometry = sweep(path, (t) => [halfWidth, halfHeight * slim(t)], { segments: Math.round(36 * fine), ring: 10 });
  addMesh(temple, geometry, materials.temple[shape.colour]).renderOrder = 1;
  if (acetate) {
    const hinge = addMesh(temple, new THREE.BoxGeometry(0.16, 0.4, 0.3), materials.steel);
    hinge.position.set(-side * 0.3, 0, -0.15);
  }
  return temple;
}
