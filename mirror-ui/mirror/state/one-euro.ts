/**
 * One-Euro filter for a row of numbers (Casiez, Roussel, Vogel 2012): still values are smoothed strongly, moving ones
 * hardly at all, so that a frame neither trembles nor swims behind the face.
 */
export type OneEuro = {
  /** Smooths `values` in place. `unit` is the size that counts as one step, in the values' own measure; `atMs` must rise. */
  smooth(values: Float32Array, unit: number, atMs: number): void;
  reset(): void;
};

export type OneEuroOptions = {
  /** Hertz at rest: lower is steadier. */
  minCutoffHz: number;
  /** Hertz gained for each unit per second of movement: higher lags less. */
  beta: number;
};

const SPEED_CUTOFF_HZ = 1.5;
/** After such a gap the old values say nothing about the new ones. */
const FORGET_MS = 500;

export function createOneEuro({ minCutoffHz, beta }: OneEuroOptions): OneEuro {
  let last: Float32Array | undefined;
  let speed = new Float32Array();
  let lastMs = 0;
  const weight = (cutoffHz: number, seconds: number) => 1 / (1 + 1 / (2 * Math.PI * cutoffHz * seconds));
  return {
    smooth(values, unit, atMs) {
      const seconds = (atMs - lastMs) / 1000;
      if (!last || last.length !== values.length || seconds <= 0 || seconds > FORGET_MS / 1000) {
        last = Float32Array.from(values);
        speed = new Float32Array(values.length);
        lastMs = atMs;
        return;
      }
      lastMs = atMs;
      const speedWeight = weight(SPEED_CUTOFF_HZ, seconds);
      for (let i = 0; i < values.length; i++) {
        const step = (values[i]! - last[i]!) / unit;
        speed[i]! += speedWeight * (step / seconds - speed[i]!);
        // a sudden start must not wait for the smoothed speed to catch up
        const pace = Math.max(Math.abs(speed[i]!), Math.abs(step) > 0.05 ? Math.abs(step) / seconds : 0);
        last[i]! += weight(minCutoffHz + beta * pace, seconds) * (values[i]! - last[i]!);
      }
      values.set(last);
    },
    reset() {
      last = undefined;
    },
  };
}
