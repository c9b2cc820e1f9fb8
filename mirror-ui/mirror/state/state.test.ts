import { expect, test } from "vitest";
import { advanceAttention, beginAttention, GONE_AFTER_MS, LOST_AFTER_MS } from "./attention.ts";
import { FRAMES, lensOutline } from "./frames.ts";
import { createLight, readLight } from "./light.ts";
import { createOneEuro } from "./one-euro.ts";
import { invert, matrixOf, poseOf, transform, type Vec3 } from "./pose.ts";
import { placeTie, roomBeside } from "./tie.ts";

test("a glance aside keeps the frame's place, a minute's absence sends the mirror to rest", () => {
  let attention = advanceAttention(beginAttention(0), true, 100);
  expect(attention.state).toBe("here");
  attention = advanceAttention(attention, false, 100 + LOST_AFTER_MS - 1);
  expect(attention.state).toBe("here");
  attention = advanceAttention(attention, false, 100 + LOST_AFTER_MS);
  expect(attention.state).toBe("lost");
  expect(advanceAttention(attention, true, 5_000).state).toBe("here");
  expect(advanceAttention(attention, false, 100 + GONE_AFTER_MS).state).toBe("gone");
});

test("a mirror that nobody steps in front of lets go of its camera too", () => {
  const attention = advanceAttention(beginAttention(0), false, LOST_AFTER_MS);
  expect(attention.state).toBe("looking");
  expect(advanceAttention(attention, false, GONE_AFTER_MS).state).toBe("gone");
});

test("a still face does not tremble and a moving one is followed without delay", () => {
  const filter = createOneEuro({ minCutoffHz: 2.5, beta: 22 });
  const unit = 60;
  let worst = 0;
  for (let i = 0; i < 90; i++) {
    const value = Float32Array.of(300 + (i % 2 === 0 ? 0.5 : -0.5));
    filter.smooth(value, unit, i * 33);
    if (i > 30) worst = Math.max(worst, Math.abs(value[0]! - 300));
  }
  expect(worst).toBeLessThan(0.4);
  const value = Float32Array.of(0);
  for (let i = 90; i < 120; i++) {
    value[0] = 300 + (i - 90) * 20;
    filter.smooth(value, unit, i * 33);
  }
  expect(Math.abs(value[0]! - (300 + 29 * 20))).toBeLessThan(4);
});

test("a head's pose survives being taken apart and put together, and its way back leads back", () => {
  const pose = Float32Array.of(0.1, -0.2, 0.05, 0.97, 3, -2, -45, 1.1);
  const matrix = matrixOf(pose);
  const again = matrixOf(poseOf(matrix));
  for (let i = 0; i < 16; i++) expect(again[i]).toBeCloseTo(matrix[i]!, 4);
  const point: Vec3 = [2, 3, 4];
  const back = transform(invert(matrix), transform(matrix, point));
  for (let axis = 0; axis < 3; axis++) expect(back[axis]).toBeCloseTo(point[axis]!, 3);
});

test("a dim room dims the frame, a lamp at the side lights that side, and a blink of light changes little", () => {
  const dim = readLight([
    [60, 45, 38],
    [60, 45, 38],
    [60, 45, 38],
  ]);
  const bright = readLight([
    [220, 180, 160],
    [220, 180, 160],
    [220, 180, 160],
  ]);
  expect(dim!.level).toBeLessThan(0.3 * bright!.level);
  expect(
    readLight([
      [80, 60, 50],
      [200, 160, 140],
      [150, 110, 90],
    ])!.side,
  ).toBeGreaterThan(0.3);
  const light = createLight();
  light.advance(
    [
      [220, 180, 160],
      [220, 180, 160],
      [220, 180, 160],
    ],
    0,
  );
  const before = light.light.level;
  light.advance(
    [
      [20, 15, 12],
      [20, 15, 12],
      [20, 15, 12],
    ],
    50,
  );
  expect(light.light.level).toBeGreaterThan(0.9 * before);
});

test("the price stands beside the mirrored frame and never leaves the pane", () => {
  const sizes = { pane: { width: 1000, height: 800 }, label: { width: 200, height: 60 } };
  const video = { width: 640, height: 480 };
  // left of the middle in the camera's picture is right of the middle in the mirror
  const beside = placeTie({ x: 260, y: 240 }, video, sizes);
  expect(beside.left).toBeGreaterThan(500 + beside.line);
  const atTheEdge = placeTie({ x: 10, y: 5 }, video, sizes);
  expect(atTheEdge.left + sizes.label.width).toBeLessThanOrEqual(1000);
  expect(atTheEdge.top).toBeGreaterThanOrEqual(0);
  expect(atTheEdge.line).toBe(0);
});

test("friends' words stand on the side where the face is not, and beside a low face only as wide as there is room", () => {
  const [video, pane] = [
    { width: 640, height: 480 },
    { width: 1080, height: 1080 },
  ];
  // left in the camera's picture is right in the mirror
  const high = roomBeside({ rightEye: { x: 220, y: 120 }, leftEye: { x: 270, y: 120 } }, video, pane);
  expect(high).toEqual({ side: "start", width: 756 });
  const low = roomBeside({ rightEye: { x: 380, y: 320 }, leftEye: { x: 460, y: 320 } }, video, pane);
  expect(low.side).toBe("end");
  // the mirrored face stands at 315 and reaches 252 to its right
  expect(low.width).toBe(513);
});

test("every frame has two lenses of a wearer's size that do not touch over the nose", () => {
  for (const shape of Object.values(FRAMES)) {
    const left = lensOutline(shape, 1, 90, shape.rim);
    const right = lensOutline(shape, -1, 90, shape.rim);
    expect(Math.min(...left.map(({ x }) => x))).toBeGreaterThan(0.3);
    for (const [i, { x, y }] of left.entries()) {
      expect(right[i]!.x).toBeCloseTo(-x, 6);
      expect(right[i]!.y).toBeCloseTo(y, 6);
    }
    const widest = Math.max(...left.map(({ x }) => x));
    expect(widest).toBeGreaterThan(5);
    expect(widest).toBeLessThan(shape.width / 2 + 0.4);
  }
});
