import { checkDigit } from "./sgtin-96.ts";

/** GTIN-8, -12, -13 or -14 with the right check digit (GS1 General Specifications 7.9). */
export function isGtin(gtin: string): boolean {
  return isGtinShaped(gtin) && withCheckDigit(gtin) === gtin;
}

/** As many digits as a GTIN may have; the check digit may still be wrong. */
export function isGtinShaped(gtin: string): boolean {
  return /^(\d{8}|\d{12,14})$/.test(gtin);
}

/** The same number with the last digit as it should be. */
export function withCheckDigit(gtin: string): string {
  const body = gtin.slice(0, -1);
  return body + checkDigit(body);
}
