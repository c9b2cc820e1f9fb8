import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fitOf } from "./fit.ts";
import { SoundButton } from "./sound-button.tsx";
import type { Stage } from "./watching.ts";

type Props = {
  stream: MediaStream;
  shown: boolean;
  hasSound: boolean;
  /** Sound is the friend's choice and outlives a picture that is replaced. */
  sound: { value: boolean };
  /** Set while the browser plays nothing before it is touched. */
  held: { value: boolean };
  onFrame(stream: MediaStream): void;
};

/**
 * The moving picture. It tells about every frame that is really presented, and shows itself only once one was. One element
 * for every stream: a phone that wants to be touched first, or first for sound, remembers it by the element.
 */
export function Picture({ stream, shown, hasSound, sound, held, onFrame }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const fit = useSignal("cover");

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const measure = () => {
      const picture = { width: element.videoWidth, height: element.videoHeight };
      fit.value = fitOf(picture, { width: element.clientWidth, height: element.clientHeight });
    };
    const stopCounting = countFrames(element, () => {
      const { dataset } = document.documentElement;
      dataset.frames = String(Number(dataset.frames ?? 0) + 1);
      onFrame(stream);
    });
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    element.addEventListener("resize", measure);
    element.srcObject = stream;
    void begin(element).then((begun) => {
      if (element.srcObject !== stream) return;
      sound.value = !element.muted;
      held.value = !begun;
    });
    return () => {
      stopCounting();
      sizes.disconnect();
      element.srcObject = null;
    };
  }, [stream]);

  const play = () => {
    held.value = false;
    void video.current?.play().catch(() => undefined);
  };
  const switchSound = () => {
    sound.value = !sound.value;
    const element = video.current;
    // within the tap itself, or the browser does not allow it
    if (element) element.muted = !sound.value;
    play();
  };
  return (
    <>
      <video
        ref={video}
        class={shown ? "look shown" : "look"}
        data-fit={fit.value}
        aria-label="Live picture from the mirror"
        autoPlay
        muted={!sound.value}
        playsInline
        disablePictureInPicture
      />
      {shown && hasSound && <SoundButton on={sound.value} onClick={switchSound} />}
      {held.value && (
        <button type="button" class="b go start" onClick={play}>
          Show the picture
        </button>
      )}
    </>
  );
}

/** False where the browser wants to be touched first. One that plays no sound unasked still plays a muted picture. */
async function begin(element: HTMLVideoElement): Promise<boolean> {
  const isRefused = () =>
    element.play().then(
      () => false,
      (error: unknown) => error instanceof DOMException && error.name === "NotAllowedError",
    );
  if (!(await isRefused())) return true;
  if (element.muted) return false;
  element.muted = true;
  return !(await isRefused());
}

/** Calls `tell` for every presented frame; where a browser does not count them, for every step of its time. */
function countFrames(element: HTMLVideoElement, tell: () => void): () => void {
  const step = () => {
    // time may run before there is anything to see, and a picture that was not begun may show its first frame
    if (!element.paused && element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) tell();
  };
  if (!("requestVideoFrameCallback" in element)) {
    const { addEventListener: on, removeEventListener: off } = HTMLVideoElement.prototype;
    on.call(element, "timeupdate", step);
    return () => off.call(element, "timeupdate", step);
  }
  let counting = true;
  const count = () => {
    if (!counting) return;
    step();
    element.requestVideoFrameCallback(count);
  };
  element.requestVideoFrameCallback(count);
  return () => {
    counting = false;
  };
}

/** The last frame of a line that broke, for the moment until the next one: a browser blackens what it gets no more of. */
export function LastFrame({ stage }: { stage: ReadonlySignal<Stage> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // a signal's effect runs at once, while the broken line still has its frame
  useSignalEffect(() => {
    const isBack = stage.value === "back";
    const still = canvas.current;
    const video = still?.parentElement?.querySelector("video");
    if (!still) return;
    if (!isBack || !video) {
      // nothing of the picture outlives it
      still.width = still.height = 0;
      return;
    }
    still.width = video.videoWidth;
    still.height = video.videoHeight;
    still.dataset.fit = video.dataset.fit ?? "cover";
    still.getContext("2d")?.drawImage(video, 0, 0);
  });
  return <canvas ref={canvas} class={stage.value === "back" ? "look shown still" : "look"} />;
}
