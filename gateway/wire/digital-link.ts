import { isGtin } from "./gtin.ts";

/** GS1 Digital Link URIs, the canonical form on id.gs1.org (GS1 Digital Link: URI syntax 1.3, 4.11). */

const host = "https://id.gs1.org";

/** Of a product, or with a serial number of one piece. `gtin` has 8 to 14 digits. */
export function itemLink(gtin: string, serial?: string): string {
  const product = `${host}/01/${gtin.padStart(14, "0")}`;
  return serial === undefined ? product : `${product}/21/${encodeComponent(serial)}`;
}

/** Of a place by its GLN; `extension` names a part of it, and is left out where it would be too long for one. */
export function placeLink(gln: string, extension?: string): string {
  const place = `${host}/414/${gln}`;
  // GS1 General Specifications 3.7.11: AI 254 has up to 20 characters
  return extension === undefined || extension.length > 20 ? place : `${place}/254/${encodeComponent(extension)}`;
}

/**
 * What a Digital Link says of goods, at whichever resolver it points: links may stand on any domain. A GTIN's check digit
 * must be right; undefined: it is no link to goods.
 */
export function readItemLink(text: string): { gtin14: string; serial?: string } | undefined {
  if (!URL.canParse(text)) return undefined;
  const path = new URL(text).pathname;
  const match = /\/01\/(\d{8}|\d{12,14})(?:\/22\/[^/]+)?(?:\/10\/[^/]+)?(?:\/21\/([^/]+))?\/?$/.exec(path);
  const gtin = match?.[1];
  if (gtin === undefined || !isGtin(gtin)) return undefined;
  const gtin14 = gtin.padStart(14, "0");
  const serial = match?.[2] === undefined ? undefined : decodeComponent(match[2]);
  return serial === undefined ? { gtin14 } : { gtin14, serial };
}

/** 13 digits with the right check digit, which is made as a GTIN's. */
export const isGln = (text: string) => /^\d{13}$/.test(text) && isGtin(text);

/** Also what encodeURIComponent lets through and the syntax reserves. */
function encodeComponent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
