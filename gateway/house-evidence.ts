import type { Reading } from "#wire/decoded.ts";
import type { Evidence } from "#wire/stock-views.ts";
import type { LoadedConfig } from "#wire/store-config.ts";
import type { StockPlace } from "#wire/views.ts";
import type { DeviceState, DevicesState } from "./devices/devices.ts";
import type { DomainEvent } from "./events.ts";
import { decideFused } from "./evidence/deciding.ts";
import { type Fill, hearDistances, type Measured } from "./evidence/distances.ts";
import type { EvidenceState } from "./evidence/evidence.ts";
import { evidenceOf } from "./evidence/evidence-views.ts";
import { type Heard, hearFacings } from "./evidence/facings.ts";
import { steadySure } from "./evidence/fusing.ts";
import { isSteady } from "./evidence/words.ts";
import type { World } from "./evidence/world.ts";
import type { housePlan } from "./house-plan.ts";
import { facingsAt, homesOf } from "./planogram/look-up.ts";
import type { PlanogramState } from "./planogram/planogram.ts";
import { settleByEvidence, type Witnessed } from "./shelves/settling.ts";
import type { ShelvesState } from "./shelves/shelves-state.ts";
import type { StockState } from "./stock/goods.ts";

type WitnessedState = {
  devices: DevicesState;
  shelves: ShelvesState;
  stock: StockState;
  planogram: PlanogramState;
  evidence: EvidenceState;
};
type Moment = { at: number; now: number };
type Said = { events: DomainEvent[]; reason?: string };
type TagEvent = Extract<DomainEvent, { type: `tag-${string}` }>;

/** Tags agreed with the shelf before one of them left: then this is what they say of the others. */
const tagSure = 0.95;

