import type { Mirror } from "./mirror.ts";
import type { Glimpse } from "./try-on.ts";

/**
 * `window.vitrineMirror`: what the mirror sees and does now, for engineers and tests. Reading it changes nothing, and it
 * holds no picture. Eyes are in pixels of the video frame.
 */
export type MirrorDebug = {
  readonly state: string;
  readonly problem: string | undefined;
  readonly attention: Glimpse["attention"] | undefined;
  readonly face: Glimpse["face"];
  readonly video: Glimpse["video"] | undefined;
  readonly frames: number;
  readonly drawn: number;
  readonly sku: string | undefined;
  readonly sharing: string;
  readonly viewers: number;
  readonly clip: string;
};

declare global {
  interface Window {
    readonly vitrineMirror: MirrorDebug;
  }
}

export function exposeForDebugging({ mode, glimpse, chosen, sharing, clips }: Mirror) {
  const debug: MirrorDebug = Object.freeze({
    get state() {
      return mode.peek().name;
    },
    get problem() {
      const now = mode.peek();
      return now.name === "stopped" ? now.problem : undefined;
    },
    get attention() {
      return glimpse.peek()?.attention;
    },
    get face() {
      return glimpse.peek()?.face;
    },
    get video() {
      return glimpse.peek()?.video;
    },
    get frames() {
      return glimpse.peek()?.frames ?? 0;
    },
    get drawn() {
      return glimpse.peek()?.drawn ?? 0;
    },
    get sku() {
      return chosen.peek()?.sku;
    },
    get sharing() {
      return sharing.peek().state;
    },
    get viewers() {
      const now = sharing.peek();
      return now.state === "live" ? now.viewers.length : 0;
    },
    get clip() {
      return clips.clip.peek().state;
    },
  });
  Object.defineProperty(window, "vitrineMirror", { value: debug, writable: false });
}
