import { type Layer, type Picture, putLayer, rasterise } from "./video-layer.ts";
import { look, sceneHeight, sceneWidth } from "./video-look.ts";

export type Scene = { draw(frameNumber: number, elapsedMs: number): Picture };

const neckRow = 320;
const blinkEveryMs = 3_700;
const blinkMs = 140;

/** The frame number: 16 small squares along the hem of the coat, most significant first, in two tones of the cloth. */
const hem = { bits: 16, left: 112, size: 16, top: 632, dark: 62, bright: 118, u: 130, v: 116 };

/**
 * Draws what a mirror's camera sees: somebody who sways, looks round and blinks. The same time gives the same picture;
 * the frame number is written into it, so that a viewer can tell frames apart.
 */
export async function createScene(): Promise<Scene> {
  const [room, hairBehind, body, face, eyesOpen, eyesClosed, hairInFront, glasses] = await Promise.all(
    [
      look.room,
      look.hairBehind,
      look.body,
      look.face,
      look.eyesOpen,
      look.eyesClosed,
      look.hairInFront,
      look.glasses,
    ].map(rasterise),
  );
  const picture = { width: sceneWidth, height: sceneHeight, data: new Uint8Array((sceneWidth * sceneHeight * 3) / 2) };
  const put = (layer: Layer | undefined, shiftAt: (row: number) => number) => {
    if (layer) putLayer(picture, layer, shiftAt);
  };
  put(room, () => 0);
  const still = picture.data.slice();

  return {
    draw(frameNumber, elapsedMs) {
      const { sway, tilt, turn } = poseAt(elapsedMs / 1000);
      const bodyAt = (row: number) => (sway * (sceneHeight - row)) / neckRow;
      const headAt = (row: number) => bodyAt(neckRow) + tilt * (neckRow - row);
      picture.data.set(still);
      put(hairBehind, (row) => headAt(row) - 0.25 * turn);
      put(body, bodyAt);
      put(face, headAt);
      put(elapsedMs % blinkEveryMs < blinkMs ? eyesClosed : eyesOpen, (row) => headAt(row) + turn);
      put(hairInFront, (row) => headAt(row) + 0.3 * turn);
      put(glasses, (row) => headAt(row) + 0.9 * turn);
      writeFrameNumber(picture, frameNumber);
      return picture;
    },
  };
}

/** Pixels to the right at the neck, pixels a row of leaning, and how far the face has turned. */
function poseAt(seconds: number) {
  return {
    sway: 16 * Math.sin(seconds * 0.6) + 4 * Math.sin(seconds * 1.7),
    tilt: 0.06 * Math.sin(seconds * 0.9 + 1),
    turn: 9 * Math.sin(seconds * 0.75),
  };
}

/** Reads the squares back; the picture may have been scaled on its way. */
export function readFrameNumber({ width, height, data }: Picture): number {
  const row = Math.floor(((hem.top + hem.size / 4) * height) / sceneHeight);
  let value = 0;
  for (let bit = 0; bit < hem.bits; bit++) {
    const x = Math.floor(((hem.left + (bit + 0.5) * hem.size) * width) / sceneWidth);
    value = value * 2 + ((data[row * width + x] ?? 0) > (hem.dark + hem.bright) / 2 ? 1 : 0);
  }
  return value;
}

function writeFrameNumber({ width, height, data }: Picture, frameNumber: number) {
  for (let bit = 0; bit < hem.bits; bit++) {
    const tone = (frameNumber >> (hem.bits - 1 - bit)) & 1 ? hem.bright : hem.dark;
    const left = hem.left + bit * hem.size;
    for (let row = hem.top; row < height; row++) data.fill(tone, row * width + left, row * width + left + hem.size);
  }
  const luma = width * height;
  const half = width / 2;
  for (let row = hem.top / 2; row < height / 2; row++) {
    const from = row * half + hem.left / 2;
    const to = from + (hem.bits * hem.size) / 2;
    data.fill(hem.u, luma + from, luma + to);
    data.fill(hem.v, luma * 1.25 + from, luma * 1.25 + to);
  }
}
