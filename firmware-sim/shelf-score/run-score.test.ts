import { expect, test } from "vitest";
import { rates } from "./matching.ts";
import { eventReport, quietReport } from "./report.ts";
import { scoreEvents, scoreQuiet } from "./run-score.ts";

const progress = () => {};

test("what is taken, brought and misplaced at shelves is told right, nearly as often as could be known", async () => {
  const result = await scoreEvents({ seed: "a small shop", hz: 10, events: 400, progress });
  const { score, oracle } = result;
  expect(score.truths, eventReport(result)).toBeGreaterThanOrEqual(400);
  // the mix is what it is said to be
  const share = (name: Parameters<typeof score.byDifficulty.get>[0]) =>
    (score.byDifficulty.get(name)?.truths ?? 0) / score.truths;
  expect(share("put-back")).toBeGreaterThan(0.2);
  for (const name of ["misplaced", "simultaneous", "equal weight"] as const) expect(share(name)).toBeGreaterThan(0.1);
  // every truth has exactly one outcome
  const told = [...score.confusion.values()].flatMap((row) => [...row.values()]);
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(score.truths);
  expect(oracle.f1).toBeGreaterThan(0.98);
  expect(rates(score).f1, eventReport(result)).toBeGreaterThan(0.93);
  expect(rates(score).f1).toBeLessThanOrEqual(1);
}, 120_000);

test("a thousand hours of plates that nobody takes from change no count", async () => {
  const result = await scoreQuiet({ seed: "a quiet shop", hz: 2, plateHours: 1_000, progress });
  expect(result.falseChanges, quietReport(result)).toEqual([]);
}, 180_000);
