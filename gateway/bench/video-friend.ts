import { createClockReader, nowMs } from "./video-clock.ts";
import type { Frame } from "./video-page.ts";

/** Runs in the friend's page before its own scripts and notes every frame that it shows, whichever of its pictures shows it. */
declare global {
  interface Window {
    benchFrames: Frame[];
  }
}

const maxFrames = 20_000;
const seen = new WeakSet<HTMLVideoElement>();
window.benchFrames = [];

function watch(video: HTMLVideoElement) {
  seen.add(video);
  const read = createClockReader();
  const count = () => {
    const at = nowMs();
    if (window.benchFrames.length < maxFrames) window.benchFrames.push({ at, age: read(video, at) });
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
}

function look() {
  for (const video of document.querySelectorAll("video")) if (!seen.has(video)) watch(video);
}

new MutationObserver(look).observe(document, { childList: true, subtree: true });
look();
