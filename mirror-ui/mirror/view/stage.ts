import * as THREE from "three";
import { type CanonicalFace, type Face, FIELD_OF_VIEW_DEG } from "../state/face.ts";
import { FRAMES, type FrameName } from "../state/frames.ts";
import type { Light } from "../state/light.ts";
import type { Seat } from "../state/seat.ts";
import { createFaceView } from "./face.ts";
import { buildCaster, buildGlasses, type Glasses } from "./frames.ts";
import { createLightView } from "./light.ts";
import { createMaterials } from "./materials.ts";
import { createPictureView } from "./picture.ts";
import { createShadowView } from "./shadow.ts";

/** One frame's worth of what to draw over the camera picture. */
export type Worn = { face: Face; light: Light; name: FrameName; seat: Seat };

export type Stage = {
  /** Holds the picture as the camera saw it, not mirrored: friends read the text on a shirt the right way round. */
  canvas: HTMLCanvasElement;
  /** True where no graphics chip helps: ask the camera for a smaller picture. */
  software: boolean;
  /** Draws the frame and what is worn; the caller closes the frame afterwards. */
  draw(frame: VideoFrame, worn: Worn | undefined): void;
  close(): void;
};

/** Sharper than the camera looks pasted on, so real graphics hardware draws twice its pixels and no more. */
const HARDWARE_SCALE = 2;
const LONGEST_SIDE = 1920;

export function createStage(canvas: HTMLCanvasElement, canonical: CanonicalFace): Stage {
  const renderer = new THREE.WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" });
  renderer.setPixelRatio(1);
  renderer.toneMapping = THREE.NeutralToneMapping;
  renderer.autoClear = false;
  const software = drawsInSoftware(renderer);
  const scale = software ? 1 : HARDWARE_SCALE;
  const scene = new THREE.Scene();
  const camera = new THREE.PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 5, 400);
  const materials = createMaterials();
  const picture = createPictureView();
  const light = createLightView(renderer, scene);
  const hidden = createFaceView(canonical);
  const shadow = createShadowView(renderer, hidden.geometry);
  const head = new THREE.Group();
  head.matrixAutoUpdate = false;
  scene.add(picture.mesh, hidden.group, shadow.mesh, head);
  const wardrobe = new Map<FrameName, { glasses: Glasses; caster: THREE.BufferGeometry }>();
  const size = { width: 0, height: 0 };

  const resize = (frame: VideoFrame) => {
    if (size.width === frame.displayWidth && size.height === frame.displayHeight) return;
    size.width = frame.displayWidth;
    size.height = frame.displayHeight;
    const factor = Math.min(scale, LONGEST_SIDE / Math.max(size.width, size.height));
    const [width, height] = [Math.round(size.width * factor), Math.round(size.height * factor)];
    renderer.setSize(width, height, false);
    camera.aspect = size.width / size.height;
    camera.updateProjectionMatrix();
    shadow.setPicture(picture.texture, width, height);
  };
  const fetch = (name: FrameName) => {
    let made = wardrobe.get(name);
    if (!made) {
      made = { glasses: buildGlasses(FRAMES[name], materials), caster: buildCaster(FRAMES[name]) };
      wardrobe.set(name, made);
      head.add(made.glasses.root);
    }
    return made;
  };
  const wear = ({ face, light: lit, name, seat }: Worn) => {
    const { glasses, caster } = fetch(name);
    for (const [other, { glasses: pair }] of wardrobe) pair.root.visible = other === name;
    head.matrix.fromArray(face.matrix);
    head.matrixWorldNeedsUpdate = true;
    glasses.root.position.set(...seat.position);
    glasses.root.rotation.set(0, 0, seat.roll);
    glasses.leftTemple.rotation.y = -seat.leftOpening;
    glasses.rightTemple.rotation.y = seat.rightOpening;
    hidden.copy(face);
    light.copy(lit, face);
    head.updateMatrixWorld(true);
    shadow.setCaster(caster);
    shadow.copy(glasses.root.matrixWorld, lit, light);
  };

  return {
    canvas,
    software,
    draw(frame, worn) {
      resize(frame);
      picture.copy(frame);
      for (const part of [hidden.group, shadow.mesh, head]) part.visible = worn !== undefined;
      if (worn) wear(worn);
      renderer.clear();
      renderer.render(scene, camera);
    },
    close() {
      renderer.dispose();
    },
  };
}

/** Without a graphics chip every pixel costs: draw no more of them than the camera gives. */
function drawsInSoftware(renderer: THREE.WebGLRenderer): boolean {
  const gl = renderer.getContext();
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return /swiftshader|llvmpipe|software/i.test(name);
}
