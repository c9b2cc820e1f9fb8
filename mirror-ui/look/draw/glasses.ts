import { type Drawn, nameNumber } from "./drawn.ts";

type Frame = { lens: string; dark: string; light: string; rim: number; tint: number; wire?: true; tortoise?: true };

/** The left lens of each frame on a 200 by 80 sheet, lens centres at (55, 40) and (145, 40). */
const frames = {
  orso: {
    lens: "M18 24C22 8 84 8 90 26C94 50 80 70 56 70C32 70 16 52 18 24Z",
    dark: "#4a2a15",
    light: "#7a4a22",
    rim: 7.5,
    tint: 0.08,
    tortoise: true,
  },
  lido: {
    lens: "M55 11a30 30 0 1 1 0 60a30 30 0 1 1 0-60Z",
    dark: "#9b7a3a",
    light: "#c9ab68",
    rim: 3,
    tint: 0.06,
    wire: true,
  },
  nem: {
    lens: "M17 18L88 20C93 21 93 26 92 34C90 56 84 64 72 65L38 65C24 64 17 52 16 30Z",
    dark: "#15191a",
    light: "#2c3334",
    rim: 9,
    tint: 0.12,
  },
  ferro: { lens: "M32 12L76 12L94 36L80 66L34 66L15 36Z", dark: "#8aa39b", light: "#c4d4cd", rim: 7, tint: 0.1 },
  alba: {
    lens: "M12 18C34 8 74 14 90 28C93 50 80 66 58 66C34 66 20 50 12 18Z",
    dark: "#6d1f22",
    light: "#93383a",
    rim: 8,
    tint: 0.34,
  },
} satisfies Record<string, Frame>;

const tortoise =
  '<rect width="46" height="34" fill="#6a3d1b"/>' +
  '<ellipse cx="9" cy="8" rx="9" ry="5" fill="#3b2110" transform="rotate(24 9 8)"/>' +
  '<ellipse cx="31" cy="20" rx="10" ry="6" fill="#42260f" transform="rotate(-18 31 20)"/>' +
  '<ellipse cx="40" cy="4" rx="6" ry="3" fill="#9a6330"/><ellipse cx="14" cy="27" rx="8" ry="3.5" fill="#5a3014"/>';

/** Glasses seen from the front with the start of their temples. */
export function drawGlasses(picture: string): Drawn {
  const names = Object.keys(frames);
  const asked = picture.split("-")[1] ?? "";
  const name = Object.hasOwn(frames, asked) ? asked : (names[nameNumber(picture) % names.length] ?? "orso");
  const frame: Frame = Object.entries(frames).find(([key]) => key === name)?.[1] ?? frames.orso;
  const id = `gl-${name}`;
  const rim = frame.tortoise ? `url(#${id}-t)` : frame.wire ? frame.dark : `url(#${id}-r)`;
  const [hinge, start, end] = frame.wire ? [25, 36, 30] : [15, 25, 21];
  const [bridge, rise] = frame.wire ? [85, 20] : [91, 25];
  const defs =
    (frame.tortoise
      ? `<pattern id="${id}-t" width="46" height="34" patternUnits="userSpaceOnUse">${tortoise}</pattern>`
      : "") +
    `<linearGradient id="${id}-r" x1="0" y1="0" x2=".3" y2="1"><stop stop-color="${frame.light}"/>` +
    `<stop offset=".55" stop-color="${frame.dark}"/><stop offset="1" stop-color="${frame.light}"/></linearGradient>` +
    `<linearGradient id="${id}-l" x1="0" y1="0" x2="1" y2="1"><stop stop-color="#fff" stop-opacity=".28"/>` +
    `<stop offset=".4" stop-color="${name === "alba" ? "#3a1414" : "#20302c"}" stop-opacity="${frame.tint}"/>` +
    `<stop offset="1" stop-color="#20302c" stop-opacity="${frame.tint + 0.06}"/></linearGradient>`;
  const lens = `<path d="${frame.lens}" fill="url(#${id}-l)" stroke="${rim}" stroke-width="${frame.rim}" stroke-linejoin="round"/>`;
  const body =
    `<defs>${defs}</defs><g transform="translate(14 0)">` +
    `<path d="M${hinge} ${start}L-2 ${end}M${200 - hinge} ${start}L202 ${end}" stroke="${frame.dark}" ` +
    `stroke-width="${Math.max(3, frame.rim * 0.7)}" stroke-linecap="round"/>` +
    `${lens}<g transform="translate(200 0) scale(-1 1)">${lens}</g>` +
    `<path d="M${bridge} 32Q100 ${rise} ${200 - bridge} 32" fill="none" stroke="${frame.dark}" ` +
    `stroke-width="${Math.max(3, frame.rim * 0.85)}" stroke-linecap="round"/></g>`;
  return { width: 228, height: 80, hangs: false, body };
}
