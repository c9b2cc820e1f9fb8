import { createKind, type Kind, weighItem } from "./physics/goods.ts";
import { createRandom, type Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { Plate, ShopItem } from "./shop.ts";
import type { World } from "./world.ts";

/**
 * The shops of the scenarios are tidy: goods were weighed for the catalogue, and stand on their own plate. Whoever knows
 * nothing but grams could not tell otherwise how many there are to begin with.
 */
const tidyCatalogueError = 0.015;
export const tidyOverhang = 0;
const tidyWidest = 0.9;
/** Where the catalogue does not know what something weighs. */
const unknownGrams = 150;

/** New items of a product, numbered; where each stands is decided when it is put down. */
export function createItemMaker(world: World, seed: string) {
  const random = createRandom(seed, "items");
  const kinds = new Map<string, Kind>();
  let serial = 0;
  function newKind(sku: string): Kind {
    const catalogueGrams = world.itemBySku.get(sku)?.grams ?? unknownGrams;
    const kind = createKind(createRandom(seed, `kind/${sku}`), sku, catalogueGrams, tidyCatalogueError);
    return { ...kind, width: Math.min(kind.width, tidyWidest) };
  }
  return (sku: string): ShopItem => {
    const kind = kinds.get(sku) ?? newKind(sku);
    kinds.set(sku, kind);
    serial += 1;
    return { serial, sku, grams: weighItem(kind, random), x: 0, width: kind.width };
  };
}

/** Usual plates hold a share of their capacity; a few are left nearly empty, spread over the shop. */
export function fillPlates(job: {
  plates: Plate[];
  scenario: Scenario;
  random: Random;
  makeItem: (sku: string) => ShopItem;
}) {
  const { plates, scenario, random, makeItem } = job;
  const sparse = new Map<Plate, number>();
  for (let n = 0; n < scenario.nearlyEmpty * 2; n++) {
    const plate = random.pick(plates.filter((candidate) => !sparse.has(candidate)));
    if (plate) sparse.set(plate, n % 2 === 0 ? 1 : Math.min(plate.capacity, plate.minimum + 1));
  }
  for (const plate of plates) {
    const share = random.between(scenario.fill[0], scenario.fill[1]);
    const usual = Math.max(Math.round(plate.capacity * share), Math.min(plate.capacity, plate.minimum + 1));
    const count = sparse.get(plate) ?? usual;
    for (let n = 0; n < count; n++) plate.items.push(makeItem(plate.sku));
  }
}
