import type { Random } from "../random.ts";

/** How hard an event is to read, and the share of each among all events: the fixed mix. */
export const mixShares = {
  pick: 0.2,
  "put-back": 0.22,
  misplaced: 0.11,
  simultaneous: 0.11,
  "equal weight": 0.12,
  "two of one": 0.06,
  restock: 0.11,
  "stray taken": 0.05,
  sweep: 0.02,
} as const;
export type Difficulty = keyof typeof mixShares;
export const difficulties = Object.keys(mixShares).filter((name): name is Difficulty => name in mixShares);

export type Mix = ReturnType<typeof createMix>;

/** Chooses what happens next so that the shares come true: what is furthest behind of what is possible, with some chance. */
export function createMix(random: Random) {
  const done = new Map<Difficulty, number>();
  let total = 0;
  return {
    choose(possible: readonly Difficulty[]): Difficulty | undefined {
      let best: Difficulty | undefined;
      let most = Number.NEGATIVE_INFINITY;
      for (const difficulty of possible) {
        const behind = mixShares[difficulty] * (total + 20) - (done.get(difficulty) ?? 0);
        const score = behind * random.between(0.5, 1.5);
        if (score <= most) continue;
        most = score;
        best = difficulty;
      }
      return best;
    },
    note(difficulty: Difficulty) {
      done.set(difficulty, (done.get(difficulty) ?? 0) + 1);
      total += 1;
    },
  };
}
