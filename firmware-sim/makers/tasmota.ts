import { type Maker, retainedText, willText } from "./maker.ts";

/**
 * Tasmota on an ESP (arendst/Tasmota xsns_34_hx711, tasmota/docs VL53Lxx): one load cell is one plate, in kilograms, sent
 * when it changes and each telemetry period. `Count` is there once an item weight is set, and only above 1.
 */
const connection = (name: string) => ({
  will: () => willText(`tele/${name}/LWT`, "Offline", 1),
  greet: () => [retainedText(`tele/${name}/LWT`, "Online")],
});
/** Local time without a zone: useless to anybody but its reader. */
const localTime = (ms: number) => new Date(ms).toISOString().slice(0, 19);

export const tasmota: Maker<"scale"> = {
  role: "scale",
  everyMs: 500,
  heartbeatMs: 10_000,
  voice: ({ name }) => ({
    ...connection(name),
    say: ([plate], { nowMs }) => {
      if (!plate) return [];
      const raw = Math.round(plate.grams * 420);
      const counted = plate.items > 1 ? { Count: plate.items } : {};
      const HX711 = { Weight: Math.round(plate.grams) / 1_000, ...counted, WeightRaw: raw, AbsRaw: raw + 84_213 };
      return [{ topic: `tele/${name}/SENSOR`, payload: JSON.stringify({ Time: localTime(nowMs), HX711 }) }];
    },
  }),
};

/** How far the nearest item of a pushed row is from the back: 400 mm deep, 30 mm an item. */
export const rowDistanceMm = (items: number) => Math.max(30, 400 - 30 * items);

export const tasmotaDistance: Maker<"scale"> = {
  role: "scale",
  everyMs: 500,
  heartbeatMs: 10_000,
  voice: ({ name }) => ({
    ...connection(name),
    say: (plates, { nowMs }) => {
      if (plates.length === 0) return [];
      const sensors = plates.map(({ plate, items }) => [
        `VL53L0X${plate === 1 ? "" : `_${plate}`}`,
        { Distance: rowDistanceMm(items) },
      ]);
      const payload = JSON.stringify({ Time: localTime(nowMs), ...Object.fromEntries(sensors) });
      return [{ topic: `tele/${name}/SENSOR`, payload }];
    },
  }),
};
