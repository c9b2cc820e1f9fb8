import type { Scenario } from "../scenario.ts";

/** Something to see within the first minute: plates run empty, people move, staff come round. */
export const demo: Scenario = {
  name: "demo",
  arrivals: [
    { afterMinutes: 0, perMinute: 4 },
    { afterMinutes: 5, perMinute: 2.5 },
  ],
  mostShoppers: 9,
  startInside: 4,
  fill: [0.45, 1],
  nearlyEmpty: 2,
  clearOutAfterMs: 6_000,
  sweeps: { firstAfterMs: 270_000, everyMs: 1_800_000 },
  tour: { dwellMs: 7_000 },
  basketShare: 0.7,
  phoneShare: 0.8,
  mirrorShare: 0.3,
  putBackShare: 0.25,
  wrongPlateShare: 0.15,
  picks: [1, 4],
  dwellMs: [2_000, 9_000],
  staff: 1,
  restockAfterMs: 120_000,
  neighbourPhones: 3,
  // Nobody has adopted these yet: two that a format knows, and one that none does.
  devices: ["+tasmota:scale9@F1/2", "+zigbee2mqtt:till@till", "+json-scale:warehouse/scale/7@E1/3"],
};
