import type { PlanogramFacing } from "#wire/stock-views.ts";
import type { Shelves } from "./draft.ts";

type Placed = PlanogramFacing & { shelf: string };

/** What saving will change, a sentence each: what moves is one sentence, not two. */
export function changeWords(before: Shelves, after: Shelves, nameOf: (sku: string) => string): string[] {
  const was = placed(before);
  const is = placed(after);
  const gone = [...was].filter(([key]) => !is.has(key)).map(([, one]) => one);
  const come = [...is].filter(([key]) => !was.has(key)).map(([, one]) => one);
  const words: string[] = [];
  for (const one of come) {
    const at = gone.findIndex(({ sku }) => sku === one.sku);
    const from = at < 0 ? undefined : gone.splice(at, 1)[0];
    const name = nameOf(one.sku);
    if (from)
      words.push(`${name} moves from ${whereWords(from, one)} to ${whereWords(one, from)}${roomWords(from, one)}.`);
    else words.push(`${name} comes to ${whereWords(one)}, room for ${one.capacity}.`);
  }
  for (const one of gone) words.push(`${nameOf(one.sku)} leaves ${whereWords(one)}.`);
  for (const [key, one] of is) {
    const old = was.get(key);
    if (!old) continue;
    const room = roomWords(old, one);
    const spot = room === "" && (old.x !== one.x || old.width !== one.width) ? ", another spot on the plate" : "";
    if (room + spot !== "") words.push(`${nameOf(one.sku)} on ${whereWords(one)}${room}${spot}.`);
  }
  if (words.length > 0) return words;
  return after.flatMap(({ id, plates }) => {
    const old = before.find((shelf) => shelf.id === id)?.plates ?? [];
    return order(old) === order(plates) ? [] : [`Shelf ${id}: the same products in another order.`];
  });
}

function placed(shelves: Shelves): Map<string, Placed> {
  const all = shelves.flatMap(({ id, plates }) => plates.map((one): Placed => ({ ...one, shelf: id })));
  return new Map(all.map((one) => [`${one.shelf}/${one.plate}/${one.sku}`, one]));
}

/** The shelf is said where it is not the same as the other's. */
function whereWords({ shelf, plate }: Placed, other?: Placed): string {
  return shelf === other?.shelf ? `plate ${plate}` : `plate ${plate} of shelf ${shelf}`;
}

function roomWords(old: PlanogramFacing, now: PlanogramFacing): string {
  const room = old.capacity === now.capacity ? "" : `, room for ${now.capacity} instead of ${old.capacity}`;
  return room + (old.minimum === now.minimum ? "" : `, filled at ${now.minimum} instead of ${old.minimum}`);
}

const order = (plates: readonly PlanogramFacing[]) => plates.map(({ plate, sku }) => `${plate}/${sku}`).join(" ");
