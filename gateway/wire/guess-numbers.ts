import { isHousekeeping, type Quantity, quantityOf, saysNothing, wordsOf } from "./guess-words.ts";
import { unitOf } from "./units.ts";

/** A number somewhere in a payload, and what its name, its unit and its size make of it. */
export type FoundNumber = {
  path: string;
  value: number;
  quantity?: Quantity;
  unit: string;
  /** 0..1: how sure the quantity is. */
  sure: number;
  /** Its place among its like: from an index or from digits at the end of its name. */
  place?: number;
};

const maxDepth = 8;
const maxNodes = 4_000;
const maxNumbers = 64;
const maxPath = 200;
const number = /^\s*[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?\s*(\S{0,12})\s*$/u;

type Step = { value: unknown; names: string[]; siblingUnit?: string };

/** Every number of a JSON value, breadth first, within bounds: 8 deep, 4,000 nodes looked at, 64 numbers. */
export function findNumbers(root: unknown, topic: string): FoundNumber[] {
  const found: FoundNumber[] = [];
  const queue: Step[] = [{ value: root, names: [] }];
  for (let looked = 0; looked < queue.length && looked < maxNodes && found.length < maxNumbers; looked++) {
    const { value, names, siblingUnit } = queue[looked]!;
    const leaf = numberIn(value);
    if (leaf) {
      const path = names.join(".");
      if (path.length <= maxPath) found.push(classify({ ...leaf, path, names, topic }, leaf.unit ?? siblingUnit));
      continue;
    }
    if (typeof value !== "object" || value === null || names.length >= maxDepth) continue;
    const unit = Array.isArray(value) ? undefined : unitBeside(value);
    for (const [name, child] of entriesOf(value, maxNodes - queue.length)) {
      queue.push({ value: child, names: [...names, name], ...(unit === undefined ? {} : { siblingUnit: unit }) });
    }
  }
  return found;
}

function entriesOf(value: object, room: number): [string, unknown][] {
  const entries: [string, unknown][] = [];
  for (const name in value) {
    if (entries.length >= room) break;
    if (Object.hasOwn(value, name) && name !== "__proto__") entries.push([name, Reflect.get(value, name)]);
  }
  return entries;
}

function numberIn(value: unknown): { value: number; unit?: string } | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? { value } : undefined;
  if (typeof value !== "string" || value.length > 40) return undefined;
  const match = number.exec(value);
  if (!match || (match[1] !== "" && !unitOf(match[1]!))) return undefined;
  const read = Number.parseFloat(value.trim().replace(",", "."));
  return match[1] === "" ? { value: read } : { value: read, unit: match[1]! };
}

/** {"value": 1.24, "unit": "kg"} */
function unitBeside(value: object): string | undefined {
  for (const name of ["unit", "units", "unit_of_measurement", "uom", "einheit", "unite", "unidad"]) {
    const unit: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (typeof unit === "string" && unitOf(unit)) return unit;
  }
  return undefined;
}

type Leaf = { path: string; value: number; names: string[]; topic: string };

function classify({ path, value, names, topic }: Leaf, saidUnit: string | undefined): FoundNumber {
  const own = names.at(-1) ?? "";
  const spoken = spokenNames(names, topic);
  const said = saidUnit === undefined ? undefined : unitOf(saidUnit)?.name;
  // "1" beside a number is no unit
  const suffix = (said === "1" ? undefined : said) ?? unitBySuffix(own);
  const spokenOf = isHousekeeping(own) ? undefined : firstQuantity(spoken);
  // a weight in volts is none: its unit knows better than its name
  const named = spokenOf && isMeasuredIn(spokenOf.quantity, suffix) ? spokenOf : undefined;
  const quantity = named?.quantity ?? (isHousekeeping(own) ? undefined : quantityByUnit(suffix));
  const unit = suffix ?? unitByValue(quantity, value);
  const certainty = named === undefined ? 0.4 : named.isOwn ? 0.75 : 0.6;
  const place = placeOf(names);
  return {
    path,
    value,
    unit,
    sure: quantity === undefined ? 0.1 : Math.min(0.95, certainty + (suffix === undefined ? 0 : 0.2)),
    ...(quantity === undefined ? {} : { quantity }),
    ...(place === undefined ? {} : { place }),
  };
}

