import * as THREE from "three";
import type { Colour, Lens } from "../state/frames.ts";

/** Everything a pair of glasses is made of. Textures are drawn by code. */
export type LensMaterials = { tint: THREE.Material; gloss: THREE.Material };
export type Materials = {
  front: Record<Colour, THREE.Material>;
  temple: Record<Colour, THREE.Material>;
  lens: Record<Lens, LensMaterials>;
  steel: THREE.Material;
  pad: THREE.Material;
};

/** Temples dissolve between these depths behind the hinge (cm): a hard end on hair or ear would give them away. */
export const FADE_FROM_CM = -4;
export const FADE_TO_CM = -7.5;

export function createMaterials(): Materials {
  const havana = paintHavana(512);
  const acetate = (color: number, map: THREE.Texture | null = null) =>
    new THREE.MeshPhysicalMaterial({
      color,
      map,
      roughness: 0.4,
      clearcoat: 1,
      clearcoatRoughness: 0.05,
      // some light goes through the honey of real acetate
      emissive: map ? 0xffffff : 0x000000,
      emissiveMap: map,
      emissiveIntensity: 0.05,
    });
  const metal = (color: number, roughness: number) =>
    new THREE.MeshStandardMaterial({ color, metalness: 1, roughness });
  const make: Record<Colour, () => THREE.MeshStandardMaterial> = {
    tortoise: () => acetate(0xffffff, havana),
    black: () => acetate(0x0b0b0d),
    oxblood: () => acetate(0x5c1016),
    sage: () => new THREE.MeshStandardMaterial({ color: 0x94a49b, metalness: 0.35, roughness: 0.38 }),
    gilt: () => metal(0xe6c48d, 0.22),
  };
  const colours: Colour[] = ["tortoise", "black", "oxblood", "sage", "gilt"];
  const each = (wrap: (material: THREE.MeshStandardMaterial) => THREE.Material) => {
    const made: Partial<Record<Colour, THREE.Material>> = {};
    for (const colour of colours) made[colour] = wrap(make[colour]());
    return made as Record<Colour, THREE.Material>; // every colour was just filled in
  };
  return {
    front: each((material) => material),
    temple: each(fadeBehind),
    lens: { clear: thinLens("#f3f7f4", "#f9fbfa", 0.45), rose: thinLens("#8d6663", "#d9b9b2", 0.8) },
    steel: metal(0xc9ccd0, 0.3),
    pad: new THREE.MeshStandardMaterial({
      color: 0xfff6ee,
      roughness: 0.25,
      transparent: true,
      opacity: 0.35,
      depthWrite: false,
    }),
  };
}

function fadeBehind(material: THREE.MeshStandardMaterial): THREE.Material {
  material.transparent = true;
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", "#include <common>\nvarying float vBack;")
      .replace("#include <begin_vertex>", "#include <begin_vertex>\nvBack = position.z;");
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying float vBack;")
      .replace(
        "#include <opaque_fragment>",
        `diffuseColor.a *= smoothstep(${FADE_TO_CM.toFixed(1)}, ${FADE_FROM_CM.toFixed(1)}, vBack);\n#include <opaque_fragment>`,
      );
  };
  return material;
}

/** A thin lens in two passes: the picture behind is multiplied by the tint, then the room's reflection is added. */
function thinLens(top: string, bottom: string, reflection: number): LensMaterials {
  return {
    tint: new THREE.ShaderMaterial({
      transparent: true,
      depthWrite: false,
      toneMapped: false,
      side: THREE.DoubleSide,
      blending: THREE.CustomBlending,
      blendSrc: THREE.ZeroFactor,
      blendDst: THREE.SrcColorFactor,
      uniforms: { top: { value: new THREE.Color(top) }, bottom: { value: new THREE.Color(bottom) } },
      vertexShader:
        "varying vec2 place; void main() { place = uv; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.); }",
      fragmentShader: `varying vec2 place; uniform vec3 top, bottom;
        void main() {
          gl_FragColor = vec4(mix(bottom, top, smoothstep(.05, .95, place.y)), 1.);
          #include <colorspace_fragment>
        }`,
    }),
    gloss: new THREE.MeshStandardMaterial({
      color: 0x000000,
      roughness: 0.12,
      transparent: true,
      depthWrite: false,
      blending: THREE.AdditiveBlending,
      envMapIntensity: reflection,
    }),
  };
}

type Noise = (u: number, v: number, cells: number, octaves: number) => number;

/** Value noise that repeats at 1, so that the texture tiles. 0..1. */
function createNoise(seed: number): Noise {
  const random = (x: number, y: number) => {
    const wave = Math.sin(x * 127.1 + y * 311.7 + seed * 74.7) * 43758.5453;
    return wave - Math.floor(wave);
  };
  const smooth = (t: number) => t * t * (3 - 2 * t);
  const cell = (x: number, y: number, cells: number) => {
    const [left, low] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [smooth(x - left), smooth(y - low)];
    const at = (dx: number, dy: number) => random((left + dx + cells) % cells, (low + dy + cells) % cells);
    const below = at(0, 0) + (at(1, 0) - at(0, 0)) * u;
    const above = at(0, 1) + (at(1, 1) - at(0, 1)) * u;
    return below + (above - below) * v;
  };
  return (u, v, cells, octaves) => {
    const [x, y] = [u - Math.floor(u), v - Math.floor(v)];
    let [sum, total, share, count] = [0, 0, 0.5, cells];
    for (let octave = 0; octave < octaves; octave++, share /= 2, count *= 2) {
      sum += share * cell(x * count, y * count, count);
      total += share;
    }
    return sum / total;
  };
}

/** Havana acetate: honey ground, drifting brown clouds, islands that are nearly black. */
function paintHavana(size: number): THREE.Texture {
  const [ground, drift] = [createNoise(3), createNoise(11)];
  const pixels = new Uint8Array(size * size * 4);
  const step = (from: number, to: number, x: number) => {
    const t = Math.min(1, Math.max(0, (x - from) / (to - from)));
    return t * t * (3 - 2 * t);
  };
  const mix = (a: number[], b: number[], t: number) => a.map((value, i) => value + (b[i]! - value) * t);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const [u, v] = [x / size, y / size];
      const warp = ground(u, v, 5, 3) - 0.5;
      const clouds = drift(u + warp * 0.22, v + warp * 0.3, 9, 3);
      const islands = drift(u + 0.37 + warp * 0.3, v + 0.11, 7, 3);
      const honey = mix([140, 74, 26], [204, 130, 54], step(0.25, 0.75, ground(u + warp * 0.1, v, 16, 3)));
      const brown = mix(honey, [84, 38, 15], step(0.34, 0.6, clouds));
      pixels.set([...mix(brown, [24, 12, 8], step(0.4, 0.66, islands)), 255], 4 * (y * size + x));
    }
  const texture = new THREE.DataTexture(pixels, size, size);
  texture.wrapS = texture.wrapT = THREE.RepeatWrapping;
  texture.magFilter = THREE.LinearFilter;
  texture.minFilter = THREE.LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.colorSpace = THREE.SRGBColorSpace;
  texture.needsUpdate = true;
  return texture;
}
