import { join } from "node:path";
import sharp from "sharp";
import { root } from "../commands/setting.ts";

const width = 640;
const height = 480;
const frames = 30;
/** The portrait's side after enlarging, and what is added above it: the face then stands as before a mirror. */
const enlarged = 800;
const above = 56;

/** Somebody who stands before a mirror and moves a little, as a film that Chromium takes for a camera: JPEGs in a row. */
export async function drawFilm(): Promise<Buffer> {
  const portrait = await sharp(join(root, "mirror-ui", "mirror", "fixtures", "astronaut.png"))
    .removeAlpha()
    .resize(enlarged, enlarged)
    .extend({ top: above, extendWith: "copy" })
    .toBuffer();
  const pictures = Array.from({ length: frames }, (_, index) => {
    const turn = (2 * Math.PI * index) / frames;
    const left = Math.round(33 + 3 * Math.sin(turn));
    const top = Math.round(2 + 2 * Math.cos(turn));
    return sharp(portrait).extract({ left, top, width, height }).jpeg({ quality: 95 }).toBuffer();
  });
  return Buffer.concat(await Promise.all(pictures));
}
