import * as THREE from "three";
import { type CanonicalFace, type Face, MESH_POINTS } from "../state/face.ts";

/** What hides things behind the head: the live face and a skull. They fill depth and paint nothing. */
export type FaceView = { group: THREE.Group; geometry: THREE.BufferGeometry; copy(face: Face): void };

/** Below the mouth and above the hairline there is nothing to hide and no shadow to catch: fewer pixels to fill. */
const LOWEST_CM = -4.5;
const HIGHEST_CM = 7.5;

export function createFaceView(canonical: CanonicalFace): FaceView {
  const hide = new THREE.MeshBasicMaterial({ colorWrite: false });
  const geometry = new THREE.BufferGeometry();
  const positions = new THREE.BufferAttribute(new Float32Array(MESH_POINTS * 3), 3).setUsage(THREE.DynamicDrawUsage);
  geometry.setAttribute("position", positions);
  geometry.setIndex(middleTriangles(canonical));
  const face = new THREE.Mesh(geometry, new THREE.MeshBasicMaterial({ colorWrite: false, side: THREE.DoubleSide }));
  face.frustumCulled = false;
  // the face mesh ends at the cheeks: without a skull (its middle belt is enough) temples would be seen through the head
  const skull = new THREE.Mesh(new THREE.SphereGeometry(1, 32, 10, 0, 2 * Math.PI, 0.3 * Math.PI, 0.4 * Math.PI), hide);
  skull.scale.set(7.1, 10, 7.6);
  skull.position.set(0, 2.5, -4);
  const head = new THREE.Group();
  head.matrixAutoUpdate = false;
  head.add(skull);
  for (const mesh of [face, skull]) mesh.renderOrder = -5;
  const group = new THREE.Group();
  group.add(face, head);
  return {
    group,
    geometry,
    copy(state) {
      positions.array.set(state.camera);
      positions.needsUpdate = true;
      geometry.computeVertexNormals();
      head.matrix.fromArray(state.matrix);
      head.matrixWorldNeedsUpdate = true;
    },
  };
}

function middleTriangles({ positions, triangles }: CanonicalFace): number[] {
  const inside = (vertex: number) => {
    const y = positions[3 * vertex + 1] ?? 0;
    return y > LOWEST_CM && y < HIGHEST_CM;
  };
  const kept: number[] = [];
  for (let i = 0; i < triangles.length; i += 3) {
    const triangle = triangles.slice(i, i + 3);
    if (triangle.every(inside)) kept.push(...triangle);
  }
  return kept;
}
