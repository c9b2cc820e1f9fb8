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
