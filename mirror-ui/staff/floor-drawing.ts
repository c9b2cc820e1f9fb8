/** One line of the drawn floor: what it is, and its shape in metres. */
export type FloorShape = { kind: "wall" | "window" | "furniture" | "door"; tag: string; shape: Record<string, string> };

const kinds = ["wall", "window", "furniture", "door"] as const;
const geometry = ["d", "x", "y", "width", "height", "rx", "cx", "cy", "r", "ry", "points"];
const tags = ["path", "rect", "circle", "ellipse", "polyline", "line"];
const most = 500;

/**
 * Takes the shapes of a floor plan's `plan-wall`, `plan-window`, `plan-furniture` and `plan-door` groups and nothing
 * else: only geometry is copied, so a plan cannot bring scripts, styles or links into the page.
 */
export function readFloor(svg: string): FloorShape[] {
  const found = new DOMParser().parseFromString(svg, "image/svg+xml");
  const shapes: FloorShape[] = [];
  for (const kind of kinds) {
    for (const element of found.querySelectorAll(`.plan-${kind} *`)) {
      if (!tags.includes(element.localName) || shapes.length >= most) continue;
      const shape: Record<string, string> = {};
      for (const name of geometry) {
        const value = element.getAttribute(name);
        if (value !== null) shape[name] = value;
      }
      shapes.push({ kind, tag: element.localName, shape });
    }
  }
  return shapes;
}

/** A shop without a drawn plan gets its four walls, open where people come in. */
export function plainFloor(widthM: number, depthM: number): FloorShape[] {
  const [w, d, door] = [widthM - 0.06, depthM - 0.06, Math.min(1.6, widthM / 4)];
  const walls = `M${widthM / 2 - door / 2} ${d}H0.06V0.06H${w}V${d}H${widthM / 2 + door / 2}`;
  return [{ kind: "wall", tag: "path", shape: { d: walls } }];
}
