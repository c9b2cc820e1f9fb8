import * as THREE from "three";
import { type CanonicalFace, type Face, MESH_POINTS } from "../state/face.ts";

/** What hides things behind the head: the live face, a skull and a neck. They fill depth and paint nothing. */
export type FaceView = { group: THREE.Group; geometry: THREE.BufferGeometry; copy(face: Face): void };

export function createFaceView(canonical: CanonicalFace): FaceView {
  const hide = new THREE.MeshBasicMaterial({ colorWrite: false, side: THREE.DoubleSide });
  const geometry = new THREE.BufferGeometry();
  const positions = new THREE.BufferAttribute(new Float32Array(MESH_POINTS * 3), 3).setUsage(THREE.DynamicDrawUsage);
  geometry.setAttribute("position", positions);
  geometry.setIndex(canonical.triangles);
  const face = new THREE.Mesh(geometry, hide);
  face.frustumCulled = false;
  // the face mesh ends at the cheeks: without a skull temples would be seen through the head
  const skull = new THREE.Mesh(new THREE.SphereGeometry(1, 32, 20), hide);
  skull.scale.set(7.1, 10, 7.6);
  skull.position.set(0, 2.5, -4);
  const neck = new THREE.Mesh(new THREE.CylinderGeometry(5.2, 5.6, 12, 20), hide);
  neck.position.set(0, -11, -4.5);
  const head = new THREE.Group();
  head.matrixAutoUpdate = false;
  head.add(skull, neck);
  for (const mesh of [face, skull, neck]) mesh.renderOrder = -5;
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
