/**
 * A clock that cameras and codecs leave readable: 24 bits of milliseconds and 8 of a checksum, as two rows of sixteen
 * black or white blocks. Runs in the page that draws it and in the page that reads it; imports nothing.
 */
export const columns = 16;
export const rows = 2;
/** 24 bits of milliseconds go round after 4.6 hours, longer than any run. */
const roundMs = 2 ** 24;

/** The clock's place in a picture, in shares of its width and height: a strip along the bottom, clear of any face. */
export const place = { x: 0, y: 0.9, width: 1, height: 0.1 };

/** The blocks of a moment, row by row; true is white. */
export function blocksOf(ms: number): boolean[] {
  const value = Math.floor(ms) % roundMs;
  const bytes = [value >> 16, (value >> 8) & 255, value & 255];
  return [...bytes, checksum(bytes)].flatMap((byte) =>
    Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1) === 1),
  );
}

/** Milliseconds since the moment that the blocks show; undefined when they do not fit together. */
export function ageOf(blocks: boolean[], nowMs: number): number | undefined {
  const bytes = [0, 1, 2, 3].map((byte) =>
    blocks.slice(8 * byte, 8 * byte + 8).reduce((sum, white) => 2 * sum + (white ? 1 : 0), 0),
  );
  const [high = 0, middle = 0, low = 0, check] = bytes;
  if (blocks.length !== columns * rows || check !== checksum([high, middle, low])) return undefined;
  const age = (nowMs - (high * 65_536 + middle * 256 + low)) % roundMs;
  return age < 0 ? age + roundMs : age;
}

/** Never 0 for three zeros, so that a black strip is no time. */
function checksum([high = 0, middle = 0, low = 0]: number[]): number {
  return (high * 7 + middle * 31 + low * 113 + 0xa5) & 255;
}

/** Wall clock of the whole browser in ms, finer than Date.now() and the same in all of its pages. */
export const nowMs = () => performance.timeOrigin + performance.now();

/** Draws the clock over whatever the canvas holds. */
export function drawClock(context: CanvasRenderingContext2D, ms: number): void {
  const { width, height } = context.canvas;
  const block = { width: (place.width * width) / columns, height: (place.height * height) / rows };
  for (const [index, white] of blocksOf(ms).entries()) {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    context.fillStyle = white ? "#fff" : "#000";
    context.fillRect(
      place.x * width + column * block.width,
      place.y * height + row * block.height,
      block.width,
      block.height,
    );
  }
}

/** Reads clocks out of a video's frames. One for each video, as it keeps a small canvas. */
export function createClockReader(): (video: HTMLVideoElement, atMs: number) => number | undefined {
  // four pixels a block, so that the inner ones have no neighbour's colour in them
  const [width, height] = [columns * 4, rows * 4];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  return (video, atMs) => {
    const [across, down] = [video.videoWidth, video.videoHeight];
    if (!context || across === 0) return undefined;
    const from = [place.x * across, place.y * down, place.width * across, place.height * down] as const;
    context.drawImage(video, ...from, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const bright = (x: number, y: number) => data[4 * (y * width + x) + 1] ?? 0;
    const blocks = Array.from({ length: columns * rows }, (_, index) => {
      const [x, y] = [(index % columns) * 4 + 1, Math.floor(index / columns) * 4 + 1];
      return bright(x, y) + bright(x + 1, y) + bright(x, y + 1) + bright(x + 1, y + 1) > 4 * 127;
    });
    return ageOf(blocks, atMs);
  };
}
