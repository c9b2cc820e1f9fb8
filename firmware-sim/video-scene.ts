/** One picture in planar YUV 4:2:0, as WebRTC takes it. */
export type Picture = { width: number; height: number; data: Uint8Array };

type Colour = readonly [y: number, u: number, v: number];
type Box = readonly [x: number, y: number, width: number, height: number];

const wall: Colour = [196, 122, 130];
const floor: Colour = [150, 118, 136];
const frame: Colour = [92, 124, 132];
const skin: Colour = [172, 108, 152];
const hair: Colour = [52, 124, 134];
const coat: Colour = [84, 138, 122];
const scarf: Colour = [116, 112, 108];
const ink: Colour = [30, 128, 128];
const paper: Colour = [236, 128, 128];

/** Segments a..g of a seven-segment digit, as bits. */
const segments = [0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f];

/**
 * Draws what a mirror's camera sees: somebody who sways and looks round, a clock in tenths of a second, and the frame
 * number as a row of 16 black or white squares (most significant first), so that a viewer can tell frames apart.
 */
export function createScene(width: number, height: number): { draw(frameNumber: number, elapsedMs: number): Picture } {
  const data = new Uint8Array((width * height * 3) / 2);
  const canvas = { width, height, data };
  fillBox(canvas, [0, 0, width, height], wall);
  fillBox(canvas, [0, Math.round(height * 0.82), width, height], floor);
  fillBox(canvas, [Math.round(width * 0.06), 60, Math.round(width * 0.16), Math.round(height * 0.6)], frame);
  const still = data.slice();

  return {
    draw(frameNumber, elapsedMs) {
      data.set(still);
      const seconds = elapsedMs / 1000;
      const x = width * (0.55 + 0.12 * Math.sin(seconds * 0.7));
      const lean = 10 * Math.sin(seconds * 1.3);
      const headY = height * 0.34 + 6 * Math.sin(seconds * 2.1);
      drawPerson(canvas, { x, lean, headY, look: 12 * Math.sin(seconds * 0.9) });
      drawClock(canvas, elapsedMs);
      drawFrameNumber(canvas, frameNumber);
      return canvas;
    },
  };
}

/** Reads the row of squares back; the picture may have been scaled on its way. */
export function readFrameNumber(picture: Picture): number {
  const { width, height, data } = picture;
  let value = 0;
  for (let bit = 0; bit < 16; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / 16);
    value = value * 2 + ((data[Math.floor(height * 0.97) * width + x] ?? 0) > 128 ? 1 : 0);
  }
  return value;
}

function drawPerson(canvas: Picture, pose: { x: number; lean: number; headY: number; look: number }) {
  const { height } = canvas;
  const { x, lean, headY, look } = pose;
  const unit = height / 480;
  fillEllipse(canvas, [x - lean, height * 0.86, 112 * unit, 150 * unit], coat);
  fillEllipse(canvas, [x, headY + 84 * unit, 46 * unit, 20 * unit], scarf);
  fillEllipse(canvas, [x, headY - 10 * unit, 62 * unit, 76 * unit], hair);
  fillEllipse(canvas, [x + look * 0.3, headY + 6 * unit, 50 * unit, 64 * unit], skin);
  for (const side of [-1, 1]) {
    fillEllipse(canvas, [x + look + side * 20 * unit, headY, 6 * unit, 4 * unit], ink);
  }
  fillEllipse(canvas, [x + look, headY + 36 * unit, 16 * unit, 4 * unit], ink);
}

function drawClock(canvas: Picture, elapsedMs: number) {
  const tenths = Math.floor(elapsedMs / 100);
  const digits = [Math.floor(tenths / 1000), Math.floor(tenths / 100), Math.floor(tenths / 10), tenths];
  fillBox(canvas, [canvas.width - 150, 18, 134, 52], paper);
  digits.forEach((digit, index) => {
    const x = canvas.width - 142 + index * 30 + (index === 3 ? 8 : 0);
    drawDigit(canvas, digit % 10, [x, 24]);
  });
  fillBox(canvas, [canvas.width - 50, 60, 4, 4], ink);
}

function drawDigit(canvas: Picture, digit: number, [x, y]: readonly [number, number]) {
  const lit = segments[digit] ?? 0;
  const bars: Box[] = [
    [x, y, 22, 4],
    [x + 18, y, 4, 20],
    [x + 18, y + 20, 4, 20],
    [x, y + 36, 22, 4],
    [x, y + 20, 4, 20],
    [x, y, 4, 20],
    [x, y + 18, 22, 4],
  ];
  bars.forEach((bar, segment) => {
    if (lit & (1 << segment)) fillBox(canvas, bar, ink);
  });
}

function drawFrameNumber(canvas: Picture, frameNumber: number) {
  const size = canvas.width / 16;
  const top = Math.floor(canvas.height * 0.94);
  for (let bit = 0; bit < 16; bit++) {
    const white = (frameNumber >> (15 - bit)) & 1;
    fillBox(canvas, [Math.round(bit * size), top, Math.round(size), canvas.height - top], white ? paper : ink);
  }
}

function fillEllipse(canvas: Picture, [x, y, radiusX, radiusY]: Box, colour: Colour) {
  const top = Math.ceil(y - radiusY);
  for (let row = top; row < y + radiusY; row++) {
    const half = radiusX * Math.sqrt(Math.max(0, 1 - ((row - y) / radiusY) ** 2));
    fillRow(canvas, row, [Math.round(x - half), Math.round(x + half)], colour);
  }
}

function fillBox(canvas: Picture, [x, y, width, height]: Box, colour: Colour) {
  for (let row = y; row < y + height; row++) fillRow(canvas, row, [x, x + width], colour);
}

function fillRow({ width, height, data }: Picture, row: number, [from, to]: readonly [number, number], colour: Colour) {
  if (row < 0 || row >= height) return;
  const left = Math.max(0, from);
  const right = Math.min(width, to);
  if (right <= left) return;
  data.fill(colour[0], row * width + left, row * width + right);
  if (row % 2 === 1) return;
  const half = width / 2;
  for (const plane of [1, 2] as const) {
    const start = width * height + (plane - 1) * half * (height / 2) + (row / 2) * half;
    data.fill(colour[plane], start + (left >> 1), start + (right >> 1));
  }
}
