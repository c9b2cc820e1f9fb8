import * as THREE from "three";

/** Memory that is drawn on as if it were the screen, to be laid over the screen later. It begins with one pixel. */
export function createScreenTarget(options: THREE.RenderTargetOptions): THREE.WebGLRenderTarget {
  const target = new THREE.WebGLRenderTarget(1, 1, {
    generateMipmaps: false,
    colorSpace: THREE.SRGBColorSpace,
    // colours are finished in the shader: the memory must not convert them again
    internalFormat: "RGBA8",
    ...options,
  });
  // three finishes colours (tone mapping, sRGB) only for the screen and for XR targets: this one is shown as it is
  return Object.assign(target, { isXRRenderTarget: true });
}
