import * as THREE from "three";
import type { Light } from "../state/light.ts";
import type { LightView } from "./light.ts";

/**
 * The soft shadow that sets a frame on a face. A mask of the front seen from the lamp (coverage, and depth times
 * coverage) is looked up on the face: the wider the gap between frame and skin, the softer and paler the shadow.
 */
export type ShadowView = {
  mesh: THREE.Mesh;
  setCaster(geometry: THREE.BufferGeometry): void;
  /** The picture that it falls on, and its size on the screen in pixels. */
  setPicture(texture: THREE.Texture, size: { width: number; height: number }): void;
  /** Where the drawn part begins in that picture, pixels from the bottom left; at first at its corner. */
  setOrigin(x: number, y: number): void;
  /** Draws the mask. `pose` is the front's place in camera space. */
  copy(pose: THREE.Matrix4, light: Light, view: LightView): void;
};

const SPAN_CM = 18;
const FAR_CM = 80;
/** Depths that the mask tells apart: the face stands LAMP_CM from the lamp, give or take half of this. */
const DEPTH_CM = 16;
const LAMP_CM = 40;
const DEPTH = DEPTH_CM.toFixed(1);
const NEAREST = (LAMP_CM - DEPTH_CM / 2).toFixed(1);

/** How finely the mask is drawn, how often it is looked up for each pixel, and how wide each look is. */
const FINE = { size: 256, taps: 8, blur: 0.9, filter: THREE.LinearMipmapLinearFilter };
const COARSE = { size: 128, taps: 4, blur: 1.6, filter: THREE.LinearMipmapNearestFilter };
type Grain = typeof FINE | typeof COARSE;
/** A frame that moved less against the lamp (centimetres, and shares of a turn's sine) casts the same shadow. */
const SAME = 0.04;

