import { outcomes, rates, type Tally } from "./matching.ts";
import { difficulties } from "./mix.ts";
import { type EventScore, type QuietScore, scoreStartMs } from "./run-score.ts";
import type { Said } from "./said.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const three = (value: number) => value.toFixed(3);
const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
const seconds = (ms: number | undefined) => (ms === undefined ? "-" : `${(ms / 1_000).toFixed(1)} s`);

/** What a person reads. */
export function eventReport({ seed, hz, shelves, score, oracle }: EventScore): string {
  const { precision, recall, f1 } = rates(score);
  const named = score.plates.same + score.plates.next + score.plates.further;
  return [
    `Seed ${seed}: ${score.truths} events on ${shelves} shelves of 8 plates, ${hz} readings a second`,
    "",
    `  item and count      F1 ${three(f1)}   precision ${three(precision)}   recall ${three(recall)}`,
    `  an oracle's ceiling F1 ${three(oracle.f1)}   precision ${three(rates(oracle).precision)}   recall ${three(rates(oracle).recall)}`,
    `  known after the hand left   p50 ${seconds(quantile(score.delaysMs, 0.5))}   p95 ${seconds(quantile(score.delaysMs, 0.95))}`,
    `  the plate it named  right ${percent(score.plates.same / named)}   next to it ${percent(score.plates.next / named)}   further ${percent(score.plates.further / named)}`,
    `  invented ${score.invented}   taken back ${score.takenBack}   told too late ${score.toldLate}`,
    "",
    "By difficulty, and what was said of it",
    ...table([
      ["", "events", "share", "F1", "oracle", ...outcomes],
      ...difficulties.flatMap((name) => {
        const tally = score.byDifficulty.get(name);
        if (!tally) return [];
        const row = score.confusion.get(name);
        const told = outcomes.map((outcome) => String(row?.get(outcome) ?? 0));
        const share = percent(tally.truths / score.truths);
        const ceiling: Tally = oracle.byDifficulty.get(name) ?? { truths: 0, right: 0, wrong: 0 };
        return [[name, String(tally.truths), share, three(rates(tally).f1), three(rates(ceiling).f1), ...told]];
      }),
    ]),
    "",
    "How far its confidence can be believed",
    ...table([
      ["said from", "statements", "said on average", "right"],
      ...score.calibration.map(({ from, statements, meanSaid, right }) => [
        ...[from.toFixed(2), String(statements), percent(meanSaid), percent(right / statements)],
      ]),
    ]),
  ].join("\n");
}

/** For whoever wants to know why: seconds since the shop opened. */
export function missReport({ score }: EventScore): string {
  const [first] = score.misses;
  if (!first) return "";
  return [
    "Not right",
    ...score.misses.map(({ truth, outcome, said }) => {
      const instead = said ? `: ${change(said)} at ${since(said.atMs)} (${said.confidence})` : "";
      const { shelf, atMs, leftMs, difficulty } = truth;
      return `  ${shelf} ${since(atMs)}-${since(leftMs)} ${difficulty}: ${change(truth)}; ${outcome}${instead}`;
    }),
    "About nothing",
    ...score.inventions.map(inventionLine),
  ].join("\n");
}

const since = (atMs: number) => ((atMs - scoreStartMs) / 1_000).toFixed(1);
const change = ({ sku, delta, plate }: { sku: string; delta: number; plate: number }) =>
  `${sku} ${delta > 0 ? "+" : ""}${delta} on plate ${plate}`;
export const inventionLine = (said: Said) =>
  `  ${said.shelf} ${since(said.atMs)} ${change(said)} (${said.cause}, ${said.confidence})`;

export function quietReport({ seed, hz, plateHours, falseChanges, doubts }: QuietScore): string {
  const per = (falseChanges.length * 10_000) / plateHours;
  return `Seed ${seed}: ${plateHours} quiet plate-hours, ${hz} readings a second: ${falseChanges.length} false stock changes (${per.toFixed(2)} per 10,000 plate-hours), ${doubts} doubts`;
}

function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}`,
  );
}
