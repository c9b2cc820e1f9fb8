import * as THREE from "three";

/** The camera picture behind everything, passed through untouched: never tone-mapped, never filtered. */
export type PictureView = { mesh: THREE.Mesh; texture: THREE.VideoFrameTexture; copy(frame: VideoFrame): void };

export function createPictureView(): PictureView {
  const texture = new THREE.VideoFrameTexture();
  texture.flipY = false;
  texture.generateMipmaps = false;
  const material = new THREE.ShaderMaterial({
    depthTest: false,
    depthWrite: false,
    toneMapped: false,
    uniforms: { picture: { value: texture } },
    vertexShader:
      "varying vec2 place; void main() { place = vec2(uv.x, 1. - uv.y); gl_Position = vec4(position.xy, 1., 1.); }",
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
  };
}