export function createShadowView(
  renderer: THREE.WebGLRenderer,
  face: THREE.BufferGeometry,
  software: boolean,
): ShadowView {
  const grain = software ? COARSE : FINE;
  const mask = new THREE.WebGLRenderTarget(grain.size, grain.size, {
    generateMipmaps: true,
    minFilter: grain.filter,
    depthBuffer: false,
  });
  const lamp = new THREE.OrthographicCamera(-SPAN_CM / 2, SPAN_CM / 2, SPAN_CM / 2, -SPAN_CM / 2, 1, FAR_CM);
  const caster = new THREE.Mesh(new THREE.BufferGeometry(), markMaterial());
  caster.matrixAutoUpdate = false;
  caster.frustumCulled = false;
  const stage = new THREE.Scene();
  stage.add(caster);
  const material = shadowMaterial(mask.texture, lamp, grain);
  const drawn = new THREE.Matrix4().set(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const now = new THREE.Matrix4();
  const { uniforms } = material;
  const mesh = new THREE.Mesh(face, material);
  mesh.frustumCulled = false;
  return {
    mesh,
    setCaster(geometry) {
      if (caster.geometry === geometry) return;
      caster.geometry = geometry;
      drawn.elements.fill(0);
    },
    setPicture(texture, { width, height }) {
      uniforms.picture!.value = texture;
      uniforms.size!.value.set(width, height);
    },
    setOrigin(x, y) {
      uniforms.origin!.value.set(x, y);
    },
    copy(pose, light, { centre, direction }) {
      caster.matrix.copy(pose);
      caster.matrixWorldNeedsUpdate = true;
      lamp.position.copy(centre).addScaledVector(direction, LAMP_CM);
      lamp.lookAt(centre);
      lamp.updateMatrixWorld();
      uniforms.toLamp!.value.multiplyMatrices(lamp.projectionMatrix, lamp.matrixWorldInverse);
      uniforms.facing!.value.copy(direction);
      uniforms.skin!.value.setRGB(...light.skin);
      now.multiplyMatrices(lamp.matrixWorldInverse, pose);
      if (now.elements.every((value, i) => Math.abs(value - (drawn.elements[i] ?? 0)) < SAME)) return;
      drawn.copy(now);
      const alpha = renderer.getClearAlpha();
      renderer.setClearAlpha(0);
      renderer.setRenderTarget(mask);
      renderer.clear();
      renderer.render(stage, lamp);
      renderer.setRenderTarget(null);
      renderer.setClearAlpha(alpha);
    },
  };
}

const markMaterial = () =>
  new THREE.ShaderMaterial({
    side: THREE.DoubleSide,
    depthTest: false,
    vertexShader:
      "varying float depth; void main() { vec4 p = modelViewMatrix * vec4(position, 1.); depth = -p.z; gl_Position = projectionMatrix * p; }",
    fragmentShader: `varying float depth; void main() { gl_FragColor = vec4(1., (depth - ${NEAREST}) / ${DEPTH}, 0., 1.); }`,
  });

const shadowMaterial = (mask: THREE.Texture, lamp: THREE.Camera, { size, taps, blur }: Grain) =>
  new THREE.ShaderMaterial({
    transparent: true,
    depthWrite: false,
    toneMapped: false,
    polygonOffset: true,
    polygonOffsetFactor: -2,
    polygonOffsetUnits: -2,
    blending: THREE.CustomBlending,
    blendSrc: THREE.ZeroFactor,
    blendDst: THREE.SrcColorFactor,
    uniforms: {
      mask: { value: mask },
      toLamp: { value: new THREE.Matrix4() },
      lampView: { value: lamp.matrixWorldInverse },
      facing: { value: new THREE.Vector3() },
      picture: { value: null },
      size: { value: new THREE.Vector2(1, 1) },
      origin: { value: new THREE.Vector2() },
      skin: { value: new THREE.Color() },
    },
    vertexShader: `
      varying vec2 spot; varying float depth, lit;
      uniform mat4 toLamp, lampView; uniform vec3 facing;
      void main() {
        vec4 place = modelMatrix * vec4(position, 1.);
        spot = (toLamp * place).xy * .5 + .5;
        depth = -(lampView * place).z;
        lit = dot(normalize(normal), facing);
        gl_Position = projectionMatrix * viewMatrix * place;
      }`,
    fragmentShader: `
      varying vec2 spot; varying float depth, lit;
      uniform sampler2D mask, picture; uniform vec2 size, origin; uniform vec3 skin;
      void main() {
        vec4 wide = textureLod(mask, spot, ${(Math.log2(size) - 3.5).toFixed(1)});
        if (wide.r < .02) discard;
        float gap = clamp(depth - ${NEAREST} - ${DEPTH} * wide.g / wide.r, 0., 4.);
        float radius = (.04 + .13 * gap) / ${SPAN_CM.toFixed(1)};
        float level = log2(max(1., radius * ${(size * blur).toFixed(1)}));
        float sum = 0., weight = 0.;
        for (int i = 0; i < ${taps}; i++) {
          float angle = float(i) * 2.39996, reach = sqrt((float(i) + .5) / ${taps.toFixed(1)}), share = exp(-1.5 * reach * reach);
          vec2 m = textureLod(mask, spot + radius * reach * vec2(cos(angle), sin(angle)), level).rg;
          weight += share;
          // what lies behind the skin does not shade it
          sum += share * m.r * step(-.3, depth - ${NEAREST} - ${DEPTH} * m.g / max(m.r, .02));
        }
        float amount = sum / weight * mix(1., .6, smoothstep(.3, 2.5, gap)) * smoothstep(.05, .35, lit);
        // the wide look comes in blocks: nothing may begin at the edge of one
        amount *= smoothstep(.02, .2, wide.r);
        vec2 here = (gl_FragCoord.xy + origin) / size;
        vec3 seen = pow(texture2D(picture, vec2(here.x, 1. - here.y)).rgb, vec3(2.2));
        // shadow takes the shine off the skin first, then darkens it to red: light in skin scatters, a grey shadow looks dead
        vec3 matte = min(vec3(1.), skin / max(seen, vec3(.001)));
        gl_FragColor = vec4(mix(vec3(1.), matte, min(1., 2.2 * amount)) * mix(vec3(1.), vec3(.36, .22, .17), amount), 1.);
        #include <colorspace_fragment>
      }`,
  });
