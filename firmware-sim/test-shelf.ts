import type { LoadedConfig } from "#wire/store-config.ts";
import { createDevice } from "./device.ts";
import { createDeviceLink } from "./device-link.ts";
import { type Cell, createCell } from "./physics/cell.ts";
import { createKind, type Item, type Kind, placeOn, weighItem } from "./physics/goods.ts";
import { createRow } from "./physics/row.ts";
import { createRandom } from "./random.ts";

export type TestShelfOptions = {
  /** Of the broker. */
  url: string;
  username?: string;
  password?: string;
  /** The shop's configuration, and which of its shelves. */
  loaded: Pick<LoadedConfig, "config" | "items">;
  shelf: string;
  /** sku -> how many stand on each of its plates at first; as many as fit where left out. */
  fill?: Readonly<Record<string, number>>;
  seed?: string;
  /** False: the floor shakes and strangers lean on the shelf, as in a shop. */
  calm?: boolean;
};

const everyMs = 100;
/** A cell of a laboratory: what a test asks for must not hang on a noisy plate. */
const fineness = 0.2;

/**
 * One shelf of the shop in real time, over real MQTT, with the physics of the simulator: `lift` and `put` are a hand that
 * comes, takes or brings so many, and goes; they answer when it has gone. It speaks ten times a second.
 */
export function createTestShelf(options: TestShelfOptions) {
  const { url, username = "demo", password = "demo", loaded, shelf: id, seed = "test", calm = true } = options;
  const shelf = loaded.config.shelves.find((one) => one.id === id);
  if (!shelf) throw new Error(`this shop has no shelf ${id}`);
  const numbers = [...new Set(shelf.plates.map(({ plate }) => plate))].sort((a, b) => a - b);
  const startMs = Date.now();
  const random = createRandom(seed, `test-shelf/${id}`);
  const row = createRow({ plates: numbers.length, startMs, random, calm });
  const cells = numbers.map((_, plate): Cell => createCell({ plate, random, startMs, fineness }));
  const kinds = new Map<string, Kind>();
  for (const { sku } of shelf.plates) {
    const grams = loaded.items.find((item) => item.sku === sku)?.grams ?? 100;
    if (!kinds.has(sku)) kinds.set(sku, createKind(random, sku, grams));
  }
  for (const { sku, plate, capacity } of shelf.plates) {
    for (let n = options.fill?.[sku] ?? capacity; n > 0; n--) row.add(newItem(sku, numbers.indexOf(plate)));
  }

  const identity = { storeId: loaded.config.store.id, kind: "shelf", deviceId: shelf.device, seed, startMs } as const;
  const device = createDevice(identity, ({ nowMs, send }) => {
    row.advance(nowMs);
    send("reading", { plates: cells.map((cell, at) => ({ plate: numbers[at], grams: cell.read(row, nowMs) })) });
  });
  const link = createDeviceLink(device, { url, username, password, warn() {} });
  const step = () => Promise.all(device.step(Date.now()).map(link.publish));
  const first = step();
  const timer = setInterval(() => void step(), everyMs);

  function newItem(sku: string, home: number): Item {
    const kind = kinds.get(sku);
    if (!kind) throw new Error(`shelf ${id} has no place for ${sku}`);
    return { sku, grams: weighItem(kind, random), x: placeOn(home, kind.width, random), width: kind.width };
  }
  /** Resolves when the hand has gone. */
  async function reach(x: number, change: () => void) {
    const now = Date.now();
    row.touch(x, now, now + 600);
    await new Promise((resolve) => setTimeout(resolve, 300));
    change();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const homeOf = (sku: string, plate: number | undefined) =>
    numbers.indexOf(plate ?? shelf.plates.find((one) => one.sku === sku)?.plate ?? numbers[0] ?? 0);

  return {
    /** The broker has its first reading. */
    ready: () => first.then(() => {}),
    /** Takes so many off the shelf, one grip; fewer when there are fewer. Answers how many it got. */
    async lift(sku: string, count = 1): Promise<number> {
      const wanted = [...row.items].filter((item) => item.sku === sku).slice(0, count);
      const [one] = wanted;
      if (!one) return 0;
      await reach(one.x, () => wanted.forEach(row.remove));
      return wanted.length;
    },
    /** Brings so many, from the stockroom or from somebody's hands: a scale cannot tell. `plate`: where, if not at home. */
    async put(sku: string, count = 1, plate?: number) {
      const items = Array.from({ length: count }, () => newItem(sku, homeOf(sku, plate)));
      await reach(items[0]?.x ?? 0, () => items.forEach(row.add));
    },
    count: (sku: string) => [...row.items].filter((item) => item.sku === sku).length,
    async close() {
      clearInterval(timer);
      await link.close();
    },
  };
}

export type TestShelf = ReturnType<typeof createTestShelf>;
