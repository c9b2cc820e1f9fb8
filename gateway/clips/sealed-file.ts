import type { Disk } from "./disk.ts";
import { chunkBytes, type Seal, sealBytes } from "./seal.ts";

/** Told apart from anything else, and by which rules it was written. */
const magic = Buffer.from("VTRNSEA1");
const headerBytes = magic.length + 8;
const sealedBytes = chunkBytes + sealBytes;

/** Where a chunk belongs: a chunk moved, left out or taken from another length does not open. */
const labelOf = (index: number, length: number) => `${index} of ${length} bytes`;

/**
 * Writes a whole file under another name first. Resolves when a power cut leaves all of it; until then it leaves none.
 * Throws what the disk throws, and nothing is left.
 */
export async function writeSealed(disk: Disk, path: string, plain: Uint8Array, seal: Seal): Promise<void> {
  const draft = `${path}.part`;
  await disk.remove(draft);
  try {
    const file = await disk.open(draft, "new");
    try {
      const header = Buffer.alloc(headerBytes);
      magic.copy(header);
      header.writeBigUInt64BE(BigInt(plain.length), magic.length);
      await file.write(header, 0);
      let at = headerBytes;
      for (let index = 0; index * chunkBytes < plain.length; index++) {
        const chunk = plain.subarray(index * chunkBytes, (index + 1) * chunkBytes);
        const sealed = seal.seal(chunk, labelOf(index, plain.length));
        await file.write(sealed, at);
        at += sealed.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(draft, path);
  } catch (error) {
    await disk.remove(draft);
    throw error;
  }
}

export type SealedReader = {
  /** Plain bytes. */
  length: number;
  /** Both ends included; opens only the chunks it needs. Throws when a chunk is not what was written. */
  read(start: number, end: number): AsyncGenerator<Buffer>;
  close(): Promise<void>;
};

/** undefined: not there, or not whole. */
export async function openSealed(disk: Disk, path: string, seal: Seal): Promise<SealedReader | undefined> {
  const file = await disk.open(path, "read").catch(() => undefined);
  if (!file) return undefined;
  const header = Buffer.alloc(headerBytes);
  const size = await file.size();
  const isOurs = (await file.read(header, 0)) === headerBytes && header.subarray(0, magic.length).equals(magic);
  const length = Number(header.readBigUInt64BE(magic.length));
  const chunks = Math.ceil(length / chunkBytes);
  if (!isOurs || size !== headerBytes + length + chunks * sealBytes) {
    await file.close();
    return undefined;
  }
  return {
    length,
    async *read(start, end) {
      for (let index = Math.floor(start / chunkBytes); index * chunkBytes <= end; index++) {
        const from = index * chunkBytes;
        const sealed = Buffer.alloc(Math.min(sealedBytes, length - from + sealBytes));
        await file.read(sealed, headerBytes + index * sealedBytes);
        const plain = seal.open(sealed, labelOf(index, length));
        if (!plain) throw new Error("a chunk of a clip does not open");
        yield plain.subarray(Math.max(0, start - from), Math.min(plain.length, end + 1 - from));
      }
    },
    // of what was only read nothing can be lost
    close: () => file.close().catch(() => {}),
  };
}
