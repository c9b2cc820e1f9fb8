import type { Room } from "../room.ts";

/** One link that lets friends watch one mirror. Over when ended or past `expiresAt` (epoch ms), whichever is first. */
export type Share = {
  shareId: string;
  mirrorId: string;
  startedAt: number;
  expiresAt: number;
  maxViewers: number;
  ended?: "revoked" | "expired" | "replaced";
};

/** What a shopper took along: the file lies sealed in `clips/`, this is all that is known of it. Times are epoch ms. */
export type Clip = {
  clipId: string;
  mirrorId: string;
  sku?: string;
  mime: "video/mp4" | "video/webm";
  bytes: number;
  durationMs: number;
  keptAt: number;
  expiresAt: number;
  showsPerson: boolean;
  deleted?: "mirror" | "phone" | "expired" | "replaced" | "lost";
};

/** Somebody before the mirror wants a person. */
export type Help = { helpId: string; askedAt: number; sku?: string; note?: string };

type Mirror = {
  /** What the person is wearing now. Forgotten with the share, so that the next friend never sees the last look. */
  sku?: string;
  /** The share that is open, if any. One at a time. */
  shareId?: string;
  /** The call for help that is open, if any. One at a time. */
  help?: Help;
  /** When the last ones were made, oldest first. */
  calls?: number[];
};

export type MirrorsState = {
  mirrors: Map<string, Mirror>;
  shares: Map<string, Share>;
  /** At most `keepClips` that are kept, and the last deleted ones, so that an old link is told "over". */
  clips: Map<string, Clip>;
  /** Shares ever started: makes the next id new even within one millisecond. */
  started: number;
};

/** A mirror that calls more often than this in a while is refused; see help.ts. */
export const callsKept = 6;
/** So many ended shares are remembered, so that an old link is told "over" and not "unknown". The oldest go first. */
const keepEnded = 500;

export const mirrors: Room<MirrorsState> = {
  name: "mirrors",
  initial: () => ({ mirrors: new Map(), shares: new Map(), clips: new Map(), started: 0 }),
  evolve: {
    "help-asked"(state, { helpId, mirrorId, sku, note, at }) {
      const mirror = mirrorOf(state, mirrorId);
      mirror.help = {
        helpId,
        askedAt: at,
        ...(sku === undefined ? {} : { sku }),
        ...(note === undefined ? {} : { note }),
      };
      mirror.calls = [...(mirror.calls ?? []), at].slice(-callsKept);
    },
    "help-ended"(state, { helpId, mirrorId }) {
      const mirror = mirrorOf(state, mirrorId);
      if (mirror.help?.helpId === helpId) delete mirror.help;
    },
    "look-tried"(state, { mirrorId, sku }) {
      mirrorOf(state, mirrorId).sku = sku;
    },
    "share-started"(state, { shareId, mirrorId, sku, at, expiresAt, maxViewers }) {
      const mirror = mirrorOf(state, mirrorId);
      mirror.shareId = shareId;
      if (sku !== undefined) mirror.sku = sku;
      state.shares.set(shareId, { shareId, mirrorId, startedAt: at, expiresAt, maxViewers });
      state.started += 1;
    },
    "share-ended"(state, { shareId, reason }) {
      const share = state.shares.get(shareId);
      if (!share || share.ended) return;
      share.ended = reason;
      const mirror = mirrorOf(state, share.mirrorId);
      if (mirror.shareId === shareId) {
        delete mirror.shareId;
        if (reason !== "replaced") delete mirror.sku;
      }
      dropOldestEnded(state);
    },
    "clip-kept"(state, { clipId, mirrorId, sku, mime, bytes, durationMs, at, expiresAt, showsPerson }) {
      state.clips.set(clipId, {
        ...{ clipId, mirrorId, mime, bytes, durationMs, keptAt: at, expiresAt },
        ...(sku === undefined ? {} : { sku }),
        showsPerson: showsPerson === true,
      });
    },
    "clip-deleted"(state, { clipId, by }) {
      const clip = state.clips.get(clipId);
      if (!clip || clip.deleted) return;
      clip.deleted = by;
      dropOldestDeleted(state);
    },
  },
};

/** The share that is open on a mirror at `now`, if any. */
export function openShare(state: MirrorsState, mirrorId: string, now: number): Share | undefined {
  const shareId = state.mirrors.get(mirrorId)?.shareId;
  const share = shareId === undefined ? undefined : state.shares.get(shareId);
  return share && !isOver(share, now) ? share : undefined;
}

/** Expiry is judged by the time of the question too, so a late tick never keeps a link alive. */
export function isOver(share: Share, now: number): boolean {
  return share.ended !== undefined || share.expiresAt <= now;
}

function mirrorOf(state: MirrorsState, mirrorId: string): Mirror {
  const known = state.mirrors.get(mirrorId);
  if (known) return known;
  const mirror: Mirror = {};
  state.mirrors.set(mirrorId, mirror);
  return mirror;
}

function dropOldestDeleted(state: MirrorsState) {
  const deleted = [...state.clips.values()].filter((clip) => clip.deleted !== undefined);
  for (const { clipId } of deleted.slice(0, Math.max(0, deleted.length - keepEnded))) state.clips.delete(clipId);
}

function dropOldestEnded(state: MirrorsState) {
  let ended = 0;
  for (const share of state.shares.values()) if (share.ended) ended += 1;
  if (ended <= keepEnded) return;
  for (const share of state.shares.values()) {
    if (!share.ended) continue;
    state.shares.delete(share.shareId);
    return;
  }
}
