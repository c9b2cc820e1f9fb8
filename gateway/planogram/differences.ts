import type { Facing } from "../events.ts";
import type { PlannedShelf } from "./planogram.ts";

/** What became of one product's place on one plate. */
export type Difference = { shelf: string; plate: number; sku: string; was?: Facing; is?: Facing };

/** Every facing that came, went or was altered, shelf by shelf. */
export function differences(before: readonly PlannedShelf[], after: readonly PlannedShelf[]): Difference[] {
  const platesBefore = new Map(before.map(({ id, plates }) => [id, plates]));
  const ids = new Set([...after.map(({ id }) => id), ...platesBefore.keys()]);
  const platesAfter = new Map(after.map(({ id, plates }) => [id, plates]));
  return [...ids].flatMap((shelf) => {
    const was = byPlace(platesBefore.get(shelf) ?? []);
    const is = byPlace(platesAfter.get(shelf) ?? []);
    return [...new Set([...was.keys(), ...is.keys()])].flatMap((place): Difference[] => {
      const [old, now] = [was.get(place), is.get(place)];
      const either = now ?? old;
      if (!either || (old && now && isSame(old, now))) return [];
      const { plate, sku } = either;
      return [{ shelf, plate, sku, ...(old ? { was: old } : {}), ...(now ? { is: now } : {}) }];
    });
  });
}

/** Facings that came, went or were altered; products that only changed their order on a plate are one change a plate. */
export function countChanges(before: readonly PlannedShelf[], after: readonly PlannedShelf[]): number {
  const count = differences(before, after).length;
  return count > 0 ? count : reordered(before, after);
}

function reordered(before: readonly PlannedShelf[], after: readonly PlannedShelf[]): number {
  const orderOf = new Map(before.map(({ id, plates }) => [id, order(plates)]));
  return after.filter(({ id, plates }) => (orderOf.get(id) ?? "") !== order(plates)).length;
}

const order = (plates: readonly Facing[]) =>
  [...plates]
    .sort((a, b) => a.plate - b.plate)
    .map(placeOf)
    .join(" ");

const placeOf = ({ plate, sku }: Facing) => `${plate}/${sku}`;
const byPlace = (plates: readonly Facing[]) => new Map(plates.map((facing) => [placeOf(facing), facing]));
const isSame = (a: Facing, b: Facing) =>
  a.capacity === b.capacity && a.minimum === b.minimum && a.x === b.x && a.width === b.width;

/** A difference in words for whoever is about to save it. */
export function differenceWords({ shelf, plate, sku, was, is }: Difference, nameOf: (sku: string) => string): string {
  const where = `plate ${plate} of shelf ${shelf}`;
  if (!was) return `${nameOf(sku)} comes to ${where}: room for ${is?.capacity}, at least ${is?.minimum}.`;
  if (!is) return `${nameOf(sku)} leaves ${where}.`;
  const what = [
    was.capacity === is.capacity ? "" : `room for ${is.capacity} instead of ${was.capacity}`,
    was.minimum === is.minimum ? "" : `at least ${is.minimum} instead of ${was.minimum}`,
    was.x === is.x && was.width === is.width ? "" : "another spot on the plate",
  ];
  return `${nameOf(sku)} on ${where}: ${what.filter(Boolean).join(", ")}.`;
}
