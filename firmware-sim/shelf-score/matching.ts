import type { Happened } from "./hands.ts";
import type { Difficulty } from "./mix.ts";
import { type Doubted, type Said, together } from "./said.ts";

/** What became of something that truly happened. */
export type Outcome = "right" | "wrong count" | "equal-weight twin" | "another product" | "doubted" | "nothing";
export const outcomes = ["right", "wrong count", "equal-weight twin", "another product", "doubted", "nothing"] as const;
/** How far off the plate was that a right statement named. */
export type PlateError = "same" | "next" | "further";

export type ShelfScore = Tally & {
  byDifficulty: Map<Difficulty, Tally>;
  confusion: Map<Difficulty, Map<Outcome, number>>;
  /** Said, but nothing like it had happened. */
  invented: number;
  /** Corrections that took back a wrong statement, and those that told what had been missed: later than counts. */
  takenBack: number;
  toldLate: number;
  /** From the hand's leaving to the statement, simulated ms, rising. */
  delaysMs: number[];
  plates: Record<PlateError, number>;
  /** What was not right, in order of shelf and time, with what was said instead. */
  misses: { truth: Happened; outcome: Outcome; said?: Said }[];
  /** Statements about nothing. */
  inventions: Said[];
  calibration: { from: number; statements: number; meanSaid: number; right: number }[];
};
export type Tally = { truths: number; right: number; wrong: number };

/** A statement belongs to what happened when it comes this long after the hand left at the latest. */
const withinMs = 6_000;
/** A correction may still tell of what was missed so long ago. */
const lateWithinMs = 900_000;
/** A doubt names the plates that moved; an item's edge may lie beyond. */
const doubtReach = 2;
const confidenceSteps = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99];

/** Compares what the gateway said with what truly happened, product by product and count by count. */
export function scoreShelves(job: {
  happened: readonly Happened[];
  said: readonly Said[];
  doubted: readonly Doubted[];
  areTwins(shelf: string, sku: string, other: string): boolean;
}): ShelfScore {
  const statements = Map.groupBy(together(job.said), ({ shelf }) => shelf);
  const doubts = Map.groupBy(job.doubted, ({ shelf }) => shelf);
  const score = emptyScore();
  const judged: { said: Said; isRight: boolean }[] = [];
  const places = Map.groupBy(job.happened, ({ shelf }) => shelf);
  for (const shelf of new Set([...places.keys(), ...statements.keys()])) {
    const truths = (places.get(shelf) ?? []).toSorted((a, b) => a.atMs - b.atMs);
    const open = new Set((statements.get(shelf) ?? []).toSorted((a, b) => a.atMs - b.atMs));
    const missed = truths.filter((truth) => !findRight(truth, open, { score, judged }));
    const wrong = forgiveCorrections(open, missed, { score, judged });
    const doubtsHere = new Set(doubts.get(shelf) ?? []);
    for (const truth of missed) {
      const miss = explainMiss(truth, { open: wrong, doubts: doubtsHere, areTwins: job.areTwins });
      note(score, truth, miss.outcome);
      score.misses.push({ truth, ...miss });
    }
    score.invented += wrong.size;
    score.inventions.push(...wrong);
    for (const one of open) judged.push({ said: one, isRight: false });
  }
  score.wrong += score.invented;
  score.delaysMs.sort((a, b) => a - b);
  score.calibration = calibrate(judged);
  return score;
}

function emptyScore(): ShelfScore {
  return {
    ...{ truths: 0, right: 0, wrong: 0, invented: 0, takenBack: 0, toldLate: 0 },
    ...{ byDifficulty: new Map(), confusion: new Map(), delaysMs: [], calibration: [], misses: [], inventions: [] },
    plates: { same: 0, next: 0, further: 0 },
  };
}

const fits = (truth: Happened, { atMs }: { atMs: number }) => atMs >= truth.atMs && atMs <= truth.leftMs + withinMs;

/** One statement with the very product and count; or several that add up to it, each of them part of it. */
function findRight(
  truth: Happened,
  open: Set<Said>,
  { score, judged }: { score: ShelfScore; judged: { said: Said; isRight: boolean }[] },
): boolean {
  const same = [...open].filter(
    (said) => said.sku === truth.sku && Math.sign(said.delta) === Math.sign(truth.delta) && fits(truth, said),
  );
  const exact = same.find(({ delta }) => delta === truth.delta);
  const parts = exact ? [exact] : sumUpTo(same, truth.delta);
  const last = parts.at(-1);
  if (!last) return false;
  for (const said of parts) {
    open.delete(said);
    judged.push({ said, isRight: true });
  }
  note(score, truth, "right");
  score.delaysMs.push(last.atMs - truth.leftMs);
  const off = Math.min(...parts.map(({ plate }) => Math.abs(plate - truth.plate)));
  score.plates[off === 0 ? "same" : off === 1 ? "next" : "further"] += 1;
  return true;
}

