import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

/** A fake camera for Chromium: the portrait in poses drawn from a seed, each held still, as an uncompressed .y4m film. */
export type Pose = {
  /** The wearer's right and left pupil in the frame. */
  rightEye: { x: number; y: number };
  leftEye: { x: number; y: number };
  /** Frame pixels for one pixel of the portrait. */
  scale: number;
  /** The frame as the camera gives it, RGB. */
  pixels: Uint8Array;
};

export const WIDTH = 640;
export const HEIGHT = 480;
export const FRAMES_PER_SECOND = 15;
const PUPILS = [
  { x: 203.5, y: 101.2 },
  { x: 246.9, y: 103.3 },
] as const;

/** Mulberry32: the same seed gives the same film. */
function createRandom(seed: number): (from: number, to: number) => number {
  let state = seed >>> 0;
  return (from, to) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return from + (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * (to - from);
  };
}

export async function drawPoses(seed: number, count: number): Promise<Pose[]> {
  const path = fileURLToPath(new URL("fixtures/astronaut.png", import.meta.url));
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const scale = random(1.2, 1.9);
    const turn = random(-0.24, 0.24);
    const middle = { x: random(230, 410), y: random(170, 250) };
    const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
    const centre = { x: (PUPILS[0].x + PUPILS[1].x) / 2, y: (PUPILS[0].y + PUPILS[1].y) / 2 };
    const place = ({ x, y }: { x: number; y: number }) => ({
      x: middle.x + cos * (x - centre.x) - sin * (y - centre.y),
      y: middle.y + sin * (x - centre.x) + cos * (y - centre.y),
    });
    const pixels = new Uint8Array(WIDTH * HEIGHT * 3);
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) {
        const [dx, dy] = [(x - middle.x) / scale ** 2, (y - middle.y) / scale ** 2];
        const at = { x: centre.x + cos * dx + sin * dy, y: centre.y - sin * dx + cos * dy };
        sample({ data, width: info.width, height: info.height }, at, pixels, 3 * (y * WIDTH + x));
      }
    return { rightEye: place(PUPILS[0]), leftEye: place(PUPILS[1]), scale, pixels };
  });
}

type Picture = { data: Uint8Array; width: number; height: number };

/** Bilinear; outside the picture its edge goes on. */
function sample({ data, width, height }: Picture, { x, y }: { x: number; y: number }, out: Uint8Array, offset: number) {
  const [cx, cy] = [Math.min(width - 1.001, Math.max(0, x)), Math.min(height - 1.001, Math.max(0, y))];
  const [left, top] = [Math.floor(cx), Math.floor(cy)];
  const [u, v] = [cx - left, cy - top];
  for (let c = 0; c < 3; c++) {
    const at = (dx: number, dy: number) => data[3 * ((top + dy) * width + left + dx) + c]!;
    out[offset + c] = Math.round(
      (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v,
    );
  }
}

/** An empty room: what the camera sees when nobody is there. */
export const emptyRoom = () => new Uint8Array(WIDTH * HEIGHT * 3).fill(168);

/** Writes the film: each picture for its number of frames, from the start again when it is over. */
export async function writeFilm(path: string, scenes: { pixels: Uint8Array; frames: number }[]): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.write(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`);
    for (const { pixels, frames } of scenes) {
      const frame = Buffer.concat([Buffer.from("FRAME\n"), toI420(pixels)]);
      for (let i = 0; i < frames; i++) await file.write(frame);
    }
  } finally {
    await file.close();
  }
}

/** BT.601, video range, chroma averaged over 2 by 2 pixels. */
function toI420(rgb: Uint8Array): Uint8Array {
  const luma = WIDTH * HEIGHT;
  const out = new Uint8Array((luma * 3) / 2);
  for (let i = 0; i < luma; i++)
    out[i] = Math.round(16 + (65.481 * rgb[3 * i]! + 128.553 * rgb[3 * i + 1]! + 24.966 * rgb[3 * i + 2]!) / 255);
  for (let y = 0; y < HEIGHT; y += 2)
    for (let x = 0; x < WIDTH; x += 2) {
      const mean = (c: number) => {
        const at = (dx: number, dy: number) => rgb[3 * ((y + dy) * WIDTH + x + dx) + c]!;
        return (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4;
      };
      const [r, g, b] = [mean(0), mean(1), mean(2)];
      const at = (y / 2) * (WIDTH / 2) + x / 2;
      out[luma + at] = Math.round(128 + (-37.797 * r - 74.203 * g + 112 * b) / 255);
      out[luma * 1.25 + at] = Math.round(128 + (112 * r - 93.786 * g - 18.214 * b) / 255);
    }
  return out;
}
