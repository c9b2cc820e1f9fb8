import type { DecodeResult } from "./decoded.ts";

/** GS1 TDS, SGTIN-96: partition -> [company prefix bits, digits, item reference bits, digits]. */
const partitions = [
  [40, 12, 4, 1],
  [37, 11, 7, 2],
  [34, 10, 10, 3],
  [30, 9, 14, 4],
  [27, 8, 17, 5],
  [24, 7, 20, 6],
  [20, 6, 24, 7],
] as const;

/** An EPC as 24 hex digits -> GTIN-14 and serial number, by GS1 Tag Data Standard "SGTIN-96". */
export function decodeSgtin96(hex: string): DecodeResult<{ gtin14: string; serial: string }> {
  if (!/^[0-9a-fA-F]{24}$/.test(hex)) return { ok: false, reason: "an SGTIN-96 has 24 hex digits" };
  const bits = BigInt(`0x${hex}`);
  const take = (offset: number, length: number) =>
    (bits >> BigInt(96 - offset - length)) & ((1n << BigInt(length)) - 1n);
  if (take(0, 8) !== 0x30n) return { ok: false, reason: "not an SGTIN-96 (header is not 30)" };
  const partition = partitions[Number(take(11, 3))];
  if (!partition) return { ok: false, reason: "SGTIN-96 partition 7 does not exist" };
  const [companyBits, companyDigits, itemBits, itemDigits] = partition;
  const company = take(14, companyBits).toString().padStart(companyDigits, "0");
  const item = take(14 + companyBits, itemBits)
    .toString()
    .padStart(itemDigits, "0");
  if (company.length > companyDigits || item.length > itemDigits)
    return { ok: false, reason: "SGTIN-96 field out of range" };
  // the item reference's first digit is the GTIN's indicator and moves to the front
  const body = `${item[0]}${company}${item.slice(1)}`;
  return { ok: true, value: { gtin14: body + checkDigit(body), serial: take(58, 38).toString() } };
}

/** GS1 check digit of the digits before it: weights 3 and 1 from the right. */
export function checkDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 3 : 1);
  return String((10 - (sum % 10)) % 10);
}
