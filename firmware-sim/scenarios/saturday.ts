import type { Scenario } from "../scenario.ts";

/** Saturday afternoon: the shop is full, hands are everywhere, staff cannot keep up. */
export const saturday: Scenario = {
  name: "saturday",
  arrivals: [
    { afterMinutes: 0, perMinute: 2 },
    { afterMinutes: 60, perMinute: 5 },
    { afterMinutes: 240, perMinute: 3 },
  ],
  mostShoppers: 24,
  startInside: 8,
  fill: [0.7, 1],
  nearlyEmpty: 1,
  basketShare: 0.6,
  phoneShare: 0.85,
  mirrorShare: 0.3,
  putBackShare: 0.3,
  wrongPlateShare: 0.2,
  picks: [1, 5],
  sweeps: { firstAfterMs: 400_000, everyMs: 900_000 },
  dwellMs: [2_000, 15_000],
  staff: 2,
  restockAfterMs: 240_000,
  neighbourPhones: 6,
};
