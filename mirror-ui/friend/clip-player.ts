import { batch, signal } from "@preact/signals";

export type ClipPlayer = ReturnType<typeof createClipPlayer>;

/** What a clip's picture and its controls share: the picture stands in the pane, the controls on the sill. */
export function createClipPlayer() {
  const playing = signal(false);
  /** Seconds. */
  const at = signal(0);
  const duration = signal(0);
  const sound = signal(false);
  const hasSound = signal(false);
  /** Nothing is shown before the first frame, and nothing can be sought. */
  const ready = signal(false);
  const failed = signal(false);
  let video: HTMLVideoElement | undefined;
  let frame = 0;

  function attach(element: HTMLVideoElement): () => void {
    video = element;
    const follow = () => {
      at.value = element.currentTime;
      hasSound.value ||= bringsSound(element);
      cancelAnimationFrame(frame);
      if (!element.paused) frame = requestAnimationFrame(follow);
    };
    const change = () => {
      playing.value = !element.paused && !element.ended;
      follow();
    };
    const load = () =>
      batch(() => {
        ready.value = element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
        if (Number.isFinite(element.duration)) duration.value = element.duration;
      });
    const fail = () => {
      failed.value = true;
    };
    const heard: [string, () => void][] = [
      ...["play", "pause", "ended"].map((name): [string, () => void] => [name, change]),
      ...["seeked", "timeupdate"].map((name): [string, () => void] => [name, follow]),
      ...["loadedmetadata", "loadeddata", "durationchange"].map((name): [string, () => void] => [name, load]),
      ["error", fail],
    ];
    for (const [name, tell] of heard) element.addEventListener(name, tell);
    return () => {
      for (const [name, tell] of heard) element.removeEventListener(name, tell);
      cancelAnimationFrame(frame);
      video = undefined;
    };
  }

  function toggle(): void {
    if (!video) return;
    if (video.paused || video.ended) void video.play().catch(() => undefined);
    else video.pause();
  }

  /** Goes to `seconds`, as far as the clip is long. */
  function seek(seconds: number): void {
    if (!video || !ready.value) return;
    video.currentTime = Math.min(Math.max(0, seconds), duration.value);
    at.value = video.currentTime;
  }

  function switchSound(): void {
    sound.value = !sound.value;
    // within the tap itself, or the browser does not allow it
    if (video) video.muted = !sound.value;
  }

  return { playing, at, duration, sound, hasSound, ready, failed, attach, toggle, seek, switchSound };
}

/** Each browser says it in its own way, some only once something was decoded. */
function bringsSound(element: HTMLVideoElement): boolean {
  const audioTracks = "audioTracks" in element ? element.audioTracks : undefined;
  if (audioTracks instanceof Object && "length" in audioTracks) return Number(audioTracks.length) > 0;
  if ("mozHasAudio" in element) return element.mozHasAudio === true;
  return "webkitAudioDecodedByteCount" in element && Number(element.webkitAudioDecodedByteCount) > 0;
}
