import type { JSX } from "preact";
import { drawing } from "./drawings.ts";

type Props = { picture: string; colour?: string | undefined; class?: string; label?: string };

/** A product's drawing. Without `label` it is decoration. The markup is our own, never a visitor's. */
export function Drawing({ picture, colour, class: extra = "", label }: Props): JSX.Element {
  const { width, height, body } = drawing(picture, colour);
  return (
    <svg
      class={`obj ${extra}`}
      viewBox={`0 0 ${width} ${height}`}
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" })}
      dangerouslySetInnerHTML={{ __html: body }}
    />
  );
}
