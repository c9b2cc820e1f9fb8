/** The GTIN check digit (GS1 General Specifications 7.9): weights 3 and 1 from the right, modulo 10. `body` is digits only. */
export function gtinCheckDigit(body: string): number {
  let sum = 0;
  for (let index = 0; index < body.length; index += 1) {
    const digit = body.charCodeAt(body.length - 1 - index) - 48;
    sum += index % 2 === 0 ? digit * 3 : digit;
  }
  return (10 - (sum % 10)) % 10;
}

/** GTIN-8, -12, -13 or -14 with the right check digit. */
export function isGtin(gtin: string): boolean {
  return /^(\d{8}|\d{12,14})$/.test(gtin) && gtinCheckDigit(gtin.slice(0, -1)) === Number(gtin.at(-1));
}
