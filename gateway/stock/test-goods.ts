import { createHash } from "node:crypto";
import type { DomainEvent, EventOf, StockCause } from "../events.ts";
import type { Decision } from "../room.ts";
import { decideClosing } from "./closing.ts";
import { decideDelivery, decideReceipt } from "./deliveries.ts";
import { available, onShelf, type StockState, stockOf } from "./goods.ts";
import { balancesOf } from "./ledger.ts";
import { decideCancel, decideCollect, decideExpiries, decideReady, decideReservation } from "./reservations.ts";
import { decideSale, decideWriteOff } from "./sales.ts";
import { createStockRoom } from "./stock.ts";
import { ledgerOf } from "./views.ts";

/** A very small shop for the tests of this folder: balm on two scales of shelf A, coats on a rail and on a scale of shelf B. */

export const hour = 60 * 60 * 1000;
export const day = 24 * hour;
/** Open from 9 to 18 o'clock of UTC. */
export const hours = {
  opensAt: (at: number) => Math.floor(at / day) * day + 9 * hour,
  closesAt: (at: number) => Math.floor(at / day) * day + 18 * hour,
};
export const noon = 100 * day + 12 * hour;

const facing = (plate: number, sku: string) => ({ plate, sku, capacity: 8, minimum: 2 });
export const shelves = [
  { id: "A", zone: "beauty", plates: [facing(1, "BALM"), facing(2, "BALM")] },
  { id: "B", zone: "rail", plates: [facing(1, "WOOL")] },
];
export const room = createStockRoom({ skus: ["BALM", "COAT", "WOOL"], shelves });

export function openShop(state: StockState = room.initial()) {
  let now = noon;
  let id = 0;
  const log: DomainEvent[] = [];

  function take(events: DomainEvent[]) {
    for (const event of events) {
      // each event of a room goes to the function of its own type
      const evolve = room.evolve[event.type] as ((s: StockState, e: DomainEvent, id?: number) => void) | undefined;
      log.push(event);
      evolve?.(state, event, ++id);
    }
    return events;
  }
  const context = () => ({ now, derive: (label: string) => createHash("sha256").update(label).digest("hex") });
  function done<Value>(decision: Decision<Value>) {
    if (decision.ok) take(decision.events);
    return decision;
  }
  const by = "mia";

  return {
    state,
    log,
    take,
    at: (time: number) => {
      now = time;
    },
    now: () => now,
    /** A scale says so. */
    weighs(count: number, { plate = 1, sku = "BALM", shelf = "A", cause }: Weighing = {}) {
      const event: EventOf<"stock-changed"> = {
        ...{ type: "stock-changed", at: now, shelf, plate, sku, count, previous: 0, grams: 0, confidence: 1 },
        ...{ source: { deviceId: shelf }, ...(cause ? { cause } : {}) },
      };
      take([event]);
    },
    counts(count: number, { plate = 1, sku = "BALM", shelf = "A" } = {}) {
      take([{ type: "stock-counted", at: now, shelf, plate, sku, count, tareGrams: 0, by }]);
    },
    arrives: (epc: string, { zone = "rail", sku = "COAT" } = {}) =>
      take([{ type: "tag-arrived", at: now, epc, sku, zone, source: { deviceId: "R" } }]),
    departs: (epc: string, { zone = "rail", sku = "COAT" } = {}) =>
      take([{ type: "tag-departed", at: now, epc, sku, zone }]),
    plans: (planned: { id: string; plates: { plate: number; sku: string }[] }[]) =>
      take([
        {
          ...{ type: "planogram-changed", at: now, version: 1, by, basis: "" },
          shelves: planned.map(({ id, plates }) => ({
            id,
            plates: plates.map(({ plate, sku }) => facing(plate, sku)),
          })),
        },
      ]),
    sells: (lines: Record<string, number>, key = `k${log.length}`) =>
      done(
        decideSale(
          state,
          { lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })), key, by: "channel:till" },
          context(),
        ),
      ),
    writesOff: (sku: string, quantity: number, key?: string) =>
      done(decideWriteOff(state, { sku, quantity, reason: "broken", by, ...(key ? { key } : {}) }, context())),
    expects: (quantity: number, key = "d", sku = "BALM") =>
      done(decideDelivery(state, { lines: [{ sku, quantity }], expectedAt: now + day, key, by }, context())),
    receives: (deliveryId: string, quantity?: number, sku = "BALM") =>
      done(
        decideReceipt(
          state,
          { deliveryId, by, ...(quantity === undefined ? {} : { lines: [{ sku, quantity }] }) },
          context(),
        ),
      ),
    reserves: (quantity: number, { key = `r${log.length}`, sku = "BALM", label = "Ada", asker = by } = {}) =>
      done(decideReservation(state, { sku, quantity, key, label, by: asker }, context(), hours)),
    fetches: (reservationId: string) => done(decideReady(state, { reservationId, by }, context(), hours)),
    collects: (reservationId: string) => done(decideCollect(state, { reservationId, by }, context())),
    cancels: (reservationId: string, asker = by) => done(decideCancel(state, { reservationId, by: asker }, context())),
    tick: () => take([...decideExpiries(state, now), ...decideClosing(state, now, hours)]),
    left: (sku = "BALM") => available(state, sku),
    stands: (sku = "BALM") => onShelf(stockOf(state, sku) ?? stockMissing(sku)),
    balances: (sku = "BALM") => Object.fromEntries(balancesOf(stockOf(state, sku) ?? stockMissing(sku))),
    entries: (sku = "BALM") => ledgerOf(stockOf(state, sku) ?? stockMissing(sku), 50).entries,
  };
}

type Weighing = { plate?: number; sku?: string; shelf?: string; cause?: StockCause };

function stockMissing(sku: string): never {
  throw new Error(`the shop has no ${sku}`);
}

/** The id of a reservation, sale or delivery that was made; fails loudly where it was refused. */
export function made<Value>(decision: Decision<Value>): Value {
  if (!decision.ok) throw new Error(decision.problem.title);
  return decision.value;
}
