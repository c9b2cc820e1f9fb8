import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fitOf } from "./fit.ts";

/** The moving picture. It tells about every frame that is really presented, and shows itself only once one was. */
export function Picture({ stream, shown, onFrame }: { stream: MediaStream; shown: boolean; onFrame(): void }) {
  const video = useRef<HTMLVideoElement>(null);
  const fit = useSignal("cover");
  const blocked = useSignal(false);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const measure = () => {
      const picture = { width: element.videoWidth, height: element.videoHeight };
      fit.value = fitOf(picture, { width: element.clientWidth, height: element.clientHeight });
    };
    let playing = true;
    const count = () => {
      if (!playing) return;
      const { dataset } = document.documentElement;
      dataset.frames = String(Number(dataset.frames ?? 0) + 1);
      onFrame();
      element.requestVideoFrameCallback(count);
    };
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    element.addEventListener("resize", measure);
    element.requestVideoFrameCallback(count);
    element.srcObject = stream;
    element.play().catch((error: unknown) => {
      blocked.value = error instanceof DOMException && error.name === "NotAllowedError";
    });
    return () => {
      playing = false;
      sizes.disconnect();
      element.srcObject = null;
    };
  }, [stream]);

  const play = () => {
    blocked.value = false;
    void video.current?.play().catch(() => undefined);
  };
  return (
    <>
      <video
        ref={video}
        class={shown ? "look shown" : "look"}
        data-fit={fit.value}
        aria-label="Live picture from the mirror"
        autoPlay
        muted
        playsInline
        disablePictureInPicture
      />
      {blocked.value && (
        <button type="button" class="b go play" onClick={play}>
          Show the picture
        </button>
      )}
    </>
  );
}