function sumUpTo(said: readonly Said[], delta: number): Said[] {
  let left = delta;
  const parts: Said[] = [];
  for (const one of said) {
    if (Math.abs(one.delta) > Math.abs(left)) continue;
    parts.push(one);
    left -= one.delta;
    if (left === 0) return parts;
  }
  return [];
}

/**
 * A correction that takes back a wrong statement is no second mistake, and one that tells what was missed is none either;
 * but what it tells was missed all the same. Answers the statements that remain wrong.
 */
function forgiveCorrections(
  open: Set<Said>,
  missed: readonly Happened[],
  { score, judged }: { score: ShelfScore; judged: readonly { said: Said; isRight: boolean }[] },
): Set<Said> {
  const wrong = new Set(open);
  const told = new Set<Happened>();
  for (const said of open) {
    if (said.cause !== "correction") continue;
    const mistake = [...open].find(
      (other) => other.sku === said.sku && other.delta === -said.delta && other.atMs <= said.atMs && other !== said,
    );
    const late = missed.find(
      (truth) =>
        !told.has(truth) &&
        truth.sku === said.sku &&
        truth.delta === said.delta &&
        said.atMs >= truth.atMs &&
        said.atMs <= truth.leftMs + lateWithinMs,
    );
    // one more left than the opening count knew of: that is put right in the same change
    const room = judged.find(
      ({ said: other, isRight }) =>
        isRight && other.change === said.change && other.sku === said.sku && other.delta * said.delta < 0,
    );
    if (!mistake && !late && !room) continue;
    if (mistake) score.takenBack += 1;
    else if (late) {
      told.add(late);
      score.toldLate += 1;
    }
    wrong.delete(said);
    open.delete(said);
  }
  return wrong;
}

function explainMiss(
  truth: Happened,
  about: { open: Set<Said>; doubts: Set<Doubted>; areTwins(shelf: string, sku: string, other: string): boolean },
): { outcome: Outcome; said?: Said } {
  const nearby = [...about.open].filter((said) => fits(truth, said));
  const kinds: [Outcome, (said: Said) => boolean][] = [
    ["wrong count", ({ sku }) => sku === truth.sku],
    ["equal-weight twin", ({ sku }) => about.areTwins(truth.shelf, sku, truth.sku)],
    ["another product", ({ delta }) => Math.sign(delta) === Math.sign(truth.delta)],
  ];
  for (const [outcome, isIt] of kinds) {
    const said = nearby.find(isIt);
    if (!said) continue;
    about.open.delete(said);
    return { outcome, said };
  }
  const doubt = [...about.doubts].find(
    (one) => fits(truth, one) && one.plates.some((plate) => Math.abs(plate - truth.plate) <= doubtReach),
  );
  return { outcome: doubt ? "doubted" : "nothing" };
}

function note(score: ShelfScore, { difficulty }: Happened, outcome: Outcome) {
  const tally = score.byDifficulty.get(difficulty) ?? { truths: 0, right: 0, wrong: 0 };
  score.byDifficulty.set(difficulty, tally);
  const row = score.confusion.get(difficulty) ?? new Map<Outcome, number>();
  score.confusion.set(difficulty, row);
  row.set(outcome, (row.get(outcome) ?? 0) + 1);
  for (const one of [score, tally]) {
    one.truths += 1;
    if (outcome === "right") one.right += 1;
    else if (outcome !== "doubted" && outcome !== "nothing") one.wrong += 1;
  }
}

function calibrate(judged: readonly { said: Said; isRight: boolean }[]): ShelfScore["calibration"] {
  return confidenceSteps.flatMap((from, index) => {
    const to = confidenceSteps[index + 1] ?? Number.POSITIVE_INFINITY;
    const here = judged.filter(({ said }) => said.confidence >= from && said.confidence < to);
    if (here.length === 0) return [];
    const meanSaid = here.reduce((sum, { said }) => sum + said.confidence, 0) / here.length;
    return [{ from, statements: here.length, meanSaid, right: here.filter(({ isRight }) => isRight).length }];
  });
}

/** Share of what was said that was right, share of what happened that was said, and their harmonic mean. */
export function rates({ truths, right, wrong }: Tally): { precision: number; recall: number; f1: number } {
  const precision = right + wrong === 0 ? 0 : right / (right + wrong);
  const recall = truths === 0 ? 0 : right / truths;
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}
