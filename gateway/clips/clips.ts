import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Log } from "../log.ts";
import { type Check, createCheck } from "./check.ts";
import { kindOf, magicBytes } from "./container.ts";
import { type Disk, isFull, realDisk } from "./disk.ts";
import { createKeys } from "./keys.ts";
import type { Refusal } from "./refusals.ts";
import * as say from "./refusals.ts";
import { chunkBytes, createSeal, type Purpose } from "./seal.ts";
import { openSealed, type SealedReader, writeSealed } from "./sealed-file.ts";
import { createTurns } from "./turns.ts";
import { type ClipWish, createUploads, type Upload, uploadsPerMirror } from "./uploads.ts";

export type { Refusal } from "./refusals.ts";
export type { SealedReader } from "./sealed-file.ts";
export type { ClipWish } from "./uploads.ts";

/** A clip that lies complete and sealed on disk. `bytes`: of what is served. */
export type SealedClip = ClipWish & { clipId: string; durationMs: number };
export type Progress = { clipId: string; mirrorId: string; received: number; bytes: number; showsPerson: boolean };
/** Part of a file as HTTP names it: both ends included, of `total` bytes. No ends: only the question where it stands. */
export type Part = { start?: number; end?: number; total: number };
export type Appended = { ok: true; state: "uploading" | "kept"; received: number } | Refusal;

export type ClipsOptions = {
  /** For clips alone; made if it is not there. */
  folder: string;
  /** Bytes that all clips together may take. */
  roomBytes: number;
  log: Log;
  now(): number;
  /** Writes into the journal that a clip is kept; asked twice of the same clip it answers the same. */
  keep(clip: SealedClip): Promise<{ ok: true } | { ok: false; problem: Refusal["problem"] }>;
  disk?: Disk;
  check?: Check;
};

export const maxClipBytes = 40 * 1024 ** 2;
/** The shop's memory lies on the same disk: clips leave it this much. */
const leaveFreeBytes = 64 * 1024 ** 2;
/** Each has a whole clip in memory, so they are looked at one by one; more than these are asked to come again. */
const maxWaitingChecks = 4;
const fileName = /^(c-[0-9a-f]{16})\.(key|upload|clip|still)(\.part)?$/;

