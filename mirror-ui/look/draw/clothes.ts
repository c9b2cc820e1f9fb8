import { colourOf, type Drawn, type Pair } from "./drawn.ts";

const seam = 'fill="none" stroke="#000" stroke-opacity=".36"';

/** Left to right light on cloth. Ids follow the colours, so equal drawings share one gradient. */
function cloth([light, dark]: Pair, across = false): { id: string; defs: string } {
  const id = `cl-${light.slice(1)}${across ? "a" : ""}`;
  const stops = across
    ? `<stop stop-color="${light}"/><stop offset="1" stop-color="${dark}"/>`
    : `<stop stop-color="${dark}"/><stop offset=".5" stop-color="${light}"/><stop offset="1" stop-color="${dark}"/>`;
  return {
    id,
    defs: `<defs><linearGradient id="${id}" x1="0" x2="1" y2="${across ? 0 : 0.3}">${stops}</linearGradient></defs>`,
  };
}

const ribs = (count: number, from: number, step: number, top: number, length: number) =>
  Array.from({ length: count }, (_, i) => `M${from + i * step} ${top}v${length}`).join("");

/** Garments on a hanger: hook at the top, drawn on 180 by 250. */
const garments = {
  coat: (fill: string) =>
    `<path d="M82 34L58 44Q40 50 36 74L22 176L44 180L56 108L54 242H146L144 108L156 180L178 176L164 74Q160 50 142 44L118 34L100 62Z" fill="${fill}"/>` +
    `<path d="M82 34L72 52L88 66L80 76L102 122L102 242M118 34L128 52L112 66L120 76L102 122" ${seam} stroke-width="1.6"/>` +
    '<path d="M82 34L100 60L118 34Q100 42 82 34Z" fill="#000" fill-opacity=".33"/>' +
    '<circle cx="108" cy="138" r="3" fill="#000" fill-opacity=".5"/><circle cx="108" cy="172" r="3" fill="#000" fill-opacity=".5"/>' +
    `<path d="M62 168h24M118 168h22M56 108V150M144 108V150" ${seam} stroke-width="1.5"/>`,
  knit: (fill: string) =>
    `<path d="M80 36L56 46Q42 52 38 74L26 160L48 164L58 106V190H142V106L152 164L174 160L162 74Q158 52 144 46L120 36Q100 54 80 36Z" fill="${fill}"/>` +
    '<path d="M80 36Q100 58 120 36L124 40Q100 66 76 40Z" fill="#000" fill-opacity=".2"/>' +
    `<path d="M58 178h84M58 190h84M27 150l22 4M173 150l-22 4" ${seam} stroke-width="1.5"/>` +
    `<path d="${ribs(13, 61, 6.5, 179, 11)}M58 106V84M142 106V84" ${seam} stroke-width="1.2"/>`,
  shirt: (fill: string) =>
    `<path d="M82 34L56 46Q42 52 38 74L26 172L48 176L58 106V206Q100 220 142 206V106L152 176L174 172L162 74Q158 52 144 46L118 34L100 52Z" fill="${fill}"/>` +
    `<path d="M82 34L92 60L100 50L108 60L118 34Q100 44 82 34Z" fill="#fff" fill-opacity=".33" stroke="#000" stroke-opacity=".27" stroke-width="1.3"/>` +
    `<path d="M100 52V212" ${seam} stroke-width="1.4"/><path d="M112 92h22v24q-11 8-22 0z" ${seam} stroke-width="1.3"/>` +
    [72, 98, 124, 150, 176].map((y) => `<circle cx="104" cy="${y}" r="2" fill="#000" fill-opacity=".4"/>`).join(""),
  trousers: (fill: string) =>
    `<path d="M62 40H138L152 244H112L101 100L88 244H48Z" fill="${fill}"/><path d="M62 40H138L139 54H61Z" fill="#000" fill-opacity=".2"/>` +
    `<path d="M101 54V100M84 54L74 242M118 54L128 242M66 56Q68 76 60 82M134 56Q132 76 140 82" ${seam} stroke-width="1.4"/>`,
};

export type Garment = keyof typeof garments;

