import * as THREE from "three";
import { type CanonicalFace, type Face, FIELD_OF_VIEW_DEG, project } from "../state/face.ts";
import { FRAMES, type FrameName } from "../state/frames.ts";
import type { Light } from "../state/light.ts";
import { transform } from "../state/pose.ts";
import type { Seat } from "../state/seat.ts";
import { bakeMaterials } from "./baked.ts";
import { createFaceView } from "./face.ts";
import { createFinerView } from "./finer.ts";
import { buildCaster, buildGlasses, type Glasses } from "./frames.ts";
import { createLightView } from "./light.ts";
import { createMaterials } from "./materials.ts";
import { createPatchView, type Rect } from "./patch.ts";
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
  const software = drawsInSoftware();
  // the processor copies the picture faster than it pretends to be a graphics chip: that only draws what is worn
  const paper = software ? canvas.getContext("2d", { alpha: false, willReadFrequently: true }) : null;
  const renderer = new THREE.WebGLRenderer({
    ...(paper ? {} : { canvas }),
    antialias: false,
    powerPreference: "high-performance",
  });
  renderer.setPixelRatio(1);
  renderer.toneMapping = THREE.NeutralToneMapping;
  renderer.autoClear = false;
  const scale = software ? 1 : HARDWARE_SCALE;
  const scene = new THREE.Scene();
  const camera = new THREE.PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 5, 400);
  const picture = createPictureView(software);
  const backdrop = new THREE.Scene();
  backdrop.add(picture.mesh.clone());
  const patch = createPatchView(renderer);
  const light = createLightView(renderer, scene);
  const real = createMaterials();
  const baked = software ? bakeMaterials(renderer, scene.environment, real) : undefined;
  const materials = baked?.materials ?? real;
  const hidden = createFaceView(canonical);
  const finer = software ? createFinerView(renderer) : undefined;
  finer?.share(meshesOf(hidden.group));
  const shadow = createShadowView(renderer, hidden.geometry, software);
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
    if (paper) Object.assign(canvas, { width, height });
    else renderer.setSize(width, height, false);
    camera.aspect = size.width / size.height;
    camera.updateProjectionMatrix();
  };
  const fetch = (name: FrameName) => {
    let made = wardrobe.get(name);
    if (!made) {
      made = { glasses: buildGlasses(FRAMES[name], materials, software), caster: buildCaster(FRAMES[name]) };
      const { root, lenses } = made.glasses;
      finer?.take(meshesOf(root).filter((mesh) => !lenses.includes(mesh)));
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
    baked?.copy(lit);
    head.updateMatrixWorld(true);
    shadow.setCaster(caster);
    shadow.copy(glasses.root.matrixWorld, lit, light);
  };

  /** Points the camera at the part of the picture where something is worn. */
  const aim = (worn: Worn): Rect => {
    wear(worn);
    const rect = patch.place(around(worn, canvas), canvas);
    camera.setViewOffset(canvas.width, canvas.height, rect.x, rect.y, rect.width, rect.height);
    return rect;
  };
  const drawOnChip = (frame: VideoFrame, worn: Worn | undefined) => {
    picture.copy(frame);
    picture.show(0, 0, 1, 1);
    renderer.clear();
    renderer.render(backdrop, camera);
    if (!worn) return;
    const rect = aim(worn);
    const { width, height } = canvas;
    picture.show(rect.x / width, rect.y / height, rect.width / width, rect.height / height);
    shadow.setPicture(picture.texture, canvas);
    shadow.setOrigin(rect.x, height - rect.y - rect.height);
    patch.fill(() => renderer.render(scene, camera));
    patch.lay(rect, canvas);
  };
  const drawOnPaper = (to: CanvasRenderingContext2D, frame: VideoFrame, worn: Worn | undefined) => {
    to.drawImage(frame, 0, 0, canvas.width, canvas.height);
    if (!worn) return;
    const rect = aim(worn);
    const { width, height } = renderer.domElement;
    if (width !== rect.width || height !== rect.height) renderer.setSize(rect.width, rect.height, false);
    picture.copyPart(to.getImageData(rect.x, rect.y, rect.width, rect.height));
    shadow.setPicture(picture.texture, rect);
    finer?.draw(scene, camera, rect);
    renderer.clear();
    renderer.render(scene, camera);
    finer?.lay();
    to.drawImage(renderer.domElement, rect.x, rect.y);
  };
  return {
    canvas,
    software,
    draw(frame, worn) {
      resize(frame);
      if (paper) drawOnPaper(paper, frame, worn);
      else drawOnChip(frame, worn);
    },
    close() {
      renderer.dispose();
    },
  };
}

function meshesOf(group: THREE.Object3D): THREE.Mesh[] {
  const meshes: THREE.Mesh[] = [];
  group.traverse((object) => object instanceof THREE.Mesh && meshes.push(object));
  return meshes;
}

/** Half of what glasses, their temples and their shadow may take up on a turned head, centimetres. */
const REACH_ACROSS_CM = 9.5;
const REACH_UP_CM = 5;

function around({ face, seat }: Worn, canvas: { width: number; height: number }): Rect {
  const place = transform(face.matrix, seat.position);
  const { x, y } = project(place, canvas);
  const pixelsPerCm = Math.abs(project([place[0] + 1, place[1], place[2]], canvas).x - x);
  const roll = Math.atan2(
    face.pixels.leftEye.y - face.pixels.rightEye.y,
    face.pixels.leftEye.x - face.pixels.rightEye.x,
  );
  const [cos, sin] = [Math.abs(Math.cos(roll)), Math.abs(Math.sin(roll))];
  const across = (REACH_ACROSS_CM * cos + REACH_UP_CM * sin) * pixelsPerCm;
  const up = (REACH_ACROSS_CM * sin + REACH_UP_CM * cos) * pixelsPerCm;
  return { x: x - across, y: y - up, width: 2 * across, height: 2 * up };
}

/** Without a graphics chip every pixel costs: draw no more of them than the camera gives. */
function drawsInSoftware(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return true;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
}
