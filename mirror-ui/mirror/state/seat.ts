import { type Face, meanPoint, type Point, project } from "./face.ts";
import type { FrameShape } from "./frames.ts";
import { transform, type Vec3 } from "./pose.ts";

/** Where a pair of glasses sits, in the head's own space. */
export type Seat = {
  position: Vec3;
  /** Turn about the line of sight, radians. */
  roll: number;
  /** How far each temple is opened, radians: frames give way to the head they are put on. */
  rightOpening: number;
  leftOpening: number;
};

const BRIDGE = [168, 6];
const RIGHT_TEMPLE = [127, 234];
const LEFT_TEMPLE = [356, 454];
/** Optical centres sit a little above the pupils of a real wearer. */
const BELOW_PUPILS_CM = 0.15;
/** Nose pads keep the front off the bridge. */
const OFF_NOSE_CM = 0.3;
const CLEARANCE_CM = 0.25;
const WIDEST_OPENING = 0.26;

/** Bridge in width and depth, pupils in height and roll; the size stays the real size. */
export function seatGlasses(face: Face, shape: FrameShape): Seat {
  const bridge = meanPoint(face.head, BRIDGE);
  const { rightEye, leftEye } = face;
  const middle = [(rightEye[0] + leftEye[0]) / 2, (rightEye[1] + leftEye[1]) / 2] as const;
  const position: Vec3 = [
    (bridge[0] + middle[0]) / 2,
    middle[1] - BELOW_PUPILS_CM,
    bridge[2] + shape.thick / 2 + OFF_NOSE_CM,
  ];
  const opening = (side: 1 | -1) => {
    const ear = meanPoint(face.head, side > 0 ? LEFT_TEMPLE : RIGHT_TEMPLE);
    const outwards = side * (ear[0] - position[0]) + CLEARANCE_CM - (shape.width / 2 - 0.2);
    const back = Math.max(1, position[2] - ear[2]);
    return Math.min(WIDEST_OPENING, Math.max(0, Math.atan2(outwards, back)));
  };
  return {
    position,
    roll: Math.atan2(leftEye[1] - rightEye[1], leftEye[0] - rightEye[0]),
    rightOpening: opening(-1),
    leftOpening: opening(1),
  };
}

/** The outer end of the front on the wearer's right, in pixels of the frame: where the label is tied. */
export function endPiece(face: Face, shape: FrameShape, seat: Seat, video: { width: number; height: number }): Point {
  const [x, y] = [-shape.width / 2 + 0.1, shape.build === "acetate" ? shape.b * 0.7 * (1 + shape.upsweep) : 1];
  const [cos, sin] = [Math.cos(seat.roll), Math.sin(seat.roll)];
  const [px, py, pz] = seat.position;
  return project(transform(face.matrix, [px + cos * x - sin * y, py + sin * x + cos * y, pz - 0.8]), video);
}
