import { createDevice, createRhythm, type Device, type DeviceIdentity } from "./device.ts";
import { createRandom, type Random } from "./random.ts";
import { encodeSgtin96 } from "./sgtin96.ts";
import type { Shop, ShopItem } from "./shop.ts";

/** Numbers and where they come from: docs/noise-model.md. */
const roundEveryMs = 2_000;
/** How often a tag that answers well, and one that hides, is read in a round. */
const goodTagShare = 0.4;
const hiddenTagShare = 0.06;
const hiddenTags = 0.05;
const mostReadsPerMessage = 200;
const taggedCategories = new Set(["knitwear", "coats", "hats", "accessories"]);

export type Antenna = { antenna: number; zone: string };
export type TagRead = { epc: string; antenna: number; rssi: number };

/** What a reader's antennas read in each round of the tagged items in their zones, on shelves and in hands. */
export function createTagReading(options: {
  seed: string;
  name: string;
  startMs: number;
  shop: Shop;
  antennas: readonly Antenna[];
  everyMs?: number;
}): (nowMs: number, random: Random) => TagRead[] | undefined {
  const { seed, name, startMs, shop } = options;
  const roundDue = createRhythm(options.everyMs ?? roundEveryMs, createRandom(seed, `round/${name}`), startMs);
  const zoneOfShelf = new Map(shop.world.config.shelves.map((shelf) => [shelf.id, shelf.zone]));

  function itemsIn(zone: string): ShopItem[] {
    const lying = shop.plates.filter((plate) => zoneOfShelf.get(plate.shelf) === zone).flatMap((plate) => plate.items);
    const carried = shop.people.filter((person) => person.zone === zone).flatMap((person) => person.carrying);
    return [...lying, ...carried];
  }
  return (nowMs, random) => {
    if (!roundDue(nowMs)) return undefined;
    const reads: TagRead[] = [];
    for (const { antenna, zone } of options.antennas) {
      for (const item of itemsIn(zone)) {
        const product = shop.world.itemBySku.get(item.sku);
        if (!product || !taggedCategories.has(product.category)) continue;
        const tag = createRandom(seed, `tag/${item.serial}`);
        const share = tag.chance(hiddenTags) ? hiddenTagShare : goodTagShare;
        const rssi = Math.round(tag.normal(-57, 4) + random.normal(0, 2));
        if (!random.chance(share) || reads.length >= mostReadsPerMessage) continue;
        reads.push({ epc: encodeSgtin96(product.gtin, item.serial), antenna, rssi });
      }
    }
    return reads;
  };
}

/** A fixed reader that reports each round in which it read anything. */
export function createRfidReader(identity: DeviceIdentity, shop: Shop, antennas: readonly Antenna[]): Device {
  const read = createTagReading({ ...identity, name: identity.deviceId, shop, antennas });
  return createDevice(identity, ({ nowMs, random, send }) => {
    const reads = read(nowMs, random) ?? [];
    if (reads.length > 0) send("reads", { reads });
  });
}
