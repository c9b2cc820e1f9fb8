import { parseEvent } from "../scoring.ts";

/** What the gateway said of one product on one shelf at one moment. `atMs`: the simulated time when it knew. */
export type Said = {
  atMs: number;
  shelf: string;
  plate: number;
  sku: string;
  delta: number;
  confidence: number;
  cause: string;
  /** What one pair of hands did at once shares it. */
  change: string;
};
/** It said that it did not know. */
export type Doubted = { atMs: number; shelf: string; plates: number[] };

/** Reads a line of `vitrine replay --stamped`. */
export function readSaid(line: string): { said: Said; count: number } | { doubted: Doubted } | undefined {
  const { now, event } = parseEvent(line) ?? {};
  if (typeof now !== "number" || !event) return undefined;
  const { type, shelf, plate, sku, count, previous, confidence, cause, changeId, plates } = event;
  if (typeof shelf !== "string") return undefined;
  if (type === "change-doubted" && Array.isArray(plates))
    return { doubted: { atMs: now, shelf, plates: plates.map(Number) } };
  if (type !== "stock-changed" || typeof plate !== "number" || typeof sku !== "string") return undefined;
  if (typeof count !== "number" || typeof previous !== "number") return undefined;
  return {
    count,
    said: {
      ...{ atMs: now, shelf, plate, sku, delta: count - previous },
      confidence: typeof confidence === "number" ? confidence : 0,
      cause: typeof cause === "string" ? cause : "",
      change: typeof changeId === "string" ? changeId : `${now}/${shelf}/${sku}`,
    },
  };
}

/** One product whose place spans two plates may be told plate by plate: one statement. */
export function together(said: readonly Said[]): Said[] {
  const byChange = Map.groupBy(
    said,
    ({ change, shelf, sku, delta }) => `${change}/${shelf}/${sku}/${Math.sign(delta)}`,
  );
  return [...byChange.values()].flatMap((parts) => {
    const [first] = parts;
    if (!first) return [];
    const atMs = Math.max(...parts.map((part) => part.atMs));
    return [{ ...first, atMs, delta: parts.reduce((sum, part) => sum + part.delta, 0) }];
  });
}
