/** Chromium only: a track that takes a frame the moment it is made. */
type Generator = new (options: { kind: "video" }) => MediaStreamTrack & { writable: WritableStream<VideoFrame> };
declare const MediaStreamTrackGenerator: Generator | undefined;

/** Sent by the canvas after each picture that was drawn on it. */
export const DRAWN = "drawn";

/**
 * The canvas as a track. Without a graphics chip (`software`) each picture is handed over as it is drawn; a captured canvas
 * would hand it over with the page's next own picture, which is late there.
 */
export function captureCanvas(canvas: HTMLCanvasElement, software: boolean): MediaStreamTrack | undefined {
  const track =
    software && typeof MediaStreamTrackGenerator !== "undefined"
      ? handOver(canvas, new MediaStreamTrackGenerator({ kind: "video" }))
      : // every picture, at once: a rate here would let pictures wait for a clock of its own
        canvas.captureStream().getVideoTracks()[0];
  if (track) track.contentHint = "motion";
  return track;
}

function handOver(canvas: HTMLCanvasElement, track: InstanceType<Generator>): MediaStreamTrack {
  const writer = track.writable.getWriter();
  let busy = false;
  const onDrawn = () => {
    if (track.readyState === "ended") {
      canvas.removeEventListener(DRAWN, onDrawn);
      return;
    }
    // a picture that would have to wait is left out: the next one is newer
    if (busy) return;
    busy = true;
    const frame = new VideoFrame(canvas, { timestamp: Math.round(performance.now() * 1_000) });
    writer
      .write(frame)
      .catch(() => frame.close())
      .finally(() => {
        busy = false;
      });
  };
  canvas.addEventListener(DRAWN, onDrawn);
  onDrawn();
  return track;
}
