import type { DecodeResult, SensorValue } from "../decoded.ts";

/** What a maker's field measures, and between which bounds a value can be true at all. */
export type Measured = { property: string; unit: string; min: number; max: number };

const decimal = /^-?[0-9]{1,12}(?:\.[0-9]{1,12})?$/;
/** Some fields come as lists, one entry a button. */
const maxEntries = 16;

/**
 * The fields of a payload that the table knows, in its order. Numbers may be written as texts, switches as true and
 * false; null is a value that the sensor has not got.
 */
export function readMeasured(payload: object, table: ReadonlyMap<string, Measured>): DecodeResult<SensorValue[]> {
  const values: SensorValue[] = [];
  const fields = new Map<string, unknown>(Object.entries(payload));
  for (const [field, { property, unit, min, max }] of table) {
    const found = fields.get(field);
    if (found === undefined || found === null) continue;
    const entries: unknown[] = Array.isArray(found) ? found : [found];
    if (entries.length > maxEntries) {
      return { ok: false, reason: `${field} must not have more than ${maxEntries} entries` };
    }
    for (const entry of entries) {
      const value = numberOf(entry);
      if (value === undefined) return { ok: false, reason: `${field} must be a number` };
      if (value < min || value > max) {
        return { ok: false, reason: `${field} must be between ${min} and ${max}, not ${value}` };
      }
      values.push({ property, value, unit });
    }
  }
  return { ok: true, value: values };
}

/** 52.6, "52.6" and true -> a number; undefined for everything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" && decimal.test(value) ? Number(value) : undefined;
}
