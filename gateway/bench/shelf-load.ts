import type { LoadedConfig } from "#wire/store-config.ts";

/** A plate of the shop as the load sees it. Counts run from `least` to `capacity`, above what would open an alert. */
export type LoadPlate = {
  deviceId: string;
  plate: number;
  sku: string;
  unitGrams: number;
  least: number;
  capacity: number;
};

/** Plates of one product that weighs something and stands nowhere else, so that a product's stock tells the plate's count. */
export function platesOf({ config, items }: LoadedConfig): LoadPlate[] {
  const grams = new Map(items.map(({ sku, grams }) => [sku, grams ?? 0]));
  const all = config.shelves.flatMap(({ device, plates }) => plates.map((plate) => ({ ...plate, deviceId: device })));
  return all
    .filter(
      ({ sku, deviceId, plate, minimum, capacity }) =>
        capacity - minimum > 1 &&
        (grams.get(sku) ?? 0) > 0 &&
        all.filter((each) => each.sku === sku || (each.deviceId === deviceId && each.plate === plate)).length === 1,
    )
    .map(({ deviceId, plate, sku, minimum, capacity }) => {
      return { deviceId, plate, sku, unitGrams: grams.get(sku) ?? 0, least: minimum + 1, capacity };
    });
}

/** `at`: epoch ms that it says it was measured. */
export type NextReading = { topic: string; payload: string; plate: LoadPlate; count: number; at: number };

/**
 * What the plates of one connection say, in turn. Weights are whole numbers of items, so a gateway counts them at once;
 * `share` (0..1) of the readings differ in count from the reading before, the others repeat it.
 */
export function createReadings(storeId: string, plates: readonly LoadPlate[], boot: number) {
  const states = plates.map((plate) => ({ plate, count: plate.least, topic: topicOf(storeId, plate) }));
  const seqs = new Map(plates.map(({ deviceId }) => [deviceId, 0]));
  let turn = 0;
  let due = 0;

  return {
    next(share: number): NextReading {
      const state = states[turn++ % states.length];
      if (!state) throw new Error("no plates to read");
      const { plate, topic } = state;
      due += share;
      if (due >= 1) {
        due -= 1;
        state.count = state.count >= plate.capacity ? plate.least : state.count + 1;
      }
      const seq = (seqs.get(plate.deviceId) ?? 0) + 1;
      seqs.set(plate.deviceId, seq);
      const grams = Math.round(state.count * plate.unitGrams * 10) / 10;
      const at = Date.now();
      const payload = `{"boot":${boot},"seq":${seq},"at":${at},"plates":[{"plate":${plate.plate},"grams":${grams}}]}`;
      return { topic, payload, plate, count: state.count, at };
    },
  };
}

export type Readings = ReturnType<typeof createReadings>;

const topicOf = (storeId: string, { deviceId }: LoadPlate) => `store/${storeId}/shelf/${deviceId}/reading`;

/** Devices dealt out to connections: each device speaks on one connection, as real ones do. */
export function dealOut(plates: readonly LoadPlate[], connections: number): LoadPlate[][] {
  const devices = [...new Set(plates.map(({ deviceId }) => deviceId))];
  const hands: LoadPlate[][] = Array.from({ length: Math.min(connections, devices.length) }, () => []);
  for (const [index, deviceId] of devices.entries()) {
    hands[index % hands.length]?.push(...plates.filter((plate) => plate.deviceId === deviceId));
  }
  return hands;
}
