import * as THREE from "three";
import type { Light } from "../state/light.ts";
import { FADE_FROM_CM, FADE_TO_CM, type Materials } from "./materials.ts";

/**
 * The same materials for machines without a graphics chip. The studio stands still before the camera, so how a surface
 * shines depends on its direction alone: each material is lit once on a ball, and its picture is looked up ever after.
 */
export type Baked = { materials: Materials; copy(light: Light): void };

const BALL_PX = 128;
const KEY_STRENGTH = 1.6;

type Lit = { value: THREE.Color };
type Bake = (material: THREE.MeshStandardMaterial) => THREE.Texture;

export function bakeMaterials(
  renderer: THREE.WebGLRenderer,
  environment: THREE.Texture | null,
  real: Materials,
): Baked {
  const lit: Lit = { value: new THREE.Color(1, 1, 1) };
  const bake = createBakery(renderer, environment);
  const known = new Map<THREE.Material, THREE.Material>();
  const swap = (material: THREE.Material, fades = false): THREE.Material => {
    if (!(material instanceof THREE.MeshStandardMaterial)) return material;
    const made = known.get(material) ?? bakedFrom(material, bake, lit, fades);
    known.set(material, made);
    return made;
  };
  const each = <Name extends string>(from: Record<Name, THREE.Material>, fades: boolean) => {
    const swapped = { ...from };
    for (const name in from) swapped[name] = swap(from[name], fades);
    return swapped;
  };
  const lens = { ...real.lens };
  for (const [name, { tint, gloss }] of Object.entries(real.lens))
    if (name === "clear" || name === "rose") lens[name] = { tint, gloss: swap(gloss) };
  const materials: Materials = {
    front: each(real.front, false),
    temple: each(real.temple, true),
    lens,
    steel: swap(real.steel),
    pad: swap(real.pad),
  };
  return {
    materials,
    copy({ level, cast: [red, green, blue] }) {
      // the lamp has the room's colour, the studio around it has none: half and half
      lit.value.setRGB((1 + red) / 2, (1 + green) / 2, (1 + blue) / 2).multiplyScalar(level);
    },
  };
}

/** Lights a ball with a material and keeps the picture, in linear colours and not yet toned. */
function createBakery(renderer: THREE.WebGLRenderer, environment: THREE.Texture | null): Bake {
  const scene = new THREE.Scene();
  scene.environment = environment;
  const key = new THREE.DirectionalLight(0xffffff, KEY_STRENGTH);
  key.position.set(0, 0.62, 1);
  const ball = new THREE.Mesh(new THREE.SphereGeometry(1, 96, 64));
  scene.add(key, ball);
  const camera = new THREE.OrthographicCamera(-1, 1, 1, -1, 0.1, 4);
  camera.position.z = 2;
  return (material) => {
    const target = new THREE.WebGLRenderTarget(BALL_PX, BALL_PX, { type: THREE.HalfFloatType });
    ball.material = material;
    renderer.setRenderTarget(target);
    renderer.clear();
    renderer.render(scene, camera);
    renderer.setRenderTarget(null);
    material.dispose();
    return target.texture;
  };
}

function bakedFrom(material: THREE.MeshStandardMaterial, bake: Bake, lit: Lit, fades: boolean): THREE.Material {
  const plain = material.clone();
  plain.setValues({ blending: THREE.NormalBlending, transparent: false, opacity: 1, depthWrite: true });
  const { map } = plain;
  plain.setValues({ map: null, emissiveMap: null, emissive: 0x000000 });
  const white = map ? plain.clone() : undefined;
  if (white) plain.color.set(0x000000);
  const gloss = bake(plain);
  return new THREE.ShaderMaterial({
    transparent: material.transparent,
    depthWrite: material.depthWrite,
    blending: material.blending,
    uniforms: {
      gloss: { value: gloss },
      // what a white body gives back and the varnish over it: its own share is the difference
      white: { value: white ? bake(white) : null },
      map: { value: map },
      lit,
      opacity: { value: material.opacity },
    },
    defines: { ...(white ? { PAINTED: "" } : {}), ...(fades ? { FADES: "" } : {}) },
    vertexShader: `
      varying vec2 spot, ball; varying float back;
      void main() {
        vec4 seen = modelViewMatrix * vec4(position, 1.);
        vec3 facing = normalize(normalMatrix * normal), eye = normalize(-seen.xyz);
        vec3 across = normalize(vec3(eye.z, 0., -eye.x));
        ball = vec2(dot(across, facing), dot(cross(eye, across), facing)) * .495 + .5;
        spot = uv; back = position.z;
        gl_Position = projectionMatrix * seen;
      }`,
    fragmentShader: `
      varying vec2 spot, ball; varying float back;
      uniform sampler2D gloss, white, map; uniform vec3 lit; uniform float opacity;
      void main() {
        vec3 light = texture2D(gloss, ball).rgb;
        #ifdef PAINTED
          // some light goes through the honey of real acetate
          light += texture2D(map, spot).rgb * (max(vec3(0.), texture2D(white, ball).rgb - light) + .05);
        #endif
        float alpha = opacity;
        #ifdef FADES
          alpha *= smoothstep(${FADE_TO_CM.toFixed(1)}, ${FADE_FROM_CM.toFixed(1)}, back);
        #endif
        gl_FragColor = vec4(light * lit, alpha);
        #include <tonemapping_fragment>
        #include <colorspace_fragment>
      }`,
  });
}
