/** What the camera sees, one frame at a time and always the newest: an older one that nobody took is let go. */
export type Frames = { take(): VideoFrame | undefined; close(): void };

/** Chromium only: frames straight from the camera's track. */
type Processor = new (options: {
  track: MediaStreamTrack;
  maxBufferSize: number;
}) => { readable: ReadableStream<VideoFrame> };
declare const MediaStreamTrackProcessor: Processor | undefined;

/**
 * `onFrame` is called when there is a new one. `direct` takes frames before the page's own clock shows them: without a
 * graphics chip that clock is slow, and a frame would wait for it.
 */
export function framesOf(video: HTMLVideoElement, direct: boolean, onFrame: () => void): Frames {
  const [track] = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
  if (direct && track && typeof MediaStreamTrackProcessor !== "undefined") {
    video.pause();
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    return fromStream(readable.getReader(), onFrame);
  }
  return fromVideo(video, onFrame);
}

function fromStream(reader: ReadableStreamDefaultReader<VideoFrame>, onFrame: () => void): Frames {
  let latest: VideoFrame | undefined;
  let closed = false;
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      latest?.close();
      latest = undefined;
      if (done) return;
      if (closed) return value.close();
      latest = value;
      onFrame();
    }
  };
  // a track that ends is told of by the camera
  read().catch(() => {});
  return {
    take() {
      const frame = latest;
      latest = undefined;
      return frame;
    },
    close() {
      closed = true;
      latest?.close();
      latest = undefined;
      reader.cancel().catch(() => {});
    },
  };
}

function fromVideo(video: HTMLVideoElement, onFrame: () => void): Frames {
  let lastTimestamp = -1;
  let closed = false;
  const onVideoFrame = () => {
    if (closed) return;
    onFrame();
    video.requestVideoFrameCallback(onVideoFrame);
  };
  video.requestVideoFrameCallback(onVideoFrame);
  return {
    take() {
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return undefined;
      const frame = new VideoFrame(video);
      if (frame.timestamp !== lastTimestamp) {
        lastTimestamp = frame.timestamp;
        return frame;
      }
      frame.close();
      return undefined;
    },
    close() {
      closed = true;
    },
  };
}