/** Where clips lie: arriving, sealed, read in parts, destroyed. What is kept and for how long, the room of mirrors decides. */
export function createClips(options: ClipsOptions) {
  const { folder, log, roomBytes, now, disk = realDisk, check = createCheck() } = options;
  const keys = createKeys(disk, folder);
  const uploads = createUploads({ disk, folder, keys, now });
  const inTurn = createTurns();
  /** Bytes of the clips that are complete. */
  const kept = new Map<string, number>();
  const reading = new Map<string, Set<() => void>>();
  /** The disk would not let them go: tried again with every tick. */
  const undead = new Set<string>();
  const counts = { kept: 0, refused: 0, destroyed: 0 };
  let checks = 0;

  const pathOf = (clipId: string, purpose: Purpose) => join(folder, `${clipId}.${purpose}`);
  const usedBytes = () => [...kept.values()].reduce((sum, bytes) => sum + bytes, 0) + uploads.reservedBytes();

  async function sealOf(clipId: string, purpose: Purpose) {
    const key = await keys.read(clipId);
    const seal = key && createSeal(key, clipId, purpose);
    key?.fill(0);
    return seal;
  }

  /** The key first: from then on the rest is noise. False: the disk would not, and is asked again. */
  async function burn(clipId: string): Promise<boolean> {
    for (const stop of reading.get(clipId) ?? []) stop();
    kept.delete(clipId);
    try {
      if (await keys.destroy(clipId)) counts.destroyed += 1;
      await uploads.end(clipId);
      for (const purpose of ["clip", "still"] as const) {
        await disk.remove(pathOf(clipId, purpose));
        await disk.remove(`${pathOf(clipId, purpose)}.part`);
      }
      await disk.syncFolder(folder);
      undead.delete(clipId);
      return true;
    } catch (error) {
      undead.add(clipId);
      log.error({ error, clipId }, "a clip could not be removed from the disk; it is tried again");
      return false;
    }
  }

  /** What the disk throws becomes an answer, and nothing is left of the clip. */
  async function orNothing<T>(clipId: string, work: () => Promise<T>): Promise<T | Refusal> {
    try {
      return await work();
    } catch (error) {
      await burn(clipId);
      if (isFull(error)) return say.diskFull;
      throw error;
    }
  }

  /** Everything is here: looked at, written anew, sealed, kept. */
  async function finish(upload: Upload): Promise<Appended> {
    if (checks >= maxWaitingChecks) return { ...say.busy, received: upload.about.bytes };
    checks += 1;
    try {
      return await inTurn("checks", () => finishNow(upload));
    } finally {
      checks -= 1;
    }
  }

  async function finishNow({ clipId, about, file }: Upload): Promise<Appended> {
    const plain = await file.read();
    const seal = await sealOf(clipId, "clip");
    if (!plain || !seal) {
      await burn(clipId);
      return say.broken;
    }
    const result = await check(plain, about.mime);
    if (!result.ok) {
      counts.refused += 1;
      await burn(clipId);
      return say.noVideo(result.reason);
    }
    const bytes = new Uint8Array(result.bytes);
    const written = await orNothing(clipId, async () => {
      await writeSealed(disk, pathOf(clipId, "clip"), bytes, seal);
      await disk.syncFolder(folder);
    });
    seal.forget();
    if (written) return written;
    const { begunAt: _, ...wish } = about;
    const answer = await options.keep({ ...wish, clipId, bytes: bytes.length, durationMs: result.durationMs });
    if (!answer.ok) {
      // the journal is not to be had just now: what has arrived stays, and the mirror asks again
      if (answer.problem.status === 503) await disk.remove(pathOf(clipId, "clip"));
      else await burn(clipId);
      return { ...answer, ...(answer.problem.status === 503 ? { retryAfterS: 3 } : {}) };
    }
    kept.set(clipId, bytes.length);
    counts.kept += 1;
    await uploads.end(clipId);
    await disk.syncFolder(folder);
    return { ok: true, state: "kept", received: about.bytes };
  }

  /** Takes what arrives, as far as it was announced. False: there is more. */
  async function take({ file }: Upload, end: number, skip: number, body: Readable): Promise<boolean> {
    let pending: Uint8Array[] = [];
    let size = 0;
    const flush = async () => {
      await file.add(Buffer.concat(pending));
      pending = [];
      size = 0;
    };
    for await (const chunk of untilGone(body)) {
      const news = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - news.length;
      if (news.length > end - file.received() - size) return false;
      pending.push(news);
      size += news.length;
      if (size >= chunkBytes) await flush();
    }
    await flush();
    return true;
  }

  async function appendNow(clipId: string, part: Part, body: Readable): Promise<Appended> {
    const upload = uploads.get(clipId);
    if (!upload) return say.noClip;
    const { file, about } = upload;
    if (part.total !== about.bytes) return say.otherTotal;
    if (part.start !== undefined && part.end !== undefined) {
      if (part.end >= about.bytes || part.end < part.start) return say.outside;
      const before = file.received();
      if (part.start > before) return say.gap(before);
      upload.interrupt = () => body.destroy();
      const end = part.end + 1;
      const taken = await orNothing(clipId, async () => {
        const isAll = await take(upload, end, before - (part.start ?? 0), body);
        await file.sync();
        return isAll;
      });
      delete upload.interrupt;
      if (typeof taken === "object") return taken;
      if (!taken) return say.outside;
      if (before < magicBytes && (await isOther(upload))) {
        counts.refused += 1;
        await burn(clipId);
        return say.noVideo("It is not the kind of video that it says it is.");
      }
    }
    const received = file.received();
    return received === about.bytes ? finish(upload) : { ok: true, state: "uploading", received };
  }

  /** Seen with the first bytes, before the rest is waited for. */
  async function isOther({ file, about }: Upload): Promise<boolean> {
    if (file.received() < magicBytes) return false;
    const bytes = await file.read(magicBytes);
    return bytes !== undefined && kindOf(bytes) !== about.mime;
  }

  return {
    /**
     * Reads what is on disk. `keptIds`: the clips the room keeps. What is of no clip any more is destroyed; returned are those
     * that the room keeps and the disk has not.
     */
    async start(keptIds: Set<string>): Promise<string[]> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const found = new Map<string, Set<string>>();
      for (const name of await disk.names(folder)) {
        const [, clipId, kind, part] = fileName.exec(name) ?? [];
        if (clipId === undefined || kind === undefined) continue;
        if (part !== undefined) await disk.remove(join(folder, name));
        else found.set(clipId, (found.get(clipId) ?? new Set()).add(kind));
      }
      for (const [clipId, files] of found) {
        if (keptIds.has(clipId)) {
          await adopt(clipId);
        } else if (files.has("upload") && (await uploads.resume(clipId))) {
          // sealed but not kept yet: it is sealed again when its mirror asks
          await disk.remove(pathOf(clipId, "clip"));
        } else await burn(clipId);
      }
      return [...keptIds].filter((clipId) => !kept.has(clipId));
    },

    /** 507 before anything is written where there is no room. */
    async begin(wish: ClipWish): Promise<{ ok: true; clipId: string } | Refusal> {
      if (wish.bytes > maxClipBytes) return say.tooLarge(maxClipBytes);
      return inTurn("beginnings", () => beginNow(wish));
    },

    upload: (clipId: string) => progressOf(uploads.get(clipId)),
    uploadsOf: (mirrorId: string) => uploads.of(mirrorId).flatMap((upload) => progressOf(upload) ?? []),

    /** Adds a part. Its bytes are on disk when it answers; the last one is answered when the clip is kept. */
    append(clipId: string, part: Part, body: Readable): Promise<Appended> {
      uploads.get(clipId)?.interrupt?.();
      return inTurn(clipId, () => appendNow(clipId, part, body));
    },

    drop,

    /** A picture for the link's preview, ready to be shown. */
    putStill(clipId: string, jpeg: Uint8Array): Promise<{ ok: true } | Refusal> {
      return inTurn(clipId, async () => {
        const seal = await sealOf(clipId, "still");
        if (!seal) return say.noClip;
        try {
          await writeSealed(disk, pathOf(clipId, "still"), jpeg, seal);
          await disk.syncFolder(folder);
          return { ok: true as const };
        } catch (error) {
          if (isFull(error)) return say.diskFull;
          throw error;
        } finally {
          seal.forget();
        }
      });
    },

    /** To be closed by whoever asked. undefined: not here, or destroyed. Destroying it ends its readers. */
    open: (clipId: string, purpose: "clip" | "still") => inTurn(clipId, () => openHere(clipId, purpose)),

    /** Key overwritten and removed, then the rest. True when nothing is left; asked again it does no harm. */
    destroy(clipId: string): Promise<boolean> {
      uploads.get(clipId)?.interrupt?.();
      return inTurn(clipId, () => burn(clipId));
    },

    /** Lets go of uploads that nobody finished, and of what the disk would not let go. */
    async tick(): Promise<void> {
      for (const clipId of uploads.stale()) await drop(clipId);
      for (const clipId of undead) await inTurn(clipId, () => burn(clipId));
    },

    counters: () => ({ ...counts, bytes: usedBytes(), uploads: uploads.all().length }),

    async close(): Promise<void> {
      for (const { interrupt } of uploads.all()) interrupt?.();
      await Promise.all(uploads.all().map(({ clipId }) => inTurn(clipId, async () => {})));
      for (const stops of reading.values()) for (const stop of stops) stop();
      await uploads.close();
    },
  };

  async function beginNow(wish: ClipWish): Promise<{ ok: true; clipId: string } | Refusal> {
    const older = uploads.of(wish.mirrorId);
    for (const { clipId } of older.slice(0, Math.max(0, older.length - uploadsPerMirror + 1))) await drop(clipId);
    if (usedBytes() + wish.bytes > roomBytes) return say.noRoom;
    // it lies there twice for a moment, as it came and as it is kept
    if ((await disk.freeBytes(folder)) < 2 * wish.bytes + leaveFreeBytes) return say.diskFull;
    const clipId = `c-${randomBytes(8).toString("hex")}`;
    return orNothing(clipId, async () => {
      await uploads.begin(clipId, wish);
      return { ok: true as const, clipId };
    });
  }

  /** One that the room keeps. */
  async function adopt(clipId: string): Promise<void> {
    const reader = await openHere(clipId, "clip");
    if (!reader) {
      await burn(clipId);
      return;
    }
    kept.set(clipId, reader.length);
    await reader.close();
    await disk.remove(pathOf(clipId, "upload"));
  }

  async function drop(clipId: string): Promise<void> {
    uploads.get(clipId)?.interrupt?.();
    await inTurn(clipId, async () => {
      // it may have been kept in the meantime; then it is the room's to delete
      if (uploads.get(clipId)) await burn(clipId);
    });
  }

  async function openHere(clipId: string, purpose: "clip" | "still"): Promise<SealedReader | undefined> {
    const seal = await sealOf(clipId, purpose);
    const reader = seal && (await openSealed(disk, pathOf(clipId, purpose), seal));
    if (!seal || !reader) return undefined;
    const stops = reading.get(clipId) ?? new Set();
    // whoever reads slowly, or not at all, holds on neither to the key nor to the file
    const stop = () => {
      seal.forget();
      void reader.close();
    };
    reading.set(clipId, stops.add(stop));
    return {
      ...reader,
      async close() {
        seal.forget();
        stops.delete(stop);
        if (stops.size === 0 && reading.get(clipId) === stops) reading.delete(clipId);
        await reader.close();
      },
    };
  }
}

export type Clips = ReturnType<typeof createClips>;

function progressOf(upload: Upload | undefined): Progress | undefined {
  if (!upload) return undefined;
  const { clipId, about, file } = upload;
  const { mirrorId, bytes, showsPerson } = about;
  return { clipId, mirrorId, received: file.received(), bytes, showsPerson };
}

/** What arrives until its sender is gone, which is no error: what came counts. */
async function* untilGone(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    // not destroyed with the loop: whoever sent too much still reads the answer
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk;
  } catch {
    // cut off, or interrupted by the same sender on another connection
  } finally {
    // what nobody reads would hold up the next request on the same connection
    body.resume();
  }
}
