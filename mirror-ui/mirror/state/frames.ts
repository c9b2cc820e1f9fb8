/** The frames that can be tried on: shapes in centimetres, colours, lenses. Named as the pictures in the product file. */
export type Colour = "tortoise" | "black" | "oxblood" | "sage" | "gilt";
export type Lens = "clear" | "rose";
export type FrameShape = {
  /** Acetate is cut from a sheet, metal is bent from wire. */
  build: "acetate" | "metal";
  colour: Colour;
  lens: Lens;
  /** Half width and half height of a lens. */
  a: number;
  b: number;
  /** Superellipse exponent: 2 round, 4 almost a rectangle. */
  squareness: number;
  /** Number of straight sides instead, rounded at the corners. */
  sides?: number;
  /** How far the outer upper corner is drawn up, as a share of the height. */
  upsweep: number;
  /** Between the lenses. */
  bridge: number;
  /** Width of the rim seen from the front, and how deep it is. */
  rim: number;
  thick: number;
  /** Across the whole front. */
  width: number;
};

export const FRAMES = {
  "glasses-orso": {
    build: "acetate",
    colour: "tortoise",
    lens: "clear",
    a: 2.4,
    b: 2.05,
    squareness: 2.45,
    upsweep: 0.02,
    bridge: 1.8,
    rim: 0.33,
    thick: 0.4,
    width: 14,
  },
  "glasses-lido": {
    build: "metal",
    colour: "gilt",
    lens: "clear",
    a: 2.28,
    b: 2.28,
    squareness: 2,
    upsweep: 0,
    bridge: 2.1,
    rim: 0.085,
    thick: 0.17,
    width: 13.5,
  },
  "glasses-nem": {
    build: "acetate",
    colour: "black",
    lens: "clear",
    a: 2.55,
    b: 1.82,
    squareness: 3.6,
    upsweep: 0.03,
    bridge: 1.75,
    rim: 0.4,
    thick: 0.42,
    width: 14.2,
  },
  "glasses-ferro": {
    build: "metal",
    colour: "sage",
    lens: "clear",
    a: 2.5,
    b: 2.15,
    squareness: 2,
    sides: 6,
    upsweep: 0,
    bridge: 1.9,
    rim: 0.13,
    thick: 0.2,
    width: 13.9,
  },
  "glasses-alba": {
    build: "acetate",
    colour: "oxblood",
    lens: "rose",
    a: 2.5,
    b: 1.85,
    squareness: 2.5,
    upsweep: 0.5,
    bridge: 1.75,
    rim: 0.34,
    thick: 0.4,
    width: 14.2,
  },
} as const satisfies Record<string, FrameShape>;

export type FrameName = keyof typeof FRAMES;
export const isFrameName = (name: string): name is FrameName => name in FRAMES;

export type Point2 = { x: number; y: number };

/**
 * A point of the lens outline at angle `t`, `grow` outside it. `side` 1 is the wearer's left lens, which is right of
 * the nose in the camera's picture.
 */
export function lensPoint(shape: FrameShape, t: number, side: 1 | -1, grow = 0): Point2 {
  const here = outline(shape, t);
  const [before, after] = [outline(shape, t - 0.01), outline(shape, t + 0.01)];
  const [dx, dy] = [after.x - before.x, after.y - before.y];
  const length = Math.hypot(dx, dy) || 1;
  return {
    x: side * (shape.a + shape.bridge / 2 + here.x + (grow * dy) / length),
    y: here.y - (grow * dx) / length,
  };
}

export function lensOutline(shape: FrameShape, side: 1 | -1, count: number, grow = 0): Point2[] {
  return Array.from({ length: count }, (_, i) => lensPoint(shape, (i / count) * 2 * Math.PI, side, grow));
}

function outline(shape: FrameShape, t: number): Point2 {
  const [c, s] = [Math.cos(t), Math.sin(t)];
  const point = shape.sides ? polygon(shape, t, shape.sides) : superellipse(shape, c, s);
  const [u, v] = [point.x / shape.a, point.y / shape.b];
  // lenses are never quite symmetrical: they lean outwards above and towards the nose below
  const lean = shape.sides ? 0 : 0.05;
  const lift = shape.upsweep * shape.b * Math.max(0, u) ** 2 * Math.max(0, 0.35 + 0.65 * v);
  const nasal = shape.sides ? 0 : -0.06 * shape.b * Math.max(0, -u) * Math.max(0, -v);
  return { x: point.x + lean * point.y + nasal, y: point.y + 0.03 * point.x * (shape.sides ? 0 : 1) + lift };
}

function superellipse({ a, b, squareness }: FrameShape, c: number, s: number): Point2 {
  const power = 2 / squareness;
  return { x: Math.sign(c) * Math.abs(c) ** power * a, y: Math.sign(s) * Math.abs(s) ** power * b };
}

/** A polygon with rounded corners: the p-norm of the distances to its sides instead of their maximum. */
function polygon({ a, b }: FrameShape, t: number, sides: number): Point2 {
  const ROUNDING = 22;
  let sum = 0;
  for (let k = 0; k < sides; k++) {
    const along = Math.cos(t - ((k + 0.5) / sides) * 2 * Math.PI);
    if (along > 0) sum += along ** ROUNDING;
  }
  const radius = sum ** (-1 / ROUNDING) * Math.cos(Math.PI / sides);
  return { x: radius * Math.cos(t) * a * 1.02, y: (radius * Math.sin(t) * b) / Math.cos(Math.PI / sides) / 1.02 };
}
