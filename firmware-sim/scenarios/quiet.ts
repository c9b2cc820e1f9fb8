import type { Scenario } from "../scenario.ts";

/** A wet Tuesday: few people, long looks, nothing runs out for a while. */
export const quiet: Scenario = {
  name: "quiet",
  arrivals: [
    { afterMinutes: 0, perMinute: 0.3 },
    { afterMinutes: 120, perMinute: 0.6 },
    { afterMinutes: 360, perMinute: 0.2 },
  ],
  mostShoppers: 5,
  startInside: 1,
  fill: [0.6, 1],
  nearlyEmpty: 0,
  basketShare: 0.5,
  phoneShare: 0.8,
  mirrorShare: 0.25,
  putBackShare: 0.35,
  wrongPlateShare: 0.1,
  picks: [0, 3],
  dwellMs: [5_000, 30_000],
  staff: 1,
  restockAfterMs: 300_000,
  neighbourPhones: 2,
};
