import type { DomainEvent } from "../events.ts";
import { sweepAt } from "./alerts.ts";
import { sweepWindowMs } from "./goods.ts";
import { wake } from "./opening.ts";
import { type AlertsState, type Departure, elapsedMs } from "./state.ts";
import { sweepSubject } from "./subjects.ts";
import { priceOfAll } from "./value.ts";
import type { AlertsWorld } from "./world.ts";

/** So many pieces at once are more than one shopper looks at. */
const manyPieces = 6;
/** Or fewer, when together they cost as much as so many pieces of the middle price of this shop. */
const somePieces = 3;
const valuablePieces = 10;
/** When nothing more left in this time, it is over. */
const quietMs = 30 * 60_000;

/**
 * Many or valuable pieces left one shelf within seconds. It may be a family, a colleague who clears the shelf, or neither:
 * what is said is what was seen.
 */
export function decideSweep(state: AlertsState, shelf: string, world: AlertsWorld, now: number): DomainEvent[] {
  const chain = state.departures.get(shelf) ?? [];
  const last = chain.at(-1);
  if (!last || last.pieces <= 0) return [];
  const current = sweepAt(state, shelf);
  if (current) {
    if (piecesOf(chain) <= (current.quantity ?? 0)) return [];
    const all = totalOf(chain, world);
    const news = { value: all.value, quantity: all.pieces, note: sentence(shelf, all, world) };
    const update: DomainEvent = { type: "alert-updated", at: now, alertId: current.id, ...news };
    return current.state === "snoozed" ? [update, wake(current, now)] : [update];
  }
  const recent = chain.filter(({ at }) => Math.abs(last.at - at) <= sweepWindowMs);
  if (piecesOf(recent) < somePieces) return [];
  const seen = totalOf(recent, world);
  const isMany = seen.pieces >= manyPieces;
  const isDear = seen.pieces >= somePieces && seen.value >= valuablePieces * world.medianPrice && seen.value > 0;
  if (!isMany && !isDear) return [];
  const zone = world.zoneOf(shelf);
  return [
    {
      ...{ type: "alert-opened", at: now, alertId: `sweep-${shelf}-${(state.opened + 1).toString(36)}` },
      ...{ kind: "sweep", severity: "stop", shelf, value: seen.value, quantity: seen.pieces },
      ...(zone === undefined ? {} : { zone }),
      note: sentence(shelf, seen, world),
    },
  ];
}

/** Closes what nothing more came of. */
export function decideSweepTick(state: AlertsState, now: number): DomainEvent[] {
  const events: DomainEvent[] = [];
  for (const [subject, alertId] of state.subjects) {
    if (!subject.startsWith(sweepSubject(""))) continue;
    const alert = state.open.get(alertId);
    const last = state.departures.get(alert?.shelf ?? "")?.at(-1)?.at ?? alert?.openedAt ?? now;
    if (alert && elapsedMs(last, now) >= quietMs)
      events.push({ type: "alert-closed", at: now, alertId, reason: "quiet" });
  }
  return events;
}

type Total = { pieces: number; value: number; seconds: number };

/** What came back is taken off. */
function piecesOf(departures: readonly Departure[]): number {
  let sum = 0;
  for (const { pieces } of departures) sum += pieces;
  return sum;
}

function totalOf(departures: readonly Departure[], world: AlertsWorld): Total {
  const pieces = piecesOf(departures);
  const out = priceOfAll(linesOf(departures.filter((one) => one.pieces > 0)), world);
  const back = priceOfAll(linesOf(departures.filter((one) => one.pieces < 0)), world);
  const [first, last] = [departures[0], departures.at(-1)];
  const seconds = first && last ? Math.max(1, Math.ceil(Math.abs(last.at - first.at) / 1000)) : 1;
  return { pieces, value: out - back, seconds };
}

const linesOf = (departures: readonly Departure[]) =>
  departures.map(({ sku, pieces }) => ({ sku, quantity: Math.abs(pieces) }));

function sentence(shelf: string, { pieces, value, seconds }: Total, world: AlertsWorld): string {
  const within = seconds < 90 ? `${seconds} second${seconds === 1 ? "" : "s"}` : `${Math.round(seconds / 60)} minutes`;
  return `${pieces} pieces left ${shelf} within ${within}, about ${world.money(value)}.`;
}
