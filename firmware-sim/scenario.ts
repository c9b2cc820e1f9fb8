/** A day in the shop, as data. Durations in ms of simulated time, shares 0..1. */
export type Scenario = {
  name: string;
  /** New shoppers a minute, by minutes since the start; the last entry goes on. */
  arrivals: readonly { afterMinutes: number; perMinute: number }[];
  mostShoppers: number;
  /** Shoppers who are already among the shelves when the simulation starts. */
  startInside: number;
  /** How full plates are at the start. */
  fill: readonly [least: number, most: number];
  /** This many plates near the first visitors hold one item more than their minimum, and as many hold one item. */
  nearlyEmpty: number;
  /** A visitor who takes what is left on the nearly empty plates, so many ms after the start. */
  clearOutAfterMs?: number;
  /** Somebody carries basket 1 from zone to zone, again and again: whoever joins with basket 1 walks along. */
  tour?: { dwellMs: number };
  /** Shares of shoppers who take a basket, carry a talking phone, stand at a mirror. */
  basketShare: number;
  phoneShare: number;
  mirrorShare: number;
  /** Of the things picked up: how many go back, and of those, how many to a wrong plate. */
  putBackShare: number;
  wrongPlateShare: number;
  picks: readonly [least: number, most: number];
  /** Somebody who empties a shelf within seconds and leaves without paying: the first so long after the start, and then again. */
  sweeps?: { firstAfterMs: number; everyMs: number };
  dwellMs: readonly [least: number, most: number];
  staff: number;
  /** An empty plate, or a misplaced item, is seen to after this long. */
  restockAfterMs: number;
  /** Phones that never come in: the flat upstairs, the bus stop. */
  neighbourPhones: number;
  /** Devices of other makers, "[+]maker:name@place" as in foreign-plan.ts; those whose place this shop has not are left out. */
  devices?: readonly string[];
  /** What goes wrong, "device=kind[:amount]" as in faults.ts. */
  faults?: readonly string[];
};
