/** One advertisement as it travels on `ble/<device>/adverts`. */
export type Advert = { mac: string; rssi: number; data: string; at: number };

/**
 * Adverts on their way to the broker. Holds `limit` at most; when full the oldest goes and is counted, because where a
 * basket was a minute ago interests nobody.
 */
export function createAdvertBatch(limit: number) {
  let adverts: Advert[] = [];
  let dropped = 0;
  return {
    add(advert: Advert) {
      if (adverts.length >= limit) {
        adverts.shift();
        dropped += 1;
      }
      adverts.push(advert);
    },
    /** Everything that waits, oldest first; the batch is empty then. */
    take(): Advert[] {
      const taken = adverts;
      adverts = [];
      return taken;
    },
    /** Since the start. */
    dropped: () => dropped,
  };
}
