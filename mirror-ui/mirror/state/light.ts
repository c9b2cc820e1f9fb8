/** How the picture's own skin is lit, so that what is put on the face is lit the same. */
export type Light = {
  /** 1 = a well lit face. */
  level: number;
  /** -1 (all light from the wearer's right) .. 1 (left). */
  side: number;
  /** Colour of the light, linear, near 1 each. */
  cast: [number, number, number];
  /** Mean skin colour, linear. */
  skin: [number, number, number];
};

export type LightState = { light: Light; advance(skin: [number, number, number][] | undefined, atMs: number): void };

/** Linear luminance of a well lit cheek. */
const LIT_SKIN = 0.36;
/** Average skin under white light, luminance 1: divided out, so that what remains is the lamp and not the person. */
const TYPICAL: [number, number, number] = [1.42, 0.93, 0.66];
/** How much of the remaining colour counts as the lamp's: the rest is this person's complexion. */
const CAST_SHARE = 0.33;
const SETTLE_MS = 800;

const linear = (value: number) => ((value / 255 + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]: [number, number, number]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** `patches`: right cheek, left cheek, forehead. */
export function readLight(patches: [number, number, number][]): Light | undefined {
  const [right, left, forehead] = patches.map(([r, g, b]): [number, number, number] => [
    linear(r),
    linear(g),
    linear(b),
  ]);
  if (!right || !left || !forehead) return undefined;
  const skin: [number, number, number] = [
    (right[0] + left[0] + forehead[0]) / 3,
    (right[1] + left[1] + forehead[1]) / 3,
    (right[2] + left[2] + forehead[2]) / 3,
  ];
  const brightness = Math.max(0.002, luminance(skin));
  const tint = (axis: 0 | 1 | 2) => (Math.max(0.001, skin[axis]) / brightness / TYPICAL[axis]) ** CAST_SHARE;
  const [l, r] = [luminance(left), luminance(right)];
  return {
    level: Math.min(1.6, brightness / LIT_SKIN),
    side: (l - r) / Math.max(0.002, l + r),
    cast: [tint(0), tint(1), tint(2)],
    skin,
  };
}

/** Light changes slowly: a hand before the face must not make the frame flash. */
export function createLight(): LightState {
  let lastMs: number | undefined;
  const state: LightState = {
    light: { level: 1, side: 0, cast: [1, 1, 1], skin: [0.5, 0.33, 0.24] },
    advance(patches, atMs) {
      const next = patches && readLight(patches);
      if (!next) return;
      const share = lastMs === undefined ? 1 : 1 - Math.exp(-(atMs - lastMs) / SETTLE_MS);
      lastMs = atMs;
      const old = state.light;
      const mix = (a: number, b: number) => a + (b - a) * share;
      const mix3 = (a: Light["cast"], b: Light["cast"]): Light["cast"] => [
        mix(a[0], b[0]),
        mix(a[1], b[1]),
        mix(a[2], b[2]),
      ];
      state.light = {
        level: mix(old.level, next.level),
        side: mix(old.side, next.side),
        cast: mix3(old.cast, next.cast),
        skin: mix3(old.skin, next.skin),
      };
    },
  };
  return state;
}
