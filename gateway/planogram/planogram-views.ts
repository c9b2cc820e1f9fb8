import type { Planogram, PlanogramSummary, PlanogramTrial } from "#wire/stock-views.ts";
import { checkPlanogram } from "./check.ts";
import { differences, differenceWords } from "./differences.ts";
import {
  merge,
  type PlannedShelf,
  type PlanogramConfig,
  type PlanogramState,
  type PlanogramVersion,
} from "./planogram.ts";

/** The planogram as it is, for people. */
export function planogramView({ version, at, by, note, shelves }: PlanogramVersion): Planogram {
  return { version, at, by, ...(note === undefined ? {} : { note }), shelves };
}

/** This version and those before it that are kept, the newest first. */
export function planogramVersions(state: PlanogramState): PlanogramSummary[] {
  return [...state.past, state]
    .map(({ version, at, by, note, changes }) => ({
      version,
      at,
      by,
      ...(note === undefined ? {} : { note }),
      changes,
    }))
    .reverse();
}

/** One of them, whole; undefined when it is not kept any more. */
export function planogramVersion(state: PlanogramState, version: number): Planogram | undefined {
  const found = state.version === version ? state : state.past.find((one) => one.version === version);
  return found && planogramView(found);
}

/** What saving these shelves would change, in words, or every reason why not. Nothing is saved. */
export function tryPlanogram(
  state: PlanogramState,
  shelves: PlannedShelf[],
  config: PlanogramConfig,
  nameOf: (sku: string) => string,
): PlanogramTrial {
  const problems = checkPlanogram(shelves, config);
  if (problems.length > 0) return { changes: [], problems };
  const found = differences(state.shelves, merge(state.shelves, shelves, config));
  return { changes: found.map((difference) => differenceWords(difference, nameOf)), problems };
}

/** Products whose places may have changed with the newest version. */
export function touchedSkus({ shelves, past }: PlanogramState): Set<string> {
  const found = differences(past.at(-1)?.shelves ?? [], shelves);
  return new Set(found.map(({ sku }) => sku));
}
