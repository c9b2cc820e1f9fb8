import { type ReadonlySignal, signal } from "@preact/signals";
import type { MirrorApi, Share } from "./api.ts";
import { type Publication, publish } from "./whip.ts";

/** Showing the mirror to friends. */
export type Sharing =
  | { state: "off"; note?: "ended" | "lost" | "refused" }
  | { state: "preparing"; step: string; progress: number }
  | { state: "starting" }
  | { state: "live"; url: string; expiresAt: number; viewers: number; token: string; shareId: string };

export type SharingControl = {
  sharing: ReadonlySignal<Sharing>;
  start(what: { token: string; sku: string; canvas: HTMLCanvasElement }): Promise<void>;
  /** Friends see the end at once, whatever the network says to the gateway. */
  stop(note?: "ended" | "lost"): void;
};

const ASK_EVERY_MS = 2_000;
const FRAMES_PER_SECOND = 30;

export function createSharing(api: MirrorApi, mirrorId: string): SharingControl {
  const sharing = signal<Sharing>({ state: "off" });
  let publication: Publication | undefined;
  let track: MediaStreamTrack | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Rises with every start and stop, so that an answer that comes late changes nothing. */
  let turn = 0;

  const letGo = () => {
    turn += 1;
    clearTimeout(timer);
    publication?.close();
    track?.stop();
    publication = undefined;
    track = undefined;
  };
  const stop = (note: "ended" | "lost" = "ended") => {
    const was = sharing.value;
    if (was.state === "off") return;
    letGo();
    sharing.value = was.state === "preparing" ? { state: "off" } : { state: "off", note };
    if (was.state === "live") api.endShare(was.token, was.shareId).catch(() => {});
  };
  const refuse = () => {
    letGo();
    sharing.value = { state: "off", note: "refused" };
  };

  /** The program that carries the video is built on a first start: that takes minutes, and is said. */
  async function mediaReady(mine: number): Promise<boolean> {
    for (;;) {
      const answer = await api.media();
      if (mine !== turn) return false;
      if (!answer.ok || answer.value.state === "failed") return false;
      if (answer.value.state === "ready") return true;
      sharing.value = { state: "preparing", step: answer.value.step, progress: answer.value.progress };
      await new Promise((resolve) => {
        timer = setTimeout(resolve, ASK_EVERY_MS);
      });
      if (mine !== turn) return false;
    }
  }

  function watch(mine: number, token: string, share: Share) {
    timer = setTimeout(async () => {
      const answer = await api.shareStatus(token, share.shareId);
      const now = sharing.value;
      if (mine !== turn || now.state !== "live") return;
      const over = answer.ok
        ? answer.value.state === "over" || answer.value.state === "ended"
        : answer.reason === "gone";
      if (over || Date.now() >= share.expiresAt) return stop("ended");
      // a gateway that does not answer now may do so in a moment: keep the last number
      if (answer.ok && answer.value.viewers !== now.viewers) sharing.value = { ...now, viewers: answer.value.viewers };
      watch(mine, token, share);
    }, ASK_EVERY_MS);
  }

  async function start({
    token,
    sku,
    canvas,
  }: {
    token: string;
    sku: string;
    canvas: HTMLCanvasElement;
  }): Promise<void> {
    if (sharing.value.state !== "off") return;
    letGo();
    const mine = turn;
    sharing.value = { state: "starting" };
    if (!(await mediaReady(mine))) {
      if (mine === turn) refuse();
      return;
    }
    sharing.value = { state: "starting" };
    const answer = await api.startShare(token, sku);
    if (mine !== turn) {
      if (answer.ok) api.endShare(token, answer.value.shareId).catch(() => {});
      return;
    }
    if (!answer.ok) return refuse();
    const share = answer.value;
    const giveUp = () => {
      api.endShare(token, share.shareId).catch(() => {});
      if (mine === turn) refuse();
    };
    track = canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks()[0];
    if (!track) return giveUp();
    track.contentHint = "motion";
    const url = `/whip/${encodeURIComponent(mirrorId)}`;
    const published = await publish({ url, token, track, onLost: () => stop("lost") });
    if (mine !== turn || !published.ok) {
      if (published.ok) published.publication.close();
      return giveUp();
    }
    publication = published.publication;
    const link = new URL(share.url, window.location.href).href;
    sharing.value = { state: "live", url: link, expiresAt: share.expiresAt, viewers: 0, token, shareId: share.shareId };
    watch(mine, token, share);
  }

  return { sharing, start, stop };
}