export function drawGarment(picture: string, kind: Garment): Drawn {
  const { id, defs } = cloth(colourOf(picture));
  const hanger =
    '<path d="M100 22V12Q100 4 107 6Q112 9 106 14M100 22L58 44M100 22L142 44" fill="none" stroke="#7f877f" stroke-width="2.6" stroke-linecap="round"/>';
  const height = { coat: 246, knit: 196, shirt: 218, trousers: 248 }[kind];
  const body = `${defs}<g transform="translate(-10 0)">${hanger}${garments[kind](`url(#${id})`)}</g>`;
  return { width: 180, height, hangs: true, body };
}

/** Hats standing on a shelf: felt and straw have a brim, a beanie is knitted, a bucket is sewn. */
export function drawHat(picture: string): Drawn {
  const kind = picture.split("-")[1] ?? "felt";
  const fixed: Record<string, Pair> = {
    felt: ["#7d6a55", "#54442f"],
    straw: ["#d9bf86", "#b2935a"],
    beanie: ["#3f5a64", "#263b43"],
    bucket: ["#c8c2ae", "#9c957f"],
    cap: ["#4a5a52", "#2f3b35"],
  };
  const own = picture.split("-").length < 3 ? fixed[kind] : undefined;
  const { id, defs } = cloth(own ?? colourOf(picture), true);
  const fill = `url(#${id})`;
  const crown = "M48 96C46 40 60 18 82 16C94 22 106 22 118 16C140 18 154 40 152 96C120 102 80 102 48 96Z";
  const weave =
    kind === "straw"
      ? `<path d="M52 66Q100 74 148 66M56 50Q100 58 144 50M62 34Q100 42 138 34M14 100Q100 88 186 100" ${seam} stroke-width="1.1"/>`
      : "";
  const bodies: Record<string, string> = {
    beanie:
      `<path d="M44 92C40 40 66 14 100 14C134 14 160 40 156 92Z" fill="${fill}"/>` +
      `<path d="M38 84Q100 94 162 84L164 110Q100 122 36 110Z" fill="${fill}" stroke="#000" stroke-opacity=".19" stroke-width="1.5"/>` +
      `<path d="${ribs(15, 44, 8, 90, 22)}" stroke="#000" stroke-opacity=".15" stroke-width="2"/>`,
    bucket:
      `<path d="M58 70L70 22Q100 12 130 22L142 70Z" fill="${fill}"/>` +
      `<path d="M58 66Q100 76 142 66L176 108Q100 124 24 108Z" fill="${fill}" stroke="#000" stroke-opacity=".13" stroke-width="1.5"/>` +
      `<path d="M52 84Q100 96 148 84M42 94Q100 108 158 94" ${seam} stroke-width="1.2"/>`,
    cap:
      `<path d="M46 96C44 46 70 26 100 26C130 26 156 46 154 96Q100 106 46 96Z" fill="${fill}"/>` +
      `<path d="M120 92Q168 88 194 106Q160 114 118 104Z" fill="${fill}"/><path d="M100 26Q88 60 92 100" ${seam} stroke-width="1.2"/>`,
  };
  const brim =
    `<path d="M2 100C40 88 160 88 198 100C190 116 10 116 2 100Z" fill="${fill}"/><path d="${crown}" fill="${fill}"/>` +
    '<path d="M136 26C151 44 154 66 152 84L140 85C146 66 146 46 136 26Z" fill="#1d140b" opacity=".22"/>' +
    '<path d="M30 107C60 112 140 112 170 107C150 112 50 112 30 107Z" fill="#1d140b" opacity=".28"/>' +
    `${weave}<path d="M48 80C80 87 120 87 152 80L152 96C120 102 80 102 48 96Z" fill="#161b1a"/>`;
  return { width: 200, height: 118, hangs: false, body: defs + (bodies[kind] ?? brim) };
}

/** Things of cloth and leather that lie or stand: scarf, socks, gloves, bag, belt. */
export function drawAccessory(picture: string): Drawn {
  const { id, defs } = cloth(colourOf(picture), true);
  const fill = `url(#${id})`;
  const kind = picture.split("-")[0] ?? "";
  const soft = `${seam} stroke-width="1.4"`;
  const bodies: Record<string, [width: number, height: number, body: string]> = {
    scarf: [
      120,
      84,
      `<rect x="4" y="8" width="112" height="56" rx="9" fill="${fill}"/><path d="M4 36H116" ${soft}/>` +
        `<path d="M30 8h22v72H30z" fill="#fff" fill-opacity=".14"/><path d="${ribs(9, 6, 13.4, 64, 14)}" stroke="${colourOf(picture)[1]}" stroke-width="3"/>`,
    ],
    socks: [
      74,
      112,
      `<path d="M34 4h26v58q0 8-6 12L26 104q-9 8-18 0t0-18l26-26z" fill="${fill}"/><path d="M34 18h26M22 88l14 12" ${soft}/>` +
        `<path d="${ribs(6, 37, 4, 4, 14)}" ${seam} stroke-width="1.2"/>`,
    ],
    gloves: [
      86,
      116,
      `<path d="M24 112V70L8 52q-4-7 2-10t10 3l8 10V18q0-6 5-6t5 6v26V10q0-6 5-6t5 6v34V14q0-6 5-6t5 6v32V24q0-6 5-6t5 6v44q0 12-6 20v24z" fill="${fill}"/>` +
        `<path d="M24 92h38M38 44v14M48 44v14M58 46v12" ${soft}/>`,
    ],
    bag: [
      124,
      128,
      `<path d="M36 52Q36 6 62 6T88 52" fill="none" stroke="${colourOf(picture)[1]}" stroke-width="6"/>` +
        `<path d="M12 48H112L120 124H4Z" fill="${fill}"/><path d="M12 48H112L114 66H10Z" fill="#000" fill-opacity=".12"/>` +
        `<path d="M12 116H112" ${soft}/><rect x="54" y="60" width="16" height="14" fill="#b9a06a"/>`,
    ],
    belt: [
      120,
      76,
      `<path d="M60 8a34 30 0 1 0 .1 0zM60 22a22 18 0 1 1-.1 0z" fill="${fill}" fill-rule="evenodd"/><rect x="82" y="26" width="26" height="24" fill="none" stroke="#b9a06a" stroke-width="4"/>`,
    ],
  };
  const [width, height, body] = bodies[kind] ?? bodies.scarf ?? [120, 84, ""];
  return { width, height, hangs: false, body: defs + body };
}
