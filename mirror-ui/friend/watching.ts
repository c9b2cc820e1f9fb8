import { batch, signal } from "@preact/signals";
import type { ShareView } from "#wire/views.ts";
import { ApiError, api } from "../link.ts";
import { playByWhep, type WhepRefusal, type WhepSession } from "./whep.ts";

/**
 * asking: nothing is known yet. starting: the picture is on its way. live: frames move. waiting: the mirror shows
 * nothing now. full: as many friends watch as the shop allows. lost: nobody answers. over: the link is closed for good.
 */
export type Stage = "asking" | "starting" | "live" | "waiting" | "full" | "lost" | "over";

export type Watching = ReturnType<typeof createWatching>;

const retryMs = [400, 800, 1_600, 3_000, 5_000];
/** Longer than a hiccup of the shop's Wi-Fi, shorter than a friend's patience. */
const frozenAfterMs = 4_000;
const askAfterMs = 1_000;
const lookAgainMs = 10_000;

/** Watches one share: asks what it is, plays it, and comes back by itself when the mirror pauses or the line breaks. */
export function createWatching(token: string) {
  const stage = signal<Stage>("asking");
  const share = signal<ShareView | undefined>(undefined);
  const stream = signal<MediaStream | undefined>(undefined);
  const lostSince = signal<number | undefined>(undefined);
  let session: WhepSession | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  let lastFrameAt = 0;
  /** Rises whenever what is under way no longer counts. */
  let turn = 0;

  function letGo(): void {
    turn += 1;
    session?.leave();
    session = undefined;
    stream.value = undefined;
    clearTimeout(timer);
  }

  function becomes(next: Stage): void {
    batch(() => {
      stage.value = next;
      if (next !== "lost") lostSince.value = undefined;
      else lostSince.value ??= Date.now();
    });
    if (next === "over") letGo();
  }

  /** Tries again after a pause that grows, or after what the gateway asked for. */
  function again(askedMs?: number): void {
    const pause = askedMs ?? retryMs[Math.min(attempts, retryMs.length - 1)] ?? 5_000;
    attempts += 1;
    clearTimeout(timer);
    timer = setTimeout(() => void attempt(), pause * (0.75 + Math.random() / 2));
  }

  /** Asks for the share and for the picture at once: the first frame must not wait for the words under it. */
  async function attempt(): Promise<void> {
    letGo();
    const during = turn;
    const [, played] = await Promise.all([
      look(),
      playByWhep(token, (media) => {
        if (during === turn) stream.value = media;
      }),
    ]);
    if (during !== turn || stage.value === "over") {
      if (played.ok) played.leave();
      return;
    }
    if (!played.ok) return refused(played);
    session = played;
    if (stage.value !== "live") becomes("starting");
    lastFrameAt = performance.now();
    played.peer.onconnectionstatechange = () => {
      if (during !== turn) return;
      if (played.peer.connectionState === "failed") broken();
      else if (played.peer.connectionState === "disconnected") void look();
    };
    watchFrames(during);
  }

  function refused({ status, retryAfterMs }: WhepRefusal): void {
    becomes(stageAfter(status));
    if (stage.value !== "over") again(retryAfterMs);
  }

  function broken(): void {
    becomes("waiting");
    attempts = 0;
    void attempt();
  }

  /** The picture may stop without a word: a mirror that pauses, a phone that changed its network. */
  function watchFrames(during: number): void {
    timer = setTimeout(() => {
      if (during !== turn) return;
      const silentMs = document.visibilityState === "visible" ? performance.now() - lastFrameAt : 0;
      if (silentMs > frozenAfterMs) broken();
      else watchFrames(during);
      // A link that was taken back must not leave its last frame standing.
      if (silentMs > askAfterMs) void look();
    }, 1_000);
  }

  async function look(): Promise<void> {
    try {
      const view = await api<ShareView>("GET", `/api/v1/shares/${encodeURIComponent(token)}`);
      share.value = view;
      if (view.state === "over") becomes("over");
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) becomes("over");
    }
  }

  function frame(): void {
    lastFrameAt = performance.now();
    attempts = 0;
    if (session && stage.value !== "live") becomes("live");
  }

  function start(): void {
    if (!token) {
      becomes("over");
      return;
    }
    // A page may come back from the browser's memory; its seat was given back when it left.
    let left = false;
    addEventListener("pagehide", () => {
      left = true;
      letGo();
    });
    addEventListener("pageshow", () => {
      if (left && stage.value !== "over") void attempt();
      left = false;
    });
    document.addEventListener("visibilitychange", () => {
      lastFrameAt = performance.now();
    });
    setInterval(() => {
      const { expiresAt } = share.value ?? {};
      const ranOut = expiresAt !== undefined && expiresAt < Date.now();
      if (stage.value === "live" || (ranOut && stage.value !== "over")) void look();
    }, lookAgainMs);
    void attempt();
  }

  return { stage, share, stream, lostSince, start, frame };
}

/** What a refused WHEP offer means. 409: the mirror pauses; 503: the shop still prepares its video. */
function stageAfter(status: number): Stage {
  if (status === 404 || status === 410) return "over";
  if (status === 429) return "full";
  if (status === 409 || status === 503) return "waiting";
  return "lost";
}
