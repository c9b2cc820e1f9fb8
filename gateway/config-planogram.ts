import { list, number, text } from "./config-raw.ts";
import { type Catalogue, duplicates, unknownSku } from "./config-references.ts";
import { record } from "./config-shape.ts";
import type { ConfigError, Path, Source } from "./config-source.ts";
import { crowding, limits, roomFor } from "./planogram/check.ts";

type Entry = { at: number; sku: string; capacity?: number; minimum?: number; x?: number; width?: number };
type PlateAt = { source: Source; shelf: number; path: Path };

/** What of the planogram in the file does not fit its products and plates. Reads raw values, as its caller does. */
export function shelfErrors(source: Source, catalogue: Catalogue): ConfigError[] {
  const errors = duplicates(source, "shelves", "id");
  for (const [index, shelf] of list(source.value, "shelves").entries()) {
    const path: Path = ["shelves", index, "plates"];
    const onPlate = new Map<number, Entry[]>();
    for (const [at, plate] of list(shelf, "plates").entries()) {
      errors.push(...unknownSku({ source, path: [...path, at, "sku"], name: record(plate).sku }, catalogue));
      const entry = readEntry(plate, at);
      errors.push(...minimumErrors({ source, shelf: index, path }, entry));
      const fill = record(plate).fill;
      const emptyMm = number(fill, "emptyMm");
      if (emptyMm !== undefined && emptyMm === number(fill, "fullMm"))
        errors.push(
          source.error([...path, at, "fill", "fullMm"], "An empty place and a full one look the same to it."),
        );
      const plateNumber = number(plate, "plate");
      if (plateNumber !== undefined) onPlate.set(plateNumber, [...(onPlate.get(plateNumber) ?? []), entry]);
    }
    const plateMm = sizeOf(record(shelf).plateMm);
    for (const [plate, entries] of onPlate)
      errors.push(...plateErrors({ source, shelf: index, path }, { plate, entries, plateMm }, catalogue));
  }
  return errors;
}

function readEntry(plate: unknown, at: number): Entry {
  const entry: Entry = { at, sku: text(plate, "sku") ?? "" };
  for (const field of ["capacity", "minimum", "x", "width"] as const) {
    const value = number(plate, field);
    if (value !== undefined) entry[field] = value;
  }
  return entry;
}

function minimumErrors({ source, path }: PlateAt, { at, capacity, minimum }: Entry): ConfigError[] {
  if (capacity === undefined || minimum === undefined || minimum < capacity) return [];
  const message = `${minimum} must be less than the capacity, ${capacity}: a full plate would ask to be filled.`;
  return [source.error([...path, at, "minimum"], message)];
}

function plateErrors(
  { source, path }: PlateAt,
  { plate, entries, plateMm }: { plate: number; entries: Entry[]; plateMm: [number, number] | undefined },
  catalogue: Catalogue,
): ConfigError[] {
  const errors: ConfigError[] = [];
  const seen = new Set<string>();
  for (const { sku, at } of entries) {
    if (sku !== "" && seen.has(sku))
      errors.push(source.error([...path, at, "sku"], `${sku} is on plate ${plate} twice.`));
    seen.add(sku);
  }
  for (const { at, detail } of crowding(entries))
    errors.push(source.error([...path, at, "width"], `Plate ${plate}: ${detail}`));
  let kilograms = 0;
  for (const { at, sku, capacity = 0, width = 1 / entries.length } of entries) {
    const product = catalogue.products.get(sku);
    kilograms += (capacity * (product?.grams ?? 0)) / 1000;
    if (kilograms > limits.plateKg) {
      const others = entries.length > 1 ? " with what stands beside them" : "";
      const message = `${capacity} of ${sku} weigh ${Math.round(kilograms)} kg${others}. A plate carries ${limits.plateKg} kg at most.`;
      errors.push(source.error([...path, at, "capacity"], message));
      kilograms = 0;
    }
    const room = plateMm && roomFor(product, { widthMm: plateMm[0] * width, depthMm: plateMm[1] });
    if (room !== undefined && capacity > room) {
      const message = `${capacity} of ${sku} do not fit: ${room} stand on plate ${plate}.`;
      errors.push(source.error([...path, at, "capacity"], message));
    }
  }
  return errors;
}

function sizeOf(value: unknown): [number, number] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [width, depth] = value.map(Number);
  return width !== undefined && depth !== undefined && width > 0 && depth > 0 ? [width, depth] : undefined;
}