/** The names that may say what a number is, the nearest first; the topic's words where the payload has no names. */
function spokenNames(names: string[], topic: string): { name: string; isOwn: boolean }[] {
  const upwards = names.toReversed().map((name, index) => ({ name, isOwn: index === 0 }));
  const said = upwards.filter(({ name }) => !/^\d+$/.test(name));
  if (said.some(({ name }) => !saysNothing(name))) return said;
  return [
    ...said,
    ...topic
      .split("/")
      .reverse()
      .slice(0, 3)
      .map((name) => ({ name, isOwn: false })),
  ];
}

function firstQuantity(spoken: { name: string; isOwn: boolean }[]): { quantity: Quantity; isOwn: boolean } | undefined {
  for (const { name, isOwn } of spoken) {
    const quantity = quantityOf(name);
    if (quantity) return { quantity, isOwn };
    // a name that speaks of something else is not overruled by what stands above it
    if (isOwn && !saysNothing(name) && unitBySuffix(name) === undefined && !/\d/.test(name)) return undefined;
  }
  return undefined;
}

/** weight_kg, tempC, bat_mv: the last word where it is a unit. */
function unitBySuffix(name: string): string | undefined {
  const parts = wordsOf(name).filter((word) => !/^\d+$/.test(word));
  const last = parts.at(-1);
  if (last === undefined || /^(?:t|a|w|h|m|k|in|min|s|1)$/.test(last)) return undefined;
  if (last === "v" && parts.length === 1) return undefined;
  if (last === "tempf" || last === "tempc") return last === "tempf" ? "°F" : "°C";
  return unitOf(last)?.name ?? (last === "mv" ? "mV" : last === "v" ? "V" : undefined);
}

/** False where a unit can only belong to something else. */
function isMeasuredIn(quantity: Quantity, unit: string | undefined): boolean {
  const measures = unit === undefined ? undefined : unitOf(unit)?.unit.measures;
  if (measures === undefined) return true;
  switch (quantity) {
    case "weight":
      return measures === "mass";
    case "people":
      return measures === "number";
    case "battery":
      return measures === "ratio" || measures === "voltage" || measures === "number";
    case "temperature":
      return measures === "temperature";
    case "voltage":
      return measures === "voltage";
    case "humidity":
      return measures === "ratio" || measures === "number";
    case "distance":
    case "signal":
      return measures === "other" || measures === "ratio" || measures === "number";
  }
}

function quantityByUnit(unit: string | undefined): Quantity | undefined {
  const measures = unit === undefined ? undefined : unitOf(unit)?.unit.measures;
  if (measures === "mass") return "weight";
  return measures === "temperature" ? "temperature" : measures === "voltage" ? "voltage" : undefined;
}

/** By what such things weigh, last and read in a shop: a shelf says 1.24 kg or 1240 g, a cell 2.9 V or 2900 mV. */
function unitByValue(quantity: Quantity | undefined, value: number): string {
  switch (quantity) {
    case "weight":
      return Number.isInteger(value) || Math.abs(value) >= 100 ? "g" : "kg";
    case "battery":
      if (!Number.isInteger(value) && value > 0 && value < 1) return "1";
      if (!Number.isInteger(value) && value >= 1 && value <= 4.5) return "V";
      return value > 1_500 && value < 5_000 ? "mV" : "%";
    case "voltage":
      return value > 500 ? "mV" : "V";
    case "temperature":
      return value > 45 && value < 120 ? "°F" : "°C";
    case "humidity":
      return "%";
    case "signal":
      return value < 0 ? "dBm" : "1";
    default:
      return "1";
  }
}

/** The last index or the digits at the end of the nearest name that has some: scales.1.kg, w2, plate_3. */
function placeOf(names: string[]): number | undefined {
  for (const name of names.toReversed()) {
    const digits = /(?:^|\D)(\d{1,3})$/.exec(name)?.[1];
    if (digits !== undefined && !/^hx711$/i.test(name)) return Number(digits);
  }
  return undefined;
}
