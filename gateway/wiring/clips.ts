import { join } from "node:path";
import type { StoreConfig } from "#wire/store-config.ts";
import type { MirrorClip } from "#wire/views.ts";
import type { Access } from "../access/access.ts";
import type { ClipsPorts } from "../api/routes/clips.ts";
import type { SharedClips } from "../api/shared-clips.ts";
import type { Bus } from "../bus.ts";
import { createClips, maxClipBytes, type SealedClip } from "../clips/clips.ts";
import { gone, noClip, noPicture, noStill, stuck } from "../clips/refusals.ts";
import type { Log } from "../log.ts";
import type { Posters } from "../media/poster.ts";
import { isGone } from "../mirrors/clips.ts";
import type { Clip } from "../mirrors/mirrors.ts";
import type { Pipeline } from "../pipeline.ts";

type Options = {
  log: Log;
  bus: Bus;
  pipeline: Pipeline;
  access: Pick<Access, "tokens">;
  config: StoreConfig;
  dataFolder: string;
  now(): number;
  publicUrl(): string;
  posters: Pick<Posters, "still">;
};

/**
 * Long enough for a mirror that asks again because an answer was lost. Later it may only delete: who stands before it next, or
 * has stolen its password, must not open what others took along.
 */
const linksMs = 10 * 60_000;
/** A link to a clip that is gone still verifies for a day, so that its holder is told "over" and not "unknown". */
const rememberedMs = 24 * 3_600_000;
const tickMs = 10_000;
const maxStillBytes = 2 * 1024 ** 2;

