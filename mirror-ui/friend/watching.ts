import { batch, signal } from "@preact/signals";
import type { ShareView } from "#wire/views.ts";
import { ApiError, api } from "../link.ts";
import { createTalk } from "./talk.ts";
import { playByWhep, type WhepRefusal, type WhepSession } from "./whep.ts";

/**
 * asking: nothing is known yet. starting: the picture is on its way. live: frames move. back: the line broke a moment
 * ago, the last frame stands. waiting: the mirror shows nothing now. preparing: the shop's video is not ready. full: as
 * many friends watch as the shop allows. unreached: the shop answers, its picture does not arrive. unable: this browser
 * plays nothing live. lost: nobody answers. clip: the link is to a kept clip. over: closed for good.
 */
export type Stage =
  | "asking"
  | "starting"
  | "live"
  | "back"
  | "waiting"
  | "preparing"
  | "full"
  | "unreached"
  | "unable"
  | "lost"
  | "clip"
  | "over";

/** How it ended. gone: there is no such link, or no longer. deleted: by this very page. */
export type Ending = "ended" | "ran-out" | "removed" | "gone" | "deleted";

export type Watching = ReturnType<typeof createWatching>;

const retryMs = [400, 800, 1_600, 3_000, 5_000];
/** After a break that has just happened the page asks this often, for so long; then as patiently as anybody. */
const hurry = { everyMs: 450, forMs: 8_000 };
/** Longer than a hiccup of the shop's Wi-Fi, shorter than a friend's patience. */
const frozenAfterMs = 4_000;
/** The gateway beats twice a second. */
const noBeatAfterMs = 2_000;
/** Neither beat nor frame: one of the two alone may be late. */
const bothSilentMs = 1_200;
const askAfterMs = 1_000;
const lookAgainMs = 10_000;
const checkMs = 500;
/** A phone that slept longer has most likely lost its line. */
const sleptMs = 20_000;

