import type { Offer } from "#wire/views.ts";

const texts = ["offerId", "code", "sku", "name", "picture", "zoneName", "why"] as const;
const numbers = ["price", "offerPrice", "issuedAt", "expiresAt"] as const;
const states: readonly unknown[] = ["fresh", "used", "over", "dismissed"];

/** An offer out of a message. Undefined when it is none: the page then shows nothing rather than half an offer. */
export function readOffer(json: string): Offer | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isOffer(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isOffer(value: unknown): value is Offer {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return (
    texts.every((name) => typeof fields.get(name) === "string") &&
    numbers.every((name) => Number.isFinite(fields.get(name))) &&
    states.includes(fields.get("state"))
  );
}
