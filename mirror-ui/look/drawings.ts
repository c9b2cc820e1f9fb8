import { drawAccessory, drawGarment, drawHat } from "./draw/clothes.ts";
import type { Drawn } from "./draw/drawn.ts";
import { drawGlasses } from "./draw/glasses.ts";
import { drawBottle, drawBox, drawJar, drawLipstick, drawSoap, drawTube } from "./draw/goods.ts";

/** Words in a picture name and what they draw; the first that fits, from the most special to the least. */
const kinds: [words: string[], draw: (picture: string) => Drawn][] = [
  [["glasses", "sunglasses", "frame"], drawGlasses],
  [["hat", "cap", "beanie"], drawHat],
  [["tube", "handcream"], drawTube],
  [["jar", "cream", "mask"], drawJar],
  [["lip", "lips", "lipstick"], drawLipstick],
  [["bottle", "serum", "scent", "oil", "perfume", "toner"], drawBottle],
  [["hand", "balm", "scrub"], drawTube],
  [["soap"], drawSoap],
  [["box", "candle"], drawBox],
  [["coat", "jacket", "parka", "trench"], (picture) => drawGarment(picture, "coat")],
  [["knit", "jumper", "cardigan", "sweater", "vest"], (picture) => drawGarment(picture, "knit")],
  [["shirt", "blouse", "tee", "dress"], (picture) => drawGarment(picture, "shirt")],
  [["trousers", "trouser", "jeans", "skirt"], (picture) => drawGarment(picture, "trousers")],
  [["scarf", "socks", "gloves", "bag", "belt"], drawAccessory],
];

/** Drawings by name are kept: a shop has some dozens; a page that asks for more starts anew. */
const kept = new Map<string, Drawn>();

/**
 * The drawing of a product by its `picture` name, in its `colour`: any words that name one, so a product's
 * name will do where it has no colour of its own. A picture nobody knows is drawn by its words, or as a plain box.
 */
export function drawing(plainPicture: string, colour?: string): Drawn {
  const picture = colour ? `${plainPicture}-${colour.toLowerCase().replace(/[^a-z]+/g, "-")}` : plainPicture;
  const known = kept.get(picture);
  if (known) return known;
  const words = picture.split("-");
  const byFirst = kinds.find(([names]) => names.includes(words[0] ?? ""));
  const byAny = kinds.find(([names]) => names.some((name) => words.includes(name)));
  const special = words[0] === "balm" || words[0] === "hand" ? byAny : (byFirst ?? byAny);
  const drawn = (special?.[1] ?? drawBox)(picture);
  if (kept.size >= 512) kept.clear();
  kept.set(picture, drawn);
  return drawn;
}

/** The whole SVG as text, for places that take a picture and not markup. */
export function drawingSvg(picture: string, colour?: string): string {
  const { width, height, body } = drawing(picture, colour);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`;
}
