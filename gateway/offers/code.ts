/** No letter or digit here sounds or looks like another when read across a counter, and no vowel makes a word. */
const alphabet = "34679CDFGHJKMNPQRTWXY";
export const codeLength = 10;

/** Ten characters from 64 hex digits: 21^10 codes, so that no one guesses a living one. */
export function encodeCode(hex: string): string {
  let rest = BigInt(`0x${hex}`);
  let code = "";
  for (let index = 0; index < codeLength; index += 1) {
    code += alphabet[Number(rest % 21n)];
    rest /= 21n;
  }
  return code;
}

/** A code as it was typed or said: any case, with gaps or dashes. What cannot be a code is undefined. */
export function readCode(typed: string): string | undefined {
  if (typed.length > 40) return undefined;
  const code = typed.toUpperCase().replace(/[\s-]/g, "");
  return code.length === codeLength && [...code].every((letter) => alphabet.includes(letter)) ? code : undefined;
}
