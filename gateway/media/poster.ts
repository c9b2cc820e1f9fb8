import { fileURLToPath } from "node:url";

/** What a link's preview shows. Not the person, unless they chose it: preview servers keep what they fetch. */
export type PosterCard = {
  /** A whole SVG of the thing that is tried on; without one the mirror stands empty. */
  drawing?: string;
  title: string;
  line: string;
  shop: string;
};

export type Posters = {
  /** A JPEG of 1200 × 630 px, the size that chat apps ask for. */
  render(card: PosterCard): Promise<Buffer>;
  /** A stranger's JPEG as a preview of the same size, `mark` written on it. undefined: it is no such picture. Not kept here. */
  still(jpeg: Uint8Array, mark: string): Promise<Buffer | undefined>;
};

const size = { width: 1200, height: 630 };
const sillTop = 436;
const margin = 64;
/** A shop shows some dozens of things; the one made longest ago is drawn anew when it is asked for again. */
const maxKept = 64;

const colours = {
  sill: "#FCFDFB",
  glass: "#0A5A50",
  ink: "#12201C",
  ink2: "#43504B",
  wall1: "#DEE6E1",
  wall2: "#CFD9D3",
  wall3: "#BFCBC5",
  floor: "#BDC9C3",
  edge: "#76837C",
};
const font = (name: string) => fileURLToPath(new URL(`fonts/${name}-vitrine.ttf`, import.meta.url));
const display = { font: "Ysabeau", file: font("ysabeau") };
const text = { font: "Hanken Grotesk", file: font("hanken") };

/** Loaded with the first picture: 10 MB that most days nobody needs. */
const loadSharp = async () => (await import("sharp")).default;

/** Draws previews and keeps them; the same card asked for by ten friends at once is drawn once. */
export function createPosters(): Posters {
  const kept = new Map<string, Promise<Buffer>>();
  return {
    render(card) {
      const key = JSON.stringify(card);
      const known = kept.get(key);
      if (known) return known;
      const drawn = draw(card);
      kept.set(key, drawn);
      drawn.catch(() => kept.delete(key));
      if (kept.size > maxKept) {
        for (const oldest of kept.keys()) {
          kept.delete(oldest);
          break;
        }
      }
      return drawn;
    },
    still: drawStill,
  };
}

/** Twice what the largest mirror sends; a picture that claims more is not even begun. */
const maxStillPixels = 4_096 * 4_096;
const stillSeconds = 5;

/**
 * Decoded and drawn anew, so that nothing of the file itself is passed on: no place, no camera, no second picture in it. Only
 * what begins as a JPEG is given to a decoder at all.
 */
async function drawStill(jpeg: Uint8Array, mark: string): Promise<Buffer | undefined> {
  if (!(jpeg[0] === 0xff && jpeg[1] === 0xd8 && jpeg[2] === 0xff)) return undefined;
  const sharp = await loadSharp();
  const open = () =>
    sharp(jpeg, { limitInputPixels: maxStillPixels, failOn: "error" }).timeout({ seconds: stillSeconds }).autoOrient();
  try {
    const { format } = await open().metadata();
    if (format !== "jpeg") return undefined;
    const high = size.height - markHeight - edgeHeight;
    const [person, marked] = await Promise.all([
      open().resize({ width: size.width, height: high, fit: "inside" }).toBuffer({ resolveWithObject: true }),
      write(mark, { ...text, px: 24, colour: colours.ink, maxWidth: size.width - 2 * margin }),
    ]);
    const left = Math.round((size.width - person.info.width) / 2);
    const layers = [
      { input: person.data, left, top: Math.round((high - person.info.height) / 2) },
      ...(marked ? [{ input: marked, left: margin, top: high + edgeHeight + 14 }] : []),
    ];
    return await sharp(Buffer.from(fittingRoom)).composite(layers).jpeg({ quality: 84, mozjpeg: true }).toBuffer();
  } catch {
    return undefined;
  }
}

