import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** What one key of a clip seals, each under a key of its own that is derived from it. */
export type Purpose = "upload" | "clip" | "still";

export const keyBytes = 32;
/** Plain bytes of one chunk: what a range request decrypts at least. */
export const chunkBytes = 64 * 1024;
const nonceBytes = 12;
const tagBytes = 16;
/** What sealing adds to a chunk. */
export const sealBytes = nonceBytes + tagBytes;

export type Seal = {
  /** nonce, ciphertext, tag. `label` says where the chunk belongs; it is not kept, it must be known again to open it. */
  seal(plain: Uint8Array, label: string): Buffer;
  /** undefined: altered, moved to another place, or of another key. */
  open(sealed: Uint8Array, label: string): Buffer | undefined;
  /** Overwrites the key; nothing opens from here on. */
  forget(): void;
};

/**
 * AES-256-GCM [NIST SP 800-38D] with a random nonce per chunk. One key seals at most some thousand chunks, far from the 2³²
 * at which random nonces of 96 bits become a risk.
 */
export function createSeal(key: Uint8Array, clipId: string, purpose: Purpose): Seal {
  const derived = Buffer.from(hkdfSync("sha256", key, clipId, `vitrine ${purpose}`, keyBytes));
  const aad = (label: string) => Buffer.from(`${purpose} ${clipId} ${label}`);
  let forgotten = false;
  return {
    seal(plain, label) {
      if (forgotten) throw new Error("the key of this clip is gone");
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", derived, nonce).setAAD(aad(label));
      const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final()]);
      return Buffer.concat([sealed, cipher.getAuthTag()]);
    },
    open(sealed, label) {
      if (forgotten || sealed.length < sealBytes) return undefined;
      const nonce = sealed.subarray(0, nonceBytes);
      const end = sealed.length - tagBytes;
      const decipher = createDecipheriv("aes-256-gcm", derived, nonce, { authTagLength: tagBytes });
      decipher.setAAD(aad(label)).setAuthTag(sealed.subarray(end));
      const plain = decipher.update(sealed.subarray(nonceBytes, end));
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return plain;
    },
    forget() {
      forgotten = true;
      derived.fill(0);
    },
  };
}
