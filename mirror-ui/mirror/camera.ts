/** The mirror's camera: asked for only when somebody taps, let go as soon as nobody is there. */
export type CameraProblem = "denied" | "missing" | "busy" | "insecure";
export type Camera = {
  video: HTMLVideoElement;
  /** Lets the camera go: its light goes out. May be called twice. */
  close(): void;
};
export type CameraOptions = {
  width: number;
  height: number;
  /** Called once when the camera goes away by itself: a cable, another program. */
  onLost: () => void;
};

export async function openCamera({
  width,
  height,
  onLost,
}: CameraOptions): Promise<{ ok: true; camera: Camera } | { ok: false; problem: CameraProblem }> {
  if (!navigator.mediaDevices) return { ok: false, problem: "insecure" };
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 }, facingMode: "user" },
    });
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  let closed = false;
  const close = () => {
    closed = true;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  for (const track of stream.getVideoTracks())
    track.onended = () => {
      if (closed) return;
      close();
      onLost();
    };
  try {
    await video.play();
  } catch {
    close();
    return { ok: false, problem: "busy" };
  }
  return { ok: true, camera: { video, close } };
}

function problemOf(error: unknown): CameraProblem {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "missing";
}
