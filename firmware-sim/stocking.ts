import { createRandom, type Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { Plate, ShopItem } from "./shop.ts";
import type { World } from "./world.ts";

/** Each product is off its catalogue weight a little, and each item off its product's; never more than 5 %. */
export function createItemMaker(world: World, seed: string) {
  const random = createRandom(seed, "items");
  const bias = new Map<string, number>();
  for (const sku of world.itemBySku.keys()) {
    bias.set(sku, clamp(createRandom(seed, `bias/${sku}`).normal(0, 0.008), 0.02));
  }
  let serial = 0;
  return (sku: string): ShopItem => {
    serial += 1;
    const off = clamp((bias.get(sku) ?? 0) + random.normal(0, 0.015), 0.05);
    return { serial, sku, grams: (world.itemBySku.get(sku)?.grams ?? 100) * (1 + off) };
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

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
