import type { Action } from "./errand.ts";
import type { Scenario } from "./scenario.ts";
import type { Plate, Shop, ShopItem } from "./shop.ts";
import { goTo } from "./shopper.ts";

/** Staff set so many down at once, out of the box that they brought. */
const handful = 2;

/**
 * The next job of a member of staff: the longest empty plate, or an item that lies on a wrong plate.
 * `taken` holds the plates colleagues are on their way to. Nothing when the shop is in order.
 */
export function planRound(options: {
  shop: Shop;
  scenario: Scenario;
  taken: ReadonlySet<Plate>;
  misplacedSinceMs: ReadonlyMap<ShopItem, number>;
}): { plate: Plate; actions: Action[] } | undefined {
  const { shop, scenario, taken, misplacedSinceMs } = options;
  const before = shop.now() - scenario.restockAfterMs;
  const empty = shop.plates
    .filter((plate) => !taken.has(plate) && (plate.emptySinceMs ?? Number.POSITIVE_INFINITY) <= before)
    .sort((a, b) => (a.emptySinceMs ?? 0) - (b.emptySinceMs ?? 0))[0];
  if (empty) return { plate: empty, actions: restock(shop, empty) };

  for (const plate of shop.plates) {
    const stray = plate.items.find(
      (item) => item.sku !== plate.sku && (misplacedSinceMs.get(item) ?? Infinity) <= before,
    );
    const home = stray && shop.plates.find((candidate) => candidate.sku === stray.sku);
    if (stray && home && !taken.has(plate)) return { plate, actions: tidy(shop, plate, stray, home) };
  }
  return undefined;
}

function restock(shop: Shop, plate: Plate): Action[] {
  const actions = goTo(shop, plate);
  for (let missing = plate.capacity - plate.items.length; missing > 0; missing -= handful) {
    actions.push({ do: "restock", plate, handful }, { do: "wait", ms: 4_000 });
  }
  return actions;
}

function tidy(shop: Shop, plate: Plate, item: ShopItem, home: Plate): Action[] {
  return [
    ...goTo(shop, plate),
    { do: "pick-up", plate, item },
    { do: "wait", ms: 1_000 },
    ...goTo(shop, home),
    { do: "put-back", plate: home },
    { do: "wait", ms: 1_000 },
  ];
}