/** Watches one share: asks what it is, plays it, and comes back by itself when the mirror pauses or the line breaks. */
export function createWatching(token: string) {
  const stage = signal<Stage>("asking");
  const ending = signal<Ending>("ended");
  const share = signal<ShareView | undefined>(undefined);
  const stream = signal<MediaStream | undefined>(undefined);
  /** A mirror may offer sound and be silent all the same: only what really arrives counts. */
  const hasSound = signal(false);
  /** The phone plays nothing before it is touched: that no frame comes means nothing then. */
  const held = signal(false);
  const lostSince = signal<number | undefined>(undefined);
  const talk = createTalk({
    onOver: (why) => end(why === "ended" ? (closedBecause(share.value) ?? why) : why),
    onClosed: () => {
      if (stage.value === "live") broken();
    },
  });
  let session: WhepSession | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  /** Answered attempts in a row of which no frame came. */
  let inVain = 0;
  let lastFrameAt = 0;
  let brokenAt: number | undefined;
  /** Rises whenever what is under way no longer counts. */
  let turn = 0;
  let seen: Promise<void> = Promise.resolve();

  const isOver = () => stage.value === "over";

  function letGo(): void {
    turn += 1;
    talk.detach();
    session?.leave();
    session = undefined;
    clearTimeout(timer);
  }

  function becomes(next: Stage): void {
    batch(() => {
      stage.value = next;
      if (next !== "live" && next !== "back" && next !== "starting") stream.value = undefined;
      if (next !== "lost") lostSince.value = undefined;
      else lostSince.value ??= Date.now();
    });
  }

  function end(why: Ending): void {
    if (isOver()) return;
    letGo();
    ending.value = why;
    becomes("over");
  }

  const hurries = () => brokenAt !== undefined && performance.now() - brokenAt < hurry.forMs;

  /** Tries again after a pause that grows, or after what the gateway asked for; at once after a break. */
  function again(askedMs?: number): void {
    const patient = askedMs ?? retryMs[Math.min(attempts, retryMs.length - 1)] ?? 5_000;
    attempts += 1;
    clearTimeout(timer);
    timer = setTimeout(() => void attempt(), (hurries() ? hurry.everyMs : patient) * (0.75 + Math.random() / 2));
  }

  /** Asks for the share and for the picture at once: the first frame must not wait for the words under it. */
  async function attempt(): Promise<void> {
    letGo();
    const during = turn;
    const counts = () => during === turn;
    // such a browser must not take a seat
    if (!("RTCPeerConnection" in globalThis)) return withoutPicture(counts);
    const playing = playByWhep({
      token,
      show: (media) => {
        if (!counts()) return;
        if (stream.value !== media) held.value = false;
        stream.value = media;
      },
      talk: (channel) => {
        if (counts()) talk.attach(channel);
      },
      iceServers: async () => {
        await seen;
        return share.value?.iceServers ?? [];
      },
    });
    seen = look();
    const played = await playing;
    if (!counts()) {
      if (played.ok) played.leave();
      return;
    }
    if (!played.ok) return refused(played, counts);
    session = played;
    if (stage.value !== "live" && stage.value !== "back" && stage.value !== "unreached") becomes("starting");
    lastFrameAt = performance.now();
    played.peer.onconnectionstatechange = () => {
      if (!counts()) return;
      if (played.peer.connectionState === "failed") broken();
      else if (played.peer.connectionState === "disconnected") void look();
    };
    watchLine(counts);
  }

  async function refused(refusal: WhepRefusal, counts: () => boolean): Promise<void> {
    // a clip's link is no live one; only the share itself tells them apart
    await seen;
    if (!counts() || isOver()) return;
    if (share.value?.state === "clip") return becomes("clip");
    if (refusal.problem === "asked-to-leave") return end("removed");
    if (refusal.problem === "no-webrtc") return withoutPicture(counts);
    const next = stageAfter(refusal);
    if (next === "over") return end(closedBecause(share.value) ?? (refusal.status === 410 ? "ended" : "gone"));
    const comesBack = stage.value === "back" && hurries() && next !== "full";
    if (next !== undefined && !comesBack) becomes(next);
    again(refusal.retryAfterMs);
  }

  /** What can be told of a link without a connection of its own: whether it still stands, and a clip. */
  async function withoutPicture(counts: () => boolean): Promise<void> {
    await look();
    if (!counts() || isOver()) return;
    if (share.value?.state === "clip") return becomes("clip");
    becomes(share.value ? "unable" : "lost");
    if (!share.value) again();
  }

  function broken(): void {
    const hadPicture = stage.value === "live" || stage.value === "back";
    if (hadPicture) {
      brokenAt = performance.now();
      inVain = 0;
      attempts = 0;
      becomes("back");
      void attempt();
      return;
    }
    inVain += 1;
    becomes(inVain >= 2 ? "unreached" : "starting");
    letGo();
    again();
  }

  /** The picture may stop without a word: a mirror that pauses, a phone that changed its network, a worker that died. */
  function watchLine(counts: () => boolean, since = performance.now()): void {
    timer = setTimeout(() => {
      if (!counts()) return;
      const now = performance.now();
      // the page slept through its own timer: what it missed proves nothing
      if (document.visibilityState !== "visible" || now - since > 3 * checkMs) rest();
      if (held.value) lastFrameAt = now;
      const silentMs = now - lastFrameAt;
      const quietMs = talk.quietMs() ?? 0;
      const both = stage.value === "live" && silentMs > bothSilentMs && quietMs > bothSilentMs;
      if (both || quietMs > noBeatAfterMs || silentMs > frozenAfterMs) return broken();
      hasSound.value = session !== undefined && hearsSound(session.peer);
      watchLine(counts);
      // A link that was taken back must not leave its last frame standing.
      if (silentMs > askAfterMs) void look();
    }, checkMs);
  }

  function rest(): void {
    lastFrameAt = performance.now();
    talk.rested();
  }

  async function look(): Promise<void> {
    try {
      const view = await api<ShareView>("GET", `/api/v1/shares/${encodeURIComponent(token)}`);
      const before = share.value;
      share.value = view;
      // another thing is another question
      if (before && before.item?.name !== view.item?.name) talk.reaction.value = undefined;
      if (view.state === "over") end(closedBecause(before) ?? "ended");
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) {
        end(closedBecause(share.value) ?? "gone");
      }
    }
  }

  function frame(of: MediaStream): void {
    if (stream.value !== of || !session) return;
    lastFrameAt = performance.now();
    attempts = 0;
    inVain = 0;
    brokenAt = undefined;
    held.value = false;
    if (stage.value !== "live") becomes("live");
  }

  function start(): void {
    if (!token) {
      end("gone");
      return;
    }
    // A page may come back from the browser's memory; its seat was given back when it left.
    let left = false;
    let hiddenAt = 0;
    addEventListener("pagehide", () => {
      left = true;
      letGo();
    });
    addEventListener("pageshow", () => {
      if (left && !isOver() && stage.value !== "clip") void attempt();
      left = false;
    });
    addEventListener("online", () => {
      if (stage.value === "lost") void attempt();
    });
    document.addEventListener("visibilitychange", () => {
      rest();
      if (document.visibilityState === "hidden") hiddenAt = performance.now();
      else if (stage.value === "live" && performance.now() - hiddenAt > sleptMs) broken();
    });
    setInterval(() => {
      if (isOver()) return;
      const ranOut = (share.value?.expiresAt ?? Number.POSITIVE_INFINITY) < Date.now();
      if (stage.value === "live" || stage.value === "unable" || ranOut) void look();
    }, lookAgainMs);
    void attempt();
  }

  return { token, stage, ending, share, stream, hasSound, held, lostSince, talk, start, frame, look, end };
}

/** Whether sound has come within the last ten seconds. */
function hearsSound(peer: RTCPeerConnection): boolean {
  const sound = peer.getReceivers().filter(({ track }) => track.kind === "audio");
  return sound.some((receiver) => receiver.getSynchronizationSources().length > 0);
}

/** A link whose time was up ran out; undefined when nothing is known of it. */
function closedBecause(share: ShareView | undefined): Ending | undefined {
  if (!share) return undefined;
  return (share.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now() + 1_000 ? "ran-out" : "ended";
}

/** What a refused WHEP request means. 409: the mirror shows nothing; 503: the shop still prepares its video. */
function stageAfter({ status, problem }: WhepRefusal): Stage | undefined {
  if (status === 404 || status === 410) return "over";
  // "too-many" is a limit on requests: it says nothing about the picture
  if (status === 429) return problem === "full" ? "full" : undefined;
  if (status === 409) return "waiting";
  if (status === 503) return "preparing";
  return "lost";
}
