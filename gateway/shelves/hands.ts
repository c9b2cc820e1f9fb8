/** A piece that somebody carries about the shop, and what it weighed when it left its shelf. */
export type Held = {
  sku: string;
  grams: number;
  variance: number;
  at: number;
  shelf: string;
  /** It stood where it does not belong. */
  stray: boolean;
};
/** The shelf it was taken from -> what was taken there, oldest first. */
export type Hands = Map<string, Held[]>;

/** After this long it is at the till, in a fitting room or outside. */
export const heldMs = 15 * 60_000;
/** Of one shelf; the oldest are forgotten first. */
const keptOfShelf = 16;
/** From other shelves, newest first: more is not asked about. */
const fromElsewhere = 12;
const newestOfShelf = 3;

export function takeInHand(hands: Hands, held: Held, pieces = 1) {
  const list = hands.get(held.shelf) ?? [];
  if (list.length === 0) hands.set(held.shelf, list);
  const kept = Math.min(pieces, keptOfShelf);
  for (let i = 0; i < kept; i++) list.push({ ...held });
  if (list.length > keptOfShelf) list.splice(0, list.length - keptOfShelf);
}

/**
 * Who puts one down has it no more: the piece of that weight, else the newest of that product; one from here first.
 * Answers that piece, or undefined when nobody carries any.
 */
export function giveFromHand(
  hands: Hands,
  sku: string,
  from: { shelf?: string; grams?: number } = {},
): Held | undefined {
  const own = from.shelf === undefined ? undefined : hands.get(from.shelf);
  const given = own && giveFrom(own, sku, from.grams);
  if (given) return given;
  for (const list of hands.values()) {
    const other = list === own ? undefined : giveFrom(list, sku, from.grams);
    if (other) return other;
  }
  return undefined;
}

function giveFrom(list: Held[], sku: string, grams: number | undefined): Held | undefined {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let index = list.length - 1; index >= 0; index--) {
    const held = list[index];
    if (held?.sku !== sku) continue;
    const off = grams === undefined ? 0 : misfit(held, grams);
    if (off >= least) continue;
    least = off;
    found = index;
  }
  return found < 0 ? undefined : list.splice(found, 1)[0];
}

/** The less likely that this piece weighed so much, the more: a vaguely known one fits everything, and nothing well. */
function misfit(held: Held, grams: number): number {
  const variance = held.variance + 0.2;
  return (held.grams - grams) ** 2 / variance + Math.log(variance);
}

/** What may still be in somebody's hands, newest first: all that was taken at this shelf, and the newest from elsewhere. */
export function inHands(hands: Hands, { at, shelf }: { at: number; shelf: string }): Held[] {
  const isHeld = (held: Held) => Math.abs(at - held.at) < heldMs;
  const near = (hands.get(shelf) ?? []).filter(isHeld);
  const far: Held[] = [];
  for (const [other, list] of hands) if (other !== shelf) far.push(...list.slice(-newestOfShelf).filter(isHeld));
  const newestFirst = (one: Held, next: Held) => next.at - one.at;
  return [...near.reverse(), ...far.sort(newestFirst).slice(0, fromElsewhere)];
}

/** True when so many of a product are carried that were taken at this shelf. */
export function areCarried(
  hands: Hands,
  { sku, shelf, at, pieces }: { sku: string; shelf: string; at: number; pieces: number },
): boolean {
  let carried = 0;
  for (const held of hands.get(shelf) ?? []) if (held.sku === sku && Math.abs(at - held.at) < heldMs) carried++;
  return carried >= pieces;
}
