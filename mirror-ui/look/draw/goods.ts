import { colourOf, type Drawn, nameNumber } from "./drawn.ts";

const paper = "#efe9da";
const print = 'stroke="#554f43" stroke-width="1.6"';
const standing = (width: number, height: number, body: string): Drawn => ({ width, height, hangs: false, body });

/** A dropper bottle; a scent bottle is square with a low collar. */
export function drawBottle(picture: string): Drawn {
  const [light] = colourOf(picture);
  if (picture.startsWith("scent")) {
    return standing(
      58,
      96,
      `<rect x="21" y="2" width="16" height="22" fill="#1d2422"/><rect x="18" y="22" width="22" height="7" fill="#b9a06a"/>` +
        `<rect x="3" y="29" width="52" height="67" rx="3" fill="${light}" opacity=".82"/>` +
        `<rect x="3" y="46" width="52" height="50" rx="3" fill="${light}"/>` +
        `<rect x="3" y="29" width="9" height="67" rx="3" fill="#fff" opacity=".2"/>` +
        `<rect x="14" y="56" width="30" height="24" fill="${paper}"/><path d="M19 63h20M19 69h14" ${print}/>`,
    );
  }
  return standing(
    38,
    128,
    `<g transform="translate(1 128)"><path d="M8-104h20v16h-20z" fill="#1d2422"/><path d="M12-122q6-8 12 0v20h-12z" fill="#2a3230"/>` +
      `<path d="M2-78q0-10 10-12h12q10 2 10 12V0H2z" fill="${light}"/><path d="M2-78q0-10 10-12h3V0H2z" fill="#fff" opacity=".14"/>` +
      `<rect x="2" y="-58" width="32" height="40" fill="${paper}"/><path d="M8-48h20M8-41h14M8-30h18" ${print}/></g>`,
  );
}

export function drawTube(picture: string): Drawn {
  const [light] = colourOf(picture);
  return standing(
    40,
    102,
    `<g transform="translate(1 102)"><path d="M4-96h30l-4 78h-22z" fill="${light}"/><path d="M4-96h8l1 78h-5z" fill="#fff" opacity=".2"/>` +
      `<path d="M4-100h30v5h-30z" fill="${light}"/><rect x="9" y="-18" width="20" height="18" fill="#222a27"/>` +
      '<path d="M11-72h16M12-64h11M13-50h13" stroke="#2b2a26" stroke-width="1.8" opacity=".7"/></g>',
  );
}

export function drawJar(picture: string): Drawn {
  const [light] = colourOf(picture);
  return standing(
    56,
    60,
    `<g transform="translate(1 60)"><rect x="2" y="-40" width="50" height="40" rx="3" fill="${light}"/>` +
      '<rect x="0" y="-58" width="54" height="20" rx="2" fill="#1f2725"/><rect x="2" y="-40" width="10" height="40" fill="#fff" opacity=".18"/>' +
      `<rect x="8" y="-30" width="38" height="20" fill="${paper}"/><path d="M14-23h26M14-17h16" ${print}/></g>`,
  );
}

export function drawBox(picture: string): Drawn {
  const [light] = colourOf(picture);
  return standing(
    48,
    76,
    `<g transform="translate(1 75)"><rect width="46" height="74" y="-74" fill="${light}"/><rect width="8" height="74" y="-74" fill="#fff" opacity=".14"/>` +
      `<rect x="10" y="-60" width="28" height="34" fill="#f3efe4"/><path d="M15-52h18M15-45h12M15-34h16" ${print}/></g>`,
  );
}

export function drawSoap(picture: string): Drawn {
  const [light, dark] = colourOf(picture);
  return standing(
    78,
    44,
    `<rect x="2" y="6" width="74" height="38" rx="6" fill="${light}"/><path d="M2 34v4q0 6 6 6h62q6 0 6-6v-4q0 4-6 4H8q-6 0-6-4z" fill="${dark}" opacity=".5"/>` +
      `<rect x="18" y="6" width="42" height="38" fill="${paper}"/><path d="M26 18h26M26 25h16M26 33h20" ${print}/>`,
  );
}

const shades: Record<string, string> = {
  brick: "#9a3b2c",
  rose: "#b9566a",
  plum: "#6c2a4c",
  fig: "#6a3347",
  rust: "#a4472a",
  coral: "#d2614b",
  poppy: "#c22b25",
  red: "#b3202a",
  cherry: "#8f1730",
  wine: "#66172b",
  nude: "#bd8270",
  sand: "#c08f78",
  clay: "#ad6650",
  peach: "#d8876a",
  berry: "#8c2450",
  mauve: "#97607b",
  cocoa: "#6e3d30",
  blush: "#cf8a8a",
};

/** The colour of a lipstick by its picture name, "lip-brick"; unknown shades are always the same one of the known. */
export function lipShade(picture: string): string {
  for (const word of picture.split("-").slice(1).reverse()) {
    const shade = shades[word];
    if (shade) return shade;
  }
  const all = Object.values(shades);
  return all[nameNumber(picture) % all.length] ?? "#9a3b2c";
}

export function drawLipstick(picture: string): Drawn {
  const cover = '<rect x="10" y="46" width="28" height="26" fill=';
  const base = '<rect x="6" y="68" width="36" height="52" fill=';
  return standing(
    48,
    120,
    '<defs><linearGradient id="lip-s"><stop stop-color="#000" stop-opacity=".35"/><stop offset=".3" stop-color="#fff" stop-opacity=".22"/>' +
      '<stop offset="1" stop-color="#000" stop-opacity=".3"/></linearGradient></defs>' +
      `<path d="M13 62V24Q14 8 32 4Q35 4 35 10V62Z" fill="${lipShade(picture)}"/>` +
      '<path d="M14 26Q16 10 32 5Q33 20 14 26Z" fill="#fff" opacity=".22"/>' +
      `${cover}"#b9a06a"/>${base}"#1b2321"/>${cover}"url(#lip-s)"/>${base}"url(#lip-s)"/>`,
  );
}
