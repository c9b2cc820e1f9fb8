import { type ReadonlySignal, signal } from "@preact/signals";
import { type Recorder, type Recording, startRecorder } from "./recorder.ts";
import { deleteClip, type KeptClip, uploadClip } from "./upload.ts";
import type { Watermark } from "./watermark.ts";

/** A clip of somebody before the mirror: recorded, looked at, and sent or thrown away. */
export type Clip =
  | { state: "none"; note?: "thrown" | "deleted" | "unrecorded" }
  /** Three, two, one. */
  | { state: "counting"; left: number }
  /** Whole seconds that are left. */
  | { state: "recording"; left: number }
  /** `src` plays what was recorded, from memory; `canShow`: there is a picture for the preview. `note`: why it could not be sent; "" when nobody answered. */
  | { state: "review"; src: string; seconds: number; showsPerson: boolean; canShow: boolean; note?: string }
  | { state: "sending"; src: string; sent: number; waiting: boolean }
  | { state: "kept"; src: string; ownerUrl: string; expiresAt: number; problem?: "not-deleted" };

export type ClipControl = {
  clip: ReadonlySignal<Clip>;
  /** Counts down, then records; also instead of a clip that was not good. */
  record(): void;
  /** That is long enough. */
  enough(): void;
  throwAway(): void;
  setShowsPerson(on: boolean): void;
  send(): Promise<void>;
  /** Takes a clip back that the gateway keeps. */
  deleteKept(): Promise<void>;
  /** Looks no more; what the gateway keeps stays until its time. */
  done(): void;
  /** To be called right after each picture was drawn, in the same task. */
  frame(picture: HTMLCanvasElement, worn: boolean): void;
  /** Whoever was here has gone: nothing stays in memory, and an unfinished upload ends. */
  wipe(): void;
};

export type ClipOptions = {
  base: string;
  canvas: HTMLCanvasElement;
  token: () => string | undefined;
  sku: () => string | undefined;
  watermark: () => Watermark;
};

const COUNT_FROM = 3;
const SECONDS = 10;
const SECOND_MS = 1_000;
/** A shorter one is no clip: whoever has enough before that waits for the rest of it. */
const SHORTEST_MS = 1_000;

export function createClips({ base, canvas, token, sku, watermark }: ClipOptions): ClipControl {
  const clip = signal<Clip>({ state: "none" });
  let recorder: Recorder | undefined;
  let recording: (Recording & { src: string }) | undefined;
  let kept: KeptClip | undefined;
  let isEnough = false;
  let upload: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Rises with everything that begins and ends: what finishes late changes nothing. */
  let turn = 0;

  function forget() {
    turn += 1;
    clearTimeout(timer);
    upload?.abort();
    recorder?.discard();
    if (recording) URL.revokeObjectURL(recording.src);
    isEnough = false;
    upload = undefined;
    recorder = undefined;
    recording = undefined;
    kept = undefined;
  }
  const wipe = (note?: "thrown" | "deleted" | "unrecorded") => {
    forget();
    clip.value = { state: "none", ...(note === undefined ? {} : { note }) };
  };

  function begin(mine: number) {
    const pane = canvas.parentElement;
    recorder = startRecorder({
      picture: canvas,
      pane: { width: pane?.clientWidth || canvas.width, height: pane?.clientHeight || canvas.height },
      watermark: watermark(),
      onBroken: () => mine === turn && wipe("unrecorded"),
    });
    if (!recorder) return wipe("unrecorded");
    count(mine, SECONDS, (left) => ({ state: "recording", left }), finish);
  }

  function count(mine: number, left: number, show: (left: number) => Clip, then: () => void) {
    if (mine !== turn) return;
    if (left === 0) return then();
    clip.value = show(left);
    timer = setTimeout(() => count(mine, left - 1, show, then), SECOND_MS);
  }

  function finish() {
    const mine = turn;
    clearTimeout(timer);
    const stopping = recorder?.stop() ?? Promise.resolve(undefined);
    stopping.then(
      (made) => {
        if (mine !== turn) return;
        recorder = undefined;
        if (!made) return wipe("unrecorded");
        recording = { ...made, src: URL.createObjectURL(made.video) };
        const seconds = Math.max(1, Math.round(made.durationMs / SECOND_MS));
        clip.value = { state: "review", src: recording.src, seconds, showsPerson: false, canShow: !!made.still };
      },
      () => mine === turn && wipe("unrecorded"),
    );
  }

  function finishEarly() {
    if (!isEnough || !recorder || recorder.lastsMs() < SHORTEST_MS) return;
    isEnough = false;
    finish();
  }

  async function send(): Promise<void> {
    const now = clip.value;
    const bearer = token();
    if (now.state !== "review" || !recording || bearer === undefined) return;
    const { src, video, mime, still } = recording;
    const mine = turn;
    const abort = new AbortController();
    upload = abort;
    clip.value = { state: "sending", src, sent: 0, waiting: false };
    const ended = await uploadClip({
      ...{ base, token: bearer, video, mime, sku: sku(), signal: abort.signal },
      still: now.showsPerson ? still : undefined,
      onProgress: (sent, waiting) => {
        if (mine === turn && upload === abort) clip.value = { state: "sending", src, sent, waiting };
      },
    });
    // thrown away in the last moment: it is not to be kept after all
    if (ended.ok && abort.signal.aborted) await deleteClip(base, bearer, ended.clip.clipId);
    if (mine !== turn || upload !== abort) return;
    upload = undefined;
    if (ended.ok) {
      kept = ended.clip;
      clip.value = { state: "kept", src, ownerUrl: kept.ownerUrl, expiresAt: kept.expiresAt };
    } else clip.value = { ...now, note: ended.detail };
  }

  return {
    clip,
    record() {
      forget();
      const mine = turn;
      count(
        mine,
        COUNT_FROM,
        (left) => ({ state: "counting", left }),
        () => begin(mine),
      );
    },
    enough() {
      isEnough = clip.value.state === "recording";
      finishEarly();
    },
    throwAway: () => wipe("thrown"),
    setShowsPerson(on) {
      if (clip.value.state === "review") clip.value = { ...clip.value, showsPerson: on };
    },
    send,
    async deleteKept() {
      const [now, mine, bearer] = [clip.value, turn, token()];
      if (now.state !== "kept" || !kept || bearer === undefined) return;
      const isGone = await deleteClip(base, bearer, kept.clipId);
      if (mine !== turn) return;
      if (isGone) wipe("deleted");
      else clip.value = { ...now, problem: "not-deleted" };
    },
    done: () => wipe(),
    frame(picture, worn) {
      recorder?.frame(picture, worn);
      finishEarly();
    },
    wipe: () => wipe(),
  };
}
