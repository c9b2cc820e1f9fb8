/**
 * Whether the picture may fill the pane. It may when that hides little of it; a wide picture in a tall pane is shown
 * whole instead, because what is cut off might be the thing the friend asks about. Sizes in any one unit.
 */
export function fitOf(picture: { width: number; height: number }, pane: { width: number; height: number }) {
  if (!picture.width || !picture.height || !pane.width || !pane.height) return "cover";
  const ratio = picture.width / picture.height / (pane.width / pane.height);
  return Math.max(ratio, 1 / ratio) <= 1.5 ? "cover" : "contain";
}
