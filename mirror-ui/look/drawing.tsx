import type { JSX } from "preact";
import { drawing } from "./drawings.ts";

/** A product's drawing. Without `label` it is decoration. The markup is our own, never a visitor's. */
export function Drawing({
  picture,
  class: extra = "",
  label,
}: {
  picture: string;
  class?: string;
  label?: string;
}): JSX.Element {
  const { width, height, body } = drawing(picture);
  return (
    <svg
      class={`obj ${extra}`}
      viewBox={`0 0 ${width} ${height}`}
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" })}
      dangerouslySetInnerHTML={{ __html: body }}
    />
  );
}
