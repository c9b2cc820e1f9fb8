import type { Point } from "./face.ts";

/** Where the label with name and price stands, in pixels of the pane. */
export type TiePlace = { left: number; top: number; line: number };
type Size = { width: number; height: number };

const LINE_LONGEST = 140;
const MARGIN = 12;

/**
 * The picture covers the pane and is mirrored, so the wearer's right side is on the right. The label stands beside
 * `end`, a pixel of the frame, and gives up its line before it would leave the pane.
 */
export function placeTie(end: Point, video: Size, { pane, label }: { pane: Size; label: Size }): TiePlace {
  const scale = Math.max(pane.width / video.width, pane.height / video.height);
  const x = pane.width / 2 - (end.x - video.width / 2) * scale;
  const y = pane.height / 2 + (end.y - video.height / 2) * scale;
  const room = pane.width - MARGIN - label.width - x;
  const line = Math.max(0, Math.min(LINE_LONGEST, room));
  const left = Math.min(Math.max(MARGIN, x + line), pane.width - MARGIN - label.width);
  const top = Math.min(Math.max(MARGIN, y - label.height / 2), pane.height - MARGIN - label.height);
  return { left, top, line };
}

/** Of an eye distance: a face with its hair reaches so far to each side of its middle, and its chin so far below the eyes. */
const FACE_ACROSS = 1.4;
const FACE_DOWN = 2;
/** Three labels need this share of the pane's height. */
const WORDS_HIGH = 0.3;
/** Of the pane's width: a line that is longer is tiring to read, a column that is narrower too. */
const WORDS_WIDE = 0.7;
const WORDS_NARROW = 0.25;

/**
 * On which side of the pane words can stand on its lower edge without covering the face, and how wide they may be, in
 * pixels. The picture is mirrored: a face on its left is seen on the right.
 */
export function roomBeside(
  { rightEye, leftEye }: { rightEye: Point; leftEye: Point },
  video: Size,
  pane: Size,
): { side: "start" | "end"; width: number } {
  const scale = Math.max(pane.width / video.width, pane.height / video.height);
  const apart = Math.hypot(leftEye.x - rightEye.x, leftEye.y - rightEye.y) * scale;
  const middle = pane.width / 2 - ((rightEye.x + leftEye.x) / 2 - video.width / 2) * scale;
  const chin = pane.height / 2 + (Math.max(rightEye.y, leftEye.y) - video.height / 2) * scale + FACE_DOWN * apart;
  const side = middle < pane.width / 2 ? "end" : "start";
  const beside = (side === "end" ? pane.width - middle : middle) - FACE_ACROSS * apart;
  const isLow = chin > pane.height * (1 - WORDS_HIGH);
  const most = pane.width * WORDS_WIDE;
  return { side, width: Math.round(isLow ? Math.min(most, Math.max(beside, pane.width * WORDS_NARROW)) : most) };
}
