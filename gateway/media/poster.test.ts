import sharp from "sharp";
import { expect, test } from "vitest";
import { createPosters } from "./poster.ts";

const { still } = createPosters();
const mark = "Vitrine · 22 November 2026";
const person = (width = 480, height = 640) => sharp({ create: { width, height, channels: 3, background: "#a07050" } });

test("a shopper who chose to be seen is in the preview, upright and whole, with the shop's mark below", async () => {
  const picture = await still(await person().jpeg().toBuffer(), mark);
  expect(await sharp(picture).metadata()).toMatchObject({ format: "jpeg", width: 1200, height: 630 });
  const colourAt = async (left: number, top: number) =>
    [...(await sharp(picture).extract({ left, top, width: 8, height: 8 }).removeAlpha().raw().toBuffer())].slice(0, 3);
  const [red = 0, green = 0, blue = 0] = await colourAt(600, 200);
  expect(Math.abs(red - 0xa0) + Math.abs(green - 0x70) + Math.abs(blue - 0x50)).toBeLessThan(20);
  // the mark: dark letters on the light sill
  const below = await sharp(picture).extract({ left: 0, top: 578, width: 600, height: 50 }).toBuffer();
  const [strip] = (await sharp(below).stats()).channels;
  expect(strip?.min).toBeLessThan(90);
  expect(strip?.mean).toBeGreaterThan(220);
  const other = await still(await person().jpeg().toBuffer(), "Vitrine · 23 November 2026");
  expect(picture?.equals(other ?? Buffer.alloc(0))).toBe(false);
});

test("what a camera writes beside the picture is not passed on", async () => {
  const told = await person()
    .withExif({ IFD0: { Copyright: "somebody", ImageDescription: "50.8503 N" } })
    .jpeg()
    .toBuffer();
  expect(told.includes("50.8503")).toBe(true);
  const picture = await still(told, mark);
  expect(picture?.includes("50.8503")).toBe(false);
  expect((await sharp(picture).metadata()).exif).toBeUndefined();
});

/** A JPEG's head that claims this size, and a few bytes behind it: SOF0 [ITU T.81 B.2.2] holds height and width. */
async function claims(side: number): Promise<Buffer> {
  const bytes = await person(64, 64).jpeg().toBuffer();
  const frame = bytes.indexOf(Buffer.from("ffc0", "hex"));
  bytes.writeUInt16BE(side, frame + 5);
  bytes.writeUInt16BE(side, frame + 7);
  return bytes;
}

test("what is no picture, or claims to be an enormous one, is refused before it costs anything", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="50000" height="50000"><rect width="9" height="9"/></svg>';
  const bomb = sharp({
    create: { width: 9_000, height: 9_000, channels: 3, background: "#000" },
    limitInputPixels: false,
  });
  const cases: [string, Uint8Array][] = [
    ["a drawing called a photograph", Buffer.from(svg)],
    ["a drawing behind a photograph's first bytes", Buffer.concat([Buffer.from("ffd8ff", "hex"), Buffer.from(svg)])],
    ["50,000 by 50,000 points", await claims(50_000)],
    ["a small file that unpacks to 81 million points", await bomb.jpeg({ quality: 1 }).toBuffer()],
    ["a PNG", await person().png().toBuffer()],
    ["half a photograph", (await person().jpeg().toBuffer()).subarray(0, 1_500)],
    ["a program", Buffer.from("7f454c4602010100", "hex")],
    ["nothing", new Uint8Array()],
  ];
  for (const [name, bytes] of cases) expect.soft(await still(bytes, mark), name).toBeUndefined();
});
