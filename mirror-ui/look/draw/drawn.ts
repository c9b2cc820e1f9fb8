/** A drawing: the inside of an SVG of `width` by `height`, and whether it hangs from a rail instead of standing. */
export type Drawn = { width: number; height: number; hangs: boolean; body: string };

export type Pair = readonly [light: string, dark: string];

/** A number from a name, so that the same unknown thing always looks the same. FNV-1a. */
export function nameNumber(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Colours of the shop's goods by their word. A word nobody knows gets a quiet one, always the same. */
const colours: Record<string, Pair> = {
  quay: ["#3d5560", "#273942"],
  navy: ["#2f4260", "#1c2a42"],
  ink: ["#2c3433", "#171d1c"],
  black: ["#2c3433", "#171d1c"],
  charcoal: ["#4a504f", "#303534"],
  slate: ["#5b6a70", "#3f4b50"],
  grey: ["#8b918d", "#666c69"],
  stone: ["#b9b3a3", "#928b79"],
  sand: ["#d8c8a4", "#b19e76"],
  oat: ["#e2d8c0", "#bdb194"],
  cream: ["#ece4d2", "#c9bfa6"],
  oatmeal: ["#ddcfb2", "#b7a684"],
  natural: ["#dfd3b4", "#b8a880"],
  ecru: ["#e2d8c0", "#bdb194"],
  camel: ["#b98d57", "#8f6736"],
  tan: ["#a9794a", "#7d5430"],
  cognac: ["#96582c", "#6c3b1a"],
  rust: ["#a9532e", "#7c381c"],
  clay: ["#b57a60", "#8c5641"],
  brick: ["#9b4a3b", "#722f23"],
  oxblood: ["#6d2028", "#481016"],
  gilt: ["#c9ab68", "#9b7a3a"],
  white: ["#efece2", "#cfcabd"],
  linen: ["#e4dccb", "#c2b79f"],
  lilac: ["#a79bb5", "#7f728e"],
  brown: ["#74533a", "#513724"],
  green: ["#4d6a4f", "#334a36"],
  red: ["#a23a34", "#772521"],
  wine: ["#6d2230", "#49121d"],
  plum: ["#5d3450", "#3e2036"],
  fig: ["#59405a", "#3b2a3d"],
  rose: ["#c98b8b", "#a06363"],
  moss: ["#6b7350", "#4a5136"],
  olive: ["#6f6c42", "#4d4b2b"],
  forest: ["#2f5041", "#1c352a"],
  pine: ["#2f5041", "#1c352a"],
  sage: ["#97a68c", "#70806a"],
  sea: ["#4f7d80", "#33595c"],
  teal: ["#2f6668", "#1b4648"],
  sky: ["#9db6c6", "#7290a3"],
  blue: ["#4c6d93", "#324e70"],
  mustard: ["#c79a3a", "#967020"],
  amber: ["#8d5523", "#5d3512"],
  night: ["#3c4d4a", "#26312f"],
  cedar: ["#8a6146", "#63422d"],
  mint: ["#8fb3a2", "#67907d"],
};
/** For goods whose name says no colour: quiet ones, so that nothing shouts by accident. */
const quiet = ["clay", "sage", "stone", "sand", "sea", "cedar", "mint", "slate"];

/** The colour of a picture name such as "coat-long-quay": the last part that names one. */
export function colourOf(picture: string): Pair {
  for (const word of picture.split("-").reverse()) {
    const colour = colours[word];
    if (colour) return colour;
  }
  return colours[quiet[nameNumber(picture) % quiet.length] ?? "stone"] ?? ["#8b918d", "#666c69"];
}
