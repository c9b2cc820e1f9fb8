import type { DecodeResult } from "../decoded.ts";
import { bounds } from "../readings.ts";

/** Smallest and largest that an honest device claims. */
export type Range = readonly [min: number, max: number];
export const gramsRange: Range = [bounds.minGrams, bounds.maxGrams];
export const anyRange: Range = [-bounds.maxTelemetryMagnitude, bounds.maxTelemetryMagnitude];

/** A number within its range, or a reason that names the field. For fields that no schema can name beforehand. */
export function numberWithin(field: string, value: unknown, [min, max]: Range): DecodeResult<number> {
  if (value === undefined) return { ok: false, reason: `${field} is missing` };
  if (typeof value !== "number" || !Number.isFinite(value)) return { ok: false, reason: `${field} must be a number` };
  if (value < min) return { ok: false, reason: `${field} must be at least ${min}, not ${value}` };
  if (value > max) return { ok: false, reason: `${field} must be at most ${max}, not ${value}` };
  return { ok: true, value };
}

/** A plain decimal number as text; "nan", "ON", hex and half numbers are none. */
export function numberOfText(text: string): number | undefined {
  return /^[+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : undefined;
}

/** Kilograms -> grams, to the milligram: 1.234 kg is 1234 g and not 1233.9999999999998. */
export function gramsOfKilograms(kilograms: number): number {
  return Math.round(kilograms * 1e6) / 1e3;
}
