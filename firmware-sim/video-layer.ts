import sharp from "sharp";

/** One picture in planar YUV 4:2:0, as WebRTC takes it. Width and height are even. */
export type Picture = { width: number; height: number; data: Uint8Array };

/** A drawing as pixels: four planes, colours multiplied by their cover, so that layers mix without a rim. */
export type Layer = {
  left: number;
  top: number;
  width: number;
  height: number;
  y: Uint8Array;
  u: Uint8Array;
  v: Uint8Array;
  cover: Uint8Array;
};

/** Draws an SVG once, cut to what it covers. Video range, BT.601. */
export async function rasterise(svg: string): Promise<Layer> {
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const box = coveredBox(data, info);
  // an empty column on each side: moving by parts of a pixel mixes neighbours
  const width = box.right - box.left + 3;
  const height = box.bottom - box.top + 1;
  const plane = () => new Uint8Array(width * height);
  const layer = { left: box.left - 1, top: box.top, width, height, y: plane(), u: plane(), v: plane(), cover: plane() };
  for (let row = 0; row < height; row++) {
    for (let column = 1; column < width - 1; column++) {
      const from = 4 * ((box.top + row) * info.width + box.left + column - 1);
      const [r = 0, g = 0, b = 0, alpha = 0] = data.subarray(from, from + 4);
      const to = row * width + column;
      const share = alpha / 255;
      layer.cover[to] = alpha;
      layer.y[to] = (16 + 0.257 * r + 0.504 * g + 0.098 * b) * share;
      layer.u[to] = (128 - 0.148 * r - 0.291 * g + 0.439 * b) * share;
      layer.v[to] = (128 + 0.439 * r - 0.368 * g - 0.071 * b) * share;
    }
  }
  return layer;
}

function coveredBox(data: Uint8Array, { width, height }: { width: number; height: number }) {
  const box = { left: width, right: 0, top: height, bottom: 0 };
  for (let i = 0; i < width * height; i++) {
    if (data[4 * i + 3] === 0) continue;
    const x = i % width;
    const y = (i - x) / width;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = y;
  }
  return box;
}

/** Puts a layer on a picture; `shiftAt(row)` says how many pixels, in parts too, a picture row moves to the right. */
export function putLayer(picture: Picture, layer: Layer, shiftAt: (row: number) => number) {
  const { width, height, data } = picture;
  const luma = width * height;
  const first = Math.max(0, layer.top);
  const last = Math.min(height, layer.top + layer.height);
  for (let row = first; row < last; row++) {
    const shift = shiftAt(row);
    const whole = Math.floor(shift);
    const part = Math.round((shift - whole) * 256);
    const line = { from: (row - layer.top) * layer.width - layer.left - whole, part };
    const left = Math.max(0, layer.left + whole + 1);
    const right = Math.min(width, layer.left + whole + layer.width);
    putRow(data, row * width, { plane: layer.y, cover: layer.cover, ...line }, { left, right, step: 1 });
    if (row % 2 === 1) continue;
    const span = { left: left + (left % 2), right, step: 2 };
    const chroma = luma + (row / 2) * (width / 2);
    putRow(data, chroma, { plane: layer.u, cover: layer.cover, ...line }, span);
    putRow(data, chroma + luma / 4, { plane: layer.v, cover: layer.cover, ...line }, span);
  }
}

type Line = { plane: Uint8Array; cover: Uint8Array; from: number; part: number };
type Span = { left: number; right: number; step: number };

function putRow(data: Uint8Array, start: number, { plane, cover, from, part }: Line, { left, right, step }: Span) {
  const rest = 256 - part;
  let to = start + left / step;
  for (let x = left; x < right; x += step, to++) {
    const i = from + x;
    const alpha = (cover[i]! * rest + cover[i - 1]! * part) >> 8;
    if (alpha === 0) continue;
    const colour = (plane[i]! * rest + plane[i - 1]! * part) >> 8;
    data[to] = alpha === 255 ? colour : colour + ((data[to]! * (255 - alpha)) / 255 + 0.5);
  }
}
