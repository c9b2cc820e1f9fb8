import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import { isStaffRole, type TokenIdentity } from "./identity.ts";

/** 128 bits of the HMAC: beyond guessing online, and short enough for a QR that scans across an aisle. */
const macBytes = 16;
const maxTokenLength = 512;

export type Tokens = {
  /** A bearer token or cookie for `identity`, good until `expiresAt` (epoch ms). */
  signIdentity(identity: TokenIdentity, expiresAt: number): string;
  /** undefined: forged, altered, expired, or signed for another purpose. */
  verifyIdentity(token: string): TokenIdentity | undefined;
  /** The same with its end (epoch ms), for what stays open. */
  openIdentity(token: string): { identity: TokenIdentity; expiresAt: number } | undefined;
  signShare(shareId: string, expiresAt: number): string;
  verifyShare(token: string): { shareId: string; expiresAt: number } | undefined;
  /** A link to a kept clip; no share's token passes for it. */
  signClip(clipId: string, expiresAt: number): string;
  verifyClip(token: string): { clipId: string; expiresAt: number } | undefined;
  /** Whoever has it may delete the clip. Kept nowhere: it is made of the id and the shop's secret. */
  clipOwnerKey(clipId: string): string;
  checkClipOwnerKey(clipId: string, key: string): boolean;
  /** For one device to fetch one image. */
  signImage(image: ImageGrant, expiresAt: number): string;
  verifyImage(token: string): ImageGrant | undefined;
  /** What the QR on basket `basket` carries; it does not expire, because the sticker does not either. */
  basketKey(basket: number): string;
  checkBasketKey(basket: number, key: string): boolean;
};

export type ImageGrant = { deviceId: string; kind: string; version: string };

/** Tokens are `base64url([subject…, expiresAt]).base64url(mac)`. Each purpose has its own key, so none passes for another. */
export function createTokens(secret: Uint8Array, clock: Clock): Tokens {
  const keyFor = (purpose: string) => createHmac("sha256", secret).update(`vitrine ${purpose}`).digest();
  const identityKey = keyFor("identity");
  const shareKey = keyFor("share");
  const clipKey = keyFor("clip");
  const clipOwnersKey = keyFor("clip owner");
  const imageKey = keyFor("firmware image");
  const basketsKey = keyFor("basket");

  function openIdentity(token: string) {
    const opened = open(identityKey, token, clock.now());
    const identity = opened && identityFrom(opened.fields);
    return identity && { identity, expiresAt: opened.expiresAt };
  }
  const clipOwnerKey = (clipId: string) => mac(clipOwnersKey, clipId).toString("base64url");
  const basketKey = (basket: number) => mac(basketsKey, String(basket)).toString("base64url");
  return {
    signIdentity: (identity, expiresAt) => sign(identityKey, identityFields(identity), expiresAt),
    verifyIdentity: (token) => openIdentity(token)?.identity,
    openIdentity,
    signShare: (shareId, expiresAt) => sign(shareKey, [shareId], expiresAt),
    verifyShare(token) {
      const opened = open(shareKey, token, clock.now());
      const shareId = opened?.fields[0];
      return opened && shareId !== undefined ? { shareId, expiresAt: opened.expiresAt } : undefined;
    },
    signClip: (clipId, expiresAt) => sign(clipKey, [clipId], expiresAt),
    verifyClip(token) {
      const opened = open(clipKey, token, clock.now());
      const clipId = opened?.fields[0];
      return opened && clipId !== undefined ? { clipId, expiresAt: opened.expiresAt } : undefined;
    },
    clipOwnerKey,
    checkClipOwnerKey: (clipId, key) => sameBytes(Buffer.from(clipOwnerKey(clipId)), Buffer.from(key)),
    signImage: ({ deviceId, kind, version }, expiresAt) => sign(imageKey, [deviceId, kind, version], expiresAt),
    verifyImage(token) {
      const [deviceId, kind, version] = open(imageKey, token, clock.now())?.fields ?? [];
      if (deviceId === undefined || kind === undefined || version === undefined) return undefined;
      return { deviceId, kind, version };
    },
    basketKey,
    checkBasketKey: (basket, key) => sameBytes(Buffer.from(basketKey(basket)), Buffer.from(key)),
  };
}

function sign(key: Uint8Array, fields: string[], expiresAt: number): string {
  const body = Buffer.from(JSON.stringify([...fields, Math.floor(expiresAt)])).toString("base64url");
  return `${body}.${mac(key, body).toString("base64url")}`;
}

function open(key: Uint8Array, token: string, now: number): { fields: string[]; expiresAt: number } | undefined {
  if (token.length > maxTokenLength) return undefined;
  const [body, signature, ...rest] = token.split(".");
  if (!body || !signature || rest.length > 0) return undefined;
  // Compared as text: base64url has several spellings of the same bytes, and only ours is accepted.
  if (!sameBytes(Buffer.from(signature), Buffer.from(mac(key, body).toString("base64url")))) return undefined;
  const parts: unknown = JSON.parse(Buffer.from(body, "base64url").toString());
  if (!Array.isArray(parts)) return undefined;
  const expiresAt: unknown = parts.at(-1);
  if (typeof expiresAt !== "number" || expiresAt <= now) return undefined;
  return { fields: parts.slice(0, -1).map(String), expiresAt };
}

function identityFields(identity: TokenIdentity): string[] {
  switch (identity.role) {
    case "staff":
    case "manager":
    case "engineer":
      return [identity.role, identity.id, identity.name];
    case "mirror":
      return [identity.role, identity.mirrorId, ...(identity.stamp === undefined ? [] : [identity.stamp])];
    case "shopper":
      return [identity.role, identity.shopperId];
  }
}

function identityFrom([role, id, name]: string[]): TokenIdentity | undefined {
  if (id === undefined) return undefined;
  if (role === "mirror") return { role, mirrorId: id, ...(name === undefined ? {} : { stamp: name }) };
  if (role === "shopper") return { role, shopperId: id };
  if (isStaffRole(role) && name !== undefined) return { role, id, name };
  return undefined;
}

function mac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest().subarray(0, macBytes);
}

/** Lengths are public here; only the bytes are secret. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
