import { middle, type Point } from "./floor-paths.ts";
import { type Item, placeOn } from "./physics/goods.ts";
import { createRow, type Row } from "./physics/row.ts";
import { createRandom } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { createItemMaker, fillPlates, tidyOverhang } from "./stocking.ts";
import type { TellTruth } from "./truth.ts";
import type { World } from "./world.ts";

/** One thing of the shop, on a shelf or in somebody's hands. */
export type ShopItem = Item & { serial: number };

/** The place of one product on a plate; two products on one plate are two of these. */
export type Plate = {
  shelf: string;
  plate: number;
  sku: string;
  capacity: number;
  minimum: number;
  /** Its shelf as physics, which of its plates this is (from 0), the middle of the place there and half its width. */
  row: Row;
  index: number;
  middle: number;
  half: number;
  /** What was put here. Its edge may rest on a neighbour's plate. */
  items: ShopItem[];
  /** Since when nothing of its own lies here. */
  emptySinceMs?: number;
};

export type Person = {
  id: string;
  role: "shopper" | "staff";
  at: Point;
  /** Where the person looks, radians; 0 is along x. */
  headingRad: number;
  zone?: string;
  basket?: number;
  phone: boolean;
  carrying: ShopItem[];
  mirror?: string;
};

/** A basket lies in the stack at the door or is carried. Its beacon sleeps when it has not moved for a while. */
export type Basket = { minor: number; carrier?: Person; at: Point; awakeUntilMs: number };

/** The shop's true state and the only hands that change it; every change is told as truth. */
export type Shop = ReturnType<typeof createShop>;

/** An accelerometer puts a basket's beacon to sleep this long after the basket was put down. */
const beaconSleepsAfterMs = 15_000;

