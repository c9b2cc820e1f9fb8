import { createHash, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { encodeManifest, type Manifest, openManifest, signManifest, whyNotImage } from "./firmware.ts";

const image = Buffer.from("firmware of a shelf");
const manifest: Manifest = {
  version: "1.2.0",
  kind: "shelf",
  sizeBytes: image.length,
  sha256: createHash("sha256").update(image).digest("hex"),
  createdAt: 1_700_000_000_000,
};
const maker = keyPair();
const stranger = keyPair();

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, x: publicKey.export({ format: "jwk" }).x ?? "" };
}

test("a manifest is believed when a trusted key signed these very bytes", () => {
  const signed = signManifest(manifest, maker.privateKey);
  expect(openManifest(signed, [stranger.x, maker.x])).toEqual({ ok: true, value: manifest });
  expect(openManifest(signed, [stranger.x])).toEqual({
    ok: false,
    reason: "the manifest is signed by nobody we trust",
  });
  expect(openManifest(signed, [])).toMatchObject({ ok: false });
  expect(openManifest(signed, ["rubbish", "A".repeat(43)])).toMatchObject({ ok: false });
});

test("the signature of another manifest is worth nothing", () => {
  const { signature } = signManifest(manifest, maker.privateKey);
  const other = Buffer.from(encodeManifest({ ...manifest, version: "9.9.9" })).toString("base64url");
  expect(openManifest({ manifest: other, signature }, [maker.x]).ok).toBe(false);
  expect(openManifest({ manifest: other, signature: signature.slice(4) }, [maker.x])).toEqual({
    ok: false,
    reason: "the signature has the wrong length",
  });
});

test("an RFC 8032 signature is checked as the standard says", () => {
  // RFC 8032, 7.1, test 2: the message is one byte and no manifest, so that only the signature can be right
  const signed = {
    manifest: Buffer.from("72", "hex").toString("base64url"),
    signature: Buffer.from(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
      "hex",
    ).toString("base64url"),
  };
  const key = Buffer.from("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "hex");
  expect(openManifest(signed, [key.toString("base64url")])).toEqual({
    ok: false,
    reason: "the payload is not valid JSON",
  });
});

test("an image that is cut short or altered is not the one that was signed for", () => {
  expect(whyNotImage(manifest, image)).toBeUndefined();
  expect(whyNotImage(manifest, image.subarray(1))).toBe(`the image has 18 bytes, and 19 were signed for`);
  const altered = Buffer.from(image);
  altered[0] = 0;
  expect(whyNotImage(manifest, altered)).toMatch(/its hash differs/);
});
