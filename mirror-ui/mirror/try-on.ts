import type { Camera } from "./camera.ts";
import { DRAWN } from "./capture.ts";
import { framesOf } from "./frames-of.ts";
import { type Attention, advanceAttention, beginAttention } from "./state/attention.ts";
import { type CanonicalFace, createFace, type Face, type Point } from "./state/face.ts";
import { FRAMES, type FrameName } from "./state/frames.ts";
import { createLight } from "./state/light.ts";
import { endPiece, seatGlasses } from "./state/seat.ts";
import type { Sight, Tracker } from "./state/tracker.ts";
import type { Stage } from "./view/stage.ts";

/** What was last seen, for labels and for whoever watches the mirror. Pixels are those of the video frame. */
export type Glimpse = {
  attention: Attention["state"];
  face: Face["pixels"] | undefined;
  /** Where a label may be tied to what is worn. */
  end: Point | undefined;
  video: { width: number; height: number };
  /** Camera frames looked at, and pictures drawn with a frame on a face. */
  frames: number;
  drawn: number;
};

export type TryOn = { wear(name: FrameName): void; close(): void };
export type TryOnOptions = {
  camera: Camera;
  tracker: Tracker;
  stage: Stage;
  canonical: CanonicalFace;
  onGlimpse: (glimpse: Glimpse) => void;
  onBroken: (reason: string) => void;
};

/** A tracker that fails this often in a row will not get better by itself. */
const GIVE_UP_AFTER = 30;

/**
 * Order of one frame: the camera's frame goes to the tracker; it comes back with the face; the next one leaves for the
 * tracker; state advances; state is copied into the meshes; that same frame and what is worn are drawn together.
 */
export function startTryOn({ camera: { video }, tracker, stage, canonical, onGlimpse, onBroken }: TryOnOptions): TryOn {
  const face = createFace(canonical);
  const light = createLight();
  let attention = beginAttention(performance.now());
  let name: FrameName = "glasses-orso";
  let [frames, drawn, failures] = [0, 0, 0];
  let looking = false;
  let closed = false;

  const draw = ({ frame, face: seen }: Sight) => {
    const atMs = performance.now();
    const size = { width: frame.displayWidth, height: frame.displayHeight };
    const now = face.advance(seen, { ...size, atMs });
    light.advance(seen?.skin, atMs);
    attention = advanceAttention(attention, now !== undefined, atMs);
    const worn = now && { face: now, light: light.light, name, seat: seatGlasses(now, FRAMES[name]) };
    stage.draw(frame, worn);
    stage.canvas.dispatchEvent(new Event(DRAWN));
    frames += 1;
    if (worn) drawn += 1;
    const end = worn && endPiece(worn.face, FRAMES[name], worn.seat, size);
    onGlimpse({ attention: attention.state, face: now?.pixels, end, video: size, frames, drawn });
  };

  const look = () => {
    if (looking || closed) return;
    const frame = camera.take();
    if (!frame) return;
    looking = true;
    tracker.track(frame, performance.now()).then(
      (sight) => {
        looking = false;
        failures = 0;
        look();
        if (!closed) draw(sight);
        sight.frame.close();
      },
      (error: unknown) => {
        looking = false;
        failures += 1;
        if (!closed && failures >= GIVE_UP_AFTER) onBroken(String(error));
      },
    );
  };
  const camera = framesOf(video, stage.software, look);

  return {
    wear(next) {
      name = next;
    },
    close() {
      closed = true;
      camera.close();
    },
  };
}
