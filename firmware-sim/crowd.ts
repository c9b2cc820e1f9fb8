import { type Action, createWalker, type Walker } from "./errand.ts";
import type { Point } from "./floor-paths.ts";
import { createRandom, type Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { Person, Plate, Shop, ShopItem } from "./shop.ts";
import { planClearOut, planSweep, planTour, planVisit } from "./shopper.ts";
import { planRound } from "./staff.ts";

/** Basket 1 belongs to whoever walks the tour. */
const tourBasket = 1;

/** Everybody in the shop: who comes when, and what each does next. */
export function createCrowd(options: { shop: Shop; scenario: Scenario; seed: string; startMs: number }) {
  const { shop, scenario, seed, startMs } = options;
  const arrivals = createRandom(seed, "arrivals");
  const visitors: Walker[] = [];
  const staff: { walker: Walker; plate?: Plate }[] = [];
  const misplacedSinceMs = new Map<ShopItem, number>();
  let tour: Walker | undefined;
  let born = 0;
  let clearOutDue =
    scenario.clearOutAfterMs === undefined ? Number.POSITIVE_INFINITY : startMs + scenario.clearOutAfterMs;
  let sweepDue = startMs + (scenario.sweeps?.firstAfterMs ?? Number.POSITIVE_INFINITY);
  let nextArrivalMs = startMs + nextGap(arrivals, perMinute(scenario, 0));

  for (let n = 0; n < scenario.startInside; n++) {
    const spot = shop.world.shelfSpot.get(arrivals.pick(shop.world.config.shelves)?.id ?? "");
    admit(spot ?? shop.world.entrance);
  }
  for (let n = 0; n < scenario.staff; n++) staff.push({ walker: enter("staff", `staff-${n + 1}`, shop.world.till) });
  if (scenario.tour && shop.baskets.length > 0) {
    tour = enter("shopper", "shopper-tour", shop.world.entrance);
    shop.takeBasket(tour.person, tourBasket);
  }

  function enter(role: Person["role"], id: string, at: Point): Walker {
    const random = createRandom(seed, id);
    const phone = role === "shopper" && random.chance(scenario.phoneShare);
    const person: Person = { id, role, at, headingRad: 0, phone, carrying: [] };
    shop.arrive(person);
    return createWalker(shop, person, random);
  }
  function admit(at: Point, actions?: Action[]) {
    born += 1;
    const id = `shopper-${born}`;
    const random = createRandom(seed, `${id}/plan`);
    const walker = enter("shopper", id, at);
    const free = shop.baskets.find((basket) => !basket.carrier && basket.minor !== tourBasket)?.minor;
    const basket = !actions && random.chance(scenario.basketShare) ? free : undefined;
    walker.add(actions ?? planVisit(shop, scenario, random, basket));
    visitors.push(walker);
  }
  function welcome() {
    const now = shop.now();
    if (now >= clearOutDue) {
      clearOutDue = Number.POSITIVE_INFINITY;
      admit(shop.world.entrance, planClearOut(shop));
    }
    if (now >= sweepDue) {
      sweepDue += scenario.sweeps?.everyMs ?? Number.POSITIVE_INFINITY;
      admit(shop.world.entrance, planSweep(shop, createRandom(seed, `sweep/${now}`)));
    }
    if (now < nextArrivalMs) return;
    const rate = perMinute(scenario, (now - startMs) / 60_000);
    nextArrivalMs = now + nextGap(arrivals, rate);
    if (rate > 0 && visitors.length < scenario.mostShoppers) admit(shop.world.entrance);
  }
  function noteMisplaced() {
    for (const plate of shop.plates) {
      for (const item of plate.items) {
        if (item.sku === plate.sku) misplacedSinceMs.delete(item);
        else if (!misplacedSinceMs.has(item)) misplacedSinceMs.set(item, shop.now());
      }
    }
  }
  function assignStaff() {
    for (const member of staff) {
      if (!member.walker.done()) continue;
      delete member.plate;
      const taken = new Set(staff.flatMap(({ plate }) => (plate ? [plate] : [])));
      const round = planRound({ shop, scenario, taken, misplacedSinceMs });
      if (!round) continue;
      member.plate = round.plate;
      member.walker.add([...round.actions, { do: "walk", to: shop.world.till }]);
    }
  }
  return {
    step(ms: number) {
      welcome();
      if (shop.now() % 1_000 < ms) {
        noteMisplaced();
        assignStaff();
      }
      if (tour?.done()) tour.add(planTour(shop, scenario.tour?.dwellMs ?? 0));
      tour?.step(ms);
      for (const member of staff) member.walker.step(ms);
      for (const visitor of [...visitors]) {
        visitor.step(ms);
        if (visitor.done()) visitors.splice(visitors.indexOf(visitor), 1);
      }
    },
  };
}

function perMinute(scenario: Scenario, minutes: number): number {
  return scenario.arrivals.findLast((entry) => entry.afterMinutes <= minutes)?.perMinute ?? 0;
}

/** Arrivals are a Poisson process: the gaps between them are exponential. */
function nextGap(random: Random, rate: number): number {
  return rate <= 0 ? 60_000 : (-Math.log(1 - random.next()) / rate) * 60_000;
}
