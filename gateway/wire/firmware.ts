import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { type Static, Type } from "typebox";
import type { DecodeResult } from "./decoded.ts";
import { createJsonReader } from "./json.ts";
import { versionPattern } from "./requests.ts";
import { deviceKinds } from "./topics.ts";

/** The largest image a device of ours could hold twice. */
export const maxImageBytes = 16 * 1024 * 1024;

/** What an image is. These very bytes are signed, so that neither the image nor what is said of it can be changed. */
export const ManifestSchema = Type.Object({
  version: Type.String({ pattern: versionPattern }),
  kind: Type.Enum([...deviceKinds]),
  model: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  sizeBytes: Type.Integer({ minimum: 1, maximum: maxImageBytes }),
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  minVersion: Type.Optional(
    Type.String({ pattern: versionPattern, description: "a device with less cannot take it in one step" }),
  ),
  createdAt: Type.Integer({ minimum: 0, description: "epoch ms" }),
});
export type Manifest = Static<typeof ManifestSchema>;

/** A manifest as it travels: base64url of the signed bytes, and of the Ed25519 signature over them. */
export type SignedManifest = { manifest: string; signature: string };

const reader = createJsonReader(ManifestSchema);
const maxManifestBytes = 4_096;

/** The same manifest always gives the same bytes: fixed order, no spaces. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { version, kind, model, sizeBytes, sha256, minVersion, createdAt } = manifest;
  return Buffer.from(JSON.stringify({ version, kind, model, sizeBytes, sha256, minVersion, createdAt }));
}

/** `privateKey`: Ed25519. */
export function signManifest(manifest: Manifest, privateKey: KeyObject): SignedManifest {
  const bytes = encodeManifest(manifest);
  return {
    manifest: Buffer.from(bytes).toString("base64url"),
    signature: sign(null, bytes, privateKey).toString("base64url"),
  };
}

/**
 * What the maker says of an image, if one of the trusted keys has signed it. The signature is checked before anything
 * inside is looked at. Keys are the 32 raw bytes of an Ed25519 public key in base64url.
 */
export function openManifest(signed: SignedManifest, publicKeys: readonly string[]): DecodeResult<Manifest> {
  const bytes = Buffer.from(signed.manifest, "base64url");
  const signature = Buffer.from(signed.signature, "base64url");
  if (bytes.length > maxManifestBytes) return { ok: false, reason: "the manifest is too large" };
  if (signature.length !== 64) return { ok: false, reason: "the signature has the wrong length" };
  if (!publicKeys.some((key) => isSignedBy(key, bytes, signature))) {
    return { ok: false, reason: "the manifest is signed by nobody we trust" };
  }
  return reader.read(bytes);
}

/** undefined: the image is the one that was signed for. */
export function whyNotImage(manifest: Manifest, image: Uint8Array): string | undefined {
  if (image.byteLength !== manifest.sizeBytes) {
    return `the image has ${image.byteLength} bytes, and ${manifest.sizeBytes} were signed for`;
  }
  const hash = createHash("sha256").update(image).digest("hex");
  return hash === manifest.sha256 ? undefined : "the image is not the one that was signed for: its hash differs";
}

/** True for the 32 raw bytes of an Ed25519 public key in base64url. */
export function isPublicKey(text: string): boolean {
  return keyOf(text) !== undefined;
}

function isSignedBy(publicKey: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = keyOf(publicKey);
  return key !== undefined && verify(null, bytes, key, signature);
}

function keyOf(text: string): KeyObject | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  try {
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text }, format: "jwk" });
  } catch {
    return undefined;
  }
}

/** One file to carry about: a line of JSON with manifest and signature, then the image as it is. */
export function encodeBundle({ manifest, signature }: SignedManifest, image: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ manifest, signature })}\n`), image]);
}

export const maxBundleBytes = maxImageBytes + 16_384;

export function decodeBundle(bytes: Uint8Array): DecodeResult<{ signed: SignedManifest; image: Uint8Array }> {
  const end = bytes.subarray(0, maxBundleBytes - maxImageBytes).indexOf(0x0a);
  if (end < 0) return { ok: false, reason: "its first line, manifest and signature, is missing" };
  const signed = header.read(bytes.subarray(0, end));
  if (!signed.ok) return { ok: false, reason: `its first line does not fit: ${signed.reason}` };
  return { ok: true, value: { signed: signed.value, image: bytes.subarray(end + 1) } };
}

const Encoded = Type.String({ pattern: "^[A-Za-z0-9_-]+$", maxLength: 8_192 });
const header = createJsonReader(Type.Object({ manifest: Encoded, signature: Encoded }));
