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
/** Oldest first. */
export type Hands = Held[];

/** After this long it is at the till, in a fitting room or outside. */
export const heldMs = 15 * 60_000;
/** Of the shop, and of one shelf; the oldest are forgotten first. */
const handsKept = 400;
const fromOneShelf = 16;
/** From other shelves, newest first: more is not asked about. */
const fromElsewhere = 12;

export function takeInHand(hands: Hands, held: Held) {
  hands.push(held);
  const same = hands.reduce((count, { shelf }) => count + (shelf === held.shelf ? 1 : 0), 0);
  if (same > fromOneShelf)
    hands.splice(
      hands.findIndex(({ shelf }) => shelf === held.shelf),
      1,
    );
  if (hands.length > handsKept) hands.shift();
}

/** Who puts one down has it no more: the piece of that weight, else the newest of that product. */
export function giveFromHand(hands: Hands, sku: string, grams?: number): Held | undefined {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, held] of hands.entries()) {
    if (held.sku !== sku) continue;
    const off = grams === undefined ? 0 : Math.abs(held.grams - grams) / Math.sqrt(held.variance + 0.2);
    if (off > least) continue;
    least = off;
    found = index;
  }
  return found < 0 ? undefined : hands.splice(found, 1)[0];
}

/** What may still be in somebody's hands, newest first: all that was taken at this shelf, and the newest from elsewhere. */
export function inHands(hands: Hands, { at, shelf }: { at: number; shelf: string }): Held[] {
  const near: Held[] = [];
  let elsewhere = 0;
  for (let index = hands.length - 1; index >= 0; index--) {
    const held = hands[index];
    if (!held || Math.abs(at - held.at) >= heldMs) continue;
    if (held.shelf === shelf) near.push(held);
    else if (elsewhere++ < fromElsewhere) near.push(held);
  }
  return near;
}
