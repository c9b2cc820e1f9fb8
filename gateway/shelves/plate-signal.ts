/**
 * What one plate's weight has been doing. Signal memory: it is not journaled, it rebuilds itself within seconds.
 * `pending` is a weight that moved and has not yet proved that it stays.
 */
export type PlateSignal = {
  grams: number | undefined;
  /** When it was last measured and when that arrived, epoch ms. */
  at: number;
  heardAt: number;
  stableGrams: number | undefined;
  pendingSince: number | undefined;
};

export type SettleRules = { quietGrams: number; settleMs: number };

export const silentPlate = (): PlateSignal => ({
  grams: undefined,
  at: 0,
  heardAt: 0,
  stableGrams: undefined,
  pendingSince: undefined,
});

/** Epoch ms: `at` of the measurement by the device's clock, `now` of its arrival by ours. */
export type Moment = { at: number; now: number };

/** Takes a reading in; true when the weight has stood still for `settleMs` since it last moved by more than noise. */
export function feel(signal: PlateSignal, grams: number, { at, now }: Moment, rules: SettleRules): boolean {
  const moved = signal.grams === undefined || Math.abs(grams - signal.grams) > rules.quietGrams;
  signal.grams = grams;
  signal.at = at;
  signal.heardAt = now;
  if (isQuiet(signal, rules)) {
    signal.pendingSince = undefined;
    return false;
  }
  // a measurement older than the movement means that a clock was set back
  if (moved || signal.pendingSince === undefined || at < signal.pendingSince) signal.pendingSince = at;
  return at - signal.pendingSince >= rules.settleMs;
}

/**
 * A device that reports on change falls silent once the weight stands: time alone settles it too. Measured from the
 * arrival, for the device's clock may be minutes behind ours; a silence below nought means that ours was set back.
 */
export function hasSettled(signal: PlateSignal, now: number, rules: SettleRules): boolean {
  const silentMs = now - signal.heardAt;
  return signal.pendingSince !== undefined && (silentMs >= rules.settleMs || silentMs < 0);
}

function isQuiet(signal: PlateSignal, rules: SettleRules): boolean {
  if (signal.stableGrams === undefined || signal.grams === undefined) return false;
  return Math.abs(signal.grams - signal.stableGrams) <= rules.quietGrams;
}
