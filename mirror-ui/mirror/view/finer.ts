import * as THREE from "three";
import { createScreenTarget } from "./screen-target.ts";

/**
 * Smooth edges for machines without a graphics chip: what is solid is drawn twice as finely each way and laid over the rest,
 * four pixels to one. Multisampling costs three times as much there, for it shades skin, shadow and picture four times too.
 */
export type FinerView = {
  /** Takes these out of the ordinary drawing: from now on `draw` draws them. */
  take(meshes: Iterable<THREE.Object3D>): void;
  /** These hide what is behind them in both. */
  share(meshes: Iterable<THREE.Object3D>): void;
  /** Draws what was taken, for a screen of this size. */
  draw(scene: THREE.Scene, camera: THREE.Camera, size: { width: number; height: number }): void;
  /** Lays it over what is on the screen. */
  lay(): void;
};

const LAYER = 1;
const FINER = 2;

export function createFinerView(renderer: THREE.WebGLRenderer): FinerView {
  const target = createScreenTarget({ minFilter: THREE.LinearFilter, magFilter: THREE.LinearFilter });
  const material = new THREE.ShaderMaterial({
    transparent: true,
    depthTest: false,
    depthWrite: false,
    toneMapped: false,
    blending: THREE.CustomBlending,
    blendSrc: THREE.OneFactor,
    blendDst: THREE.OneMinusSrcAlphaFactor,
    uniforms: { drawn: { value: target.texture } },
    vertexShader: "varying vec2 place; void main() { place = uv; gl_Position = vec4(position.xy, 0., 1.); }",
    // the middle of a pixel lies between four of the finer ones: one look is their mean
    fragmentShader: `varying vec2 place; uniform sampler2D drawn;
      void main() { gl_FragColor = texture2D(drawn, place); if (gl_FragColor.a == 0.) discard; }`,
  });
  const quad = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), material);
  quad.frustumCulled = false;
  const cover = new THREE.Scene();
  cover.add(quad);
  const flat = new THREE.Camera();
  return {
    take(meshes) {
      for (const mesh of meshes) mesh.layers.set(LAYER);
    },
    share(meshes) {
      for (const mesh of meshes) mesh.layers.enable(LAYER);
    },
    draw(scene, camera, { width, height }) {
      target.setSize(FINER * width, FINER * height);
      const alpha = renderer.getClearAlpha();
      renderer.setClearAlpha(0);
      renderer.setRenderTarget(target);
      renderer.clear();
      camera.layers.set(LAYER);
      renderer.render(scene, camera);
      camera.layers.set(0);
      renderer.setRenderTarget(null);
      renderer.setClearAlpha(alpha);
    },
    lay() {
      renderer.render(cover, flat);
    },
  };
}
