import { createDevice } from "../device.ts";
import { type Cell, createCell } from "../physics/cell.ts";
import { createRow, type Row } from "../physics/row.ts";
import { createRandom } from "../random.ts";
import { recordLine } from "../record-line.ts";
import type { ScoreShelf, ScoreShop } from "./score-shop.ts";

/** What a shelf's plates said at one moment, and which of them something was pressing on. */
export type Weighed = { atMs: number; grams: number[]; isTouched: boolean[] };
export type WeighingShelf = {
  shelf: ScoreShelf;
  row: Row;
  cells: Cell[];
  /** The next reading, as a line of a record. */
  weigh(nowMs: number): { weighed: Weighed; lines: string[] };
};

/** Every shelf of the shop under its own scale, a native device that tells all of its plates at once. */
export function createWeighing(shop: ScoreShop, options: { seed: string; startMs: number }): WeighingShelf[] {
  const { seed, startMs } = options;
  return shop.shelves.map((shelf) => {
    const row = createRow({ plates: shelf.plates, startMs, random: createRandom(seed, `row/${shelf.id}`) });
    for (const item of shelf.items) row.add(item);
    const random = createRandom(seed, `cells/${shelf.id}`);
    const cells = Array.from({ length: shelf.plates }, (_, plate) => createCell({ plate, random, startMs }));
    let weighed: Weighed = { atMs: startMs, grams: [], isTouched: [] };
    const identity = { storeId: shop.storeId, kind: "shelf", deviceId: shelf.device, seed, startMs } as const;
    const device = createDevice(identity, ({ nowMs, send }) => {
      const grams = cells.map((cell) => cell.read(row, nowMs));
      weighed = { atMs: nowMs, grams, isTouched: grams.map((_, plate) => row.isTouched(plate)) };
      send("reading", { plates: grams.map((value, plate) => ({ plate: plate + 1, grams: value })) });
    });
    return {
      ...{ shelf, row, cells },
      weigh(nowMs) {
        row.advance(nowMs);
        const lines = device.step(nowMs).map((message) => JSON.stringify(recordLine(message)));
        return { weighed, lines };
      },
    };
  });
}
