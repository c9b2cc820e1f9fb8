import type { LoadedConfig } from "#wire/store-config.ts";
import { createKind, type Item, type Kind, placeOn, weighItem } from "../physics/goods.ts";
import { createRandom, type Random } from "../random.ts";

/** A product and where it stands. */
export type Stand = Kind & {
  /** Middles of its places, in plates from 0; two products on a plate stand side by side. */
  homes: number[];
  /** Half of each place. */
  half: number;
  /** Stands beside another that weighs the same, to 3 %. */
  hasTwin: boolean;
};
export type ScoreShelf = { id: string; device: string; plates: number; stands: Stand[]; items: Item[] };
export type ScoreShop = { storeId: string; shelves: ScoreShelf[] };

const storeId = "score";
const lightestGrams = 35;
const heaviestGrams = 620;
const capacity = 16;

/**
 * A shop made to be hard: of the plates of a shelf about two fifths belong to neighbours of equal weight, a quarter to products
 * that span two plates, a tenth to two products on one plate, and the rest to a product each.
 */
export function createScoreShop(options: { seed: string; shelves: number; platesPerShelf: number }): ScoreShop {
  const { seed, platesPerShelf } = options;
  const shelves = Array.from({ length: options.shelves }, (_, index): ScoreShelf => {
    const id = `S${index + 1}`;
    const random = createRandom(seed, `shelf/${id}`);
    const stands = layOut(id, platesPerShelf, random);
    const items = stands.flatMap((stand) =>
      stand.homes.flatMap((home) => Array.from({ length: random.integer(3, 9) }, () => itemOn(stand, home, random))),
    );
    return { id, device: `scale-${index + 1}`, plates: platesPerShelf, stands, items };
  });
  return { storeId, shelves };
}

export const itemOn = (stand: Stand, home: number, random: Random): Item => ({
  sku: stand.sku,
  grams: weighItem(stand, random),
  x: placeOn(home, stand.width, random, stand),
  width: stand.width,
});

function layOut(id: string, plates: number, random: Random): Stand[] {
  const stands: Stand[] = [];
  const add = (grams: number, homes: number[], half = 0.5) => {
    const sku = `${id}-${stands.length + 1}`;
    stands.push({ ...createKind(random, sku, grams), homes, half, hasTwin: false });
  };
  const grams = () => Math.round(Math.exp(random.between(Math.log(lightestGrams), Math.log(heaviestGrams))));
  for (let plate = 0; plate < plates; ) {
    const roll = random.next();
    const isLast = plate + 1 >= plates;
    if (roll < 0.3 && !isLast) {
      const both = grams();
      add(both, [plate]);
      add(Math.round(both * random.between(0.985, 1.015)), [plate + 1]);
      plate += 2;
    } else if (roll < 0.5 && !isLast) {
      add(grams(), [plate, plate + 1]);
      plate += 2;
    } else {
      if (roll < 0.65) for (const middle of [plate - 0.25, plate + 0.25]) add(grams(), [middle], 0.25);
      else add(grams(), [plate]);
      plate += 1;
    }
  }
  for (const one of stands) one.hasTwin = stands.some((other) => areTwins(one, other));
  return stands;
}

export function areTwins(one: Stand, other: Stand): boolean {
  if (one === other || Math.abs(one.catalogueGrams / other.catalogueGrams - 1) >= 0.03) return false;
  return one.homes.some((home) => other.homes.some((its) => Math.abs(home - its) <= 1));
}

/** The shop as files that the gateway can read: name -> text. Plates are numbered from 1. */
export function configFiles({ storeId: id, shelves }: ScoreShop): Record<string, string> {
  const config = {
    store: {
      ...{ id, name: "Score", address: "", locale: "en-IE", currency: "EUR", timeZone: "UTC" },
      ...{ opens: "00:00", closes: "23:59" },
    },
    ...{ products: "products.json", offers: "offers.yaml" },
    floor: { plan: "floor.svg", widthM: 100, depthM: 100 },
    zones: [{ id: "hall", name: "Hall", rect: [0, 0, 100, 100] }],
    receivers: [],
    shelves: shelves.map((shelf, index) => ({
      ...{ id: shelf.id, name: shelf.id, zone: "hall", device: shelf.device },
      rect: [(index % 20) * 5, Math.floor(index / 20) * 5, 4, 1],
      plates: shelf.stands.flatMap(({ sku, homes }) =>
        homes.map((home) => ({ plate: Math.round(home) + 1, sku, capacity, minimum: 1 })),
      ),
    })),
    mirrors: [],
    baskets: { uuid: "5f3e2c1a-8d4b-4a6f-9c07-1e2d3b4a5c6d", major: 1, count: 0 },
    staff: [],
  } satisfies Partial<Record<keyof LoadedConfig["config"], unknown>>;
  const products = shelves
    .flatMap(({ stands }) => stands)
    .map(({ sku, catalogueGrams: grams }, index) => ({
      ...{ sku, gtin: gtin13(index), name: sku, category: "skin", grams, price: 1_000, picture: "soap-oat" },
    }));
  return {
    "store.yaml": JSON.stringify(config),
    "products.json": JSON.stringify({ products }),
    "offers.yaml": "offers: []\n",
    "floor.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"></svg>',
  };
}

/** 952 is GS1's prefix for demonstrations. */
function gtin13(index: number): string {
  const digits = `952${String(index).padStart(9, "0")}`;
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
