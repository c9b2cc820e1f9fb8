import { join } from "node:path";
import type { ClipMime } from "./container.ts";
import type { Disk } from "./disk.ts";
import type { Keys } from "./keys.ts";
import { createSeal } from "./seal.ts";
import { createUploadFile, openUploadFile, type UploadFile } from "./upload-file.ts";

/** What a mirror wants to keep. `bytes`: of the whole file as it was recorded. */
export type ClipWish = { mirrorId: string; sku?: string; mime: ClipMime; bytes: number; showsPerson: boolean };
type About = ClipWish & { begunAt: number };

/** A clip that is still arriving. */
export type Upload = {
  clipId: string;
  about: About;
  file: UploadFile;
  /** Ends what arrives just now: its sender has come back on another connection. */
  interrupt?: () => void;
};

/** Whoever has not finished by then has left the mirror. */
const longestMs = 30 * 60_000;
/** A mirror records one clip at a time; more are left over from pages that were loaded anew. The oldest goes first. */
export const uploadsPerMirror = 3;

/** Clips that are not complete yet, on disk from their first byte and found again after a restart. */
export function createUploads({ disk, folder, keys, now }: { disk: Disk; folder: string; keys: Keys; now(): number }) {
  const uploads = new Map<string, Upload>();
  const pathOf = (clipId: string) => join(folder, `${clipId}.upload`);

  async function sealOf(clipId: string) {
    const key = await keys.read(clipId);
    if (!key) return undefined;
    const seal = createSeal(key, clipId, "upload");
    key.fill(0);
    return seal;
  }

  const isStale = ({ begunAt }: About) => Math.abs(now() - begunAt) > longestMs;

  return {
    get: (clipId: string) => uploads.get(clipId),
    all: () => [...uploads.values()],
    of: (mirrorId: string) => [...uploads.values()].filter(({ about }) => about.mirrorId === mirrorId),
    reservedBytes: () => [...uploads.values()].reduce((sum, { about }) => sum + about.bytes, 0),
    stale: () => [...uploads.values()].filter(({ about }) => isStale(about)).map(({ clipId }) => clipId),

    /** Throws what the disk throws. */
    async begin(clipId: string, wish: ClipWish): Promise<Upload> {
      const key = await keys.create(clipId);
      const seal = createSeal(key, clipId, "upload");
      key.fill(0);
      const about: About = { ...wish, begunAt: now() };
      const file = await createUploadFile(disk, pathOf(clipId), JSON.stringify(about), seal);
      await disk.syncFolder(folder);
      const upload: Upload = { clipId, about, file };
      uploads.set(clipId, upload);
      return upload;
    },

    /** One that lies on disk from before; false when it is too old, or nothing can be made of it. */
    async resume(clipId: string): Promise<boolean> {
      const seal = await sealOf(clipId);
      const file = seal && (await openUploadFile(disk, pathOf(clipId), seal));
      if (!file) return false;
      // sealed by us: nobody else can have written it
      const about: About = JSON.parse(file.about);
      if (isStale(about)) {
        await file.close();
        return false;
      }
      uploads.set(clipId, { clipId, about, file });
      return true;
    },

    /** Its file goes; its key stays, which also opens the finished clip. */
    async end(clipId: string): Promise<void> {
      const upload = uploads.get(clipId);
      uploads.delete(clipId);
      await upload?.file.close();
      await disk.remove(pathOf(clipId));
    },

    async close(): Promise<void> {
      for (const { file } of uploads.values()) await file.close();
      uploads.clear();
    },
  };
}

export type Uploads = ReturnType<typeof createUploads>;