/** Cameras, distance sensors and tags as witnesses of what stands on shelves. */
export function createWitnesses({ config }: LoadedConfig, plan: ReturnType<typeof housePlan>) {
  const cameraOf = new Map(config.shelves.map(({ id, camera }) => [id, camera]));
  const plateMm = new Map(config.shelves.map(({ id, plateMm }) => [id, plateMm]));
  const fills = fillsOf(config.shelves);

  const worldOf = ({ devices, stock, planogram }: Omit<WitnessedState, "evidence" | "shelves">): World => ({
    goodsOn(shelf, plate) {
      if (!plan.zoneOfShelf.has(shelf)) return undefined;
      const facings = facingsAt(planogram, shelf, plate);
      const key = `${shelf}/${plate}`;
      const goods = facings.map(({ sku, capacity, width = 1 / facings.length }) => {
        const across = acrossOf(plateMm.get(shelf)?.[0], width, plan.itemOf.get(sku));
        const count = stock.skus.get(sku)?.places.get(key)?.count;
        return { sku, capacity, count, ...(across === undefined ? {} : { across }) };
      });
      for (const [sku, { places }] of stock.skus) {
        const stray = places.get(key);
        if (stray?.stray && stray.count > 0) goods.push({ sku, capacity: 0, count: stray.count });
      }
      return goods;
    },
    hasScale(shelf, plate) {
      const feeder = devices.seats.feeders.get(`${shelf}/${plate}`);
      return feeder !== undefined && devices.devices.get(feeder)?.state === "online";
    },
    tagged(sku, shelf) {
      const goods = stock.skus.get(sku);
      if (!goods || goods.tags.size === 0) return undefined;
      const zone = plan.zoneOfShelf.get(shelf) ?? "";
      const inZone = homesOf(planogram, sku).filter((home) => plan.zoneOfShelf.get(home.shelf) === zone);
      return inZone.length === 1 && inZone[0]?.shelf === shelf ? (goods.tagged.get(zone) ?? 0) : undefined;
    },
    inHands: (sku) => stock.skus.get(sku)?.balances.get("hands") ?? 0,
  });

  /** A word may settle a doubt; where there is none it may change the count. */
  function judge(state: WitnessedState, { heard, reason }: Heard, world: World, now: number): Said {
    const events: DomainEvent[] = [];
    for (const one of heard) {
      const { place, word, exact } = one;
      const isDoubted = [...state.shelves.doubts.open.values()].some(
        ({ shelf, candidates }) =>
          shelf === place.shelf &&
          candidates.some(({ moves }) => moves.some(({ sku, plate }) => sku === place.sku && plate === place.plate)),
      );
      if (!isDoubted) events.push(...decideFused(state.evidence, one, world, now));
      else if (exact && isSteady(word))
        events.push(...settle(state, { ...place, says: word.says, sure: steadySure }, now));
    }
    return { events, ...(reason === undefined ? {} : { reason }) };
  }

  const settle = ({ shelves }: WitnessedState, seen: Witnessed, now: number): DomainEvent[] =>
    settleByEvidence(shelves, seen, now);

  return {
    worldOf,

    /** A camera speaks of shelves of its own zone, and of those that the configuration gives it. */
    decideFacings(
      state: WitnessedState,
      { shelf, plate, count }: Extract<Reading, { kind: "facings" }>,
      { deviceId, device, at, now }: Moment & { deviceId: string; device: DeviceState },
    ): Said {
      const zone = plan.zoneOfShelf.get(shelf);
      const sees =
        cameraOf.get(shelf) === device.seat ||
        state.devices.seats.zones.get(deviceId) === zone ||
        plan.cameras.some((camera) => camera.id === device.seat && camera.zone === zone);
      if (zone !== undefined && !sees)
        return { events: [], reason: `camera ${deviceId} has no view of shelf ${shelf}: say so in the configuration` };
      const world = worldOf(state);
      const said = { deviceId, shelf, plate, fronts: count };
      return judge(state, hearFacings(state.evidence, said, world, { at, now }), world, now);
    },

    decideDistances(
      state: WitnessedState,
      values: readonly Measured[],
      { deviceId, device, at, now }: Moment & { deviceId: string; device: DeviceState },
    ): Said {
      const watched = fills.get(device.seat) ?? fills.get(state.devices.seats.scales.get(deviceId)?.deviceId ?? "");
      if (!watched) return { events: [] };
      const world = worldOf(state);
      const measured = { deviceId, fills: watched, values };
      return judge(state, hearDistances(state.evidence, measured, world, { at, now }), world, now);
    },

    /** A garment came, moved or left: where its tags agreed with the shelf before, they tell which story is true. */
    reactToTag(state: WitnessedState, event: TagEvent, now: number): DomainEvent[] {
      const { sku } = event;
      if (state.shelves.doubts.open.size === 0) return [];
      const world = worldOf(state);
      const zones = event.type === "tag-moved" ? [event.from, event.zone] : [event.zone];
      return homesOf(state.planogram, sku).flatMap(({ shelf, facing: { plate } }) => {
        if (!zones.includes(plan.zoneOfShelf.get(shelf) ?? "")) return [];
        const says = world.tagged(sku, shelf);
        const before = state.stock.skus.get(sku)?.places.get(`${shelf}/${plate}`)?.count;
        const change =
          event.type === "tag-departed" || (event.type === "tag-moved" && !isIn(event.zone, shelf)) ? -1 : 1;
        if (says === undefined || before === undefined || says - change !== before) return [];
        return settle(state, { sku, shelf, plate, says, sure: tagSure }, now);
      });
    },

    /** A product's places with what each count rests on; and how sure all of them are. */
    witnessed<Counts extends { places: StockPlace[]; confidence: number }>(
      sku: string,
      counts: Counts,
      { committed, memory, now }: { committed: WitnessedState; memory: WitnessedState; now: number },
    ): Counts {
      const world = worldOf(committed);
      const states = { happened: committed.evidence, remembered: memory.evidence };
      let least = 1;
      let before = 1;
      const places = counts.places.map((place): StockPlace => {
        const { shelf, plate, count, capacity } = place;
        const found: { evidence: Evidence[]; confidence: number } | undefined = evidenceOf(
          states,
          { shelf, plate, sku, count, capacity },
          world,
          now,
        );
        before = Math.min(before, place.confidence);
        least = Math.min(least, found?.confidence ?? place.confidence);
        return found ? { ...place, ...found } : place;
      });
      // what is less sure than every place is the rails
      const confidence = counts.confidence < before ? Math.min(least, counts.confidence) : least;
      return { ...counts, places, confidence: places.length === 0 ? counts.confidence : confidence };
    },
  };

  function isIn(zone: string, shelf: string): boolean {
    return plan.zoneOfShelf.get(shelf) === zone;
  }
}

export type Witnesses = ReturnType<typeof createWitnesses>;

/** Sensor -> the places that it watches. */
function fillsOf(shelves: LoadedConfig["config"]["shelves"]): Map<string, Fill[]> {
  const fills = new Map<string, Fill[]>();
  for (const { id: shelf, device: own, plates } of shelves) {
    for (const { plate, sku, capacity, fill } of plates) {
      if (!fill) continue;
      const { device = own, value = "distance", unit = "mm", emptyMm, fullMm } = fill;
      const list = fills.get(device) ?? [];
      list.push({ shelf, plate, sku, capacity, device, value, unit, emptyMm, fullMm });
      fills.set(device, list);
    }
  }
  return fills;
}

/** Fronts side by side, where the sizes are known. */
function acrossOf(
  plateMm: number | undefined,
  width: number,
  item: { widthMm?: number } | undefined,
): number | undefined {
  if (plateMm === undefined || item?.widthMm === undefined) return undefined;
  return Math.max(1, Math.floor((plateMm * width) / item.widthMm));
}
