/** Paths into a payload as people write them: `sensors.0.value`; "" is the whole payload. */

export const maxPathLength = 200;
const maxParts = 20;
/** Some devices have dots in their names ("scale.weight"): so many parts may be one name. */
const maxDotsInName = 4;

/** The value at a path, own fields only; undefined where there is none. Never throws. */
export function valueAtPath(root: unknown, path: string): unknown {
  if (path === "") return root;
  if (path.length > maxPathLength) return undefined;
  let parts = path.split(".");
  if (parts.length > maxParts) return undefined;
  let value = root;
  while (parts.length > 0) {
    if (typeof value !== "object" || value === null) return undefined;
    const taken = takenBy(value, parts);
    if (taken === 0) return undefined;
    value = Reflect.get(value, parts.slice(0, taken).join("."));
    parts = parts.slice(taken);
  }
  return value;
}

/** How many parts are the name of the next field: one, or more where the name itself has dots; 0: there is none. */
function takenBy(value: object, parts: string[]): number {
  if (Array.isArray(value)) return /^(?:0|[1-9][0-9]{0,5})$/.test(parts[0]!) && Number(parts[0]) < value.length ? 1 : 0;
  for (let taken = 1; taken <= Math.min(parts.length, maxDotsInName); taken++) {
    if (Object.hasOwn(value, parts.slice(0, taken).join("."))) return taken;
  }
  return 0;
}
