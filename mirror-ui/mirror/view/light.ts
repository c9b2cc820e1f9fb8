import * as THREE from "three";
import type { Face } from "../state/face.ts";
import type { Light } from "../state/light.ts";

/** A photographer's studio for reflections, made once; its strength, colour and side follow the light on the face. */
export type LightView = {
  /** From the face to the lamp. */
  direction: THREE.Vector3;
  /** Middle of the face, camera space. */
  centre: THREE.Vector3;
  copy(light: Light, face: Face): void;
};

export function createLightView(renderer: THREE.WebGLRenderer, scene: THREE.Scene): LightView {
  const generator = new THREE.PMREMGenerator(renderer);
  scene.environment = generator.fromScene(buildStudio(), 0.04).texture;
  generator.dispose();
  const key = new THREE.DirectionalLight(0xffffff, 1);
  scene.add(key, key.target);
  const direction = new THREE.Vector3(0, 0.62, 1).normalize();
  const centre = new THREE.Vector3();
  const pose = new THREE.Matrix4();
  return {
    direction,
    centre,
    copy(light, face) {
      pose.fromArray(face.matrix);
      centre.set(0, 1.5, 4).applyMatrix4(pose);
      // thirty degrees up as in any studio; the cheeks say from which side
      direction.set(Math.max(-0.45, Math.min(0.45, 1.8 * light.side)), 0.62, 1).normalize();
      key.target.position.copy(centre);
      key.target.updateMatrixWorld();
      key.position.copy(centre).addScaledVector(direction, 40);
      key.color.setRGB(...light.cast);
      key.intensity = 1.6 * light.level;
      scene.environmentIntensity = light.level;
    },
  };
}

function buildStudio(): THREE.Scene {
  const studio = new THREE.Scene();
  const box = new THREE.BoxGeometry(1, 1, 1);
  const lamp = (brightness: number, place: [number, number, number], size: [number, number]) => {
    const color = new THREE.Color(brightness, brightness, brightness);
    const panel = new THREE.Mesh(box, new THREE.MeshBasicMaterial({ color }));
    panel.position.set(...place);
    panel.scale.set(size[0], size[1], 0.1);
    panel.lookAt(0, 0, 0);
    studio.add(panel);
  };
  const walls = new THREE.ShaderMaterial({
    side: THREE.BackSide,
    uniforms: { paint: { value: new THREE.Color(0.62, 0.58, 0.55) } },
    vertexShader:
      "varying vec3 to; void main() { to = normalize(position); gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.); }",
    fragmentShader:
      "varying vec3 to; uniform vec3 paint; void main() { gl_FragColor = vec4(mix(paint * .09, paint * .7, smoothstep(.1, 1., to.y * .5 + .5)), 1.); }",
  });
  studio.add(new THREE.Mesh(new THREE.SphereGeometry(20, 24, 16), walls));
  lamp(14, [-7, 8, 9], [6, 5]); // key softbox
  lamp(3.5, [9.5, 2, 6], [2.5, 9]); // strip on the other side
  lamp(4, [0, 13, 4], [12, 9]); // ceiling
  lamp(3, [-12, 0, -5], [2.5, 8]); // rim light
  lamp(1.3, [-7, 0.5, 15], [3.5, 7]); // a window behind the camera: the soft patch in the lenses
  lamp(0.2, [0, -9, 6], [16, 8]); // table
  return studio;
}
