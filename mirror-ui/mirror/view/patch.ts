import * as THREE from "three";
import { createScreenTarget } from "./screen-target.ts";

/**
 * The part of the picture where something is worn. Smooth edges are costly without a graphics chip, so only this part
 * is drawn with them, beside the canvas, and then laid over it pixel on pixel.
 */
export type Rect = { x: number; y: number; width: number; height: number };
export type PatchView = {
  /** A rectangle that covers `wanted`, inside a canvas of this size; pixels from the top left. */
  place(wanted: Rect, canvas: { width: number; height: number }): Rect;
  /** Everything rendered by `draw` goes into the patch. */
  fill(draw: () => void): void;
  /** Lays the patch over the canvas where it was placed. */
  lay(rect: Rect, canvas: { width: number; height: number }): void;
};

const SAMPLES = 4;
/** Sizes go in steps, so that a head that sways does not mean new memory for every frame. */
const STEP = 64;

export function createPatchView(renderer: THREE.WebGLRenderer): PatchView {
  const target = createScreenTarget({
    samples: SAMPLES,
    minFilter: THREE.NearestFilter,
    magFilter: THREE.NearestFilter,
  });
  const material = new THREE.ShaderMaterial({
    depthTest: false,
    depthWrite: false,
    toneMapped: false,
    uniforms: { drawn: { value: target.texture } },
    vertexShader: "varying vec2 place; void main() { place = uv; gl_Position = vec4(position.xy, 0., 1.); }",
    fragmentShader:
      "varying vec2 place; uniform sampler2D drawn; void main() { gl_FragColor = vec4(texture2D(drawn, place).rgb, 1.); }",
  });
  const quad = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), material);
  quad.frustumCulled = false;
  const scene = new THREE.Scene();
  scene.add(quad);
  const camera = new THREE.Camera();

  const sizeFor = (now: number, wanted: number, limit: number) => {
    const needed = Math.ceil(wanted / STEP) * STEP;
    return Math.min(limit, now >= needed && now <= needed + 2 * STEP ? now : needed);
  };
  return {
    place(wanted, canvas) {
      const width = sizeFor(target.width, wanted.width, canvas.width);
      const height = sizeFor(target.height, wanted.height, canvas.height);
      if (width !== target.width || height !== target.height) target.setSize(width, height);
      const inside = (from: number, length: number, limit: number) =>
        Math.max(0, Math.min(limit - length, Math.round(from)));
      return {
        x: inside(wanted.x - (width - wanted.width) / 2, width, canvas.width),
        y: inside(wanted.y - (height - wanted.height) / 2, height, canvas.height),
        width,
        height,
      };
    },
    fill(draw) {
      renderer.setRenderTarget(target);
      renderer.clear();
      draw();
      renderer.setRenderTarget(null);
    },
    lay({ x, y, width, height }, canvas) {
      renderer.setViewport(x, canvas.height - y - height, width, height);
      renderer.render(scene, camera);
      renderer.setViewport(0, 0, canvas.width, canvas.height);
    },
  };
}
