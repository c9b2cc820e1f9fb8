import { createHmac, randomBytes } from "node:crypto";

/** Standard Webhooks 1.0: `v1,` and the HMAC-SHA256 of `id.timestamp.body`, by a secret of `whsec_` and base64. */

const prefix = "whsec_";

export const newSecret = () => prefix + randomBytes(32).toString("base64");

/** 24 to 64 bytes, as the specification wants them. */
export function isSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(text)) return false;
  const { length } = keyOf(text);
  return length >= 24 && length <= 64;
}

/** One signature per secret, the newest first: while a receiver changes from one to the next, either opens. */
export function signaturesOf(secrets: readonly string[], id: string, timestampS: number, body: string): string {
  const sign = (secret: string) =>
    `v1,${createHmac("sha256", keyOf(secret)).update(`${id}.${timestampS}.${body}`).digest("base64")}`;
  return secrets.map(sign).join(" ");
}

const keyOf = (secret: string) => Buffer.from(secret.slice(prefix.length), "base64");
