import type { DomainEvent, EventOf } from "../events.ts";
import { decideFused } from "./deciding.ts";
import { type Fill, hearDistances, type Measured } from "./distances.ts";
import { createEvidenceRoom, keyOf, type PlaceId } from "./evidence.ts";
import { evidenceOf } from "./evidence-views.ts";
import { type Heard, hearFacings } from "./facings.ts";
import type { GoodsThere, World } from "./world.ts";

/** A shelf S of some plates with one product each, and the books that the house would hand in. */

export const room = createEvidenceRoom(() => 100);
type Books = Record<number, (Omit<GoodsThere, "count"> & { count?: number })[]>;
export type TestPlaces = ReturnType<typeof openPlaces>;

export function openPlaces(plates: Books, { scale = false, tags }: { scale?: boolean; tags?: number } = {}) {
  const state = room.initial();
  const log: EventOf<"stock-changed">[] = [];
  const reasons: string[] = [];
  let isScaleHeard = scale;
  const goodsOf = (plate: number): GoodsThere[] =>
    (plates[plate] ?? []).map(({ count, ...goods }) => ({ ...goods, count }));
  const world: World = {
    goodsOn: (shelf, plate) => (shelf === "S" ? goodsOf(plate) : undefined),
    hasScale: () => isScaleHeard,
    tagged: () => tags,
    inHands: () => 0,
  };
  function take(events: DomainEvent[]) {
    for (const event of events) {
      if (event.type === "stock-changed") {
        const goods = plates[event.plate]?.find(({ sku }) => sku === event.sku);
        if (goods) goods.count = event.count;
        log.push(event);
        room.evolve["stock-changed"]?.(state, event);
      }
      if (event.type === "stock-counted") {
        const goods = plates[event.plate]?.find(({ sku }) => sku === event.sku);
        if (goods) goods.count = event.count;
        room.evolve["stock-counted"]?.(state, event);
      }
      if (event.type === "change-doubted") room.evolve["change-doubted"]?.(state, event);
    }
  }
  function judge({ heard, reason }: Heard, now: number): string | undefined {
    for (const one of heard) take(decideFused(state, one, world, now));
    if (reason !== undefined) reasons.push(reason);
    return reason;
  }
  const hearValues = (values: readonly Measured[], now: number, fill: Fill) =>
    judge(hearDistances(state, { deviceId: fill.device, fills: [fill], values }, world, { at: now, now }), now);
  const skuOn = (plate: number) => plates[plate]?.[0]?.sku ?? "";
  const place = (plate: number): PlaceId => ({ shelf: "S", plate, sku: skuOn(plate) });

  return {
    state,
    world,
    log,
    reasons,
    take,
    see(fronts: number, now: number, { plate = 1, camera = "cam", shelf = "S", at = now } = {}) {
      return judge(hearFacings(state, { deviceId: camera, shelf, plate, fronts }, world, { at, now }), now);
    },
    measure: (mm: number, now: number, fill: Fill) =>
      hearValues([{ name: "distance", value: mm, unit: "mm" }], now, fill),
    hearValues,
    weigh(count: number, now: number, { plate = 1, confidence = 0.98 } = {}) {
      const previous = plates[plate]?.[0]?.count ?? 0;
      const cause = count < previous ? "pick" : "restock";
      take([
        {
          ...{ type: "stock-changed", at: now, ...place(plate), count, previous, grams: 0, confidence, cause },
          source: { deviceId: "scale" },
        },
      ]);
    },
    countByHand: (count: number, now: number, plate = 1) =>
      take([{ type: "stock-counted", at: now, ...place(plate), count, tareGrams: 0, by: "mia" }]),
    silenceScale: () => {
      isScaleHeard = false;
    },
    count: (plate = 1) => plates[plate]?.[0]?.count,
    changes: () => log.map(({ count, cause, by }) => `${count} ${cause} ${by ?? "weight"}`),
    evidence(now: number, plate = 1) {
      const { count = 0, capacity } = goodsOf(plate)[0] ?? { capacity: 0 };
      return evidenceOf({ happened: state, remembered: state }, { ...place(plate), count, capacity }, world, now);
    },
    words: (plate = 1) => state.places.get(keyOf(place(plate)))?.words ?? [],
  };
}
