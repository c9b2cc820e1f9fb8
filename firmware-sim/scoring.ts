import type { MoveTruth, PlateTruth, Truth } from "./truth.ts";

/** The part of the gateway's domain events that can be compared with the truth. */
export type GatewayEvent =
  | { type: "stock-changed"; at: number; shelf: string; plate: number; sku: string; count: number }
  | { type: "zone-entered" | "zone-left"; at: number; carrier: string; zone: string };

export type Tally = { right: number; wrong: number; medianDelayMs?: number };
export type Score = {
  moves: Record<MoveTruth["kind"], Tally>;
  /** Count changes for which nothing had moved on that plate. */
  phantomChanges: number;
  /** Plates whose last count is the true one. */
  plates: Tally;
  zones: {
    /** Share of the time carriers spent in zones with a receiver in which the gateway had the same zone. */
    accuracy?: number;
    secondsInZones: number;
    enteredTruly: number;
    enteredAsSeen: number;
  };
};

/** A count must be right this long after the move, or by the next move on the same plate. */
const countWithinMs = 10_000;

/** One line of a journal or of `vitrine replay`: a bare event or one inside `{ id, event }` or `{ now, event }`. */
export function parseEvent(line: string): { now?: unknown; event: Record<string, unknown> } | undefined {
  const parsed = parseObject(line);
  if (!parsed) return undefined;
  return isObject(parsed.event) ? { now: parsed.now, event: parsed.event } : { event: parsed };
}

/** The part of an event that can be compared with the truth; undefined for all others. */
export function readGatewayEvent(line: string): GatewayEvent | undefined {
  const event = parseEvent(line)?.event;
  if (!event || typeof event.at !== "number") return undefined;
  const { type, at, shelf, plate, sku, count, carrier, zone } = event;
  if (type === "stock-changed" && typeof shelf === "string" && typeof plate === "number" && typeof sku === "string") {
    return typeof count === "number" ? { type, at, shelf, plate, sku, count } : undefined;
  }
  if ((type === "zone-entered" || type === "zone-left") && typeof carrier === "string" && typeof zone === "string") {
    return { type, at, carrier, zone };
  }
  return undefined;
}

/** Compares what the gateway said with what truly happened. Both lists in order of time. */
export function scoreRun(truths: readonly Truth[], events: readonly GatewayEvent[]): Score {
  const stock = scoreStock(truths, events);
  return { ...stock, zones: scoreZones(truths, events) };
}

function scoreStock(truths: readonly Truth[], events: readonly GatewayEvent[]): Omit<Score, "zones"> {
  const moves: Score["moves"] = {
    pick: { right: 0, wrong: 0 },
    "put-back": { right: 0, wrong: 0 },
    restock: { right: 0, wrong: 0 },
  };
  const delays: Record<MoveTruth["kind"], number[]> = { pick: [], "put-back": [], restock: [] };
  const plates: Tally = { right: 0, wrong: 0 };
  let phantomChanges = 0;

  const truthByPlate = Map.groupBy(truths.filter(isPlateTruth), (truth) =>
    placeKey({ ...truth, sku: ("misplacedOn" in truth && truth.misplacedOn) || truth.sku }),
  );
  const seenByPlate = Map.groupBy(
    events.filter((event) => event.type === "stock-changed"),
    placeKey,
  );
  for (const [key, told] of truthByPlate) {
    const seen = seenByPlate.get(key) ?? [];
    const moved = told.filter((truth) => truth.kind !== "stock");
    moved.forEach((move, index) => {
      const nextAt = moved[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      const until = Math.min(nextAt, move.at + countWithinMs);
      const right = seen.findLast((event) => event.at <= until)?.count === move.count;
      moves[move.kind][right ? "right" : "wrong"] += 1;
      const first = seen.find((event) => event.at >= move.at && event.at <= until && event.count === move.count);
      if (first) delays[move.kind].push(first.at - move.at);
    });
    // The first count of a plate is an introduction, not a change.
    phantomChanges += seen
      .slice(1)
      .filter(
        (event) => !moved.some((move) => event.at >= move.at - 1_000 && event.at <= move.at + countWithinMs),
      ).length;
    plates[seen.at(-1)?.count === told.at(-1)?.count ? "right" : "wrong"] += 1;
  }
  for (const kind of ["pick", "put-back", "restock"] as const) {
    const middle = delays[kind].sort((a, b) => a - b)[Math.floor(delays[kind].length / 2)];
    if (middle !== undefined) moves[kind].medianDelayMs = middle;
  }
  return { moves, phantomChanges, plates };
}

/** Both stories of one carrier are walked together, weighing every stretch by how long it lasted. */
function scoreZones(truths: readonly Truth[], events: readonly GatewayEvent[]): Score["zones"] {
  const heard = new Set(truths.flatMap((truth) => (truth.kind === "shop" ? truth.receiverZones : [])));
  const endAt = truths.at(-1)?.at ?? 0;
  let rightMs = 0;
  let totalMs = 0;
  let enteredTruly = 0;
  let enteredAsSeen = 0;

  const trueSteps = Map.groupBy(
    truths.filter((truth) => truth.kind === "zone"),
    (truth) => truth.carrier,
  );
  const seenSteps = Map.groupBy(
    events.filter((event) => event.type !== "stock-changed"),
    (event) => event.carrier,
  );
  for (const [carrier, steps] of trueSteps) {
    const seen = seenSteps.get(carrier) ?? [];
    enteredTruly += steps.filter((step) => step.zone && heard.has(step.zone)).length;
    enteredAsSeen += seen.filter((event) => event.type === "zone-entered").length;
    steps.forEach((step, index) => {
      if (!step.zone || !heard.has(step.zone)) return;
      const until = steps[index + 1]?.at ?? endAt;
      totalMs += until - step.at;
      rightMs += overlapMs(zoneSpells(seen, endAt), { zone: step.zone, from: step.at, until });
    });
  }
  return {
    ...(totalMs > 0 ? { accuracy: Math.round((rightMs / totalMs) * 1000) / 1000 } : {}),
    secondsInZones: Math.round(totalMs / 1000),
    enteredTruly,
    enteredAsSeen,
  };
}

type Spell = { zone: string; from: number; until: number };

function zoneSpells(seen: readonly { type: string; at: number; zone: string }[], endAt: number): Spell[] {
  return seen.flatMap((event, index) =>
    event.type === "zone-entered" ? [{ zone: event.zone, from: event.at, until: seen[index + 1]?.at ?? endAt }] : [],
  );
}

function overlapMs(spells: readonly Spell[], truth: Spell): number {
  let sum = 0;
  for (const spell of spells) {
    if (spell.zone !== truth.zone) continue;
    sum += Math.max(0, Math.min(spell.until, truth.until) - Math.max(spell.from, truth.from));
  }
  return sum;
}

function isPlateTruth(truth: Truth): truth is PlateTruth | MoveTruth {
  return truth.kind === "stock" || truth.kind === "pick" || truth.kind === "put-back" || truth.kind === "restock";
}

/** Of a product's place: several may share a plate. */
function placeKey({ shelf, plate, sku }: { shelf: string; plate: number; sku: string }): string {
  return `${shelf}/${plate}/${sku}`;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
