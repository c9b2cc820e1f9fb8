/**
 * What one plate's weight has been doing. Signal memory: it is not journaled, it rebuilds itself within seconds.
 * `pending` is a weight that moved and has not yet proved that it stays.
 */
export type PlateSignal = {
  grams: number | undefined;
  at: number;
  stableGrams: number | undefined;
  pendingSince: number | undefined;
};

export type SettleRules = { quietGrams: number; settleMs: number };

export const silentPlate = (): PlateSignal => ({
  grams: undefined,
  at: 0,
  stableGrams: undefined,
  pendingSince: undefined,
});

/**
 * Takes a reading in; true when the weight has stood still for `settleMs` since it last moved by more than noise.
 * `at` is epoch ms of the measurement.
 */
export function feel(signal: PlateSignal, grams: number, at: number, rules: SettleRules): boolean {
  const moved = signal.grams === undefined || Math.abs(grams - signal.grams) > rules.quietGrams;
  signal.grams = grams;
  signal.at = at;
  if (isQuiet(signal, rules)) {
    signal.pendingSince = undefined;
    return false;
  }
  if (moved || signal.pendingSince === undefined) signal.pendingSince = at;
  return at - signal.pendingSince >= rules.settleMs;
}

/** A device that reports on change falls silent once the weight stands: time alone settles it too. */
export function hasSettled(signal: PlateSignal, now: number, rules: SettleRules): boolean {
  return signal.pendingSince !== undefined && now - signal.at >= rules.settleMs;
}

function isQuiet(signal: PlateSignal, rules: SettleRules): boolean {
  if (signal.stableGrams === undefined || signal.grams === undefined) return false;
  return Math.abs(signal.grams - signal.stableGrams) <= rules.quietGrams;
}
