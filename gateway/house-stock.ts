import type { Command } from "#wire/commands.ts";
import type { DomainEvent } from "./events.ts";
import { facingOf } from "./planogram/look-up.ts";
import type { PlanogramState } from "./planogram/planogram.ts";
import type { Context, Decision, Problem } from "./room.ts";
import { tareFor } from "./shelves/counting.ts";
import { decideClosing } from "./stock/closing.ts";
import { decideDelivery, decideReceipt } from "./stock/deliveries.ts";
import type { StockState } from "./stock/goods.ts";
import type { Hours } from "./stock/hours.ts";
import { decideCancel, decideCollect, decideExpiries, decideReady, decideReservation } from "./stock/reservations.ts";
import { decideSale, decideWriteOff } from "./stock/sales.ts";

type GoodsCommand = Extract<
  Command,
  { command: `stock.${string}` | `sale.${string}` | `delivery.${string}` | `reservation.${string}` }
>;
type GoodsState = { stock: StockState; shelves: Parameters<typeof tareFor>[0]; planogram: PlanogramState };

/** What people, tills and websites do with goods. */
export function decideGoods(
  state: GoodsState,
  command: GoodsCommand,
  context: Context,
  hours: Hours,
): Decision<Record<string, unknown>> {
  const { stock } = state;
  switch (command.command) {
    case "stock.count":
      return decideCount(state, command, context);
    case "stock.write-off":
      return decideWriteOff(stock, command, context);
    case "sale.make":
      return decideSale(stock, command, context);
    case "delivery.expect":
      return decideDelivery(stock, command, context);
    case "delivery.receive":
      return decideReceipt(stock, command, context);
    case "reservation.make":
      return decideReservation(stock, command, context, hours);
    case "reservation.ready":
      return decideReady(stock, command, context, hours);
    case "reservation.collect":
      return decideCollect(stock, command, context);
    case "reservation.cancel":
      return decideCancel(stock, command, context);
  }
}

/** Where the product belongs, and where it was found as a stray. */
function decideCount(
  { stock, shelves, planogram }: GoodsState,
  command: Extract<Command, { command: "stock.count" }>,
  { now }: Context,
): Decision {
  const { sku, shelf, plate, count, by } = command;
  const tareGrams = tareFor(shelves, command);
  const isThere = facingOf(planogram, command) || stock.skus.get(sku)?.places.has(`${shelf}/${plate}`);
  if (tareGrams === undefined || !isThere) return { ok: false, problem: noPlace };
  return { ok: true, events: [{ type: "stock-counted", at: now, sku, shelf, plate, count, tareGrams, by }], value: {} };
}

/** What time alone does to goods. */
export function decideGoodsTick(stock: StockState, now: number, hours: Hours): DomainEvent[] {
  return [...decideExpiries(stock, now), ...decideClosing(stock, now, hours)];
}

const noPlace: Problem = { status: 404, type: "unknown-place", title: "This product does not stand there." };
