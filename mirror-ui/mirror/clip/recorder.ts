import { drawWatermark, type Watermark } from "./watermark.ts";

/** What was recorded, in the memory of this page and nowhere else. */
export type Recording = {
  video: Blob;
  mime: "video/mp4" | "video/webm";
  durationMs: number;
  /** JPEG of the first frame with something worn; undefined when there was none. */
  still: Blob | undefined;
};

export type Recorder = {
  /** To be called right after the picture was drawn, in the same task: later its pixels are gone. */
  frame(picture: HTMLCanvasElement, worn: boolean): void;
  /** From the first frame to the newest. */
  lastsMs(): number;
  /** Ends it; undefined when nothing came of it. */
  stop(): Promise<Recording | undefined>;
  /** Ends it and forgets everything. */
  discard(): void;
};

export type RecorderOptions = {
  picture: HTMLCanvasElement;
  /** The part of the picture that the pane shows. */
  pane: { width: number; height: number };
  watermark: Watermark;
  /** It cannot go on. */
  onBroken: () => void;
};

/** Phones save and send MP4 with H.264; WebM plays everywhere else. */
const CONTAINERS = [
  { type: "video/mp4;codecs=avc1.42E01F", mime: "video/mp4" },
  { type: "video/mp4;codecs=avc1.4D0028", mime: "video/mp4" },
  { type: "video/webm;codecs=vp8", mime: "video/webm" },
  { type: "video/webm", mime: "video/webm" },
] as const;
/** Ten seconds are 4 MB: sharp enough for a phone held upright. */
const BITS_PER_SECOND = 3_200_000;
const LONGEST_SIDE = 1280;
const GATHER_EVERY_MS = 500;

/** Undefined where this browser records nothing. */
export function startRecorder({ picture, pane, watermark, onBroken }: RecorderOptions): Recorder | undefined {
  const container = CONTAINERS.find(({ type }) => MediaRecorder.isTypeSupported(type));
  const part = visiblePart(picture, pane);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(part.width, part.height));
  const canvas = document.createElement("canvas");
  // H.264 halves its colours: an odd line would be lost
  canvas.width = even(part.width * scale);
  canvas.height = even(part.height * scale);
  const pen = canvas.getContext("2d", { alpha: false });
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  if (!container || !pen || !(track instanceof CanvasCaptureMediaStreamTrack)) return undefined;
  const label = drawWatermark(watermark, canvas.height);
  const margin = Math.round(canvas.height * 0.025);
  const media = new MediaRecorder(stream, { mimeType: container.type, videoBitsPerSecond: BITS_PER_SECOND });
  let chunks: Blob[] = [];
  let still: Promise<Blob | undefined> | undefined;
  let [startedAt, lastAt] = [0, 0];
  let over = false;
  media.ondataavailable = ({ data }) => {
    if (data.size > 0) chunks.push(data);
  };
  media.onerror = () => {
    if (!over) onBroken();
  };
  media.start(GATHER_EVERY_MS);

  const end = () => {
    over = true;
    track.stop();
    canvas.width = 0;
    canvas.height = 0;
  };
  const discard = () => {
    media.ondataavailable = null;
    if (media.state !== "inactive") media.stop();
    end();
    chunks = [];
    still = undefined;
  };
  return {
    frame(source, worn) {
      if (over) return;
      pen.drawImage(source, part.x, part.y, part.width, part.height, 0, 0, canvas.width, canvas.height);
      pen.drawImage(label, margin, canvas.height - margin - label.height);
      track.requestFrame();
      lastAt = performance.now();
      startedAt ||= lastAt;
      if (worn)
        still ??= new Promise((resolve) => canvas.toBlob((jpeg) => resolve(jpeg ?? undefined), "image/jpeg", 0.85));
    },
    lastsMs: () => lastAt - startedAt,
    async stop() {
      if (over) return undefined;
      const stopped = new Promise((resolve) => media.addEventListener("stop", resolve, { once: true }));
      if (media.state !== "inactive") {
        media.stop();
        await stopped;
      }
      const kept = await still;
      const video = new Blob(chunks, { type: container.mime });
      const durationMs = lastAt - startedAt;
      discard();
      return video.size === 0 ? undefined : { video, mime: container.mime, durationMs, still: kept };
    },
    discard,
  };
}

const even = (pixels: number) => Math.max(2, Math.round(pixels / 2) * 2);

/** The picture covers the pane, centred: what hangs over is cut off, as it is for whoever stands before the mirror. */
export function visiblePart(picture: { width: number; height: number }, pane: { width: number; height: number }) {
  const aspect = pane.width / Math.max(1, pane.height);
  const width = Math.min(picture.width, picture.height * aspect);
  const height = Math.min(picture.height, picture.width / aspect);
  return { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
}
