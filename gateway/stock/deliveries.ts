import type { Delivery } from "#wire/stock-views.ts";
import type { DomainEvent } from "../events.ts";
import type { Context, Decision } from "../room.ts";
import type { Lines, StockState } from "./goods.ts";
import { refuse } from "./refuse.ts";
import { whyWrongLines } from "./sales.ts";
import { printOf } from "./stock.ts";

const expectedLimit = 200;

type Expected = { lines: Lines; expectedAt: number; key: string; by: string };

/** Goods are on their way. The same key answers with the same delivery. */
export function decideDelivery(state: StockState, wish: Expected, ctx: Context): Decision<{ deliveryId: string }> {
  const { lines, expectedAt, key, by } = wish;
  const before = state.done.get(`delivery:${key}`);
  if (before && before.print !== `${expectedAt} ${printOf(lines)}`)
    return refuse(422, "key-reused", "This Idempotency-Key was used for another delivery.");
  if (before) return { ok: true, events: [], value: { deliveryId: before.id } };
  const wrong = whyWrongLines(lines, { negative: false, empty: false });
  if (wrong !== undefined) return refuse(422, "wrong-lines", wrong);
  const expected = [...state.deliveries.values()].filter((delivery) => delivery.state === "expected");
  if (expected.length >= expectedLimit)
    return refuse(503, "too-many-deliveries", "Too many deliveries are expected. Receive those that came.");
  const deliveryId = `d-${ctx.derive(`delivery:${key}:${ctx.now}`).slice(0, 12)}`;
  const event: DomainEvent = { type: "delivery-expected", at: ctx.now, deliveryId, key, lines, expectedAt, by };
  return { ok: true, events: [event], value: { deliveryId } };
}

type Received = { deliveryId: string; lines?: Lines; by: string };

/** It is there; `lines` where something else came than was expected, none of them where nothing came. */
export function decideReceipt(state: StockState, { deliveryId, lines, by }: Received, { now }: Context): Decision {
  const delivery = state.deliveries.get(deliveryId);
  if (!delivery) return refuse(404, "unknown-delivery", "There is no such delivery.");
  if (delivery.state === "received") {
    const isSame = lines === undefined || printOf(lines) === printOf(delivery.lines);
    return isSame
      ? { ok: true, events: [], value: {} }
      : refuse(409, "already-received", "This delivery was received already, with other goods.");
  }
  const came = lines ?? delivery.lines;
  const wrong = whyWrongLines(came, { negative: false, empty: true });
  if (wrong !== undefined) return refuse(422, "wrong-lines", wrong);
  return { ok: true, events: [{ type: "delivery-received", at: now, deliveryId, lines: came, by }], value: {} };
}

/** Those that are on their way first, then the newest. */
export function deliveriesOf(state: StockState): Delivery[] {
  const all = [...state.deliveries].map(([id, delivery]): Delivery => ({ id, ...delivery }));
  const open = all.filter((delivery) => delivery.state === "expected").sort((a, b) => a.expectedAt - b.expectedAt);
  return [...open, ...all.filter((delivery) => delivery.state === "received").reverse()];
}
