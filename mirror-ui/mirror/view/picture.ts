import * as THREE from "three";

/** The camera picture behind everything, passed through untouched: never tone-mapped, never filtered. */
export type PictureView = {
  mesh: THREE.Mesh;
  texture: THREE.VideoFrameTexture;
  copy(frame: VideoFrame): void;
  /** Which part of the frame fills the view, as shares from the top left. */
  show(x: number, y: number, width: number, height: number): void;
};

export function createPictureView(): PictureView {
  const texture = new THREE.VideoFrameTexture();
  texture.flipY = false;
  texture.generateMipmaps = false;
  const part = { value: new THREE.Vector4(0, 0, 1, 1) };
  const material = new THREE.ShaderMaterial({
    depthTest: false,
    depthWrite: false,
    toneMapped: false,
    uniforms: { picture: { value: texture }, part },
    vertexShader:
      "varying vec2 place; uniform vec4 part; void main() { place = part.xy + part.zw * vec2(uv.x, 1. - uv.y); gl_Position = vec4(position.xy, 1., 1.); }",
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
      texture.setFrame(frame);
    },
    show(x, y, width, height) {
      part.value.set(x, y, width, height);
    },
  };
}
