import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { MirrorHears, Viewer } from "#wire/share-words.ts";
import type { MirrorApi, Share } from "./api.ts";
import { captureCanvas } from "./capture.ts";
import { createHearing, type Said } from "./heard.ts";
import { isWeak, layersFor } from "./layers.ts";
import { openShareLine, type ShareLine } from "./share-line.ts";
import { openMicrophone, type Sound } from "./sound.ts";
import { publish } from "./whip.ts";

/** Showing the mirror to friends. */
export type Sharing =
  | { state: "off"; note?: "ended" | "refused" }
  | { state: "preparing"; step: string; progress: number }
  | { state: "starting" }
  | Live;
export type Live = {
  state: "live";
  url: string;
  expiresAt: number;
  /** Who watches now. */
  viewers: Viewer[];
  /** The picture does not arrive just now, and is on its way back. */
  broken: boolean;
  sound: Sound;
};

export type SharingControl = {
  sharing: ReadonlySignal<Sharing>;
  /** What friends said of late. */
  said: ReadonlySignal<Said[]>;
  start(what: { token: string; sku: string; canvas: HTMLCanvasElement; software: boolean }): Promise<void>;
  /** Friends see the end at once, whatever the network says to the gateway. */
  stop(): void;
  /** Asks one friend to leave; false when that did not reach the gateway. */
  letGo(viewerId: string): Promise<boolean>;
  /** With or without the shopper's voice. The microphone is asked for only here. */
  setSound(on: boolean): Promise<void>;
};

const ASK_EVERY_MS = 2_000;
/** A publication that is on its way is not live yet: twice in a row is a fact. */
const NOT_LIVE_TIMES = 2;

export function createSharing(api: MirrorApi, mirrorId: string): SharingControl {
  const sharing = signal<Sharing>({ state: "off" });
  const hearing = createHearing();
  let open: { share: Share; token: string; line: ShareLine; forget: () => void } | undefined;
  let microphone: MediaStreamTrack | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Rises with every start and stop, so that an answer that comes late changes nothing. */
  let turn = 0;

  const change = (part: Partial<Live>) => {
    if (sharing.value.state === "live") sharing.value = { ...sharing.value, ...part };
  };
  const close = () => {
    turn += 1;
    clearTimeout(timer);
    open?.forget();
    open?.line.close();
    microphone?.stop();
    open = undefined;
    microphone = undefined;
    hearing.forget();
  };
  const stop = () => {
    const was = sharing.value;
    if (was.state === "off") return;
    if (open) api.endShare(open.token, open.share.shareId).catch(() => {});
    batch(() => {
      close();
      sharing.value = was.state === "preparing" ? { state: "off" } : { state: "off", note: "ended" };
    });
  };
  const refuse = () => {
    close();
    sharing.value = { state: "off", note: "refused" };
  };
  const hear = (message: MirrorHears) => {
    if (message.kind === "viewers") change({ viewers: message.viewers });
    else hearing.hear(message);
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

  async function ask(token: string, share: Share): Promise<"live" | "waiting" | "over" | "unknown"> {
    if (Date.now() >= share.expiresAt) return "over";
    const answer = await api.shareStatus(token, share.shareId);
    if (!answer.ok) return answer.reason === "gone" ? "over" : "unknown";
    const { state, live, viewers } = answer.value;
    if (state === "over") return "over";
    if (live) change({ viewers });
    return live ? "live" : "waiting";
  }

  /** Beside what the line says: the share may have been ended elsewhere, and a silent line proves nothing. */
  function watch(mine: number, token: string, share: Share, line: ShareLine, notLive = 0) {
    timer = setTimeout(async () => {
      const stands = await ask(token, share);
      if (mine !== turn) return;
      if (stands === "over") return stop();
      const misses = stands === "waiting" ? notLive + 1 : 0;
      if (misses >= NOT_LIVE_TIMES || (misses > 0 && line.isQuiet())) line.doubt();
      watch(mine, token, share, line, misses % NOT_LIVE_TIMES);
    }, ASK_EVERY_MS);
  }

  async function start(what: Parameters<SharingControl["start"]>[0]): Promise<void> {
    const { token, sku, canvas, software } = what;
    if (sharing.value.state !== "off") return;
    close();
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
    const line = await openShareLine({
      publish: (hooks) =>
        publish({
          url: `/whip/${encodeURIComponent(mirrorId)}`,
          token,
          capture: () => captureCanvas(canvas, software),
          layers: layersFor({ width: canvas.width, height: canvas.height, weak: isWeak(software) }),
          ...hooks,
        }),
      ask: () => ask(token, share),
      onHeard: (message) => mine === turn && hear(message),
      onOver: () => mine === turn && stop(),
    });
    if (mine !== turn || !line) {
      line?.close();
      api.endShare(token, share.shareId).catch(() => {});
      if (mine === turn) refuse();
      return;
    }
    const url = new URL(share.url, window.location.href).href;
    sharing.value = { state: "live", url, expiresAt: share.expiresAt, viewers: [], broken: false, sound: "off" };
    open = { share, token, line, forget: line.broken.subscribe((broken) => change({ broken })) };
    watch(mine, token, share, line);
  }

  async function setSound(on: boolean): Promise<void> {
    const mine = turn;
    const now = open;
    if (!now || (sharing.value.state === "live" && sharing.value.sound === "asking")) return;
    microphone?.stop();
    microphone = undefined;
    if (on) {
      change({ sound: "asking" });
      const track = await openMicrophone();
      if (mine !== turn) return track?.stop();
      microphone = track;
    }
    now.line.setSound(microphone);
    change({ sound: !on ? "off" : microphone ? "on" : "denied" });
  }

  return {
    sharing,
    said: hearing.said,
    start,
    stop,
    setSound,
    async letGo(viewerId) {
      if (!open) return false;
      const answer = await api.removeViewer(open.token, open.share.shareId, viewerId);
      const isGone = answer.ok || answer.reason === "gone";
      if (isGone) hearing.forgetFrom(viewerId);
      const now = sharing.value;
      if (isGone && now.state === "live") change({ viewers: now.viewers.filter(({ id }) => id !== viewerId) });
      return isGone;
    },
  };
}
