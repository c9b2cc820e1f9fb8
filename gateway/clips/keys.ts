import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Disk, isFull, isMissing } from "./disk.ts";
import { keyBytes } from "./seal.ts";

export type Keys = {
  /** Made and on disk. */
  create(clipId: string): Promise<Buffer>;
  /** undefined: there is none, or it was destroyed. */
  read(clipId: string): Promise<Buffer | undefined>;
  /** Overwritten on disk, then removed. False: there was none. */
  destroy(clipId: string): Promise<boolean>;
};

/** Each clip's key lies in a file of its own: what it sealed is gone as soon as these 32 bytes are. */
export function createKeys(disk: Disk, folder: string): Keys {
  const pathOf = (clipId: string) => join(folder, `${clipId}.key`);
  return {
    async create(clipId) {
      const key = randomBytes(keyBytes);
      const file = await disk.open(pathOf(clipId), "new");
      try {
        await file.write(key, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await disk.syncFolder(folder);
      return key;
    },
    async read(clipId) {
      const file = await openIfThere(disk, pathOf(clipId), "read");
      if (!file) return undefined;
      try {
        const key = Buffer.alloc(keyBytes);
        const isWhole = (await file.size()) === keyBytes && (await file.read(key, 0)) === keyBytes;
        // overwritten, and the power went before it was removed
        return isWhole && key.some((byte) => byte !== 0) ? key : undefined;
      } finally {
        await file.close();
      }
    },
    async destroy(clipId) {
      const file = await openIfThere(disk, pathOf(clipId), "change");
      if (!file) return false;
      try {
        await file.write(Buffer.alloc(await file.size()), 0);
        await file.sync();
      } catch (error) {
        // a disk that never writes in place may be too full even for this; removed it is all the same
        if (!isFull(error)) throw error;
      } finally {
        await file.close();
      }
      await disk.remove(pathOf(clipId));
      await disk.syncFolder(folder);
      return true;
    },
  };
}

export async function openIfThere(disk: Disk, path: string, mode: "change" | "read") {
  try {
    return await disk.open(path, mode);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
