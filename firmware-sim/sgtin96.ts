/** GS1 Tag Data Standard partition 5: a company prefix of 7 digits (24 bits) and an item reference of 6 (20 bits). */
const partition = 5n;
const companyDigits = 7;

/**
 * The EPC (24 hex digits) of one item by the SGTIN-96 scheme: header 0x30, filter 1 (point of sale), partition,
 * company prefix, indicator and item reference, serial (38 bits). GTIN-8, -12 and -13 are padded to 14 first.
 */
export function encodeSgtin96(gtin: string, serial: number): string {
  const digits = gtin.padStart(14, "0");
  const company = BigInt(digits.slice(1, 1 + companyDigits));
  const item = BigInt(digits.slice(0, 1) + digits.slice(1 + companyDigits, 13));
  const bits =
    (0x30n << 88n) |
    (1n << 85n) |
    (partition << 82n) |
    (company << 58n) |
    (item << 38n) |
    (BigInt(serial) & 0x3fffffffffn);
  return bits.toString(16).padStart(24, "0");
}