const markHeight = 56;
const edgeHeight = 6;
/** A mirror stands upright and a preview lies: the walls of the drawn room on both sides, the mark on its sill. */
const fittingRoom = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
<rect width="1200" height="630" fill="${colours.wall1}"/>
<path d="M0 0H250L190 630H0Z" fill="${colours.wall2}"/>
<path d="M1200 0H1010L1060 630H1200Z" fill="${colours.wall3}"/>
<rect y="${size.height - markHeight}" width="1200" height="${markHeight}" fill="${colours.sill}"/>
<rect y="${size.height - markHeight - edgeHeight}" width="1200" height="${edgeHeight}" fill="${colours.glass}"/>
</svg>`;

async function draw({ drawing, title, line, shop }: PosterCard): Promise<Buffer> {
  const sharp = await loadSharp();
  const wide = size.width - 2 * margin;
  const [thing, titleText, lineText, shopText] = await Promise.all([
    picture(drawing ?? emptyMirror),
    write(title, { ...display, px: 60, colour: colours.ink, maxWidth: wide }),
    write(line, { ...text, px: 28, colour: colours.ink2, maxWidth: wide }),
    write(shop, { ...text, px: 26, colour: colours.ink2, maxWidth: wide }),
  ]);
  const left = Math.round((size.width - thing.width) / 2);
  const layers = [
    { input: thing.data, left, top: Math.round((sillTop - thing.height) / 2) + 14 },
    { input: titleText, left: margin, top: sillTop + 30 },
    { input: lineText, left: margin, top: sillTop + 104 },
    { input: shopText, left: margin, top: sillTop + 145 },
  ];
  return sharp(Buffer.from(room))
    .composite(layers.flatMap(({ input, ...at }) => (input ? [{ input, ...at }] : [])))
    .flatten({ background: colours.sill })
    .jpeg({ quality: 84, mozjpeg: true })
    .toBuffer();
}

/** The drawn room behind goods: daylight in flat planes, the sill below, the glass edge between. */
const room = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
<rect width="1200" height="440" fill="${colours.wall1}"/>
<path d="M0 0H250L190 352H0Z" fill="${colours.wall2}"/>
<path d="M1200 0H1010L1060 352H1200Z" fill="${colours.wall3}"/>
<path d="M0 352H1200V440H0Z" fill="${colours.floor}"/>
<rect y="${sillTop}" width="1200" height="${size.height - sillTop}" fill="${colours.sill}"/>
<rect y="${sillTop - 6}" width="1200" height="6" fill="${colours.glass}"/>
</svg>`;

const emptyMirror = `<svg xmlns="http://www.w3.org/2000/svg" width="180" height="260" viewBox="0 0 180 260">
<rect x="6" y="6" width="168" height="248" rx="3" fill="${colours.sill}" stroke="${colours.edge}" stroke-width="5"/>
<path d="M34 214L146 62M34 164L112 58" stroke="${colours.wall2}" stroke-width="9"/>
</svg>`;

async function picture(svg: string) {
  const sharp = await loadSharp();
  const { data, info } = await sharp(Buffer.from(svg), { density: 300, limitInputPixels: 50_000_000 })
    .resize({ width: 620, height: 300, fit: "inside" })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

type Hand = { font: string; file: string; px: number; colour: string; maxWidth: number };

/** One line of text as a picture, made narrower when it is too long. undefined for nothing to write. */
async function write(words: string, { font: family, file, px, colour, maxWidth }: Hand): Promise<Buffer | undefined> {
  const plain = words
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 160);
  if (plain === "") return undefined;
  const sharp = await loadSharp();
  const escaped = plain.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${colour}" font_features="lnum=1">${escaped}</span>`,
      font: `${family} ${px}`,
      fontfile: file,
      dpi: 72,
      rgba: true,
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  return info.width <= maxWidth ? data : sharp(data).resize({ width: maxWidth }).png().toBuffer();
}
