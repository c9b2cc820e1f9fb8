import type { types as ms } from "mediasoup";

/**
 * A player sees nothing before a key frame. libwebrtc publishers ignore requests that come within 300 ms of the last
 * one they answered; mediasoup takes such a request for sent and asks no more for a whole second: two players that join
 * shortly after each other, or the pipe of a new relay that asked too early, would cost a second of black. So the
 * worker keeps requests back for this long after one went out, with a little for jitter on the way.
 */
export const keyFrameRequestDelayMs = 340;
/**
 * A request may be lost on the way: mediasoup repeats it after its second only if it was asked again meanwhile. Not
 * sooner than this, or a request that crosses the key frame makes the publisher send another for nothing.
 */
const againMs = 600;
const tries = 4;

/** Resumes a paused consumer, and asks for a key frame until one has passed. */
export function letIn(consumer: ms.Consumer): void {
  if (consumer.kind !== "video") {
    consumer.resume().catch(ignoreClosed);
    return;
  }
  let left = tries;
  const timer = setInterval(() => {
    left -= 1;
    if (left === 0) clearInterval(timer);
    consumer.requestKeyFrame().catch(ignoreClosed);
  }, againMs);
  timer.unref();
  consumer.observer.once("close", () => clearInterval(timer));
  consumer.on("trace", ({ type }) => {
    if (type !== "keyframe") return;
    clearInterval(timer);
    consumer.enableTraceEvent([]).catch(ignoreClosed);
  });
  consumer
    .enableTraceEvent(["keyframe"])
    .then(() => consumer.resume())
    .catch(ignoreClosed);
}

/** The session may end while a request is under way; there is nothing left to do for it then. */
function ignoreClosed() {}
