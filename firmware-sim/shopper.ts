import type { Action } from "./errand.ts";
import { middle, type Point } from "./floor-paths.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { Plate, Shop } from "./shop.ts";
import { wornSku } from "./video-look.ts";

/** What a visitor sets out to do, from the door to the door. */
export function planVisit(shop: Shop, scenario: Scenario, random: Random, freeBasket: number | undefined): Action[] {
  const { world } = shop;
  const actions: Action[] = [];
  if (freeBasket !== undefined) actions.push({ do: "wait", ms: 1_000 }, { do: "take-basket", minor: freeBasket });

  const picks = random.integer(scenario.picks[0], scenario.picks[1]);
  for (let n = 0; n < picks; n++) {
    const plate = random.pick(shop.plates);
    if (!plate) break;
    actions.push(...goTo(shop, plate), dwell(scenario, random), { do: "pick", plate });
    if (!random.chance(scenario.putBackShare)) continue;
    actions.push(
      dwell(scenario, random),
      ...putSomewhere(shop, plate, random.chance(scenario.wrongPlateShare), random),
    );
  }
  if (picks === 0 || random.chance(0.3)) actions.push(...browse(shop, scenario, random));
  if (random.chance(scenario.mirrorShare)) actions.push(...tryOn(shop, random));
  actions.push(
    { do: "walk", to: world.till },
    { do: "wait", ms: random.between(3_000, 9_000) },
    { do: "pay" },
    { do: "walk", to: world.entrance },
    { do: "return-basket" },
    { do: "leave" },
  );
  return actions;
}

const [leastSwept, mostSwept] = [5, 6];

/** The visitor of the demo who takes the last ones: straight to every nearly empty plate. */
export function planClearOut(shop: Shop): Action[] {
  const sparse = shop.plates
    .filter((plate) => plate.items.length > 0 && plate.items.length <= plate.minimum + 1)
    .sort((a, b) => a.items.length - b.items.length)
    .slice(0, 6);
  return [
    ...sparse.flatMap((plate): Action[] => [
      ...goTo(shop, plate),
      { do: "wait", ms: 1_200 },
      { do: "pick", plate },
      { do: "wait", ms: 1_500 },
    ]),
    { do: "walk", to: shop.world.till },
    { do: "wait", ms: 4_000 },
    { do: "pay" },
    { do: "walk", to: shop.world.entrance },
    { do: "leave" },
  ];
}

/** A place with much money on it: as much of it as two arms hold, and out by the door. */
export function planSweep(shop: Shop, random: Random): Action[] {
  const worth = ({ sku, items }: Plate) => items.length * (shop.world.itemBySku.get(sku)?.price ?? 0);
  const full = shop.plates.filter(({ items }) => items.length >= leastSwept).sort((a, b) => worth(b) - worth(a));
  const target = random.pick(full.slice(0, 6));
  if (!target) return [{ do: "leave" }];
  const pieces = Math.min(target.items.length, random.integer(leastSwept, mostSwept));
  return [
    ...goTo(shop, target),
    { do: "wait", ms: 1_500 },
    ...Array.from({ length: pieces }, (): Action => ({ do: "snatch", plate: target })),
    { do: "walk", to: shop.world.entrance },
    { do: "leave" },
  ];
}

/** One round through every zone, a while in each. */
export function planTour(shop: Shop, dwellMs: number): Action[] {
  return shop.world.zones.flatMap((zone): Action[] => [
    { do: "walk", to: shop.world.paths.standBy(zone.centre, zone.rect) },
    { do: "wait", ms: dwellMs },
  ]);
}

export function goTo(shop: Shop, plate: Plate): Action[] {
  const shelf = shop.world.config.shelves.find((candidate) => candidate.id === plate.shelf);
  const spot: Point | undefined = shop.world.shelfSpot.get(plate.shelf);
  if (!shelf || !spot) return [];
  return [
    { do: "walk", to: spot },
    { do: "face", to: middle(shelf.rect) },
  ];
}

/** Back where it came from, or on the nearest other plate of the same or another shelf. */
function putSomewhere(shop: Shop, home: Plate, wrong: boolean, random: Random): Action[] {
  const elsewhere = shop.plates.filter((plate) => plate !== home && plate.sku !== home.sku);
  const plate = wrong ? random.pick(elsewhere) : home;
  if (!plate) return [];
  return [...goTo(shop, plate), { do: "put-back", plate }];
}

function browse(shop: Shop, scenario: Scenario, random: Random): Action[] {
  const plate = random.pick(shop.plates);
  return plate ? [...goTo(shop, plate), dwell(scenario, random)] : [];
}

function tryOn(shop: Shop, random: Random): Action[] {
  const mirror = random.pick(shop.world.config.mirrors);
  const spot = mirror && shop.world.mirrorSpot.get(mirror.id);
  if (!mirror || !spot) return [];
  const wearable = [...shop.world.itemBySku.values()].filter(
    (item) => item.category === "glasses" || item.category === "hats",
  );
  const picked = random.pick(wearable)?.sku;
  const isOnPicture = mirror === shop.world.config.mirrors[0] && shop.world.itemBySku.has(wornSku);
  const sku = isOnPicture ? wornSku : picked;
  return [
    { do: "walk", to: spot },
    { do: "mirror", mirror: mirror.id, ms: random.between(8_000, 25_000), ...(sku ? { sku } : {}) },
    { do: "leave-mirror" },
  ];
}

function dwell(scenario: Scenario, random: Random): Action {
  return { do: "wait", ms: random.between(scenario.dwellMs[0], scenario.dwellMs[1]) };
}