export function createShop(options: {
  world: World;
  scenario: Scenario;
  seed: string;
  startMs: number;
  tell: TellTruth;
}) {
  const { world, scenario, seed, startMs, tell } = options;
  const random = createRandom(seed, "shop");
  const makeItem = createItemMaker(world, seed);
  const rows: Row[] = [];
  const plates = world.config.shelves.flatMap((shelf) => {
    const numbers = [...new Set(shelf.plates.map(({ plate }) => plate))].sort((a, b) => a - b);
    const row = createRow({
      plates: numbers.length,
      startMs,
      random: createRandom(seed, `row/${shelf.id}`),
      noStrangers: true,
    });
    rows.push(row);
    return placesOn(shelf, numbers).map((place): Plate => ({ ...place, shelf: shelf.id, row, items: [] }));
  });
  const people: Person[] = [];
  const baskets: Basket[] = Array.from({ length: world.config.baskets.count }, (_, index) => ({
    minor: index + 1,
    at: world.entrance,
    awakeUntilMs: 0,
  }));
  const looks = new Map<string, { person?: string; sku?: string }>();
  const head = new Map<string, number>();
  let nowMs = startMs;

  /** The hand sets it down somewhere in its place. */
  function setDown(plate: Plate, item: ShopItem) {
    item.x = placeOn(plate.middle, item.width, random, { half: plate.half, overhang: tidyOverhang });
    plate.row.add(item);
  }

  fillPlates({ plates, scenario, random, makeItem });
  for (const plate of plates) for (const item of plate.items) setDown(plate, item);

  const ownCount = (plate: Plate) => plate.items.filter((item) => item.sku === plate.sku).length;

  function noteEmpty(plate: Plate) {
    if (ownCount(plate) > 0) delete plate.emptySinceMs;
    else plate.emptySinceMs ??= nowMs;
  }
  function tellMove(kind: "pick" | "put-back" | "restock", by: Person, plate: Plate, items: ShopItem[]) {
    const sku = items[0]?.sku ?? plate.sku;
    noteEmpty(plate);
    const { shelf, plate: number } = plate;
    const misplaced = sku === plate.sku ? {} : { misplacedOn: plate.sku };
    const count = ownCount(plate);
    tell({ at: nowMs, kind, by: by.id, shelf, plate: number, sku, quantity: items.length, count, ...misplaced });
  }
  function noteZone(person: Person) {
    const zone = world.zoneAt(person.at) ?? person.zone;
    if (zone === person.zone) return;
    const from = person.zone;
    if (zone) person.zone = zone;
    changeHead(from, -1);
    changeHead(zone, 1);
    if (person.basket !== undefined && zone) {
      tell({ at: nowMs, kind: "zone", carrier: carrierOf(person.basket), zone, ...(from ? { from } : {}) });
    }
  }
  function changeHead(zone: string | undefined, by: number) {
    if (!zone) return;
    const count = (head.get(zone) ?? 0) + by;
    head.set(zone, count);
    tell({ at: nowMs, kind: "people", zone, people: count });
  }
  function tellStock() {
    for (const plate of plates) {
      const { shelf, plate: number, sku } = plate;
      const count = ownCount(plate);
      tell({ at: nowMs, kind: "stock", shelf, plate: number, sku, count, foreign: plate.items.length - count });
    }
  }

  return {
    world,
    plates,
    people,
    baskets,
    looks,
    ownCount,
    tellStock,
    now: () => nowMs,
    advance(ms: number) {
      nowMs += ms;
      for (const row of rows) row.advance(nowMs);
    },
    arrive(person: Person) {
      people.push(person);
      tell({ at: nowMs, kind: "arrived", person: person.id });
      noteZone(person);
    },
    leave(person: Person) {
      const index = people.indexOf(person);
      if (index >= 0) people.splice(index, 1);
      changeHead(person.zone, -1);
      tell({ at: nowMs, kind: "left", person: person.id });
    },
    moveTo(person: Person, to: Point) {
      if (to[0] !== person.at[0] || to[1] !== person.at[1]) {
        person.headingRad = Math.atan2(to[1] - person.at[1], to[0] - person.at[0]);
      }
      person.at = to;
      noteZone(person);
    },
    takeBasket(person: Person, minor: number) {
      const basket = baskets[minor - 1];
      if (!basket || basket.carrier) return;
      basket.carrier = person;
      person.basket = minor;
      if (person.zone) tell({ at: nowMs, kind: "zone", carrier: carrierOf(minor), zone: person.zone });
    },
    returnBasket(person: Person) {
      const basket = baskets[(person.basket ?? 0) - 1];
      if (!basket) return;
      delete basket.carrier;
      basket.at = person.at;
      basket.awakeUntilMs = nowMs + beaconSleepsAfterMs;
      delete person.basket;
      tell({
        at: nowMs,
        kind: "zone",
        carrier: carrierOf(basket.minor),
        ...(person.zone ? { from: person.zone } : {}),
      });
    },
    /** A hand rests on the plate for so long, and may nudge its neighbours. */
    touch: (plate: Plate, ms: number) => plate.row.touch(plate.middle, nowMs, nowMs + ms),
    /** Who is there may rest an arm on it, for seconds. */
    lean: (plate: Plate) => plate.row.leanOn(plate.middle),
    /** Takes an item off the plate, `wanted` if it is there; nothing when the plate is bare. */
    pick(person: Person, plate: Plate, wanted?: ShopItem): ShopItem | undefined {
      const index = wanted ? plate.items.indexOf(wanted) : plate.items.length - 1;
      const [item] = index < 0 ? [] : plate.items.splice(index, 1);
      if (!item) return undefined;
      plate.row.remove(item);
      plate.row.knock(item.x, random.between(-20, 20));
      person.carrying.push(item);
      tellMove("pick", person, plate, [item]);
      return item;
    },
    putBack(person: Person, plate: Plate, item: ShopItem) {
      const index = person.carrying.indexOf(item);
      if (index < 0) return;
      person.carrying.splice(index, 1);
      plate.items.push(item);
      setDown(plate, item);
      plate.row.knock(item.x, random.between(-40, 60));
      tellMove("put-back", person, plate, [item]);
    },
    restock(person: Person, plate: Plate, quantity: number) {
      const items = Array.from({ length: quantity }, () => makeItem(plate.sku));
      plate.items.unshift(...items);
      for (const item of items) setDown(plate, item);
      tellMove("restock", person, plate, items);
    },
    pay(person: Person) {
      if (person.carrying.length === 0) return;
      tell({ at: nowMs, kind: "paid", person: person.id, items: person.carrying.length });
      person.carrying = [];
    },
    standAtMirror(person: Person, mirror: string, sku?: string) {
      if (looks.get(mirror)?.person) return;
      person.mirror = mirror;
      looks.set(mirror, { person: person.id, ...(sku ? { sku } : {}) });
      const rect = world.config.mirrors.find((candidate) => candidate.id === mirror)?.rect;
      if (rect) {
        const [x, y] = middle(rect);
        person.headingRad = Math.atan2(y - person.at[1], x - person.at[0]);
      }
      tell({ at: nowMs, kind: "mirror", mirror, present: true });
    },
    leaveMirror(person: Person) {
      if (!person.mirror) return;
      looks.set(person.mirror, {});
      tell({ at: nowMs, kind: "mirror", mirror: person.mirror, present: false });
      delete person.mirror;
    },
    headCount: (zone: string) => head.get(zone) ?? 0,
  };
}

type Facing = World["config"]["shelves"][number]["plates"][number];

/** Where on its plate each product has its place: as the planogram says, else side by side, as listed. */
function placesOn({ plates }: { plates: readonly Facing[] }, numbers: readonly number[]) {
  return plates.map((facing) => {
    const beside = plates.filter(({ plate }) => plate === facing.plate);
    const { x = (beside.indexOf(facing) + 0.5) / beside.length, width = 1 / beside.length } = facing;
    const { plate, sku, capacity, minimum } = facing;
    const index = numbers.indexOf(plate);
    return { plate, sku, capacity, minimum, index, middle: index + x - 0.5, half: width / 2 };
  });
}

export const carrierOf = (minor: number) => `basket-${minor}`;
