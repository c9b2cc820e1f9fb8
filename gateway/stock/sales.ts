import type { DomainEvent, EventOf } from "../events.ts";
import type { Context, Decision } from "../room.ts";
import { entriesOf } from "./entries.ts";
import { type Lines, type StockState, stockOf } from "./goods.ts";
import { refuse } from "./refuse.ts";
import { printOf } from "./stock.ts";

const linesLimit = 200;
const mostPieces = 1_000;

type Sale = { lines: Lines; key: string; by: string };

/**
 * What the till sold; a negative quantity was brought back. It has happened, so nothing is refused for want of stock:
 * `neverStocked` says of what we knew none.
 */
export function decideSale(
  state: StockState,
  { lines, key, by }: Sale,
  ctx: Context,
): Decision<{ saleId: string; neverStocked?: string[] }> {
  const before = state.done.get(`sale:${key}`);
  if (before && before.print !== printOf(lines))
    return refuse(422, "key-reused", "This Idempotency-Key was used for another sale.");
  if (before) return { ok: true, events: [], value: { saleId: before.id } };
  const wrong = whyWrongLines(lines, { negative: true, empty: false });
  if (wrong !== undefined) return refuse(422, "wrong-lines", wrong);
  const saleId = `s-${ctx.derive(`sale:${key}:${ctx.now}`).slice(0, 12)}`;
  const event: EventOf<"sale-made"> = { type: "sale-made", at: ctx.now, saleId, key, lines, by };
  const neverStocked = entriesOf(event, state).flatMap(({ from, sku }) => (from === "unknown" ? [sku] : []));
  return { ok: true, events: [event], value: { saleId, ...(neverStocked.length === 0 ? {} : { neverStocked }) } };
}

type WriteOff = { sku: string; quantity: number; reason: string; key?: string; by: string };

/** Broken, lost or stolen. */
export function decideWriteOff(state: StockState, wish: WriteOff, { now }: Context): Decision {
  const { sku, quantity, reason, key, by } = wish;
  const before = key === undefined ? undefined : state.done.get(`write-off:${key}`);
  if (before && before.print !== `${sku} ${quantity} ${reason}`)
    return refuse(422, "key-reused", "This Idempotency-Key was used for something else.");
  if (before) return { ok: true, events: [], value: {} };
  if (!stockOf(state, sku)) return refuse(404, "unknown-sku", `There is no product ${sku}.`);
  if (!isPieces(quantity)) return refuse(422, "wrong-quantity", `A quantity is 1 to ${mostPieces}.`);
  const event: DomainEvent = {
    ...{ type: "stock-written-off", at: now, sku, quantity, reason, by },
    ...(key === undefined ? {} : { key }),
  };
  return { ok: true, events: [event], value: {} };
}

const isPieces = (quantity: number) => Number.isInteger(quantity) && quantity >= 1 && quantity <= mostPieces;

/** Why these cannot be the lines of a slip, in words; undefined: they can. */
export function whyWrongLines(
  lines: Lines,
  { negative, empty }: { negative: boolean; empty: boolean },
): string | undefined {
  if (lines.length > linesLimit) return `At most ${linesLimit} lines at once.`;
  if (lines.length === 0 && !empty) return "There is no line.";
  const isRight = (quantity: number) => isPieces(negative ? Math.abs(quantity) : quantity);
  return lines.every(({ quantity }) => isRight(quantity)) ? undefined : `Every line is of 1 to ${mostPieces} pieces.`;
}
