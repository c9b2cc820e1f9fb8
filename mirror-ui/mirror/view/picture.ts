import * as THREE from "three";

/** The camera picture behind everything, passed through untouched: never tone-mapped, never filtered. */
export type PictureView = {
  mesh: THREE.Mesh;
  texture: THREE.Texture;
  copy(frame: VideoFrame): void;
  /** Only a part of it, for machines without a graphics chip: each pixel that is handed over costs time there. */
  copyPart(pixels: ImageData): void;
  /** Which part of the frame fills the view, as shares from the top left. */
  show(x: number, y: number, width: number, height: number): void;
};

export function createPictureView(inParts: boolean): PictureView {
  const frames = new THREE.VideoFrameTexture();
  const part = new THREE.DataTexture();
  const texture = inParts ? part : frames;
  texture.flipY = false;
  texture.generateMipmaps = false;
  const shown = { value: new THREE.Vector4(0, 0, 1, 1) };
  const material = new THREE.ShaderMaterial({
    depthTest: false,
    depthWrite: false,
    toneMapped: false,
    uniforms: { picture: { value: texture }, shown },
    vertexShader:
      "varying vec2 place; uniform vec4 shown; void main() { place = shown.xy + shown.zw * vec2(uv.x, 1. - uv.y); gl_Position = vec4(position.xy, 1., 1.); }",
    fragmentShader:
      "varying vec2 place; uniform sampler2D picture; void main() { gl_FragColor = vec4(texture2D(picture, place).rgb, 1.); }",
  });
  const mesh = new THREE.Mesh(new THREE.PlaneGeometry(2, 2), material);
  mesh.frustumCulled = false;
  mesh.renderOrder = -1000;
  return {
    mesh,
    texture,
    copy(frame) {
      frames.setFrame(frame);
    },
    copyPart({ data, width, height }) {
      // a texture keeps its size: another one needs other memory
      if (part.image.width !== width || part.image.height !== height) part.dispose();
      part.image = { data, width, height };
      part.needsUpdate = true;
    },
    show(x, y, width, height) {
      shown.value.set(x, y, width, height);
    },
  };
}