/** Clips: what lies on disk, and what the room of mirrors says of it. */
export function wireClips({ log, bus, pipeline, access, config, dataFolder, now, publicUrl, posters }: Options) {
  const { signClip, verifyClip, clipOwnerKey, checkClipOwnerKey } = access.tokens;
  const known = (clipId: string) => pipeline.state().mirrors.clips.get(clipId);
  const isOpen = (clip: Clip) => !isGone(clip, now());

  const files = createClips({
    folder: join(dataFolder, "clips"),
    roomBytes: config.media.clipsMegabytes * 1_000_000,
    log: log.child("clips"),
    now,
    async keep({ clipId, mirrorId, sku, mime, bytes, durationMs, showsPerson }: SealedClip) {
      const about = { clipId, mirrorId, mime, bytes, durationMs, showsPerson, ...(sku === undefined ? {} : { sku }) };
      const ttlMs = config.media.clipHours * 3_600_000;
      const result = await pipeline.run({ command: "clip.keep" as const, ...about, ttlMs });
      return result.ok ? { ok: true } : result;
    },
  });
  let begin = () => {};
  /** Nobody is answered about clips before it is known which there are. */
  const ready = new Promise<void>((resolve) => {
    begin = resolve;
  })
    .then(lookAtDisk)
    .catch((error: unknown) => log.error({ error }, "the folder of clips cannot be read"));
  let timer: NodeJS.Timeout | undefined;

  bus.on("clip-deleted", ({ clipId }) => void files.destroy(clipId));

  async function lookAtDisk() {
    const kept = [...pipeline.state().mirrors.clips.values()].filter(isOpen).map(({ clipId }) => clipId);
    for (const clipId of await files.start(new Set(kept))) {
      log.warn({ clipId }, "a clip is not on the disk any more; its link is closed");
      await pipeline.run({ command: "clip.delete" as const, clipId, by: "lost" });
    }
  }

  function viewOf(clip: Clip): MirrorClip {
    const { clipId, bytes, expiresAt, keptAt } = clip;
    const view: MirrorClip = { clipId, state: "kept", received: bytes, bytes, expiresAt };
    if (Math.abs(now() - keptAt) > linksMs) return view;
    const url = `${publicUrl()}/s/${signClip(clipId, expiresAt + rememberedMs)}`;
    const ownerUrl = `${url}#owner=${clipOwnerKey(clipId)}`;
    return { ...view, url, ownerUrl };
  }

  function arriving(mirrorId: string, clipId: string): MirrorClip | undefined {
    const upload = files.upload(clipId);
    if (upload?.mirrorId !== mirrorId) return undefined;
    return { clipId, state: "uploading", received: upload.received, bytes: upload.bytes };
  }

  function find(mirrorId: string, clipId: string): MirrorClip | "gone" | undefined {
    const clip = known(clipId);
    if (clip?.mirrorId !== mirrorId) return arriving(mirrorId, clipId);
    return isOpen(clip) ? viewOf(clip) : "gone";
  }

  /** Answers when nothing of it is left. */
  async function remove(clipId: string, by: "mirror" | "phone") {
    const result = await pipeline.run({ command: "clip.delete" as const, clipId, by });
    if (!result.ok) return result;
    return (await files.destroy(clipId)) ? { ok: true as const } : stuck;
  }

  const mirrorSide: ClipsPorts["clips"] = {
    maxBytes: maxClipBytes,
    maxStillBytes,
    async begin(mirrorId, wish) {
      await ready;
      const begun = await files.begin({ mirrorId, ...wish });
      if (!begun.ok) return begun;
      const { clipId } = begun;
      return { ok: true, clip: { clipId, state: "uploading", received: 0, bytes: wish.bytes } };
    },
    async append(mirrorId, clipId, part, body) {
      await ready;
      const before = find(mirrorId, clipId);
      if (before === "gone") return gone;
      if (!before) return noClip;
      // its last part was answered, and the answer was lost on the way
      if (before.state === "kept") return { ok: true, clip: before };
      const appended = await files.append(clipId, part, body);
      const after = find(mirrorId, clipId);
      if (after === "gone") return gone;
      if (after && (appended.ok || after.state === "kept")) return { ok: true, clip: after };
      return appended.ok ? noClip : appended;
    },
    list(mirrorId) {
      const kept = [...pipeline.state().mirrors.clips.values()].filter((clip) => clip.mirrorId === mirrorId);
      const coming = files.uploadsOf(mirrorId).flatMap(({ clipId }) => arriving(mirrorId, clipId) ?? []);
      return [...kept.filter(isOpen).map(viewOf), ...coming.filter(({ clipId }) => !known(clipId))];
    },
    find,
    async putStill(mirrorId, clipId, jpeg) {
      await ready;
      const found = find(mirrorId, clipId);
      if (found === "gone") return gone;
      if (!found) return noClip;
      if (!(known(clipId)?.showsPerson ?? files.upload(clipId)?.showsPerson)) return noStill;
      const picture = await posters.still(jpeg, markOf());
      return picture ? files.putStill(clipId, picture) : noPicture;
    },
    async remove(mirrorId, clipId) {
      await ready;
      const found = find(mirrorId, clipId);
      if (!found) return noClip;
      await files.drop(clipId);
      return known(clipId) ? remove(clipId, "mirror") : { ok: true };
    },
  };

  /** The shop's name and the day, as people there write it. */
  function markOf(): string {
    const { name, locale, timeZone } = config.store;
    return `${name} · ${new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone }).format(now())}`;
  }

  const friendSide: SharedClips = {
    find(token) {
      const clip = known(verifyClip(token)?.clipId ?? "");
      return clip && { ...clip, gone: !isOpen(clip) };
    },
    open: (clipId) => ready.then(() => files.open(clipId, "clip")),
    still: (clipId) => ready.then(() => files.open(clipId, "still")),
    mayDelete: checkClipOwnerKey,
    remove: (clipId) => ready.then(() => remove(clipId, "phone")),
  };

  return {
    mirrorSide,
    friendSide,
    /** For /metrics. */
    counters() {
      const { kept, refused, destroyed, bytes, uploads } = files.counters();
      const counter = (name: string, help: string, value: number) => ({ name: `vitrine_clips_${name}`, help, value });
      return [
        counter("kept_total", "clips that shoppers took along", kept),
        counter("refused_total", "uploads that were no clip", refused),
        counter("destroyed_total", "clips whose key was destroyed", destroyed),
        counter("bytes", "what clips take on the disk, with what is announced", bytes),
        counter("uploads", "clips that are arriving", uploads),
      ];
    },
    start() {
      begin();
      timer = setInterval(
        () =>
          void ready
            .then(files.tick)
            .catch((error: unknown) => log.error({ error }, "clips nobody finished cannot be removed")),
        tickMs,
      );
    },
    async close() {
      if (timer === undefined) return;
      clearInterval(timer);
      await ready;
      await files.close();
    },
  };
}
