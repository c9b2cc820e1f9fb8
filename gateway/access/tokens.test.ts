import { expect, test } from "vitest";
import { createManualClock } from "../clock.ts";
import type { TokenIdentity } from "./identity.ts";
import { createTokens } from "./tokens.ts";

const clock = createManualClock(1_000_000);
const secret = new Uint8Array(32).fill(7);
const tokens = createTokens(secret, clock);
const soon = clock.now() + 1000;

test.each<TokenIdentity>([
  { role: "staff", id: "ben", name: "Ben Ó Brían, père" },
  { role: "engineer", id: "ana", name: "Ana" },
  { role: "mirror", mirrorId: "m1" },
  { role: "mirror", mirrorId: "m1", stamp: "Zm9vYmFy" },
  { role: "shopper", shopperId: "s1" },
])("a token of $role says again who it was made for", (identity) => {
  expect(tokens.verifyIdentity(tokens.signIdentity(identity, soon))).toEqual(identity);
});

test("a share token is short enough for a QR and tells its share and its end", () => {
  const token = tokens.signShare("share-1a2b3c4d", soon);
  expect(token.length).toBeLessThan(80);
  expect(token).toMatch(/^[\w-]+\.[\w-]+$/);
  expect(tokens.verifyShare(token)).toEqual({ shareId: "share-1a2b3c4d", expiresAt: soon });
});

test("a token is worth nothing once its time is over", () => {
  const later = createTokens(secret, createManualClock(soon));
  expect(later.verifyShare(tokens.signShare("s", soon))).toBeUndefined();
  expect(later.verifyIdentity(tokens.signIdentity({ role: "mirror", mirrorId: "m1" }, soon))).toBeUndefined();
});

test("changing any one character of a token makes it worthless", () => {
  const token = tokens.signIdentity({ role: "shopper", shopperId: "s1" }, soon);
  for (let at = 0; at < token.length; at += 1) {
    for (const other of ["A", "B", "-", ".", "="]) {
      if (token[at] === other) continue;
      expect(tokens.verifyIdentity(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
    }
  }
});

test.each(["", ".", "..", "a", "a.b", "a.b.c", "e30.e30", "\u0000.\u0000", "x".repeat(600), "é.é"])(
  "%j is no token and does no harm",
  (token) => {
    expect(tokens.verifyIdentity(token)).toBeUndefined();
    expect(tokens.verifyShare(token)).toBeUndefined();
  },
);

test("a token for watching is none for signing in, nor the other way round", () => {
  expect(tokens.verifyIdentity(tokens.signShare("mirror", soon))).toBeUndefined();
  expect(tokens.verifyShare(tokens.signIdentity({ role: "mirror", mirrorId: "m1" }, soon))).toBeUndefined();
});

test("a link to a clip opens no share, and its owner's key no other clip", () => {
  const token = tokens.signClip("c-0123456789abcdef", soon);
  expect(token.length).toBeLessThan(80);
  expect(tokens.verifyClip(token)).toEqual({ clipId: "c-0123456789abcdef", expiresAt: soon });
  expect(tokens.verifyShare(token)).toBeUndefined();
  expect(tokens.verifyClip(tokens.signShare("c-0123456789abcdef", soon))).toBeUndefined();
  const key = tokens.clipOwnerKey("c-1");
  expect(tokens.checkClipOwnerKey("c-1", key)).toBe(true);
  expect(tokens.checkClipOwnerKey("c-2", key)).toBe(false);
  for (const wrong of ["", key.slice(1), `${key}A`, token]) expect(tokens.checkClipOwnerKey("c-1", wrong)).toBe(false);
  expect(createTokens(new Uint8Array(32).fill(8), clock).checkClipOwnerKey("c-1", key)).toBe(false);
});

test("another shop's tokens and baskets are not ours", () => {
  const other = createTokens(new Uint8Array(32).fill(8), clock);
  expect(tokens.verifyIdentity(other.signIdentity({ role: "shopper", shopperId: "s1" }, soon))).toBeUndefined();
  expect(tokens.checkBasketKey(7, other.basketKey(7))).toBe(false);
});

test("a basket's key opens that basket only", () => {
  const key = tokens.basketKey(7);
  expect(key).toMatch(/^[\w-]{22}$/);
  expect(tokens.checkBasketKey(7, key)).toBe(true);
  for (const [basket, guess] of [
    [8, key],
    [7, ""],
    [7, `${key} `],
    [7, key.slice(1)],
    [7, "é".repeat(11)],
  ] as const) {
    expect(tokens.checkBasketKey(basket, guess)).toBe(false);
  }
});
